"""Switches for what a portal may or may not do, and for behaviour whose truth is in doubt.

Each is a live value of the portal, set through the control port. `server` ones are read by the wire, the others by the
portal.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from sandbox.server.quirk import Quirk, fresh

QUIRKS = MappingProxyType(
    {
        "hide_properties": Quirk(
            (), "properties `deals.amount` that the integration cannot see: unknown to schema, reads, writes and search"
        ),
        "hide_rows": Quirk((), "ids of records that the integration no longer sees, as after a change of permissions"),
        "lists_leave_out": Quirk(
            (), "ids of records that lists pass over although they are there, as when a page is lost"
        ),
        "key_not_unique": Quirk(False, "custom properties are not unique, in definition and in fact"),
        "no_unique_on_tasks": Quirk(False, "a property of tasks with unique values is refused when it is made"),
        "no_properties_on_engagements": Quirk(False, "custom properties of activities are refused when they are made"),
        "unique_frees_on_delete": Quirk(False, "an archived record no longer reserves its unique values"),
        "duplicate_is_conflict": Quirk(False, "a taken value of a custom property is a 409 instead of a 400"),
        "lock_unique": Quirk(0, "how many of the next writes of unique values fail on a lock, 423; counts down"),
        "archived_owner_refused": Quirk(False, "a record cannot be given to a deactivated owner"),
        "refuse_subject": Quirk(None, "a text: tasks whose subject contains it are refused"),
        "required_on_write": Quirk(
            (), "properties `tasks.x` that an administrator requires: the dated API refuses records without, others not"
        ),
        "late_commit_s": Quirk(0, "people's writes become visible only after so many seconds, with their old stamp"),
        "search_lag_s": Quirk(
            0, "search matches the records as they were so many seconds ago, new ones not at all; answers are of now"
        ),
        "neq_keeps_empty": Quirk(False, "NEQ and NOT_IN of a search match records that have no value"),
        "activity_bumps_modified": Quirk(
            True, "a summary that an activity moves, such as notes_last_updated, moves hs_lastmodifieddate too"
        ),
        "association_bumps_modified": Quirk(False, "associations move hs_lastmodifieddate of the record they begin at"),
        "merge_makes_new_id": Quirk(False, "a merge makes a new record, to whose id both old ids lead"),
        "merged_ids_in_batches": Quirk(False, "ids that were merged away lead to the winner in batches too"),
        "history_oldest_first": Quirk(False, "the history of a property begins with its oldest value"),
        "omit_empty": Quirk(False, "properties without a value are left out of records instead of null"),
        "same_value_bumps_modified": Quirk(True, "a write that changes nothing moves hs_lastmodifieddate all the same"),
        "api_user_unnamed": Quirk(False, "writes of the integration name no user as creator or last modifier"),
        "token_ttl_s": Quirk(1800, "seconds for which an access token of the OAuth app is good", server=True),
        "rotate_refresh_tokens": Quirk(
            False, "each use of a refresh token makes a new one; an old one used again ends the grant", server=True
        ),
        "missing_scopes": Quirk((), "scopes that the token was not granted", server=True),
        "malformed_token_530": Quirk(
            False, "a token that does not look like one is a 530 of the network instead of a 401", server=True
        ),
        "ten_secondly_max": Quirk(190, "calls allowed in any ten seconds, searches left out", server=True),
        "associations_ten_secondly_max": Quirk(150, "calls of associations allowed in any ten seconds", server=True),
        "search_secondly_max": Quirk(5, "searches allowed in any second", server=True),
        "daily_max": Quirk(650_000, "calls allowed in a day of the portal", server=True),
        "daily_used": Quirk(
            None, "calls counted as used already; None for those really made; counting goes on from it", server=True
        ),
        "search_limit_names_policy": Quirk(
            False, "the 429 of a search names a policy, as those of other calls do", server=True
        ),
        "retry_after_on_429": Quirk(
            None, "seconds that Retry-After of a 429 says; None for no such header", server=True
        ),
        "echo_trace_ids": Quirk(
            False,
            "results of a batch carry the objectWriteTraceId of their input, as the specification says",
            server=True,
        ),
        "association_page": Quirk(500, "how many associations of one record a page holds", server=True),
        "history_page_max": Quirk(50, "the most records of a page or batch that shows histories", server=True),
        "search_body_max": Quirk(3000, "bytes that the body of a search may have", server=True),
        "numeric_to_object_id": Quirk(
            True, "toObjectId is a number, as portals send it, and not a text, as their specification says", server=True
        ),
        "short_pages": Quirk(
            0, "the most records that a page holds, whatever is asked for; 0 for no such cap", server=True
        ),
        "delay_s": Quirk(5.0, "host seconds of silence of the fault delay_then_apply", server=True),
        "slow_body_s": Quirk(5.0, "host seconds for which the fault slow_body sends a byte a second", server=True),
    }
)


def defaults() -> dict[str, Any]:
    """A fresh set of live values."""
    return fresh(QUIRKS)
