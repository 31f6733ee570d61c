"""The start of an attempt where runs must not overlap."""

from __future__ import annotations

from typing import Any, NamedTuple

from ._attempt import Begun, Running, RunRecord, RunStart, Skipped, is_own, refusal
from ._budget import Budget
from ._errors import LeaseContended
from ._lease_requests import LeaseRequests, holder_name, holder_of, is_gone, token_name
from ._run_requests import RunRequests
from ._run_table_client import RunTableClient, found_item, is_conflict, is_refused, is_throttled, refused_items


class LeasedStartParts(NamedTuple):
    """What a start with a limit on overlap works with."""

    table: RunTableClient
    runs: RunRequests
    leases: LeaseRequests
    limit: int


class LeasedStart:
    """The start of an attempt where runs must not overlap: one transaction over its record and the lease item. It is sent
    without a look at either; where it is refused the answer says what is there, and what is to be tried next."""

    def __init__(self, parts: LeasedStartParts, start: RunStart, budget: Budget) -> None:
        self._parts = parts
        self._start = start
        self._budget = budget
        # The record of the attempt before, once it is known that there is one.
        self._before: RunRecord | None = None
        # The holders as they were seen last, where some of them are to be cleared away.
        self._seen: set[str] | None = None
        # Whether the table works: then a start that gets no slot in time was too slow, and others may be going.
        self._answered = False
        # Whether a transaction may have been made of which no answer came.
        self._unsure = False
        self._pauses = 0

    def go(self) -> Begun:
        """:raises LeaseContended: when the table answers, and no slot is found free or taken before the time is over"""
        try:
            while True:
                begun = self._round()
                if begun is not None:
                    return begun
        except Exception as cause:
            if not self._answered:
                raise
            raise LeaseContended(self._unsure) from cause

    def _round(self) -> Begun | None:
        table, runs, _, _ = self._parts
        items: list[dict[str, Any]] = [{"Put": runs.start_as(self._start, self._before)}, {"Update": self._lease()}]
        self._unsure = True
        try:
            table.transact_once(items, self._budget)
        except Exception as error:
            if is_refused(error):
                return self._look_at(error)
            if not is_conflict(error) and not is_throttled(error):
                raise
            self._unsure = False
            self._answered = self._answered or is_conflict(error)
        else:
            return self._running((self._before["attempt"] if self._before else 0) + 1)
        table.pause(self._pauses, self._budget)
        self._pauses += 1
        return None

    def _look_at(self, error: Exception) -> Begun | None:
        self._unsure = False
        self._answered = True
        if refused_items(error)[0]:
            return self._look_at_record(error)
        return self._look_at_holders((found_item(error, 1) or {}).get("holders", set()))

    def _lease(self) -> dict[str, Any]:
        leases, limit = self._parts.leases, self._parts.limit
        if self._seen is not None:
            return leases.replace(self._start, self._seen)
        before = self._before or {}
        is_retry = before.get("requestId") == self._start.request_id and "leaseUntil" in before
        leftover = holder_name(before["leaseUntil"], self._start.request_id) if is_retry else None
        return leases.take(self._start, limit, leftover)

    def _look_at_record(self, error: Exception) -> Begun | None:
        record = found_item(error)
        # A record that is not there refuses no start, unless one was there before and has expired.
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

    def _look_at_holders(self, holders: set[str]) -> Begun | None:
        going = sum(not is_gone(holder, self._start) for holder in holders)
        if going >= self._parts.limit:
            return self._skip(going)
        self._seen = holders if going < len(holders) else None
        return None

    def _skip(self, running: int) -> Begun | None:
        # A retry that finds others going stays Failed: it has run, so it was not skipped.
        if self._before is not None:
            return Skipped(running, retry=True)
        try:
            self._parts.table.put(self._parts.runs.skip(self._start, running), self._budget)
        except Exception as error:
            record = found_item(error)
            if not is_refused(error) or record is None:
                raise
            # The answer was lost, and the request was sent again.
            is_skip = record["state"] == "Skipped" and record.get("requestId") == self._start.request_id
            return Skipped(running, retry=False) if is_skip else self._look_at_record(error)
        return Skipped(running, retry=False)

    def _running(self, attempt: int) -> Begun:
        try:
            item = self._parts.table.get(self._parts.leases.token(self._start), self._budget) or {}
        except Exception:
            # The slot is taken: a token that can't be read is no reason not to run.
            item = {}
        return Running(attempt, item.get(token_name(holder_of(self._start))))
