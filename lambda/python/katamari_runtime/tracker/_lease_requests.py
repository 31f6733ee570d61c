"""The requests for the lease item of a function with a limit on overlap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._constants import LEASE_SORT_KEY, lease_partition
from ._attempt import RunStart, lease_until
from ._attribute_values import marshall
from ._run_table_client import Request
from ._settings import TrackerSettings

_NEXT_TOKEN = "SET #token = if_not_exists(#version, :zero) + :one"


class LeaseRequests:
    """The requests for the lease item. It says who runs, in a set: a request can add to a set and take from it without knowing
    what else is there, so that starts disturb one another only at the limit."""

    def __init__(self, settings: TrackerSettings) -> None:
        self._settings = settings

    def take(self, start: RunStart, limit: int, leftover: str | None) -> Request:
        """Takes a slot.

        :param leftover: what an attempt before of the same invocation may have left there
        """
        free = "size(holders) < :limit" + ("" if leftover is None else " AND NOT contains(holders, :leftover)")
        holder = holder_of(start)
        return {
            **self._key(),
            "UpdateExpression": f"{_NEXT_TOKEN} ADD #version :one, holders :holder",
            "ConditionExpression": f"attribute_not_exists(holders) OR ({free})",
            "ExpressionAttributeNames": {"#version": "version", "#token": token_name(holder)},
            "ExpressionAttributeValues": marshall(
                {":zero": 0, ":one": 1, ":holder": {holder}, ":limit": limit, ":leftover": leftover}
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def replace(self, start: RunStart, seen: Iterable[str]) -> Request:
        """Takes a slot and clears away what is not going any more. DynamoDB can't add to a set and take from it in one
        request, so the set is written as a whole, where it is still the one that was seen."""
        own = holder_of(start)
        seen = set(seen)
        gone = sorted(holder for holder in seen if is_gone(holder, start) and holder != own)
        names = {f"#gone{index}": token_name(holder) for index, holder in enumerate(gone)}
        remove = f" REMOVE {', '.join(names)}" if names else ""
        return {
            **self._key(),
            "UpdateExpression": f"{_NEXT_TOKEN}, holders = :holders{remove} ADD #version :one",
            "ConditionExpression": "holders = :seen",
            "ExpressionAttributeNames": {"#version": "version", "#token": token_name(own), **names},
            "ExpressionAttributeValues": marshall({":zero": 0, ":one": 1, ":holders": (seen - set(gone)) | {own}, ":seen": seen}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def release(self, start: RunStart) -> Request:
        """Gives the slot back: of a start that took none it changes nothing."""
        holder = holder_of(start)
        return {
            **self._key(),
            "UpdateExpression": "DELETE holders :holder REMOVE #token",
            "ExpressionAttributeNames": {"#token": token_name(holder)},
            "ExpressionAttributeValues": marshall({":holder": {holder}}),
        }

    def token(self, start: RunStart) -> Request:
        """Reads the fencing token of a start that was made: a transaction answers nothing."""
        return {
            **self._key(),
            "ConsistentRead": True,
            "ProjectionExpression": "#token",
            "ExpressionAttributeNames": {"#token": token_name(holder_of(start))},
        }

    def _key(self) -> dict[str, Any]:
        key = marshall({"pk": lease_partition(self._settings.function_name), "sk": LEASE_SORT_KEY})
        return {"TableName": self._settings.table_name, "Key": key}


def holder_of(start: RunStart) -> str:
    """How the set names an attempt."""
    return holder_name(lease_until(start), start.request_id)


def holder_name(until: int, request_id: str) -> str:
    """:param until: epoch milliseconds"""
    return f"{until}|{request_id}"


def token_name(holder: str) -> str:
    """The attribute with the fencing token of an attempt."""
    return f"token|{holder}"


def is_gone(holder: str, start: RunStart) -> bool:
    """Whether a holder has expired, or is an attempt before of the same invocation: Lambda makes one after the other."""
    until, _, request_id = holder.partition("|")
    return int(until) < start.now or request_id == start.request_id
