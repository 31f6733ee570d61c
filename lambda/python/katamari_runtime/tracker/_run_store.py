"""Writes the records of one function's runs."""

from __future__ import annotations

from collections.abc import Callable
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from ._attempt import Begun, RunEnd, Running, RunningAttempt, RunRecord, RunStart, is_own, refusal, state_at
from ._budget import Budget
from ._lease_requests import LeaseRequests
from ._leased_start import LeasedStart, LeasedStartParts
from ._run_requests import RunRequests
from ._run_table_client import RunTableClient, found_item, is_refused
from ._settings import TrackerSettings

if TYPE_CHECKING:
    from botocore.client import BaseClient

# Of the system: the environments that Lambda restores from one snapshot would all draw the same numbers from Python's own.
_by_chance = SystemRandom().random
# How often a record that changes meanwhile is looked at again.
_LOOKS = 3


class RunStore:
    """Writes the records of one function's runs. Each write is conditional on a legal transition; with a limit on overlap it
    is one transaction over the record and the function's lease item."""

    def __init__(
        self, client: Callable[[], BaseClient], settings: TrackerSettings, random: Callable[[], float] = _by_chance
    ) -> None:
        """:param client: gives the client of DynamoDB at the first request"""
        self._settings = settings
        self._table = RunTableClient(client, random)
        self._runs = RunRequests(settings)
        self._leases = LeaseRequests(settings)

    def takes_slot(self, start: RunStart) -> bool:
        """Whether a run takes one of the slots of its function."""
        return self._limit_of(start) is not None

    def begin(self, start: RunStart, budget: Budget) -> Begun:
        """Records the start of an attempt, unless it is a second delivery or too many runs are going.

        :raises LeaseContended: when it must not start, because others kept it from finding out whether a slot is free
        """
        limit = self._limit_of(start)
        if limit is None:
            return self._begin_freely(start, budget)
        return LeasedStart(LeasedStartParts(self._table, self._runs, self._leases, limit), start, budget).go()

    def finish(self, running: RunningAttempt, end: RunEnd, budget: Budget) -> None:
        """Records the end of an attempt, and gives its slot back."""
        start, attempt = running
        if attempt is None:
            self._record_at_once(start, end, budget)
            return
        update = self._runs.end(start, attempt, end)
        release = self._leases.release(start) if self.takes_slot(start) else None
        try:
            if release is None:
                self._table.update(update, budget)
            else:
                self._table.transact([{"Update": update}, {"Update": release}], budget)
        except Exception as error:
            # A write whose condition fails is not to be made: the run has gone on without it.
            if not is_refused(error):
                raise
            # The record is not this attempt's any more, because it outlived its lease: that is still to be given back.
            if release is not None:
                self._table.update(release, budget)

    def _begin_freely(self, start: RunStart, budget: Budget) -> Begun:
        try:
            return Running(self._table.update(self._runs.start(start), budget).get("attempt", 1))
        except Exception as error:
            record = found_item(error)
            if record is None:
                raise
            return Running(record["attempt"]) if is_own(record, start) else refusal(record, start)

    def _record_at_once(self, start: RunStart, end: RunEnd, budget: Budget) -> None:
        """The whole attempt in one write, at its end: its start could not be recorded, or was and the answer was lost. Where
        a record is there it is looked at first, because it may be another delivery's."""
        before: RunRecord | None = None
        for _ in range(_LOOKS):
            own = before is not None and is_own(before, start)
            attempt = (before["attempt"] if before else 0) + (0 if own else 1)
            items: list[dict[str, Any]] = [{"Put": self._runs.whole(start, end, attempt, before)}]
            # Its start was made after all, so it has a slot.
            if own and self.takes_slot(start):
                items.append({"Update": self._leases.release(start)})
            try:
                self._write(items, budget)
                return
            except Exception as error:
                record = found_item(error)
                if record is None:
                    raise
                if not is_own(record, start) and state_at(record, end.now) != "Failed":
                    return
                before = record

    def _write(self, items: list[dict[str, Any]], budget: Budget) -> None:
        # A single write costs half of what a transaction does.
        if len(items) == 1:
            self._table.put(items[0]["Put"], budget)
        else:
            self._table.transact(items, budget)

    def _limit_of(self, start: RunStart) -> int | None:
        only_schedule = self._settings.overlap_of_schedule and start.trigger != "schedule"
        return None if only_schedule else self._settings.overlap_limit
