"""Invokes a function, and again where that may help."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, NamedTuple

from ._clock import Clock
from ._constants import RETRY_COST
from ._errors import FunctionFailedError, GivenUpError, NotInvokedError, reason_of
from ._invocation import Answer, Invocation, read_answer
from ._retry import RetryBudget, longest_delay, retry_cost
from ._settings import AdapterSettings
from ._steps import Pause, Steps, Work

if TYPE_CHECKING:
    from botocore.client import BaseClient

# A retry must have at least so many seconds, or all that a try may take: one that is cut short at once helps nobody.
_RETRY_MIN_S = 1.0


class Limits(NamedTuple):
    """What a call must keep to."""

    until: float
    """Moment of the clock at which it must have ended."""
    once: bool
    """Whether it is to be tried once: it probes a module that has failed."""


class Attempts:
    """Invokes a function, and again where that may help: within the time that the caller has, and the budget of retries."""

    def __init__(self, client: BaseClient, settings: AdapterSettings, pool: Executor, clock: Clock) -> None:
        self._client = client
        self._settings = settings
        self._pool = pool
        self._clock = clock
        self._limit = settings.connect_timeout + settings.read_timeout
        self._budget = RetryBudget() if settings.retry_budget else None

    def invoke(self, payload: bytes, limits: Limits) -> Steps[Any]:
        """
        :returns: what the function returned; None of an event
        :raises NotInvokedError: when there is no time for it
        :raises Exception: how the last try failed
        """
        if self._clock.monotonic() >= limits.until:
            raise NotInvokedError("the caller has no time left")
        retries = 0
        taken: int | None = None
        while True:
            try:
                value = yield from self._attempt(payload, limits)
                break
            except Exception as error:
                cost = self._cost(error)
                if cost is None or limits.once or retries == self._settings.max_retries:
                    raise
                delay = self._delay(retries)
                self._prepare(error, delay, cost, limits)
            yield Pause(self._clock, delay)
            taken = cost if self._budget else None
            retries += 1
        if self._budget:
            self._budget.give_back(taken)
        return value

    def _attempt(self, payload: bytes, limits: Limits) -> Steps[Any]:
        request = {
            "FunctionName": self._settings.function_name,
            "InvocationType": self._settings.invocation_type,
            "Payload": payload,
        }
        one = Invocation(self._client, request, self._limit, limits.until, self._clock)
        answer: Answer = yield Work(self._pool, one.make, one.time_left, one.give_up)
        return None if self._settings.is_event else read_answer(answer)

    def _cost(self, error: Exception) -> int | None:
        if isinstance(error, FunctionFailedError):
            return RETRY_COST if self._settings.retry_function_errors else None
        return retry_cost(error, self._settings.retryable)

    def _delay(self, retries: int) -> float:
        longest = longest_delay(retries, self._settings.initial_retry_delay, self._settings.max_retry_delay)
        return longest if self._settings.jitter == "none" else longest * self._clock.random()

    def _prepare(self, error: Exception, delay: float, cost: int, limits: Limits) -> None:
        """:raises GivenUpError: when there is no time for a retry, or too little left of the budget"""
        left = limits.until - self._clock.monotonic()
        if delay + min(_RETRY_MIN_S, self._limit) > left:
            why = f"a retry after {_ms(delay)} ms does not fit in the {max(0, _ms(left))} ms that are left"
            raise _given_up(error, why) from error
        if self._budget and not self._budget.take(cost):
            raise _given_up(error, "the budget of retries is used up") from error


def _given_up(error: Exception, why: str) -> GivenUpError:
    return GivenUpError(f"{reason_of(error)}; not tried again: {why}")


def _ms(seconds: float) -> int:
    return math.floor(seconds * 1000)
