"""Sends requests to the run table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .._sdk import error_code, error_response
from ._attribute_values import Item, unmarshall
from ._budget import Budget

if TYPE_CHECKING:
    from botocore.client import BaseClient

T = TypeVar("T")
Request = dict[str, Any]

# Pause after the first conflict and the longest, in seconds; each is cut by chance, so that starts fall apart.
_FIRST_PAUSE_S = 0.025
_LONGEST_PAUSE_S = 0.25
# Beyond this the pause is the longest whatever happens, and a power of 2 with it no number that is worth a thought.
_LAST_DOUBLING = 10


class RunTableClient:
    """Sends requests to the run table, and each again that only got in the way of another one."""

    def __init__(self, client: Callable[[], BaseClient], random: Callable[[], float]) -> None:
        """:param client: gives the client at the first request: what keeps it from being made is that request's error"""
        self._client = client
        self._random = random

    def get(self, request: Request, budget: Budget) -> Item | None:
        item = self._send("get_item", request, budget).get("Item")
        return None if item is None else unmarshall(item)

    def put(self, request: Request, budget: Budget) -> None:
        self._insist(lambda: self._send("put_item", request, budget), budget)

    def update(self, request: Request, budget: Budget) -> Item:
        """:returns: the attributes that the request asks for"""
        answer = self._insist(lambda: self._send("update_item", request, budget), budget)
        return unmarshall(answer.get("Attributes", {}))

    def transact(self, items: list[Request], budget: Budget) -> None:
        self._insist(lambda: self.transact_once(items, budget), budget)

    def transact_once(self, items: list[Request], budget: Budget) -> None:
        """The same, for one who wants to know of each conflict."""
        self._send("transact_write_items", {"TransactItems": items}, budget)

    def pause(self, tried: int, budget: Budget) -> None:
        """:param tried: how often something got in the way before"""
        longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(tried, _LAST_DOUBLING))
        budget.sleep(0.001 + self._random() * longest)

    def _send(self, operation: str, request: Request, budget: Budget) -> dict[str, Any]:
        # Making the client is within the budget as well: it looks for credentials.
        return budget.call(lambda: getattr(self._client(), operation)(**request))

    def _insist(self, send: Callable[[], T], budget: Budget) -> T:
        tried = 0
        while True:
            try:
                return send()
            except Exception as error:
                if not is_conflict(error):
                    raise
            self.pause(tried, budget)
            tried += 1


def is_refused(error: BaseException) -> bool:
    """Whether a write was refused for its condition; in a transaction, for that of any of its items."""
    return error_code(error) == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in _codes(error)


def found_item(error: BaseException, index: int = 0) -> Item | None:
    """The item for which a write was refused; of a transaction, that of its item ``index``."""
    if error_code(error) == "ConditionalCheckFailedException":
        item = error_response(error).get("Item")
    else:
        reasons = _reasons(error)
        item = reasons[index].get("Item") if index < len(reasons) else None
    return unmarshall(item) if item else None


def refused_items(error: BaseException) -> list[bool]:
    """For which items of a transaction the condition failed."""
    return [code == "ConditionalCheckFailed" for code in _codes(error)]


def is_conflict(error: BaseException) -> bool:
    """Whether a write was not made because another one of the same item was under way."""
    if error_code(error) == "TransactionConflictException":
        return True
    return not is_refused(error) and "TransactionConflict" in _codes(error)


def is_throttled(error: BaseException) -> bool:
    """Whether a transaction was not made because an item of it is asked for too often; the SDK does not see that."""
    return not is_refused(error) and not {"ThrottlingError", "ProvisionedThroughputExceeded"}.isdisjoint(_codes(error))


def _codes(error: BaseException) -> list[str]:
    return [reason.get("Code", "") for reason in _reasons(error)]


def _reasons(error: BaseException) -> list[dict[str, Any]]:
    if error_code(error) != "TransactionCanceledException":
        return []
    return error_response(error).get("CancellationReasons") or []
