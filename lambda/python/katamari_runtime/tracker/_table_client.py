"""Sends requests to the run table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .._retry import Backoff, retry
from .._sdk import error_code, error_response
from ._attribute_values import Item, unmarshall
from ._deadline import Deadline

if TYPE_CHECKING:
    from .._sdk import DynamoDBClient

T = TypeVar("T")
Request = dict[str, Any]

_BACKOFF = Backoff(initial=0.025, limit=0.25)
_SHORTEST_PAUSE_S = 0.001


class TableClient:
    """Sends requests to the run table, and retries those that conflict with another request."""

    def __init__(self, client: Callable[[], DynamoDBClient], random: Callable[[], float]) -> None:
        """:param client: returns the client; called by each request, which fails with the error of this call"""
        self._client = client
        self._random = random

    def get(self, request: Request, deadline: Deadline) -> Item | None:
        item = self._send("get_item", request, deadline).get("Item")
        return None if item is None else unmarshall(item)

    def put(self, request: Request, deadline: Deadline) -> None:
        self._retry(lambda: self._send("put_item", request, deadline), deadline)

    def update(self, request: Request, deadline: Deadline) -> Item:
        """:returns: the attributes that the request asks for"""
        answer = self._retry(lambda: self._send("update_item", request, deadline), deadline)
        return unmarshall(answer.get("Attributes", {}))

    def transact(self, items: list[Request], deadline: Deadline) -> None:
        self._retry(lambda: self.transact_once(items, deadline), deadline)

    def transact_once(self, items: list[Request], deadline: Deadline) -> None:
        """Sends a transaction without retrying conflicts."""
        self._send("transact_write_items", {"TransactItems": items}, deadline)

    def pause(self, retries: int, deadline: Deadline) -> None:
        """Waits before the next attempt.

        :param retries: number of retries so far
        """
        deadline.sleep(_SHORTEST_PAUSE_S + _BACKOFF.delay(retries, self._random))

    def _send(self, operation: str, request: Request, deadline: Deadline) -> dict[str, Any]:
        # The call includes the creation of the client, which looks for credentials.
        return deadline.call(lambda: getattr(self._client(), operation)(**request))

    def _retry(self, send: Callable[[], T], deadline: Deadline) -> T:
        return retry(
            send,
            is_conflict,
            _BACKOFF,
            sleep=lambda seconds: deadline.sleep(_SHORTEST_PAUSE_S + seconds),
            random=self._random,
        )


def is_refused(error: BaseException) -> bool:
    """Whether the condition of a write failed; for a transaction, the condition of any of its items."""
    return error_code(error) == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in _codes(error)


def found_item(error: BaseException, index: int = 0) -> Item | None:
    """The current item of a write whose condition failed; for a transaction, that of the item ``index``."""
    if error_code(error) == "ConditionalCheckFailedException":
        item = error_response(error).get("Item")
    else:
        reasons = _reasons(error)
        item = reasons[index].get("Item") if index < len(reasons) else None
    return unmarshall(item) if item else None


def refused_items(error: BaseException) -> list[bool]:
    """For each item of a transaction, whether its condition failed."""
    return [code == "ConditionalCheckFailed" for code in _codes(error)]


def is_conflict(error: BaseException) -> bool:
    """Whether DynamoDB did not make a write because of another write of the same item at the same time."""
    if error_code(error) == "TransactionConflictException":
        return True
    return not is_refused(error) and "TransactionConflict" in _codes(error)


def is_throttled(error: BaseException) -> bool:
    """Whether DynamoDB throttled an item of a transaction. The SDK does not retry these."""
    return not is_refused(error) and not {"ThrottlingError", "ProvisionedThroughputExceeded"}.isdisjoint(_codes(error))


def _codes(error: BaseException) -> list[str]:
    return [reason.get("Code", "") for reason in _reasons(error)]


def _reasons(error: BaseException) -> list[dict[str, Any]]:
    if error_code(error) != "TransactionCanceledException":
        return []
    return error_response(error).get("CancellationReasons") or []
