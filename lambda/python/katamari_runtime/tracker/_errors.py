"""Errors by which an invocation fails although its handler did not."""

from __future__ import annotations


class RetryTooEarly(Exception):
    """Raised so that Lambda retries the invocation later, or sends the event to the dead-letter queue in the end."""


class LeaseContended(Exception):
    """Raised when a start could not find out in time whether a slot is free. The handler must not run; Lambda retries it."""

    def __init__(self, unsure: bool) -> None:
        super().__init__(
            "too many concurrent starts: could not find out in time whether a slot is free, so the run was not started"
        )
        self.unsure = unsure
        """Whether the start may have taken a slot, because an answer is missing."""


class TaskTimedOut(Exception):
    """The error that Lambda reports for a handler that exceeds its timeout."""

    def __init__(self, timeout_ms: int) -> None:
        super().__init__(f"Task timed out after {timeout_ms / 1000:.2f} seconds")


# Lambda reports an error by its class name, which is the same in every language.
RetryTooEarly.__name__ = "Katamari.RetryTooEarly"
LeaseContended.__name__ = "Katamari.LeaseContended"
TaskTimedOut.__name__ = "Sandbox.Timedout"
