from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.config.checks import NOT_YET

Problems = Callable[..., list[str]]
With = Callable[[str], str]


def test_a_misspelt_key_is_refused_with_line_path_and_the_nearest_key(problems: Problems) -> None:
    assert problems('[tasks]\nfrom_severty = "high"\n') == [
        '2: [tasks.from_severty] unknown key; did you mean "from_severity"?'
    ]


def test_a_key_like_no_other_is_refused_with_the_known_ones(problems: Problems) -> None:
    assert problems("[quota]\nxyzzy = 1\n") == ["2: [quota.xyzzy] unknown key; known here: share"]


def test_a_misspelt_key_deep_in_a_connection_gets_a_suggestion(problems: Problems, connection_with: With) -> None:
    found = problems("", connection_with('elements.metrics = { txt = "Metrics__c", role = "champion" }'))

    assert found == ['7: [connections.acme.elements.metrics.txt] unknown key; did you mean "text"?']


def test_all_problems_are_told_at_once_from_top_to_bottom(problems: Problems) -> None:
    found = problems('[score]\nmin_change = 0\n[quota]\nshare = 2\n[schedule]\nevery = "soon"\n')

    assert [line.split("]")[0] for line in found] == ["2: [score.min_change", "4: [quota.share", "6: [schedule.every"]


@pytest.mark.parametrize(
    ("path", "key"), [(path, key) for path, keys in NOT_YET.items() for key in keys if "*" not in path]
)
def test_a_planned_key_is_refused_as_not_yet_supported(problems: Problems, path: tuple[str, ...], key: str) -> None:
    header = f"[{path[0]}]\n" if path else ""
    name = ".".join((*path, key))

    assert problems(f"{header}{key} = 1\n") == [
        f"{2 if path else 1}: [{name}] not yet supported; take it out, it would do nothing"
    ]


@pytest.mark.parametrize("key", NOT_YET["connections", "*"])
def test_a_planned_key_of_a_connection_is_refused_as_not_yet_supported(
    problems: Problems, connection_with: With, key: str
) -> None:
    assert problems("", connection_with(f"{key} = 1")) == [
        f"7: [connections.acme.{key}] not yet supported; take it out, it would do nothing"
    ]


HUBSPOT = '[connections.emea]\ntype = "hubspot"\n'


def test_a_service_key_needs_its_token(problems: Problems) -> None:
    assert problems("", HUBSPOT) == ['1: [connections.emea.token] missing, expected since auth is "service-key"']


def test_a_key_of_the_other_way_to_log_in_is_refused(problems: Problems) -> None:
    found = problems("", f'{HUBSPOT}token = "env:T"\nclient_secret = "env:S"\n')

    assert found == [
        '4: [connections.emea.client_secret] found a value that nothing reads, since auth is "service-key"; take it out'
    ]


def test_a_key_of_the_other_crm_is_unknown(problems: Problems) -> None:
    (line,) = problems("", f'{HUBSPOT}token = "env:T"\nlogin_url = "https://acme.my.salesforce.com"\n')

    assert line.startswith("4: [connections.emea.login_url] unknown key; known here: api_version, auth, base_url,")


def test_a_misspelt_key_of_a_hubspot_connection_gets_a_suggestion_of_its_own(problems: Problems) -> None:
    assert problems("", f'{HUBSPOT}token = "env:T"\nbase_ulr = "https://api.hubapi.com"\n') == [
        '4: [connections.emea.base_ulr] unknown key; did you mean "base_url"?'
    ]


def test_plain_http_is_for_this_machine_alone(problems: Problems) -> None:
    (line,) = problems("", f'{HUBSPOT}token = "env:T"\nbase_url = "http://api.hubapi.com"\n')

    assert "expected an https address without a path (http for this machine alone)" in line


def test_a_phase_of_a_pipeline_s_stage_is_checked(problems: Problems) -> None:
    (line,) = problems("", f'{HUBSPOT}token = "env:T"\nphases.default = {{ "123" = "discovry" }}\n')

    assert line.startswith('4: [connections.emea.phases.default.123] found "discovry", expected one of discovery')


def test_an_unknown_crm_is_refused_with_the_known_ones(problems: Problems) -> None:
    assert problems("", '[connections.emea]\ntype = "hubspt"\n') == [
        '2: [connections.emea.type] found "hubspt", expected one of files, hubspot, salesforce; '
        'did you mean "hubspot"? '
        "Another CRM needs its plugin: install the package that offers it into dealwarden's own environment "
        "(python -m pip install PACKAGE)"
    ]


def test_a_connection_without_a_crm_is_refused(problems: Problems) -> None:
    assert problems("", '[connections.emea]\ntoken = "env:T"\n') == [
        "1: [connections.emea.type] missing, expected a value"
    ]


def test_an_inline_secret_is_refused_with_advice_and_never_repeated(problems: Problems) -> None:
    inline = (
        '[connections.acme]\ntype = "salesforce"\ndomain = "acme"\nclient_id = "env:A"\nclient_secret = "hunter2"\n'
    )

    (line,) = problems("", inline)

    assert "hunter2" not in line
    assert line.startswith("5: [connections.acme.client_secret] found a value, expected a reference")
    assert '"env:NAME" or "file:path"' in line


