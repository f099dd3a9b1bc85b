"""Whatever a CRM says in whatever field, its record becomes a row: no value ends a pull."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.elements import ElementColumns
from connectors.hubspot.rows import deals as portal_deals
from connectors.hubspot.rows import people as portal_people
from connectors.hubspot.rows import tasks as portal_tasks
from connectors.hubspot.rows import touches as portal_touches
from connectors.hubspot.shape import DealShape as PortalShape
from connectors.salesforce.objects import WANTED
from connectors.salesforce.rates import Rates
from connectors.salesforce.rows import changes, deals, people, tasks, touches
from connectors.salesforce.shape import DealShape

DATES = st.sampled_from(
    [
        "0000-00-00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999-12:00",
        "2026-02-30",
        "24:00",
        "-62135596800000",
        "9" * 5000,
        "1e999",
        "NaN",
        "2026-W01-1",
        "20260101",
        "2026-06-15T09:00:00.123456789Z",
    ]
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(),
    st.text(max_size=30),
    DATES,
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
ZONE = ZoneInfo("Pacific/Kiritimati")
ELEMENTS = tuple(
    ElementColumns(name, text=f"{name}_text", fields=((f"{name}_field", kind),), confirmed_on=f"{name}_on", shows=3)
    for name, kind in (
        ("metrics", "number"),
        ("champion", "date"),
        ("competition", "picklist"),
        ("paper_process", "checkbox"),
        ("implicate_pain", "other"),
    )
)
MAPPED = [path for element in ELEMENTS for path in element.paths()] + ["muted", "x"]
ORG = DealShape(ELEMENTS, extras={"x_x": "x"}, muted_until="muted", record_type=True)
PORTAL = portal_deals.DealContext(PortalShape(ELEMENTS, extras={"x_x": "x"}, muted_until="muted"), {}, {}, ZONE, "EUR")


def record(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: VALUES for name in names if name not in ("Id", "IsDeleted")}).map(
        lambda fields: {**fields, "Id": "006A"}
    )


@settings(max_examples=60, deadline=None)
@given(record((*WANTED["Opportunity"], *MAPPED)))
def test_any_opportunity_is_a_deal(fields: dict[str, Any]) -> None:
    assert deals.deal_rows([fields], ORG, Rates()).tables["deals"].height == 1


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["Account", "Contact", "User", "OpportunityStage", "OpportunityContactRole"]), st.data())
def test_any_record_about_people_is_a_row(sobject: str, data: st.DataObject) -> None:
    fields = data.draw(record(WANTED[sobject]))
    convert = {
        "Account": people.account_rows,
        "Contact": people.contact_rows,
        "User": people.owner_rows,
        "OpportunityStage": people.stage_rows,
        "OpportunityContactRole": lambda records: people.role_rows(records, {}),
    }[sobject]
    (frame,) = convert([fields]).tables.values()

    assert frame.height == 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_activity_and_history_is_read(data: st.DataObject) -> None:
    context = touches.TouchContext(ZONE, reads_mails=False)
    task, event, mail = (data.draw(record(WANTED[name])) for name in ("Task", "Event", "EmailMessage"))
    touches.task_rows([{**task, "IsClosed": True}], context)
    touches.event_rows([event], context)
    touches.mail_rows([mail])
    touches.relation_rows([data.draw(record(WANTED["TaskRelation"]))], "TaskId")
    changes.history_rows([data.draw(record(WANTED["OpportunityHistory"])) for _ in range(2)])
    changes.field_history_rows([data.draw(record(WANTED["OpportunityFieldHistory"]))], {"x": "metrics"})
    Rates.of([data.draw(record(WANTED["CurrencyType"]))], [data.draw(record(WANTED["DatedConversionRate"]))])

    assert tasks.own_task_rows([task], "005A").tables["own_tasks"].height == 1


def properties(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(dict.fromkeys(names, VALUES)).map(lambda read: {"id": "7", "properties": read})


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_record_of_a_portal_is_read(data: st.DataObject) -> None:
    from connectors.hubspot.objects import WANTED as PROPERTIES

    deal = data.draw(properties((*PROPERTIES["deals"], *MAPPED)))
    history = [{"value": data.draw(VALUES), "timestamp": data.draw(VALUES)} for _ in range(3)]
    deal["propertiesWithHistory"] = {"closedate": history, "amount": history, "dealstage": history}
    company, contact = data.draw(properties(PROPERTIES["companies"])), data.draw(properties(PROPERTIES["contacts"]))
    task = data.draw(properties(PROPERTIES["tasks"]))
    task["properties"]["dealwarden_key"] = "dw:1"
    portal_deals.change_rows([deal], PORTAL.shape, ZONE)
    for kind in ("meetings", "calls", "emails"):
        engagement = data.draw(properties(PROPERTIES[kind]))
        portal_touches.touch_rows(kind, [engagement], portal_touches.Links({}, {}))

    assert portal_deals.deal_rows([deal], PORTAL).tables["deals"].height == 1
    assert portal_people.company_rows([company], {"x_x": "x"}, {}).tables["accounts"].height == 1
    assert portal_people.contact_rows([contact]).tables["contacts"].height == 1
    assert portal_tasks.own_task_rows([task], {}, ZONE).tables["own_tasks"].height == 1
