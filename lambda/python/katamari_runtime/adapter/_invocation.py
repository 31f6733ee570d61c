"""One attempt to invoke a function."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ._clock import Clock
from ._execute_response import QUEUED, loads
from ._failures import (
    FunctionFailedError,
    InvocationTimeoutError,
    RefusedInvocationError,
    UnreadableAnswerError,
    occurred,
)

if TYPE_CHECKING:
    from botocore.response import StreamingBody

    from .._sdk import LambdaClient

# Status codes of Lambda for an invocation that it has made or queued, and the one of a response without a status code.
_INVOKED = frozenset({200, 202, 204})
_NO_STATUS = 500
# Longest error of a function in a response, in characters.
_DETAILS_MAX = 4_096
# Longest answer that is quoted whole in an error, and the length of its two quoted ends otherwise, in characters.
_QUOTE_MAX = 80
_QUOTE_END = 40
# Socket timeout that ends the next read of an attempt that was given up, in seconds.
_AT_ONCE_S = 0.001


class Answer(NamedTuple):
    """The answer of Lambda."""

    payload: bytes
    function_error: str | None
    status: int
    request_id: str | None


class Value(NamedTuple):
    """The value that a function returned. For an event, that Lambda has queued it."""

    value: Any
    run_id: str | None = None
    """The id of the run of a queued event."""


class Invocation:
    """One attempt to invoke a function. One thread makes it, and another thread may give it up."""

    def __init__(self, client: LambdaClient, request: dict[str, Any], limit: float, until: float, clock: Clock) -> None:
        """
        :param limit: timeout of the attempt in seconds, up to the last byte of the answer
        :param until: time of the clock at which the attempt must have ended, whenever it began
        """
        self._client = client
        self._request = request
        self._limit = limit
        self._until = until
        self._clock = clock
        self._asked = clock.monotonic()
        self._began: float | None = None
        self._body: StreamingBody | None = None
        self._given_up = False

    def make(self) -> Answer:
        """:raises Exception: the error of the SDK"""
        self._began = self._clock.monotonic()
        if self._given_up:
            # The caller gave up while the attempt waited for a thread.
            raise self.give_up()
        response = self._client.invoke(**self._request)
        body: StreamingBody = response["Payload"]
        self._body = body
        if self._given_up:
            body.close()
            raise self.give_up()
        metadata = response.get("ResponseMetadata", {})
        return Answer(
            body.read(), response.get("FunctionError"), response.get("StatusCode", _NO_STATUS), metadata.get("RequestId")
        )

    def time_left(self) -> float:
        """Seconds to wait for the answer. The wait for a thread does not count toward the timeout of the attempt."""
        now = self._clock.monotonic()
        began = now if self._began is None else self._began
        return min(began + self._limit, self._until) - now

    def give_up(self) -> InvocationTimeoutError:
        """Ends the attempt as soon as possible. A connection cannot be closed while another thread reads from it."""
        self._given_up = True
        if self._body is not None:
            # These errors mean that the attempt has just ended.
            with suppress(AttributeError, OSError, ValueError):
                self._body.set_socket_timeout(_AT_ONCE_S)
        waited = self._clock.monotonic() - (self._asked if self._began is None else self._began)
        return InvocationTimeoutError(occurred("TimeoutError", f"no answer within {round(waited * 1000)} ms"))


def read_answer(answer: Answer, is_event: bool) -> Value:
    """The value that a function returned.

    :raises RefusedInvocationError: if Lambda has neither run the function nor queued the event
    :raises FunctionFailedError: if the function failed
    :raises UnreadableAnswerError: if the answer is not JSON in UTF-8
    """
    if answer.status not in _INVOKED:
        raise RefusedInvocationError(f"Lambda returned HTTP {answer.status}: {answer.function_error or 'Unknown error'}")
    if is_event:
        return Value(dict(QUEUED), answer.request_id)
    try:
        value = loads(answer.payload.decode()) if answer.payload else None
    except (ValueError, RecursionError) as error:
        if answer.function_error:
            raise FunctionFailedError(_failure(answer.payload.decode("utf-8", "replace"))) from None
        raise _unreadable(answer.payload, "UTF-8" if isinstance(error, UnicodeDecodeError) else "JSON") from error
    if answer.function_error:
        raise FunctionFailedError(_failure(str(value)))
    return Value(value)


def _unreadable(payload: bytes, form: str) -> UnreadableAnswerError:
    text = payload.decode("utf-8", "replace")
    quoted = f"{text[:_QUOTE_END]}…{text[-_QUOTE_END:]}" if len(text) > _QUOTE_MAX else text
    return UnreadableAnswerError(f"Lambda response must be a dictionary, got {len(payload)} bytes that are not {form}: {quoted}")


def _failure(details: str) -> str:
    shortened = f"{details[:_DETAILS_MAX]}…" if len(details) > _DETAILS_MAX else details
    return f"Lambda function error: {shortened}"
