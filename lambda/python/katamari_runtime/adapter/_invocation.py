"""One try to invoke a function."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ._clock import Clock
from ._errors import FunctionFailedError, InvocationTimeoutError, UnreadableAnswerError, occurred

if TYPE_CHECKING:
    from botocore.client import BaseClient

# Most characters of a function's error in an answer.
_DETAILS_MAX = 4_096
# What is set on the connection of a try that nobody waits for any more: its next read ends it.
_AT_ONCE_S = 0.001


class Answer(NamedTuple):
    payload: bytes
    function_error: str | None


class Invocation:
    """One try to invoke a function. It is made in a thread, and may be given up from another one."""

    def __init__(self, client: BaseClient, request: dict[str, Any], limit: float, until: float, clock: Clock) -> None:
        """
        :param limit: seconds that it may take, to the last byte of its answer
        :param until: moment of the clock at which it must have ended, whenever it began
        """
        self._client: Any = client
        self._request = request
        self._limit = limit
        self._until = until
        self._clock = clock
        self._asked = clock.monotonic()
        self._began: float | None = None
        self._body: Any = None
        self._given_up = False

    def make(self) -> Answer:
        """Makes it; an error is that of the SDK."""
        self._began = self._clock.monotonic()
        if self._given_up:
            # While it waited for a thread.
            raise self.give_up()
        response = self._client.invoke(**self._request)
        self._body = response["Payload"]
        if self._given_up:
            self._body.close()
            raise self.give_up()
        return Answer(self._body.read(), response.get("FunctionError"))

    def time_left(self) -> float:
        """Seconds to wait for it. The time in which it waits for a thread is not counted, unless the caller has none."""
        now = self._clock.monotonic()
        began = now if self._began is None else self._began
        return min(began + self._limit, self._until) - now

    def give_up(self) -> InvocationTimeoutError:
        """Lets its thread go as soon as it can: a connection can't be closed while another thread reads from it."""
        self._given_up = True
        if self._body is not None:
            # An error says that it has just ended.
            with suppress(AttributeError, OSError, ValueError):
                self._body.set_socket_timeout(_AT_ONCE_S)
        waited = self._clock.monotonic() - (self._asked if self._began is None else self._began)
        return InvocationTimeoutError(occurred("TimeoutError", f"no answer within {round(waited * 1000)} ms"))


def read_answer(answer: Answer) -> Any:
    """What a function returned.

    :raises FunctionFailedError: when it failed instead
    :raises UnreadableAnswerError: when it is not JSON, or not all of it
    """
    text = answer.payload.decode("utf-8", "replace")
    try:
        value = json.loads(answer.payload) if answer.payload else None
    except (ValueError, RecursionError) as error:
        if answer.function_error:
            raise FunctionFailedError(_failure(text)) from None
        shown = f"{text[:40]}…{text[-40:]}" if len(text) > 80 else text
        raise UnreadableAnswerError(
            f"the answer of the function must be JSON, got {len(answer.payload)} bytes: {shown}"
        ) from error
    if answer.function_error:
        raise FunctionFailedError(_failure(str(value)))
    return value


def _failure(details: str) -> str:
    shown = f"{details[:_DETAILS_MAX]}…" if len(details) > _DETAILS_MAX else details
    return f"Lambda function error: {shown}"
