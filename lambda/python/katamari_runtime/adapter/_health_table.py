"""The item of a module in the health table."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._constants import PARTITION_KEY, SORT_KEY
from .._retry import Backoff, retry
from .._sdk import error_code, error_response
from ._constants import HEALTH_SORT_KEY, health_partition
from ._health import HealthCounts

if TYPE_CHECKING:
    from .._sdk import DynamoDBClient

_TIMES = {"lastSuccess": "last_success", "lastFailure": "last_failure"}

_BACKOFF = Backoff(initial=0.05, limit=0.05)
_THROTTLED = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"})
# Errors without an answer after which nothing can have been written.
_NOT_SENT = frozenset({"EndpointConnectionError", "ConnectTimeoutError", "NoCredentialsError"})


class HealthTable:
    """The item of a module in the health table.

    Counters are added to and never overwritten, and times only move forward: no call gets lost between containers.
    """

    def __init__(self, client: Callable[[], DynamoDBClient], table_name: str, module_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._key = {PARTITION_KEY: {"S": health_partition(module_name)}, SORT_KEY: {"S": HEALTH_SORT_KEY}}

    def read(self) -> HealthCounts:
        """:raises Exception: the error of DynamoDB"""
        answer = self._client().get_item(TableName=self._table_name, Key=self._key, ConsistentRead=True)
        return _to_counts(answer.get("Item", {}))

    def add(self, counts: HealthCounts, timeout: float) -> HealthCounts:
        """Adds counts to the item.

        :param timeout: seconds during which a throttled write is retried
        :returns: the counts in the table after the write
        :raises Exception: the error of DynamoDB
        """
        times = [name for name, own in _TIMES.items() if getattr(counts, own) is not None]
        until = time.monotonic() + timeout
        while True:
            try:
                return self._write(counts, times, until)
            except Exception as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                found = _to_counts(error_response(error).get("Item", {}))
            # Another caller has written a later time. Only the counters of this write, and its other time, are left.
            newer = [name for name in times if getattr(counts, _TIMES[name]) >= (getattr(found, _TIMES[name]) or "")]
            times = newer if len(newer) < len(times) else []

    def _write(self, counts: HealthCounts, times: list[str], until: float) -> HealthCounts:
        answer = retry(
            lambda: self._client().update_item(**self._update(counts, times)),
            lambda error: error_code(error) in _THROTTLED and time.monotonic() < until,
            _BACKOFF,
        )
        return _to_counts(answer["Attributes"])

    def _update(self, counts: HealthCounts, times: list[str]) -> dict[str, Any]:
        # A success ends the consecutive failures so far; the failures after it start again.
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


def is_unwritten(error: BaseException) -> bool:
    """Whether a write that failed has certainly not been made."""
    return error_code(error) is not None or type(error).__name__ in _NOT_SENT


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
