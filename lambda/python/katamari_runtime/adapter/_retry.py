"""Whether a call that failed is made again, and when."""

from __future__ import annotations

from collections.abc import Collection
from threading import Lock

from .._sdk import error_code
from ._constants import FIRST_TRY_REFUND, RETRY_BUDGET_TOKENS, RETRY_COST, TIMEOUT_RETRY_COST

# Classes of botocore, of urllib3 below it, and of Python. By their names, so that nothing of it is loaded for them.
_TIMEOUTS = frozenset({"ReadTimeoutError", "ConnectTimeoutError", "TimeoutError"})
_CONNECTIONS = frozenset({"ConnectionError", "HTTPClientError", "ProtocolError", "IncompleteReadError"})
# Beyond this a delay is the longest whatever happens, and a power of 2 with it no number that is worth a thought.
_LAST_DOUBLING = 30


def retry_cost(error: BaseException, retryable: Collection[str]) -> int | None:
    """Tokens of the retry budget that another try takes; None where it would not help.

    :param retryable: codes of AWS's errors
    """
    code = error_code(error)
    if code is not None:
        return RETRY_COST if code in retryable else None
    names = {kind.__name__ for kind in type(error).__mro__}
    if not names.isdisjoint(_TIMEOUTS):
        return TIMEOUT_RETRY_COST
    return None if names.isdisjoint(_CONNECTIONS) else RETRY_COST


def longest_delay(retries: int, first: float, most: float) -> float:
    """Seconds before the next try, before chance takes its part.

    :param retries: how often it was tried again before
    """
    delay: float = first * 2 ** min(retries, _LAST_DOUBLING)
    return min(most, delay)


class RetryBudget:
    """Bounds the retries of all calls of an adapter together: while a module is down, they would only add to its load.

    It is that of the AWS SDKs: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens = RETRY_BUDGET_TOKENS

    def take(self, tokens: int) -> bool:
        """:returns: whether there were enough"""
        with self._lock:
            if tokens > self._tokens:
                return False
            self._tokens -= tokens
            return True

    def give_back(self, tokens: int | None) -> None:
        """After a success.

        :param tokens: what its last retry took; None where there was none
        """
        with self._lock:
            self._tokens = min(RETRY_BUDGET_TOKENS, self._tokens + (FIRST_TRY_REFUND if tokens is None else tokens))
