"""The retry budget of an adapter."""

from __future__ import annotations

from threading import Lock

from .._fork import renew_after_fork
from ._constants import FIRST_TRY_REFUND, RETRY_BUDGET_TOKENS


class RetryBudget:
    """Limits the retries of all calls of an adapter: while a module is down, retries would only add to its load.

    It works like the retry quota of the AWS SDKs: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """

    def __init__(self) -> None:
        self._tokens = RETRY_BUDGET_TOKENS
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        self._lock = Lock()

    def take(self, tokens: int) -> bool:
        """Takes tokens for a retry.

        :returns: whether enough tokens were left
        """
        with self._lock:
            if tokens > self._tokens:
                return False
            self._tokens -= tokens
            return True

    def give_back(self, tokens: int | None) -> None:
        """Returns tokens after a success.

        :param tokens: the cost of the last retry; None without a retry
        """
        with self._lock:
            self._tokens = min(RETRY_BUDGET_TOKENS, self._tokens + (FIRST_TRY_REFUND if tokens is None else tokens))
