"""Invokes a function, with retries."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from .._fork import renew_after_fork
from .._retry import Backoff
from ._clock import Clock
from ._constants import RETRY_COST
from ._failures import FunctionFailedError, GivenUpError, NotInvokedError, reason_of, retry_cost
from ._invocation import Answer, Invocation, Value, read_answer
from ._retry_budget import RetryBudget
from ._settings import AdapterSettings
from ._steps import Pause, Steps, Work

if TYPE_CHECKING:
    from .._sdk import LambdaClient

# Minimum time for a retry in seconds, unless the timeout of one attempt is shorter. A shorter attempt has no chance to succeed.
_RETRY_MIN_S = 1.0


class Limits(NamedTuple):
    """The limits of one call."""

    until: float
    """Time of the clock at which the call must have ended."""
    once: bool
    """Whether to make only one attempt, because the call is a probe."""


class Attempts:
    """Invokes a function. Retries what a retry may help, within the time of the caller and the retry budget."""

    def __init__(self, client: Callable[[], LambdaClient], settings: AdapterSettings, clock: Clock) -> None:
        """:param client: returns the client; called by each attempt, because the child of a fork needs another one"""
        self._client = client
        self._settings = settings
        self._clock = clock
        self._limit = settings.connect_timeout + settings.read_timeout
        self._backoff = Backoff(settings.initial_retry_delay, settings.max_retry_delay)
        self._budget = RetryBudget() if settings.retry_budget else None
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        self._pool = ThreadPoolExecutor(self._settings.max_concurrency, "katamari-adapter")

    def invoke(self, payload: bytes, limits: Limits) -> Steps[Value]:
        """Invokes the function.

        :returns: the value that the function returned; for an event, that Lambda has queued it
        :raises NotInvokedError: if no time is left
        :raises Exception: the failure of the last attempt
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

    def _attempt(self, payload: bytes, limits: Limits) -> Steps[Value]:
        request = {
            "FunctionName": self._settings.function_name,
            "InvocationType": self._settings.invocation_type,
            "Payload": payload,
        }
        one = Invocation(self._client(), request, self._limit, limits.until, self._clock)
        answer: Answer = yield Work(self._pool, one.make, one.time_left, one.give_up)
        return read_answer(answer, self._settings.is_event)

    def _cost(self, error: Exception) -> int | None:
        if isinstance(error, FunctionFailedError):
            return RETRY_COST if self._settings.retry_function_errors else None
        return retry_cost(error, self._settings.retryable)

    def _delay(self, retries: int) -> float:
        if self._settings.jitter == "none":
            return self._backoff.longest_delay(retries)
        return self._backoff.delay(retries, self._clock.random)

    def _prepare(self, error: Exception, delay: float, cost: int, limits: Limits) -> None:
        """:raises GivenUpError: if a retry does not fit into the remaining time or the retry budget"""
        left = limits.until - self._clock.monotonic()
        if delay + min(_RETRY_MIN_S, self._limit) > left:
            why = f"a retry after {_ms(delay)} ms does not fit into the remaining {max(0, _ms(left))} ms"
            raise _given_up(error, why) from error
        if self._budget and not self._budget.take(cost):
            raise _given_up(error, "the retry budget is used up") from error


def _given_up(error: Exception, why: str) -> GivenUpError:
    return GivenUpError(f"{reason_of(error)}; not retried: {why}")


def _ms(seconds: float) -> int:
    return math.floor(seconds * 1000)
