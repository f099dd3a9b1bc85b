"""What goes wrong between us and a CRM, by what the caller does next."""

from __future__ import annotations

from collections.abc import Iterable


class ConnectorError(Exception):
    """Talking to the CRM failed.

    The message names what happened, where, and what to do about it, in one line without secrets.
    """


class TransientError(ConnectorError):
    """The CRM or the way to it failed for the moment: end the cycle as incomplete, try at the next one."""


class RateLimitedError(TransientError):
    """The CRM asks for fewer calls: wait *retry_after_s* where it says how long."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QuotaSpentError(TransientError):
    """Our share of the day's calls is used up: end the cycle as incomplete, others need the rest."""


class OutcomeUnknownError(TransientError):
    """A write was sent and no answer that can be trusted came back: it may or may not have been done, read it back."""


class UnconfirmedError(OutcomeUnknownError):
    """The CRM answered a write and said of no record what became of it: read back; always so, it counts as refused."""


class IncompleteError(TransientError):
    """Some canonical *tables* could not be read whole; every other one was, so that it may be worked with."""

    def __init__(self, message: str, tables: Iterable[str]) -> None:
        super().__init__(message)
        self.tables = frozenset(tables)


class LimitError(TransientError):
    """An answer went beyond a bound of `connectors.limits`: end the cycle as incomplete, ask nothing more in it."""


class EndlessPagesError(TransientError):
    """The pages of a read lead nowhere: end that read as incomplete; others may be worked with."""


class AuthError(ConnectorError):
    """The CRM refuses our credentials: stop the connection, a person must act."""


class MissingPermissionError(ConnectorError):
    """Our CRM user lacks a permission that the work needs: stop the connection, an admin must grant it."""


class KeyFieldError(ConnectorError):
    """The unique key field of our tasks is absent, hidden or not unique: stop writing, an admin must fix it."""


class InvalidSettingError(ConnectorError):
    """The configuration names something that the CRM does not have: stop the connection, the text lists what it has."""


class WrongOrgError(ConnectorError):
    """The credentials lead to another org than expected: stop the connection, nothing was read or written."""


class InvalidResponseError(ConnectorError):
    """The CRM's answer is not what its protocol promises; nothing was taken from it."""


class CursorExpiredError(ConnectorError):
    """A stored or running cursor is no longer accepted: begin that window again."""
