"""One execution of a request: from its payload to its response."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from .._constants import DELIVERY_KEY, keyed_run_id
from ._attempts import Attempts, Limits
from ._circuit_breaker import CircuitBreaker
from ._clock import Clock
from ._execute_response import not_run_response
from ._failures import NotInvokedError, UnreadableAnswerError, reason_of
from ._health_recorder import HealthRecorder
from ._invocation import Value
from ._request_payload import field_of, to_bytes
from ._settings import AdapterSettings
from ._steps import Steps
from ._types import ExecuteResponse, RemainingTime

_SHOWN_MAX = 80
# Seconds of the caller's remaining time that are left when the health is recorded.
_LEFT_ALONE_S = 0.1


class ExecutionDependencies(NamedTuple):
    """What an execution works with."""

    settings: AdapterSettings
    attempts: Attempts
    circuit_breaker: CircuitBreaker | None
    recorder: HealthRecorder
    clock: Clock
    map_request: Callable[[Any], Any]
    parse_response: Callable[[Any], ExecuteResponse]


def execute(
    dependencies: ExecutionDependencies,
    request: Any,
    context: RemainingTime | None,
    scopes: Iterable[str] | None,
    idempotency_key: str | None = None,
) -> Steps[ExecuteResponse]:
    """Calls the module. Every failure becomes a response without success."""
    end = math.inf
    try:
        end = _end_of(context, dependencies.clock)
        until = end - dependencies.settings.deadline_margin
        answer = yield from _call(dependencies, _payload(dependencies, request, scopes, idempotency_key), until)
        not_run = not_run_response(dependencies.settings.module_name, answer.value)
        if not_run is not None:
            return not_run
        response = dependencies.parse_response(answer.value)
        success = bool(response.success)
        if answer.run_id is not None and isinstance(response, ExecuteResponse):
            response.run_id = answer.run_id if idempotency_key is None else keyed_run_id(idempotency_key)
    except NotInvokedError as error:
        return ExecuteResponse(success=False, error=f"Lambda not invoked: {error}")
    except Exception as error:
        reason = str(error) if isinstance(error, UnreadableAnswerError) else f"Lambda invocation error: {reason_of(error)}"
        response = ExecuteResponse(success=False, error=reason)
        success = False
    yield from dependencies.recorder.record(success, end - _LEFT_ALONE_S)
    return response


def _call(dependencies: ExecutionDependencies, payload: bytes, until: float) -> Steps[Value]:
    breaker = dependencies.circuit_breaker
    if breaker is None:
        return (yield from dependencies.attempts.invoke(payload, Limits(until, once=False)))
    permit = breaker.enter()
    success: bool | None = None
    try:
        answer = yield from dependencies.attempts.invoke(payload, Limits(until, once=permit.probe))
        success = True
        return answer
    except NotInvokedError:
        raise
    except Exception:
        success = False
        raise
    finally:
        # Also if the call was cancelled: it may hold the permit of the only probe.
        breaker.leave(permit, success)


def _payload(
    dependencies: ExecutionDependencies, request: Any, scopes: Iterable[str] | None, idempotency_key: str | None
) -> bytes:
    """:raises NotInvokedError: if the request lacks a scope, or has no valid payload"""
    settings = dependencies.settings
    try:
        given = scopes if scopes is not None else field_of(request, "scopes")
        has = given if isinstance(given, (list, tuple, set, frozenset)) else ()
        missing = [scope for scope in settings.required_scopes if scope not in has]
        if missing:
            lacks = f"module '{settings.module_name}' requires scopes that the request lacks: {', '.join(missing)}"
            raise NotInvokedError(lacks)
        payload = dependencies.map_request(request)
        if idempotency_key is not None:
            payload = {DELIVERY_KEY: "invoke", "idempotencyKey": idempotency_key, "event": payload}
        return to_bytes(payload, settings.invocation_type)
    except NotInvokedError:
        raise
    except Exception as error:
        raise NotInvokedError(reason_of(error)) from error


def _end_of(context: RemainingTime | None, clock: Clock) -> float:
    """Time of the clock at which the caller's time is over.

    :raises NotInvokedError: if it is not the context of a Lambda function
    """
    if context is None:
        return math.inf
    try:
        end: float = clock.monotonic() + context.get_remaining_time_in_millis() / 1000
        if not math.isfinite(end):
            raise ValueError(end)
        return end
    except Exception as error:
        raise NotInvokedError(f"context must be the context of a Lambda function, got: {_shown(context)}") from error


def _shown(value: Any) -> str:
    """A value as it appears in a message, cut to 80 characters. It never raises, whatever the value is."""
    try:
        text = repr(value)
    except Exception:
        text = type(value).__name__
    return f"{text[:_SHOWN_MAX]}…" if len(text) > _SHOWN_MAX else text
