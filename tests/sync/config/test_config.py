from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rules.files.shipped import pack_names
from rules.language.signal import SignalType
from sync.app.connect import all_extras, connect
from sync.config.config import Config, load_config
from sync.config.connections import ConnectionConfig
from sync.config.schema import Settings
from sync.config.types import Section
from sync.errors import ConfigError, UnknownNameError
from sync.model.limits import Guards
from tests.sync.builders import small_policy

ROOT = Path(__file__).parents[3]
Parsed = Callable[..., Config]


def sections(model: type[Section]) -> Iterator[type[Section]]:
    for one in model.__subclasses__():
        yield one
        yield from sections(one)


def test_the_shipped_example_loads_without_resolving_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SF_CLIENT_SECRET", raising=False)

    config = load_config(ROOT / "config.example.toml")

    assert config.connections["acme"].client_secret is not None
    assert config.connections["acme"].client_secret.reference == "env:SF_CLIENT_SECRET"


@pytest.mark.parametrize("model", [*sections(Section)], ids=lambda model: model.__name__)
def test_every_key_stands_in_the_shipped_example_and_in_the_reference(model: type[Section]) -> None:
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    reference = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    keys = set(model.model_fields) - ({"name"} if issubclass(model, ConnectionConfig) else set())

    assert {key for key in keys if key not in example} == set()
    assert {key for key in keys if f"`{key}`" not in reference and f"[{key}]" not in reference} == set()


def test_a_connection_observes_unless_told_otherwise(parsed: Parsed) -> None:
    assert parsed().connections["acme"].mode == "observe"


def test_a_connection_s_guards_replace_single_ones_of_all(
    parsed: Parsed, connection_with: Callable[[str], str]
) -> None:
    config = parsed("[guards]\nnew_tasks_per_day = 70\n", connection_with("guards = { new_tasks_per_cycle = 5 }"))

    assert connect(config, "acme", small_policy().ruleset).guards == Guards(5, 70, 0.5, 0.5, 0.5, 200)


def test_all_packs_that_ship_judge_unless_told_otherwise(parsed: Parsed) -> None:
    assert set(parsed().packs) == set(pack_names())


def test_a_relative_database_lies_in_the_config_s_folder(parsed: Parsed, tmp_path: Path) -> None:
    assert parsed('[store]\nurl = "sqlite:///deals.db"\n').store_url == f"sqlite:///{tmp_path / 'deals.db'}"


def test_an_absolute_database_stays_where_it_is(parsed: Parsed) -> None:
    assert parsed('[store]\nurl = "sqlite:////var/lib/deals.db"\n').store_url == "sqlite:////var/lib/deals.db"


def test_the_overlay_lies_in_the_config_s_folder(parsed: Parsed, tmp_path: Path) -> None:
    assert parsed().overlay_path == tmp_path / "rules.d"


def test_durations_are_written_as_people_say_them(parsed: Parsed) -> None:
    config = parsed('[schedule]\nevery = "2 hours"\njitter = "1 minute"\n')

    assert (config.schedule.every, config.schedule.jitter) == (timedelta(hours=2), timedelta(minutes=1))


def test_a_domain_becomes_the_login_address(parsed: Parsed) -> None:
    assert parsed().connections["acme"].address == "https://acme.my.salesforce.com"


def test_scores_can_be_switched_off(parsed: Parsed, connection_with: Callable[[str], str]) -> None:
    assert parsed("", connection_with('scores = "off"')).connections["acme"].scores is None


def test_score_fields_have_the_shipped_names_unless_told_otherwise(parsed: Parsed) -> None:
    scores = parsed().connections["acme"].scores

    assert scores is not None
    assert scores.band == "Deal_Risk_Band__c"


def test_stages_under_the_default_pipeline_are_the_org_s_stages(
    parsed: Parsed, connection_with: Callable[[str], str]
) -> None:
    config = parsed("", connection_with('phases.default = { "Closing" = "close" }'))

    assert config.connections["acme"].phases == {"Closing": "close"}


HUBSPOT = '[connections.emea]\ntype = "hubspot"\ntoken = "env:T"\n'


def test_stages_of_a_portal_are_mapped_by_pipeline(parsed: Parsed) -> None:
    phases = 'phases.default = { "1" = "discovery" }\nphases.renewals = { "1" = "close" }\n'

    found = parsed("", HUBSPOT + phases).connections["emea"].stage_phases

    assert found == {("default", "1"): "discovery", ("renewals", "1"): "close"}


def test_stages_without_a_pipeline_are_those_of_the_portal_s_first_one(parsed: Parsed) -> None:
    found = parsed("", f'{HUBSPOT}phases = {{ "1" = "close" }}\n').connections["emea"].stage_phases

    assert found == {("default", "1"): "close"}


def test_a_portal_s_scores_go_to_properties_unless_told_otherwise(parsed: Parsed) -> None:
    scores = parsed("", HUBSPOT).connections["emea"].scores

    assert scores is not None
    assert scores.as_of == "deal_risk_as_of"


def test_the_rule_loader_gets_the_text_as_it_stands(parsed: Parsed) -> None:
    assert parsed("# ours\n").text.startswith("# ours\n")


def test_one_connection_can_be_taken_alone(parsed: Parsed) -> None:
    second = '[connections.b]\ntype = "salesforce"\ndomain = "b"\nclient_id = "env:A"\nclient_secret = "env:B"\n'

    assert list(parsed(second).only("acme").connections) == ["acme"]


def test_an_unknown_connection_is_named_with_the_nearest_known_one(parsed: Parsed) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'acme'"):
        parsed().only("acne")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file; name another with --config"):
        load_config(tmp_path / "config.toml")


def test_settings_are_frozen(parsed: Parsed) -> None:
    with pytest.raises(ValueError, match="frozen"):
        parsed().settings.quota.share = 1.0  # type: ignore[misc]


def test_every_section_of_the_settings_has_a_default_but_the_connections() -> None:
    assert [name for name, info in Settings.model_fields.items() if info.is_required()] == ["connections"]


def test_an_extra_may_be_a_field_alone_or_a_table_with_its_type(
    parsed: Parsed, connection_with: Callable[[str], str]
) -> None:
    config = parsed("", connection_with('extras = { region = "R__c", seats = { field = "S__c", type = "number" } }'))

    assert all_extras(config) == {"x_region": SignalType.TEXT, "x_seats": SignalType.NUMBER}


def test_an_extra_whose_name_shipped_rules_know_has_their_type(
    parsed: Parsed, connection_with: Callable[[str], str]
) -> None:
    extras = 'extras = { technical_win = "Win__c", quick_win = { field = "Quick__c", type = "boolean" } }'

    assert all_extras(parsed("", connection_with(extras))) == {
        "x_technical_win": SignalType.DATE,
        "x_quick_win": SignalType.BOOLEAN,
    }
