from __future__ import annotations

from pathlib import Path

import pytest

from sync.app.exit_codes import exit_code
from sync.config.secret import Secret
from sync.errors import BAD_INPUT, SecretError

KEY = "connections.acme.client_secret"


def test_a_secret_is_read_from_the_environment_when_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = Secret(KEY, "env:SF_CLIENT_SECRET")
    monkeypatch.setenv("SF_CLIENT_SECRET", "later\n")

    assert secret.resolve(tmp_path) == "later"


def test_a_secret_file_lies_in_the_config_s_folder(tmp_path: Path) -> None:
    (tmp_path / "client_secret").write_text("quiet\n")

    assert Secret(KEY, "file:client_secret").resolve(tmp_path) == "quiet"


@pytest.mark.parametrize("reference", ["env:NOT_SET_ANYWHERE", "file:nowhere", "file:empty", "file:binary", "file:."])
def test_a_reference_to_nothing_names_the_key_and_the_reference(reference: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SecretError) as caught:
        Secret(KEY, reference).resolve(tmp_path)

    assert str(caught.value).startswith(f"[{KEY}] {reference}: ")
    assert exit_code(caught.value) == BAD_INPUT


def test_a_secret_shows_its_place_and_not_its_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SF_CLIENT_SECRET", "hunter2")
    secret = Secret(KEY, "env:SF_CLIENT_SECRET")
    secret.resolve(tmp_path)

    assert "hunter2" not in repr(secret)
