"""Wraps a handler with the run tracker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, NamedTuple, Protocol

from .._constants import (
    BEGIN_DEADLINE,
    DEADLINE_MARGIN_MS,
    FINISH_DEADLINE_MS,
    LATE_END_DEADLINE,
    LEASED_BEGIN_DEADLINE,
    LOCAL_DEADLINE_FACTOR,
    RESULT_MARGIN_MS,
)
from .._current_run import RUN, CurrentRun
from .._describe import ErrorDescription, describe
from .._handler import Handler, call_handler
from ._attempt import Duplicate, RunEnd, Running, RunningAttempt, RunStart, Skipped, StartOutcome
from ._attempt_end import AttemptEnd
from ._busy_response import busy_response, is_http_request
from ._correlation_id import correlation_id_of
from ._deadline import Deadline
from ._errors import LeaseContended, RetryTooEarly, TaskTimedOut
from ._exit_recorder import Termination, describe_end
from ._invocation import Invocation, identify, untracked_event
from ._late_ends import LateEnds
from ._load_failure import LoadFailure
from ._log import log_line
from ._result import returnable
from ._run_requests import REDRIVE_AFTER_MS


class Store(Protocol):
    """The part of :class:`RunStore` that the tracker uses."""

    def takes_slot(self, start: RunStart) -> bool: ...

    def begin(self, start: RunStart, deadline: Deadline) -> StartOutcome: ...

    def finish(self, running: RunningAttempt, end: RunEnd, deadline: Deadline) -> None: ...


class TrackerDependencies(NamedTuple):
    """What the tracker works with."""

    function_name: str
    store: Store | None
    """None if tracking is off."""
    now: Callable[[], int]
    """Epoch milliseconds."""
    local: bool = False
    """Whether the function runs in the local engine."""


def track_with(dependencies: TrackerDependencies, handler: Handler) -> Handler:
    """Wraps a handler with the run tracker."""
    late = None if dependencies.store is None else _new_late_ends(dependencies, dependencies.store)

    set_request_id: Callable[[str], None] | None = None
    if dependencies.local:
        from .._local_logging import set_request_id

    def tracked(event: Any, context: Any) -> Any:
        now = dependencies.now()
        if set_request_id:
            set_request_id(context.aws_request_id)
        if dependencies.store is None or late is None:
            return call_handler(handler, untracked_event(event, now), context)
        invocation = identify(event, context.aws_request_id, now)
        return _TrackedRun(dependencies, dependencies.store, late, invocation, context, now=now).handle(handler)

    return update_wrapper(tracked, handler, updated=())


def _new_late_ends(dependencies: TrackerDependencies, store: Store) -> LateEnds:
    def on_written(running: RunningAttempt, end: RunEnd) -> None:
        fields = _log_fields(dependencies.function_name, running.start)
        late = {"state": end.state, "attempt": running.attempt}
        log_line("INFO", "the end of the run was recorded late", {**fields, **late})

    factor = LOCAL_DEADLINE_FACTOR if dependencies.local else 1
    return LateEnds(store, FINISH_DEADLINE_MS * factor, on_written)


def _log_fields(function_name: str, start: RunStart) -> dict[str, Any]:
    """The fields by which log lines name a run."""
    return {
        "function": function_name,
        "runId": start.run_id,
        "trigger": start.trigger,
        "requestId": start.request_id,
        "correlationId": start.correlation_id,
    }


class _TrackedRun:
    def __init__(
        self,
        dependencies: TrackerDependencies,
        store: Store,
        late: LateEnds,
        invocation: Invocation,
        context: Any,
        *,
        now: int,
    ) -> None:
        self._dependencies = dependencies
        self._store = store
        self._late = late
        self._invocation = invocation
        self._context = context
        self._start = RunStart(
            run_id=invocation.run_id,
            trigger=invocation.trigger,
            event_name=invocation.event_name,
            scheduled_time=invocation.scheduled_time,
            correlation_id=correlation_id_of(invocation.event_for(1), context),
            has_records=invocation.has_records,
            request_id=context.aws_request_id,
            log_stream=context.log_stream_name,
            now=now,
            deadline=now + context.get_remaining_time_in_millis(),
        )

    def handle(self, handler: Handler) -> Any:
        if self._late:
            self._late.write(self._before_handler(LATE_END_DEADLINE))
        try:
            outcome = self._begin()
        except LeaseContended:
            # Only the caller can retry a request.
            if is_http_request(self._invocation.event):
                return busy_response(self._dependencies.function_name)
            raise
        # The handler must not run now, and no other delivery will run it: an error makes Lambda retry the invocation.
        if isinstance(outcome, (Duplicate, Skipped)) and outcome.retry:
            raise RetryTooEarly(_why_too_early(outcome, self._start))
        if isinstance(outcome, Duplicate):
            self._log("INFO", "duplicate delivery of the run; the handler was not called", state=outcome.state)
            return {"katamari": {"runId": self._start.run_id, "state": outcome.state, "duplicate": True}}
        if isinstance(outcome, Skipped):
            self._log("INFO", "run Skipped", state="Skipped", running=outcome.running)
            if is_http_request(self._invocation.event):
                return busy_response(self._dependencies.function_name)
            return {"katamari": {"runId": self._start.run_id, "state": "Skipped"}}
        return self._run(handler, outcome)

    def _run(self, handler: Handler, started: Running | None) -> Any:
        attempt = started.attempt if started else self._invocation.delivery_attempt
        current = CurrentRun(
            function=self._dependencies.function_name,
            run_id=self._start.run_id,
            attempt=attempt,
            scheduled_time=self._start.scheduled_time,
            fencing_token=started.fencing_token if started else None,
            correlation_id=self._start.correlation_id,
        )
        running = RunningAttempt(self._start, started.attempt if started else None)
        end = AttemptEnd(lambda state, error: self._record(running, state, error))
        timer = self._start_timer(end)
        termination = Termination()
        token = RUN.set(current)
        try:
            with termination:
                result = call_handler(handler, self._invocation.event_for(attempt), self._context)
            termination.check()
            result = returnable(result)
            # A handler that does not release the interpreter delays the timer. The run is recorded as Failed, so the invocation
            # must fail as well.
            if self._dependencies.now() >= self._start.deadline:
                raise self._timeout()
            end.completed()
            return result
        except LoadFailure as failure:
            end.failed(failure)
            if isinstance(failure.reason, SystemExit):
                self._late.write()
            # Lambda reports and logs the user's own error.
            raise failure.reason from None
        except BaseException as error:
            end.failed(error)
            if isinstance(error, SystemExit):
                self._late.write()
            raise
        finally:
            RUN.reset(token)
            timer.cancel()
            termination.end()

    def _start_timer(self, end: AttemptEnd) -> threading.Timer:
        timer = threading.Timer(self._ms_until_margin() / 1000, lambda: end.failed(self._timeout()))
        timer.name = "katamari-deadline"
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError as error:
            # The process cannot start another thread, but the handler can still run.
            message = "cannot start the deadline timer of the run; the handler runs without it"
            self._log("ERROR", message, describe(error))
        return timer

    def _begin(self) -> StartOutcome | None:
        longest = LEASED_BEGIN_DEADLINE if self._store.takes_slot(self._start) else BEGIN_DEADLINE
        deadline = Deadline(self._before_handler(longest))
        try:
            return self._store.begin(self._start, deadline)
        except LeaseContended as error:
            # The start may have taken a slot, which must not stay taken.
            if error.unsure:
                self._record(RunningAttempt(self._start), "Failed", error)
            raise
        except Exception as error:
            self._log("ERROR", "could not record the start of the run; the handler runs anyway", describe(error))
            return None

    def _record(self, running: RunningAttempt, state: str, error: BaseException | None) -> None:
        now = self._dependencies.now()
        reason = _describe(error) if error is not None else None
        duration = now - self._start.now
        self._log(
            "INFO" if error is None else "ERROR",
            f"run {state}",
            reason,
            state=state,
            attempt=running.attempt,
            durationMs=duration,
        )
        ended = RunEnd(state, now, *(reason or ()))
        try:
            left = self._start.deadline - now - RESULT_MARGIN_MS
            deadline = Deadline(max(RESULT_MARGIN_MS, min(self._table_wait(FINISH_DEADLINE_MS), left)))
            self._store.finish(running, ended, deadline)
        except Exception as cause:
            self._log("ERROR", "could not record the end of the run", describe(cause))
            self._late.add(running, ended)

    def _before_handler(self, longest: dict[str, float]) -> float:
        """The deadline of a write before the handler is called, in milliseconds."""
        left = self._start.deadline - self._start.now
        return min(self._table_wait(longest["ms"]), left * longest["fraction"])

    def _table_wait(self, milliseconds: float) -> float:
        return milliseconds * LOCAL_DEADLINE_FACTOR if self._dependencies.local else milliseconds

    def _timeout(self) -> TaskTimedOut:
        return TaskTimedOut(self._start.deadline - self._start.now)

    def _ms_until_margin(self) -> float:
        timeout = self._start.deadline - self._start.now
        margin = min(DEADLINE_MARGIN_MS, timeout / 10)
        return max(0.0, self._start.deadline - margin - self._dependencies.now())

    def _log(self, level: str, message: str, reason: ErrorDescription | None = None, **fields: Any) -> None:
        if reason is not None:
            fields.update(errorType=reason.error_type, errorMessage=reason.error_message)
        log_line(level, message, {**_log_fields(self._dependencies.function_name, self._start), **fields})


def _describe(error: BaseException) -> ErrorDescription:
    return error.describe() if isinstance(error, LoadFailure) else describe_end(error)


def _why_too_early(outcome: Duplicate | Skipped, start: RunStart) -> str:
    if isinstance(outcome, Skipped):
        what = "for records, which their source delivers again" if start.has_records else "to retry the failed run"
        return f"no slot is free {what}; running: {outcome.running}"
    if outcome.state == "Failed":
        return (
            "a failed run can be started again"
            f" {REDRIVE_AFTER_MS // 60_000} minutes after its last attempt started; this delivery came earlier"
        )
    return "the run was delivered again before its end was recorded; it is still running, or its process was killed"
