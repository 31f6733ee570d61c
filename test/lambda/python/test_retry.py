"""Retries with exponential backoff."""

import pytest
from katamari_runtime._retry import Backoff, random_fraction, retry

BACKOFF = Backoff(initial=0.1, limit=0.5)


class Flaky:
    """A call that fails with each of some errors, and then succeeds."""

    def __init__(self, *errors):
        self._errors = list(errors)
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return "done"


def is_timeout(error):
    return isinstance(error, TimeoutError)


@pytest.mark.parametrize(("retries", "longest"), [(0, 0.1), (1, 0.2), (2, 0.4), (3, 0.5), (10_000, 0.5)])
def test_delays_double_up_to_the_limit(retries, longest):
    assert BACKOFF.longest_delay(retries) == longest
    assert BACKOFF.delay(retries, lambda: 0.5) == longest / 2
    assert all(0 <= BACKOFF.delay(retries) < longest for _ in range(100))


def test_random_numbers_do_not_come_from_the_generator_that_a_snapshot_restores():
    import random

    random.seed(1)
    first = random_fraction()
    random.seed(1)
    assert random_fraction() != first


def test_a_call_is_retried_until_it_succeeds():
    call, delays = Flaky(TimeoutError(), TimeoutError(), TimeoutError(), TimeoutError()), []
    assert retry(call, is_timeout, BACKOFF, sleep=delays.append, random=lambda: 1) == "done"
    assert delays == [0.1, 0.2, 0.4, 0.5]


def test_the_last_error_is_raised_after_the_last_retry():
    call, delays = Flaky(TimeoutError("first"), TimeoutError("second"), TimeoutError("third")), []
    with pytest.raises(TimeoutError, match="third"):
        retry(call, is_timeout, BACKOFF, max_retries=2, sleep=delays.append)
    assert (call.calls, len(delays)) == (3, 2)


def test_other_errors_are_not_retried():
    call, delays = Flaky(TimeoutError(), LookupError("no")), []
    with pytest.raises(LookupError, match="no"):
        retry(call, is_timeout, BACKOFF, sleep=delays.append)
    assert (call.calls, len(delays)) == (2, 1)


def test_an_error_of_the_sleep_ends_the_retries():
    call = Flaky(TimeoutError("of the call"))

    def sleep(_seconds):
        raise RuntimeError("at the deadline")

    with pytest.raises(RuntimeError, match="at the deadline"):
        retry(call, is_timeout, BACKOFF, sleep=sleep)
    assert call.calls == 1
