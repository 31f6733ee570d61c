"""The DynamoDB requests for the record of a run."""

from __future__ import annotations

from typing import Any

from .._constants import PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE, run_partition
from ._attempt import RunEnd, RunRecord, RunStart, lease_until
from ._attribute_values import marshall
from ._settings import TrackerSettings
from ._table_client import Request
from ._time import to_iso

# If the same invocation comes again, an attempt that started this long ago and is still Running was killed: Lambda retries an
# invocation after a minute or more, and only after the previous attempt has ended.
# See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_RETRY_AFTER_MS = 45_000
# Another invocation may retry a failed attempt that started this long ago. An earlier one is a second delivery of the same
# message; a later one comes from the dead-letter queue, to run it again.
REDRIVE_AFTER_MS = 900_000


class RunRequests:
    """The requests for the record of a run. Each one is conditional on a legal state transition."""

    def __init__(self, settings: TrackerSettings) -> None:
        self._settings = settings

    def start(self, start: RunStart) -> Request:
        """Starts the next attempt. DynamoDB increments its number."""
        fields, names, values = _assignments(self._start_fields(start))
        condition, next_names, next_values = self._next_attempt(start)
        return {
            **self._run_key(start.run_id),
            "UpdateExpression": f"SET {fields}, #state = :running, attempt = if_not_exists(attempt, :zero) + :one"
            " REMOVE endedAt, durationMs, errorType, errorMessage",
            "ConditionExpression": f"attribute_not_exists({PARTITION_KEY}) OR {condition}",
            "ExpressionAttributeNames": {**names, **next_names},
            "ExpressionAttributeValues": {**values, **next_values, **marshall({":one": 1})},
            "ReturnValues": "UPDATED_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def start_as(self, start: RunStart, before: RunRecord | None) -> Request:
        """Starts an attempt whose number is known.

        :param before: the record of the previous attempt; None for a new run
        """
        attempt = (before["attempt"] if before else 0) + 1
        put = self._put({**self._start_fields(start), "state": "Running", "attempt": attempt}, before)
        if not before:
            return put
        condition, names, values = self._next_attempt(start)
        return {
            **put,
            "ConditionExpression": f"{put['ConditionExpression']} AND ({condition})",
            "ExpressionAttributeNames": {**put["ExpressionAttributeNames"], **names},
            "ExpressionAttributeValues": {**put["ExpressionAttributeValues"], **values},
        }

    def end(self, start: RunStart, attempt: int, end: RunEnd) -> Request:
        """Ends an attempt."""
        fields, names, values = _assignments(_end_fields(start, end))
        condition = "#state = :running AND #attempt = :attempt AND #requestId = :requestId"
        values.update(marshall({":running": "Running", ":attempt": attempt, ":requestId": start.request_id}))
        if end.state == "Completed":
            # After its lease, readers take a run without an end for Failed, and Failed never becomes Completed.
            condition += " AND leaseUntil >= :now"
            values.update(marshall({":now": end.now}))
        return {
            **self._run_key(start.run_id),
            "UpdateExpression": f"SET {fields}",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {**names, "#state": "state", "#attempt": "attempt", "#requestId": "requestId"},
            "ExpressionAttributeValues": values,
        }

    def whole(self, start: RunStart, end: RunEnd, attempt: int, before: RunRecord | None) -> Request:
        """Records a whole attempt in one write, at its end."""
        return self._put({**self._start_fields(start), **_end_fields(start, end), "attempt": attempt}, before)

    def skip(self, start: RunStart, running: int) -> Request:
        """Records a run as Skipped."""
        fields = {
            **self._start_fields(start),
            "state": "Skipped",
            "attempt": 0,
            "errorType": "Overlap",
            "errorMessage": f"{running} of at most {self._settings.overlap_limit} runs were running",
        }
        return self._put(fields, None)

    def _next_attempt(self, start: RunStart) -> tuple[str, dict[str, str], dict[str, Any]]:
        """The condition, with its names and values, under which this invocation may make the next attempt."""
        is_own = "#requestId = :requestId"
        # A caller that repeats the key of a failed run asks for its next attempt.
        at_once = self._settings.local or start.trigger == "invoke"
        may_follow = f"({is_own} OR startedAt <= :redrive)"
        # Attempt 0 is a run that the dispatcher could not start: it has never run.
        condition = (
            f"(#state = :failed AND (attempt = :zero OR {may_follow}))"
            f" OR (#state = :running AND ((leaseUntil < :now AND {may_follow}) OR ({is_own} AND startedAt <= :dead)))"
        )
        values = marshall(
            {
                ":failed": "Failed",
                ":running": "Running",
                ":zero": 0,
                ":requestId": start.request_id,
                ":now": start.now,
                ":dead": to_iso(start.now - _RETRY_AFTER_MS),
                ":redrive": to_iso(start.now - (0 if at_once else REDRIVE_AFTER_MS)),
            }
        )
        return condition, {"#state": "state", "#requestId": "requestId"}, values

    def _put(self, fields: dict[str, Any], before: RunRecord | None) -> Request:
        """:param before: the record that this one replaces, on the condition that it has not changed since it was read"""
        key = self._run_key(fields["runId"])
        put: Request = {
            "TableName": key["TableName"],
            "Item": {**key["Key"], **marshall(fields)},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if not before:
            return {**put, "ConditionExpression": f"attribute_not_exists({PARTITION_KEY})"}
        return {
            **put,
            "ConditionExpression": "#state = :before AND attempt = :attempt",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": marshall({":before": before["state"], ":attempt": before["attempt"]}),
        }

    def _run_key(self, run_id: str) -> Request:
        key = marshall({PARTITION_KEY: run_partition(self._settings.function_name), SORT_KEY: run_id})
        return {"TableName": self._settings.table_name, "Key": key}

    def _start_fields(self, start: RunStart) -> dict[str, Any]:
        return {
            "function": self._settings.function_name,
            "runId": start.run_id,
            "trigger": start.trigger,
            "eventName": start.event_name,
            "scheduledTime": start.scheduled_time,
            "startedAt": to_iso(start.now),
            "requestId": start.request_id,
            "correlationId": start.correlation_id,
            "logStream": start.log_stream,
            "leaseUntil": lease_until(start),
            TTL_ATTRIBUTE: start.now // 1000 + self._settings.retention_days * 86_400,
        }


def _end_fields(start: RunStart, end: RunEnd) -> dict[str, Any]:
    return {
        "state": end.state,
        "endedAt": to_iso(end.now),
        "durationMs": end.now - start.now,
        "errorType": end.error_type,
        "errorMessage": end.error_message,
    }


def _assignments(fields: dict[str, Any]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The SET clause for fields, with its names and values. A field that is None is not changed."""
    given = {name: value for name, value in fields.items() if value is not None}
    clause = ", ".join(f"#{name} = :{name}" for name in given)
    return clause, {f"#{name}": name for name in given}, marshall({f":{name}": value for name, value in given.items()})
