"""The health of a module in the table that its callers share."""

from __future__ import annotations

import random
import time
from threading import Lock
from typing import TYPE_CHECKING, Any

from .._sdk import error_code, error_response
from ._constants import HEALTH_SORT_KEY, health_partition
from ._health import HealthCounts

if TYPE_CHECKING:
    from botocore.client import BaseClient

_TIMES = {"lastSuccess": "last_success", "lastFailure": "last_failure"}
WRITE_S = 0.5
"""How long a call waits for its record, in seconds."""

# Longest pause of a write that was throttled, in seconds; cut by chance.
_PAUSE_S = 0.05
_THROTTLED = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"})
# Errors without an answer after which it is sure that nothing was written.
_NOT_SENT = frozenset({"EndpointConnectionError", "ConnectTimeoutError", "NoCredentialsError"})


class Batch:
    """Calls that go into the table together."""

    def __init__(self) -> None:
        self.counts = HealthCounts()
        self.written: HealthCounts | None = None
        self.error: Exception | None = None


class SharedHealth:
    """Counters are added to, never overwritten, and times only move on: no call gets lost between containers.

    Calls that end while a write is under way go together in the next one. What a write surely has not brought into the table
    goes with the next one as well; one of which no answer came is not made again, because it might count twice.
    """

    def __init__(self, client: BaseClient, table_name: str, module_name: str) -> None:
        self._client: Any = client
        self._table_name = table_name
        self._key = {"pk": {"S": health_partition(module_name)}, "sk": {"S": HEALTH_SORT_KEY}}
        self._lock = Lock()
        self._waiting: Batch | None = None
        self._unwritten = HealthCounts()

    def record(self, success: bool, at: str) -> Batch:
        """Counts a call. What it gives is to be handed to :meth:`write`."""
        with self._lock:
            if self._waiting is None:
                self._waiting = Batch()
            self._waiting.counts = self._waiting.counts.counted(success, at)
            return self._waiting

    def write(self, batch: Batch) -> HealthCounts:
        """Writes calls, unless that was tried already. To be called in one thread alone.

        :returns: what the table holds then
        :raises Exception: the error of DynamoDB
        """
        with self._lock:
            if self._waiting is batch:
                self._waiting = None
        if batch.written is None and batch.error is None:
            self._write(batch)
        if batch.written is None:
            raise batch.error or AssertionError
        return batch.written

    def read(self) -> HealthCounts:
        """:raises Exception: the error of DynamoDB"""
        answer = self._client.get_item(TableName=self._table_name, Key=self._key, ConsistentRead=True)
        return _to_counts(answer.get("Item", {}))

    def _write(self, batch: Batch) -> None:
        counts = self._unwritten.followed_by(batch.counts)
        self._unwritten = HealthCounts()
        try:
            batch.written = self._add(counts)
        except Exception as error:
            batch.error = error
            if error_code(error) is not None or type(error).__name__ in _NOT_SENT:
                self._unwritten = counts

    def _add(self, counts: HealthCounts) -> HealthCounts:
        times = [name for name, own in _TIMES.items() if getattr(counts, own) is not None]
        until = time.monotonic() + WRITE_S
        while True:
            try:
                answer = self._client.update_item(**self._update(counts, times))
                return _to_counts(answer["Attributes"])
            except Exception as error:
                if error_code(error) in _THROTTLED and time.monotonic() < until:
                    time.sleep(random.random() * _PAUSE_S)
                    continue
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                found = _to_counts(error_response(error).get("Item", {}))
            # Somebody has written a later time: what is left of this write are its counters.
            newer = [name for name in times if getattr(counts, _TIMES[name]) >= (getattr(found, _TIMES[name]) or "")]
            times = newer if len(newer) < len(times) else []

    def _update(self, counts: HealthCounts, times: list[str]) -> dict[str, Any]:
        # One success among them ends the row of failures; those after it begin the next one.
        ended = counts.has_success
        setting = [f"{name} = :{name}" for name in times] + (["consecutiveFailures = :consecutiveFailures"] if ended else [])
        adding = ["totalRequests", "totalFailures", *([] if ended else ["consecutiveFailures"])]
        conditions = [f"(attribute_not_exists({name}) OR {name} <= :{name})" for name in times]
        update = f"SET {', '.join(setting)} " if setting else ""
        return {
            "TableName": self._table_name,
            "Key": self._key,
            "UpdateExpression": f"{update}ADD {', '.join(f'{name} :{name}' for name in adding)}",
            **({"ConditionExpression": " AND ".join(conditions)} if conditions else {}),
            "ExpressionAttributeValues": {
                ":totalRequests": {"N": str(counts.total_requests)},
                ":totalFailures": {"N": str(counts.total_failures)},
                ":consecutiveFailures": {"N": str(counts.consecutive_failures)},
                **{f":{name}": {"S": getattr(counts, _TIMES[name])} for name in times},
            },
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _to_counts(item: dict[str, dict[str, str]]) -> HealthCounts:
    def number(name: str) -> int:
        return int(item.get(name, {}).get("N", 0))

    return HealthCounts(
        number("totalRequests"),
        number("totalFailures"),
        number("consecutiveFailures"),
        item.get("lastSuccess", {}).get("S"),
        item.get("lastFailure", {}).get("S"),
    )
