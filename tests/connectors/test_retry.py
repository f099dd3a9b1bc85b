"""When a read is tried again, and how long that waits."""

from __future__ import annotations

import pytest

from connectors import retry
from connectors.errors import AuthError, InvalidResponseError, QuotaSpentError, RateLimitedError, TransientError


class Flaky:
    """Fails with the given errors, one a call, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "read"


@pytest.mark.parametrize("error", [TransientError("503"), InvalidResponseError("html"), RateLimitedError("429", 2.0)])
def test_a_passing_failure_is_tried_again(error: Exception) -> None:
    slept: list[float] = []
    call = Flaky(error)
    assert retry.reads(slept.append)(call) == "read"
    assert call.calls == 2
    assert len(slept) == 1


def test_the_wait_is_at_least_what_the_crm_asked_for() -> None:
    slept: list[float] = []
    retry.reads(slept.append)(Flaky(RateLimitedError("429", 7.0)))
    assert slept[0] >= 7.0


def test_an_absurd_wait_is_not_waited_for() -> None:
    slept: list[float] = []
    with pytest.raises(RateLimitedError):
        retry.reads(slept.append)(Flaky(RateLimitedError("429", 86_400.0)))
    assert slept == []


@pytest.mark.parametrize("error", [QuotaSpentError("spent"), AuthError("refused"), ValueError("ours")])
def test_what_another_try_does_not_mend_is_raised_at_once(error: Exception) -> None:
    call = Flaky(error)
    with pytest.raises(type(error)):
        retry.reads(lambda _: None)(call)
    assert call.calls == 1


def test_tries_end() -> None:
    call = Flaky(*[TransientError("503")] * 9)
    with pytest.raises(TransientError):
        retry.reads(lambda _: None)(call)
    assert call.calls == retry.ATTEMPTS
