"""Why an invocation fails though its handler did not."""

from __future__ import annotations


class RetryTooEarly(Exception):
    """Says that an invocation is to come again: Lambda does that, and hands the event to the dead-letter queue in the end."""


class LeaseContended(Exception):
    """A start that could not find out in time whether a slot is free: it must not run, and Lambda is to try it again."""

    def __init__(self, unsure: bool) -> None:
        super().__init__(
            "too many starts at a time: whether a slot is free could not be found out in time, so that the run was not started"
        )
        self.unsure = unsure
        """Whether the slot may have been taken, because an answer is missing."""


class TaskTimedOut(Exception):
    """What Lambda reports of a handler that outlives its timeout."""

    def __init__(self, timeout_ms: int) -> None:
        super().__init__(f"Task timed out after {timeout_ms / 1000:.2f} seconds")


# Lambda reports an error by this name: it is the same in every language.
RetryTooEarly.__name__ = "Katamari.RetryTooEarly"
LeaseContended.__name__ = "Katamari.LeaseContended"
TaskTimedOut.__name__ = "Sandbox.Timedout"
