"""A connector from a package of its own: built and installed as a newcomer would, then found by its entry point."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.config.config import parse_config
from sync.config.plugins import installed, load_plugin
from sync.errors import ConfigError, PluginError

CONFIG = """
[connections.acme]
type = "toy"
account = "acme"
token = "env:TOY_TOKEN"

[connections.acme.phases]
talks = "evaluation"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the toy package into a folder of its own and give the folder."""
    folder = tmp_path_factory.mktemp("toy")
    project = shutil.copytree(Path(__file__).parent / "toy", folder / "project")
    words = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", folder / "site", project]
    subprocess.run([sys.executable, "-m", "pip", "install", *words], check=True, capture_output=True)
    return folder / "site"


@pytest.fixture
def on_path(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(site)
    yield site
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy_crm"]:
        del sys.modules[name]


@pytest.fixture
def problems(on_path: Path, tmp_path: Path) -> Callable[[str], list[str]]:
    """Return the problems of a config, without the file's path before the line."""

    def find(text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            parse_config(tmp_path / "config.toml", text)
        return [line.removeprefix(f"{tmp_path / 'config.toml'}:") for line in caught.value.problems]

    return find


def offer(folder: Path, package: str, entry: str) -> None:
    """Leave what an installed package leaves: an entry point that names a plugin."""
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[dealwarden.connectors]\n{entry}\n")


def test_a_plan_runs_on_an_installed_plugin(
    site: Path, tmp_path: Path, installed_dealwarden: Callable[..., Any]
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)

    ended = installed_dealwarden("plan", "--json", path=site, TOY_TOKEN="let-me-in")

    assert ended.code == 0, ended.err
    report = ended.document["connections"]["acme"]
    assert (report["judged"], report["calls"]["read"]) == (2, 1)
    assert report["findings"]["close-date-past"] == 2


def test_a_secret_is_read_only_when_the_session_begins(
    on_path: Path, tmp_path: Path, dealwarden: Callable[..., Any]
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)

    assert dealwarden("rules", "list").code == 0
    ended = dealwarden("plan")

    assert ended.code == 2
    assert "[connections.acme.token] env:TOY_TOKEN: the environment variable TOY_TOKEN is not set" in ended.err


def test_a_plugin_that_is_not_installed_is_named_with_the_way_to_install_one(
    tmp_path: Path, dealwarden: Callable[..., Any]
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)

    ended = dealwarden("plan")

    assert ended.code == 2
    assert 'config.toml:3: [connections.acme.type] found "toy", expected one of files, hubspot, salesforce' in ended.err
    assert "python -m pip install PACKAGE" in ended.err


def test_the_keys_of_a_plugin_are_checked_all_at_once(problems: Callable[[str], list[str]]) -> None:
    assert problems('[connections.a]\ntype = "toy"\nacount = "x"\ntoken = "hunter2"\ndeals = "3"\nroles = {}\n') == [
        '1: [connections.a.account] missing, expected the account\'s name',
        '3: [connections.a.acount] unknown key; did you mean "account"?',
        "4: [connections.a.token] found a value, expected a reference: put the secret elsewhere and write "
        '"env:NAME" or "file:path" here',
        '5: [connections.a.deals] found "3", expected a whole number',
        "6: [connections.a.roles] found a value that nothing reads in a toy connection; take it out",
    ]  # fmt: skip


def test_what_a_plugin_checks_itself_has_its_line_too(problems: Callable[[str], list[str]]) -> None:
    text = '[connections.a]\ntype = "toy"\naccount = "x"\ntoken = "env:T"\ndeals = 0\n'

    assert problems(text) == ["5: [connections.a.deals] found 0, expected at least 1"]


def test_a_key_of_every_connection_is_checked_as_for_the_built_in_ones(problems: Callable[[str], list[str]]) -> None:
    (line,) = problems(CONFIG.replace("evaluation", "evalution").replace("acme.phases", "acme.phases.default"))

    assert line.startswith('8: [connections.acme.phases.default.talks] found "evalution"')


def test_a_mode_that_a_plugin_does_not_serve_is_refused(problems: Callable[[str], list[str]]) -> None:
    text = '[connections.a]\ntype = "toy"\naccount = "x"\ntoken = "env:T"\nmode = "enforce"\n'

    assert problems(text) == ['5: [connections.a.mode] found "enforce", expected observe: the toy CRM takes no writes']


def test_the_nearest_known_type_is_named(problems: Callable[[str], list[str]]) -> None:
    (line,) = problems('[connections.a]\ntype = "toi"\n')

    assert 'did you mean "toy"?' in line


def test_our_own_kinds_come_by_the_same_way() -> None:
    assert {load_plugin(name).name for name in ("files", "hubspot", "salesforce")} <= set(installed())


def test_two_plugins_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, "other-files", "files = connectors.files.plugin:PLUGIN")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(PluginError, match=r'several plugins for "files", from dealwarden and other-files; uninstall'):
        load_plugin("files")


def test_a_plugin_that_fails_to_load_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, "broken-crm", "broken = no_such_module:PLUGIN")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(PluginError, match=r'"broken" of broken-crm cannot be loaded \(ModuleNotFoundError'):
        load_plugin("broken")


def test_what_is_no_plugin_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, "odd-crm", "odd = datetime:datetime")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(PluginError, match=r'"odd" of odd-crm is no ConnectorPlugin of that name'):
        load_plugin("odd")


def test_a_plugin_that_was_missing_is_found_once_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError):
        load_plugin("late")
    offer(tmp_path, "late-crm", "late = late_crm:PLUGIN")
    (tmp_path / "late_crm.py").write_text(
        "from dataclasses import replace\nfrom connectors.files.plugin import PLUGIN as FILES\n"
        'PLUGIN = replace(FILES, name="late")\n'
    )

    assert load_plugin("late").name == "late"
