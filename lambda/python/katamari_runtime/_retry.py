"""Retries with exponential backoff and full jitter."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import SystemRandom
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# The operating system's generator: execution environments that Lambda restores from one snapshot would all draw the same
# numbers from Python's own.
random_fraction = SystemRandom().random
"""A random number from 0 to 1."""

# The limit applies long before this; without it, 2 ** retries would grow without a bound.
_MAX_DOUBLINGS = 30


class Backoff(NamedTuple):
    """Delays that double from retry to retry, up to a limit."""

    initial: float
    """Longest delay before the first retry, in seconds."""
    limit: float
    """Longest delay before any retry, in seconds."""

    def longest_delay(self, retries: int) -> float:
        """Longest delay before the next retry, in seconds.

        :param retries: number of retries so far
        """
        delay: float = self.initial * 2 ** min(retries, _MAX_DOUBLINGS)
        return min(self.limit, delay)

    def delay(self, retries: int, random: Callable[[], float] = random_fraction) -> float:
        """A random part of the longest delay, in seconds, so that callers that failed together retry at different times."""
        return self.longest_delay(retries) * random()


def retry(
    call: Callable[[], T],
    is_retryable: Callable[[Exception], bool],
    backoff: Backoff,
    *,
    max_retries: int | None = None,
    sleep: Callable[[float], object] = time.sleep,
    random: Callable[[], float] = random_fraction,
) -> T:
    """Calls until the call succeeds.

    :param max_retries: number of calls after the first one; None for as many as ``sleep`` allows, which raises to end them
    :raises Exception: the error of the last call
    """
    retries = 0
    while True:
        try:
            return call()
        except Exception as error:
            if retries == max_retries or not is_retryable(error):
                raise
        sleep(backoff.delay(retries, random))
        retries += 1
