"""Records the runs of one function in the run table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .._retry import random_fraction
from ._attempt import RunEnd, Running, RunningAttempt, RunRecord, RunStart, StartOutcome, is_own, may_replace, refusal
from ._deadline import Deadline
from ._lease_requests import LeaseRequests
from ._leased_start import LeasedStart, LeasedStartDependencies
from ._run_requests import RunRequests
from ._settings import TrackerSettings
from ._table_client import Request, TableClient, found_item, is_refused

if TYPE_CHECKING:
    from .._sdk import DynamoDBClient

# Attempts when another writer changes the record.
_MAX_ATTEMPTS = 3


class RunStore:
    """Records the runs of one function.

    Each write is conditional on a legal state transition. With an overlap limit, it is one transaction over the run record and
    the lease item of the function.
    """

    def __init__(
        self, client: Callable[[], DynamoDBClient], settings: TrackerSettings, random: Callable[[], float] = random_fraction
    ) -> None:
        """:param client: returns the DynamoDB client; called by the first request"""
        self._settings = settings
        self._table = TableClient(client, random)
        self._runs = RunRequests(settings)
        self._leases = LeaseRequests(settings)

    def takes_slot(self, start: RunStart) -> bool:
        """Whether a run counts toward the overlap limit of its function."""
        return self._limit_of(start) is not None

    def begin(self, start: RunStart, deadline: Deadline) -> StartOutcome:
        """Records the start of an attempt, unless it is a second delivery or the overlap limit is reached.

        :raises LeaseContended: if the attempt must not start, because conflicts kept it from finding a free slot in time
        """
        limit = self._limit_of(start)
        if limit is None:
            return self._begin_without_limit(start, deadline)
        dependencies = LeasedStartDependencies(self._table, self._runs, self._leases, limit)
        return LeasedStart(dependencies, start, deadline).begin()

    def finish(self, running: RunningAttempt, end: RunEnd, deadline: Deadline) -> None:
        """Records the end of an attempt, and releases its slot."""
        start, attempt = running
        if attempt is None:
            self._record_whole(start, end, deadline)
            return
        update = self._runs.end(start, attempt, end)
        release = self._leases.release(start) if self.takes_slot(start) else None
        try:
            if release is None:
                self._table.update(update, deadline)
            else:
                self._table.transact([{"Update": update}, {"Update": release}], deadline)
        except Exception as error:
            # If the condition fails, the record belongs to another attempt by now, and must stay as it is.
            if not is_refused(error):
                raise
            # This attempt outlived its lease; its slot must still be released.
            if release is not None:
                self._table.update(release, deadline)

    def _begin_without_limit(self, start: RunStart, deadline: Deadline) -> StartOutcome:
        try:
            return Running(self._table.update(self._runs.start(start), deadline).get("attempt", 1))
        except Exception as error:
            record = found_item(error)
            if record is None:
                raise
            return Running(record["attempt"]) if is_own(record, start) else refusal(record, start)

    def _record_whole(self, start: RunStart, end: RunEnd, deadline: Deadline) -> None:
        """Records a whole attempt in one write, because its start could not be recorded, or its answer was lost.

        A record that exists is looked at first, because it may belong to another delivery.
        """
        before: RunRecord | None = None
        for _ in range(_MAX_ATTEMPTS):
            own = before is not None and is_own(before, start)
            attempt = (before["attempt"] if before else 0) + (0 if own else 1)
            items: list[Request] = [{"Put": self._runs.whole(start, end, attempt, before)}]
            # The start was recorded after all, so the attempt has a slot.
            if own and self.takes_slot(start):
                items.append({"Update": self._leases.release(start)})
            try:
                self._write(items, deadline)
                return
            except Exception as error:
                record = found_item(error)
                if record is None:
                    raise
                if not may_replace(record, start, end):
                    return
                before = record

    def _write(self, items: list[Request], deadline: Deadline) -> None:
        # A single write costs half as much as a transaction.
        if len(items) == 1:
            self._table.put(items[0]["Put"], deadline)
        else:
            self._table.transact(items, deadline)

    def _limit_of(self, start: RunStart) -> int | None:
        only_schedule = self._settings.overlap_of_schedule and start.trigger != "schedule"
        return None if only_schedule else self._settings.overlap_limit
