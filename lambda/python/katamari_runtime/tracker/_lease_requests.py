"""The DynamoDB requests for the lease item of a function with an overlap limit."""

from __future__ import annotations

from collections.abc import Iterable

from .._constants import LEASE_SORT_KEY, PARTITION_KEY, SORT_KEY, lease_partition
from ._attempt import RunStart, lease_until
from ._attribute_values import marshall
from ._settings import TrackerSettings
from ._table_client import Request

_NEXT_TOKEN = "SET #token = if_not_exists(#version, :zero) + :one"


class LeaseRequests:
    """The requests for the lease item, which holds the running attempts in a set.

    A request can add to the set and delete from it without reading it first, so that starts conflict only at the limit.
    """

    def __init__(self, settings: TrackerSettings) -> None:
        self._settings = settings

    def take(self, start: RunStart, limit: int, leftover: str | None) -> Request:
        """Takes a slot.

        :param leftover: the holder that an earlier attempt of the same invocation may have left
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
        """Takes a slot, and removes expired holders.

        DynamoDB cannot add to a set and delete from it in one request. The request writes the whole set instead, on the
        condition that it has not changed since it was read.
        """
        own = holder_of(start)
        seen = set(seen)
        expired = sorted(holder for holder in seen if is_expired(holder, start) and holder != own)
        names = {f"#expired{index}": token_name(holder) for index, holder in enumerate(expired)}
        remove = f" REMOVE {', '.join(names)}" if names else ""
        holders = (seen - set(expired)) | {own}
        return {
            **self._key(),
            "UpdateExpression": f"{_NEXT_TOKEN}, holders = :holders{remove} ADD #version :one",
            "ConditionExpression": "holders = :seen",
            "ExpressionAttributeNames": {"#version": "version", "#token": token_name(own), **names},
            "ExpressionAttributeValues": marshall({":zero": 0, ":one": 1, ":holders": holders, ":seen": seen}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def release(self, start: RunStart) -> Request:
        """Releases the slot of a start. Without a slot, it changes nothing."""
        holder = holder_of(start)
        return {
            **self._key(),
            "UpdateExpression": "DELETE holders :holder REMOVE #token",
            "ExpressionAttributeNames": {"#token": token_name(holder)},
            "ExpressionAttributeValues": marshall({":holder": {holder}}),
        }

    def token(self, start: RunStart) -> Request:
        """Reads the fencing token of a start: a transaction returns no attributes."""
        return {
            **self._key(),
            "ConsistentRead": True,
            "ProjectionExpression": "#token",
            "ExpressionAttributeNames": {"#token": token_name(holder_of(start))},
        }

    def _key(self) -> Request:
        key = marshall({PARTITION_KEY: lease_partition(self._settings.function_name), SORT_KEY: LEASE_SORT_KEY})
        return {"TableName": self._settings.table_name, "Key": key}


def holder_of(start: RunStart) -> str:
    """The name of an attempt in the set of holders."""
    return holder_name(lease_until(start), start.request_id)


def holder_name(until: int, request_id: str) -> str:
    """:param until: epoch milliseconds"""
    return f"{until}|{request_id}"


def token_name(holder: str) -> str:
    """The attribute with the fencing token of a holder."""
    return f"token|{holder}"


def is_expired(holder: str, start: RunStart) -> bool:
    """Whether a holder has expired. An earlier attempt of the same invocation has: Lambda makes one after the other."""
    until, _, request_id = holder.partition("|")
    return int(until) < start.now or request_id == start.request_id
