"""One Salesforce org as a connector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from connectors.base import CallCount, Capabilities, PullRequest
from connectors.errors import (
    ConnectorError,
    InvalidResponseError,
    InvalidSettingError,
    KeyFieldError,
    WrongOrgError,
)
from connectors.host import Host
from connectors.model import Org, Page, Receipt, Write, WriteKind, empty
from connectors.salesforce import soql
from connectors.salesforce.auth import Login
from connectors.salesforce.capabilities import Probe, key_problems, probe
from connectors.salesforce.objects import KEY_FIELD, read_describe
from connectors.salesforce.pull.pull import Pull
from connectors.salesforce.pull.sources import own_task_fields
from connectors.salesforce.pull.window import rows_of
from connectors.salesforce.rows.tasks import own_task_rows
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.transport import Transport
from connectors.salesforce.write import BATCH, Writer

_IDS_A_QUERY = 200


class SalesforceConnector:
    """Reads and writes one Salesforce org; see ``connectors.base.Connector`` for what each method promises.

    *host* has the clocks, and waits between the tries of a read.
    """

    def __init__(self, settings: SalesforceSettings, *, host: Host | None = None) -> None:
        self.calls = CallCount()
        self._settings = settings
        self._transport = Transport(settings, self.calls, host or Host())
        self._login: Login | None = None
        self._probe: Probe | None = None
        self._pulled = False
        self._key_seen = True
        self._statuses: dict[bool, str] = {}

    def open(self, known: Capabilities | None) -> tuple[Org, Capabilities]:
        """Log in, make sure that this is the expected org, and ask what it lets us do; asks again in sweeps alone."""
        if self._probe is not None:
            return self._probe.org, self._probe.capabilities
        self._login = login = self._transport.login()
        self._check_org(login)
        self._check_version(self._transport.versions())
        current = probe(self._transport, self._settings, login, known)
        if not self._transport.knows_quota:
            self._ask_quota()
        if self._settings.tasks.status_close is not None:
            self._statuses = self._listed_statuses()
        self._probe = current
        return current.org, current.capabilities

    @property
    def capabilities(self) -> Capabilities:
        """What the org lets us do, as last asked; a pull asks again when a field vanishes under it."""
        return self._opened.capabilities

    def now(self) -> datetime:
        """Return the org's own time, from the newest answer."""
        return self._transport.clock.now()

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """Read what changed since the cursors of *request*; a sweep first asks which fields there are by now."""
        if request.sweep and self._pulled:  # nothing else shows that an admin made a field visible again
            self._ask_again()
            if self._settings.tasks.status_close is not None:
                self._statuses = self._listed_statuses()
        self._key_seen = not self._pulled  # the first pull follows the probe at once
        self._pulled = True
        reading = Pull(self._transport, self._settings.mapping, self._opened, self._ask_again, request)
        yield from reading.pages()

    def write_batch(self, writes: Sequence[Write]) -> list[Receipt]:
        """Send up to 200 writes of one kind in one call; before a later pull's first tasks the key is looked at."""
        if writes and writes[0].kind is WriteKind.CREATE_TASK and not self._key_seen:
            self._look_at_key()
        return Writer(self._transport, self._settings, self._opened, self._status_of).send(writes)

    def read_back(self, keys: Sequence[str], deal_ids: Sequence[str] = ()) -> pl.DataFrame:  # noqa: ARG002 - keys do
        """Read our tasks by key, deleted and archived ones included."""
        return self._own_tasks(KEY_FIELD, keys)

    def read_tasks(self, task_ids: Sequence[str]) -> pl.DataFrame:
        """Read tasks by id as they are now, deleted and archived ones included.

        What closes a task is asked before, so that nothing comes between this reading and the write that it is for.
        """
        if task_ids and True not in self._statuses:
            self._statuses = self._listed_statuses()
        return self._own_tasks("Id", task_ids)

    def task_url(self, task_id: str) -> str:
        """Return the address of a task in Lightning."""
        return f"{self._transport.login().instance_url}/lightning/r/Task/{task_id}/view"

    def ensure_room(self, calls: int) -> None:
        """Refuse work that takes more calls than our share of the quota has left."""
        self._transport.ensure_room(calls)

    def batch_size(self) -> int:
        """Return how many writes one call carries."""
        return BATCH

    def close(self) -> None:
        """Close the sockets; the session stays, others may share it."""
        self._transport.close()

    @property
    def _opened(self) -> Probe:
        if self._probe is None:
            raise ConnectorError("the connection was used before it was opened")
        return self._probe

    def _ask_again(self) -> Probe:
        before = self._opened
        assert self._login is not None
        self._probe = probe(self._transport, self._settings, self._login, before.capabilities)
        return self._probe

    def _look_at_key(self) -> None:
        """Stop before anything is created where the key was unique when the process began, and is no longer.

        Raises:
            KeyFieldError: nothing was sent.
        """
        before = self._opened.capabilities
        problems = tuple(key_problems(read_describe(self._transport.get("sobjects/Task/describe", kind="meta"))))
        if before.key_enforced and problems:
            self._ask_again()
            raise KeyFieldError(f"{' '.join(problems)}; it was right when this process began")
        self._key_seen = True

    def _check_org(self, login: Login) -> None:
        expected = self._settings.expect_org
        # The last three of 18 characters are a checksum; setup pages show 15.
        if expected is not None and expected[:15] != login.org_id[:15]:
            raise WrongOrgError(
                f"these credentials lead to org {login.org_id}, expected {expected}; nothing was read or written; "
                "correct the credentials, or expect_org if the org was meant to change"
            )

    def _check_version(self, listed: Any) -> None:
        wanted = self._settings.api_version
        versions = (
            [version.get("version") for version in listed if isinstance(version, dict)]
            if isinstance(listed, list)
            else []
        )
        if not versions:
            raise InvalidResponseError("Salesforce listed no API versions; check login_url")
        if wanted not in versions:
            raise ConnectorError(
                f"this org does not offer API version {wanted}; it offers {versions[0]} to {versions[-1]}"
            )

    def _ask_quota(self) -> None:
        """Ask the org's limits where no header showed them; a user who may not see them is no obstacle."""
        try:
            body = self._transport.get("limits", kind="meta")
            daily = body["DailyApiRequests"]
            self._transport.observe_quota(int(daily["Max"]) - int(daily["Remaining"]), int(daily["Max"]))
        except (ConnectorError, KeyError, TypeError, ValueError):
            return

    def _status_of(self, *, is_closed: bool) -> str:
        """Return the status that closes a task (configured, or the org's first) or that opens one (its default)."""
        if is_closed not in self._statuses:
            self._statuses = self._listed_statuses()
        if is_closed not in self._statuses:
            raise InvalidResponseError("the org lists no such task status; set close_status")
        return self._statuses[is_closed]

    def _listed_statuses(self) -> dict[bool, str]:
        """Ask the org which status closes a task, configured or its first, and which opens one.

        Raises:
            InvalidSettingError: the org has no such closed status as the configured one. It would take it all the same,
                and the task would stay open.
        """
        query = soql.select(("ApiName", "IsClosed", "IsDefault"), "TaskStatus", (), ("SortOrder", "Id"))
        statuses = rows_of(query, self._transport)
        closed, opened = ([row for row in statuses if row["IsClosed"] is is_closed] for is_closed in (True, False))
        # Orgs rename task statuses at will, so only the flags of TaskStatus count.
        opened.sort(key=lambda row: not row["IsDefault"])
        wanted, names = self._settings.tasks.status_close, [str(row["ApiName"]) for row in closed]
        if wanted is not None and wanted not in names:
            raise InvalidSettingError(
                f"close_status = {wanted!r} closes no task in this org; its closed task statuses are "
                f"{', '.join(names) or 'none'}; correct close_status, or leave it out for the first of them"
            )
        closed.sort(key=lambda row: row["ApiName"] != wanted)
        return {is_closed: str(rows[0]["ApiName"]) for is_closed, rows in ((True, closed), (False, opened)) if rows}

    def _own_tasks(self, field: str, values: Sequence[str]) -> pl.DataFrame:
        current = self._opened
        if not current.objects["Task"].has(KEY_FIELD):
            return empty("own_tasks")
        records = [
            record
            for part in soql.chunks(values, _IDS_A_QUERY)
            for record in rows_of(
                soql.select(own_task_fields(current), "Task", (soql.one_of(field, part),)), self._transport
            )
        ]
        return own_task_rows(records, current.user_id).tables["own_tasks"]
