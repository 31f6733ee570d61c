"""Puts the run tracker around a handler."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, NamedTuple, Protocol

from .._constants import DEADLINE_MARGIN_MS
from .._current_run import RUN, CurrentRun
from ._attempt import Begun, Duplicate, RunEnd, Running, RunningAttempt, RunStart, Skipped
from ._budget import Budget
from ._describe import Reason, describe
from ._errors import LeaseContended, RetryTooEarly, TaskTimedOut
from ._exits import Termination
from ._invocation import Invocation, identify
from ._log import log_line
from ._run_requests import REDRIVE_AFTER_MS

# Longest wait for the table before the handler starts without a record, in milliseconds, and as a part of the timeout.
_BEGIN_BUDGET_MS = 3_000
_BEGIN_BUDGET_PART = 1 / 3
# The same where starts compete for slots, which takes its time with many of them: one that gives up has to come again.
_LEASED_BEGIN_BUDGET_MS = 10_000
_LEASED_BEGIN_BUDGET_PART = 2 / 3
# Longest wait for the table after the handler has ended, in milliseconds.
_FINISH_BUDGET_MS = 2_000
# What is left of the timeout when a result is handed to Lambda at the latest, in milliseconds.
_ANSWER_MARGIN_MS = 50

Handler = Callable[[Any, Any], Any]


class Store(Protocol):
    """What the tracker asks of a :class:`RunStore`."""

    def takes_slot(self, start: RunStart) -> bool: ...

    def begin(self, start: RunStart, budget: Budget) -> Begun: ...

    def finish(self, running: RunningAttempt, end: RunEnd, budget: Budget) -> None: ...


class TrackerParts(NamedTuple):
    """What the tracker works with."""

    function_name: str
    store: Store | None
    """None where tracking is switched off."""
    now: Callable[[], int]
    """Epoch milliseconds."""


def track_with(parts: TrackerParts, handler: Handler) -> Handler:
    """Puts the run tracker around a handler."""

    def tracked(event: Any, context: Any) -> Any:
        now = parts.now()
        invocation = identify(event, context.aws_request_id, now)
        if parts.store is None:
            return _call(handler, invocation.event_for(invocation.delivery_attempt), context)
        return _TrackedRun(parts, parts.store, invocation, context, now).go(handler)

    return update_wrapper(tracked, handler, updated=())


class _TrackedRun:
    def __init__(self, parts: TrackerParts, store: Store, invocation: Invocation, context: Any, now: int) -> None:
        self._parts = parts
        self._store = store
        self._invocation = invocation
        self._context = context
        self._start = RunStart(
            run_id=invocation.run_id,
            trigger=invocation.trigger,
            event_name=invocation.event_name,
            scheduled_time=invocation.scheduled_time,
            request_id=context.aws_request_id,
            log_stream=context.log_stream_name,
            now=now,
            deadline=now + context.get_remaining_time_in_millis(),
        )

    def go(self, handler: Handler) -> Any:
        begun = self._begin()
        # It must not run now, and nobody else may do it: Lambda is to try again, and to report it in the end.
        if isinstance(begun, (Duplicate, Skipped)) and begun.retry:
            raise RetryTooEarly(_why_too_early(begun))
        if isinstance(begun, Duplicate):
            self._log("INFO", "run was delivered again: not run twice", state=begun.state)
            return {"katamari": {"runId": self._start.run_id, "state": begun.state, "duplicate": True}}
        if isinstance(begun, Skipped):
            self._log("INFO", "run Skipped", state="Skipped", running=begun.running)
            return {"katamari": {"runId": self._start.run_id, "state": "Skipped"}}
        return self._run(handler, begun)

    def _run(self, handler: Handler, begun: Running | None) -> Any:
        attempt = begun.attempt if begun else self._invocation.delivery_attempt
        current = CurrentRun(
            function=self._parts.function_name,
            run_id=self._start.run_id,
            attempt=attempt,
            scheduled_time=self._start.scheduled_time,
            fencing_token=begun.fencing_token if begun else None,
        )
        running = RunningAttempt(self._start, begun.attempt if begun else None)
        end = _End(lambda state, error: self._record(running, state, error))
        timer = self._start_timer(end)
        termination = Termination()
        token = RUN.set(current)
        try:
            with termination:
                result = _call(handler, self._invocation.event_for(attempt), self._context)
            termination.check()
            # The run is to be Failed, so the invocation must fail as well; a handler that holds the interpreter keeps the
            # timer from it.
            if self._parts.now() >= self._start.deadline:
                raise self._timeout()
            end.completed()
            return result
        except BaseException as error:
            end.failed(error)
            raise
        finally:
            RUN.reset(token)
            timer.cancel()
            termination.end()

    def _start_timer(self, end: _End) -> threading.Timer:
        timer = threading.Timer(self._ms_until_margin() / 1000, lambda: end.failed(self._timeout()))
        timer.name = "katamari-deadline"
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError as error:
            # The process has no thread left: that is no reason not to run.
            self._log("ERROR", "the deadline of the run can't be minded: the handler runs all the same", describe(error))
        return timer

    def _begin(self) -> Running | Duplicate | Skipped | None:
        longest, part = (
            (_LEASED_BEGIN_BUDGET_MS, _LEASED_BEGIN_BUDGET_PART)
            if self._store.takes_slot(self._start)
            else (_BEGIN_BUDGET_MS, _BEGIN_BUDGET_PART)
        )
        budget = Budget(min(longest, (self._start.deadline - self._start.now) * part))
        try:
            return self._store.begin(self._start, budget)
        except LeaseContended as error:
            # A slot that it has without knowing must not stay taken.
            if error.unsure:
                self._record(RunningAttempt(self._start), "Failed", error)
            raise
        except Exception as error:
            self._log("ERROR", "the start of the run could not be recorded: the handler runs all the same", describe(error))
            return None

    def _record(self, running: RunningAttempt, state: str, error: BaseException | None) -> None:
        now = self._parts.now()
        reason = describe(error) if error is not None else None
        duration = now - self._start.now
        self._log(
            "INFO" if error is None else "ERROR",
            f"run {state}",
            reason,
            state=state,
            attempt=running.attempt,
            durationMs=duration,
        )
        try:
            left = self._start.deadline - now - _ANSWER_MARGIN_MS
            budget = Budget(max(_ANSWER_MARGIN_MS, min(_FINISH_BUDGET_MS, left)))
            self._store.finish(running, RunEnd(state, now, *(reason or ())), budget)
        except Exception as cause:
            self._log("ERROR", "the end of the run could not be recorded", describe(cause))

    def _timeout(self) -> TaskTimedOut:
        return TaskTimedOut(self._start.deadline - self._start.now)

    def _ms_until_margin(self) -> float:
        timeout = self._start.deadline - self._start.now
        margin = min(DEADLINE_MARGIN_MS, timeout / 10)
        return max(0.0, self._start.deadline - margin - self._parts.now())

    def _log(self, level: str, message: str, reason: Reason | None = None, **fields: Any) -> None:
        of_run = {
            "function": self._parts.function_name,
            "runId": self._start.run_id,
            "trigger": self._start.trigger,
            "requestId": self._start.request_id,
        }
        if reason is not None:
            fields.update(errorType=reason.error_type, errorMessage=reason.error_message)
        log_line(level, message, {**of_run, **fields})


class _End:
    """The one end that is recorded: whatever comes first, of the handler and its deadline."""

    def __init__(self, record: Callable[[str, BaseException | None], None]) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._recorded = False
        self._error: BaseException | None = None
        self._process = os.getpid()

    def completed(self) -> None:
        """:raises TaskTimedOut: when the deadline came first"""
        self._once("Completed", None)
        if self._error is not None:
            raise self._error

    def failed(self, error: BaseException) -> None:
        self._once("Failed", error)

    def _once(self, state: str, error: BaseException | None) -> None:
        # A process that the handler forked and that ends in it is not the end of the run.
        if os.getpid() != self._process:
            return
        # Who comes second waits until the end is recorded: Lambda stops the process once it has the result.
        with self._lock:
            if self._recorded:
                return
            self._recorded = True
            self._error = error
            self._record(state, error)


def _call(handler: Handler, event: Any, context: Any) -> Any:
    result = handler(event, context)
    if not isinstance(result, Coroutine):
        return result
    # Only where it is needed: loading it takes as long as a short run.
    import asyncio

    return asyncio.run(result)


def _why_too_early(begun: Duplicate | Skipped) -> str:
    if isinstance(begun, Skipped):
        return f"no slot is free for the retry of a run that failed, running: {begun.running}"
    if begun.state == "Failed":
        return (
            "another delivery of a run that failed may run it again"
            f" {REDRIVE_AFTER_MS // 60_000} minutes after that attempt started: this one came earlier"
        )
    return "the run was delivered again, and no end of it is recorded yet: it goes on, or its process was killed"
