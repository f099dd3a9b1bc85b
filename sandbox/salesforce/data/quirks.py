"""Switches for what an org may or may not do, and for behaviour whose truth is in doubt.

Each is a live value of the org, set through the control port. `server` ones are read by the wire, the others by the
org.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from sandbox.server.quirk import Quirk, fresh

QUIRKS = MappingProxyType(
    {
        "hide_fields": Quirk(
            (), "fields `Object.Field` that the integration user cannot see: gone from describe and queries alike"
        ),
        "hide_objects": Quirk((), "objects that the integration user cannot see"),
        "hide_rows": Quirk((), "ids of rows that the integration user no longer sees, as after a change of sharing"),
        "multicurrency": Quirk(
            False, "the org keeps several currencies: CurrencyIsoCode, CurrencyType, DatedConversionRate"
        ),
        "shared_activities": Quirk(True, "tasks relate to several contacts: TaskRelation, WhoCount, WhatCount"),
        "key_not_unique": Quirk(False, "custom external ids are not unique, in describe and in fact"),
        "key_not_external": Quirk(False, "custom external ids are neither external ids nor id lookups"),
        "unique_frees_on_delete": Quirk(False, "a deleted row no longer reserves its unique value"),
        "late_commit_s": Quirk(0, "people's writes become visible only after so many seconds, with their old stamp"),
        "validation_rule": Quirk(None, "a text: tasks whose Subject contains it are refused"),
        "lock_rows": Quirk(0, "how many of the next row writes fail on a lock; counts down"),
        "field_history": Quirk(
            True, "OpportunityFieldHistory is kept; a list names the tracked fields instead of the usual ones"
        ),
        "archive_after_days": Quirk(365, "age at which closed tasks and past events are archived; 0 for never"),
        "archived_is_locked": Quirk(False, "writes to archived activities are refused"),
        "inactive_owner_blocks_update": Quirk(False, "a row of an inactive owner refuses updates of other fields too"),
        "primary_role_exclusive": Quirk(True, "a role set as primary takes that mark from the deal's other roles"),
        "undelete_bumps_stamp": Quirk(True, "a row restored from the bin gets a new SystemModstamp"),
        "trim_text": Quirk(True, "text loses the white space around it on the way in"),
        "amounts_as_integers": Quirk(
            False, "whole currency, double and percent values are sent without a decimal point"
        ),
        "token_ttl_s": Quirk(None, "seconds of silence after which a session ends; None for never", server=True),
        "rotate_refresh_tokens": Quirk(
            False, "each use of a refresh token makes a new one; an old one used again ends the grant", server=True
        ),
        "attributes_first": Quirk(
            True, "a record of a collection whose `attributes` is not its first key is refused", server=True
        ),
        "short_pages": Quirk(
            0, "pages hold so many rows at most, whatever the client asked; 0 for no such limit", server=True
        ),
        "locator_ttl_s": Quirk(172_800, "seconds for which the following pages of a query are kept", server=True),
        "daily_max": Quirk(100_000, "calls allowed in 24 hours", server=True),
        "daily_used": Quirk(
            None, "calls counted as used already; None for those really made; counting goes on from it", server=True
        ),
        "delay_s": Quirk(5.0, "host seconds of silence of the fault delay_then_apply", server=True),
        "slow_body_s": Quirk(5.0, "host seconds for which the fault slow_body sends a byte a second", server=True),
    }
)


def defaults() -> dict[str, Any]:
    """A fresh set of live values."""
    return fresh(QUIRKS)