@pytest.mark.parametrize(
    ("auth", "missing"),
    [
        ("client-credentials", ["client_secret"]),
        ("jwt", ["private_key", "username"]),
        ("refresh-token", ["refresh_token"]),
    ],
)
def test_each_way_to_log_in_asks_for_its_keys(problems: Problems, auth: str, missing: list[str]) -> None:
    found = problems(
        "", f'[connections.acme]\ntype = "salesforce"\ndomain = "acme"\nauth = "{auth}"\nclient_id = "env:A"\n'
    )

    assert found == [f'1: [connections.acme.{key}] missing, expected since auth is "{auth}"' for key in missing]


def test_a_key_that_the_chosen_login_never_reads_is_refused(problems: Problems, connection_with: With) -> None:
    (line,) = problems("", connection_with('username = "me"'))

    assert line.startswith("7: [connections.acme.username] found a value that nothing reads")


def test_domain_and_login_url_exclude_each_other(problems: Problems, connection_with: With) -> None:
    (line,) = problems("", connection_with('login_url = "https://acme.my.salesforce.com"'))

    assert line == "2: [connections.acme] found both domain and login_url, expected one of them"


@pytest.mark.parametrize("url", ["http://acme.my.salesforce.com", "https://acme.my.salesforce.com/path", "acme"])
def test_a_login_address_is_https_without_a_path(problems: Problems, url: str) -> None:
    connection = (
        f'[connections.acme]\ntype = "salesforce"\nlogin_url = "{url}"\nclient_id = "env:A"\nclient_secret = "env:B"\n'
    )

    assert "expected an https address without a path" in problems("", connection)[0]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('mode = "observ"', 'found "observ", expected one of observe, score, enforce; did you mean "observe"?'),
        ("mode = 3", "found 3 (a whole number), expected one of observe, score, enforce"),
        ('phases = { "Closing" = "closing" }', 'found "closing", expected one of discovery'),
        ('roles = { "Fan" = "champoin" }', 'did you mean "champion"?'),
        ('elements.champoin = { role = "champion" }', 'did you mean "champion"?'),
        ("elements.metrics = { }", "found no place, expected at least one of text, field, role, level"),
        ('elements.metrics = { text = "A__c", values = { "Yes" = 1 } }', "expected field to name that picklist"),
        ('elements.metrics = { field = "A__c", values = { "Yes" = 4 } }', "found 4, expected at most 3"),
        ('muted_until = "a field; DROP"', "expected a field's API name"),
        ('expect_org = "00E000000000001"', "expected an Organization Id"),
        ('scores = "of"', 'expected a table of field names, or "off"'),
        ('ca_file = "nowhere.pem"', "expected an existing file"),
        ('name = "x"', "unknown key; a connection is called what its table is called"),
        ('phases.Enterprise = { "Closing" = "close" }', "a Salesforce org has one list of stages"),
        ("extras = { Region = 'Region__c' }", "expected lower-case letters, digits and _"),
    ],
)
def test_what_a_connection_may_not_say(problems: Problems, connection_with: With, lines: str, said: str) -> None:
    (line,) = problems("", connection_with(lines))

    assert line.startswith("7: [connections.acme")
    assert said in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[store]\nurl = 'mysql://db/x'\n",
            'found "mysql://db/...", expected a SQLite file as in',
        ),
        ("[store]\nurl = 'postgresql://me:hidden@db/x'\n", "found an address with a password in it, expected a ref"),
        (
            "[store]\nurl = 'postgresql://db/x'\npassword = 'hidden'\n",
            "3: [store.password] found a value, expected a r",
        ),
        ("[store]\npassword = 'env:PGPASS'\n", "password: found one for a SQLite file, expected a PostgreSQL address"),
        ("[store]\nurl = 'sqlite://'\n", "expected a SQLite file"),
        ("[schedule]\njitter = '10 minutes'\n", "jitter: found a delay as long as every"),
        ("[schedule]\nevery = '0 minutes'\n", "every: found no time at all"),
        ("[schedule]\nevery = 600\n", "2: [schedule.every] found 600, expected a duration"),
        ("[rules]\npacks = 'core'\n", '2: [rules.packs] found "core", expected a list'),
        ("[score]\nmin_change = true\n", "found true (true or false), expected a whole number"),
        ("tasks = 3\n", "1: [tasks] found 3 (a whole number), expected a table"),
    ],
)
def test_what_the_sections_may_not_say(problems: Problems, text: str, said: str) -> None:
    (line,) = problems(text)

    assert said in line
    assert "hidden" not in line


def test_a_config_without_connections_is_refused(problems: Problems) -> None:
    assert problems("", "") == ["1: [connections] missing, expected a value"]


def test_text_that_is_no_toml_is_refused_with_its_line(problems: Problems) -> None:
    (line,) = problems('[store]\nurl = "a\n', "")

    assert line.startswith("2: no valid TOML: ")


def test_an_extra_of_no_known_type_is_refused(problems: Problems, connection_with: With) -> None:
    found = problems("", connection_with('extras = { seats = { field = "Seats__c", type = "numbr" } }'))

    assert found == [
        '7: [connections.acme.extras.seats.type] found "numbr", expected one of text, number, date, boolean; '
        'did you mean "number"?'
    ]


def test_connections_that_disagree_on_the_type_of_an_extra_are_refused(
    problems: Problems, connection_with: With
) -> None:
    other = '[connections.emea]\ntype = "hubspot"\ntoken = "env:T"\nextras = { seats = "seats" }\n'
    found = problems("", connection_with('extras.seats = { field = "Seats__c", type = "number" }') + other)

    assert found == [
        "11: [connections.emea.extras.seats] found the type text, expected number, which it has in connections.acme"
    ]
