"""The start of an attempt of a function with an overlap limit."""

from __future__ import annotations

from typing import NamedTuple

from ._attempt import Running, RunRecord, RunStart, Skipped, StartOutcome, is_own, refusal
from ._deadline import Deadline
from ._errors import LeaseContended
from ._lease_requests import LeaseRequests, holder_name, holder_of, is_expired, token_name
from ._run_requests import RunRequests
from ._table_client import Request, TableClient, found_item, is_conflict, is_refused, is_throttled, refused_items


class LeasedStartDependencies(NamedTuple):
    """Dependencies of a leased start."""

    table: TableClient
    runs: RunRequests
    leases: LeaseRequests
    limit: int


class LeasedStart:
    """The start of an attempt of a function with an overlap limit: one transaction over its run record and the lease item.

    The transaction is sent without reading either first. If DynamoDB refuses it, the answer contains the current items, which
    decide the outcome or the next transaction.
    """

    def __init__(self, dependencies: LeasedStartDependencies, start: RunStart, deadline: Deadline) -> None:
        self._dependencies = dependencies
        self._start = start
        self._deadline = deadline
        # The record of the previous attempt, once it is known that there is one.
        self._before: RunRecord | None = None
        # The holders at the last look, if some of them must be removed.
        self._seen: set[str] | None = None
        # Whether the table works. If it does, a start without a slot at the deadline must not run: others may be running.
        self._answered = False
        # Whether a transaction without an answer may have succeeded.
        self._unsure = False
        self._pauses = 0

    def begin(self) -> StartOutcome:
        """:raises LeaseContended: if the table answers, but no slot was found free or taken before the deadline"""
        try:
            while True:
                outcome = self._try_once()
                if outcome is not None:
                    return outcome
        except Exception as cause:
            if not self._answered:
                raise
            raise LeaseContended(self._unsure) from cause

    def _try_once(self) -> StartOutcome | None:
        table, runs, _, _ = self._dependencies
        items: list[Request] = [{"Put": runs.start_as(self._start, self._before)}, {"Update": self._lease()}]
        self._unsure = True
        try:
            table.transact_once(items, self._deadline)
        except Exception as error:
            if is_refused(error):
                return self._after_refusal(error)
            if not is_conflict(error) and not is_throttled(error):
                raise
            self._unsure = False
            self._answered = self._answered or is_conflict(error)
        else:
            return self._running((self._before["attempt"] if self._before else 0) + 1)
        table.pause(self._pauses, self._deadline)
        self._pauses += 1
        return None

    def _after_refusal(self, error: Exception) -> StartOutcome | None:
        self._unsure = False
        self._answered = True
        if refused_items(error)[0]:
            return self._after_record(error)
        return self._after_holders((found_item(error, 1) or {}).get("holders", set()))

    def _lease(self) -> Request:
        leases, limit = self._dependencies.leases, self._dependencies.limit
        if self._seen is not None:
            return leases.replace(self._start, self._seen)
        before = self._before or {}
        is_retry = before.get("requestId") == self._start.request_id and "leaseUntil" in before
        leftover = holder_name(before["leaseUntil"], self._start.request_id) if is_retry else None
        return leases.take(self._start, limit, leftover)

    def _after_record(self, error: Exception) -> StartOutcome | None:
        record = found_item(error)
        # A missing record refuses a start only if there was one at the last look, which has expired since then.
        if record is None and self._before is None:
            raise error
        if record is not None and is_own(record, self._start):
            return self._running(record["attempt"])
        if record is not None:
            refused = refusal(record, self._start)
            is_known = (
                self._before is not None
                and self._before["state"] == record["state"]
                and self._before["attempt"] == record["attempt"]
            )
            if not refused.retry or is_known:
                return refused
        self._before = record
        return None

    def _after_holders(self, holders: set[str]) -> StartOutcome | None:
        running = sum(not is_expired(holder, self._start) for holder in holders)
        if running >= self._dependencies.limit:
            return self._skip(running)
        self._seen = holders if running < len(holders) else None
        return None

    def _skip(self, running: int) -> StartOutcome | None:
        # A retry without a slot stays Failed: its run has run, so it was not skipped. Records would be lost.
        if self._before is not None or self._start.has_records:
            return Skipped(running, retry=True)
        try:
            self._dependencies.table.put(self._dependencies.runs.skip(self._start, running), self._deadline)
        except Exception as error:
            record = found_item(error)
            if not is_refused(error) or record is None:
                raise
            # The answer was lost, and the SDK sent the request again.
            is_skip = record["state"] == "Skipped" and record.get("requestId") == self._start.request_id
            return Skipped(running, retry=False) if is_skip else self._after_record(error)
        return Skipped(running, retry=False)

    def _running(self, attempt: int) -> StartOutcome:
        try:
            item = self._dependencies.table.get(self._dependencies.leases.token(self._start), self._deadline) or {}
        except Exception:
            # The slot is taken, so the handler runs, also without its token.
            item = {}
        return Running(attempt, item.get(token_name(holder_of(self._start))))
