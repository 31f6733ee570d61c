"""Errors by which an invocation fails although its handler did not."""

from __future__ import annotations

from .._constants import RESULT_MAX_BYTES, RETRY_TOO_EARLY


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


class MarshalError(Exception):
    """The error that Lambda reports for a result that its runtime cannot encode."""


class ResponseTooLarge(Exception):
    """The error that Lambda reports for a result that is too large."""

    def __init__(self) -> None:
        super().__init__(f"Response payload size exceeded maximum allowed payload size ({RESULT_MAX_BYTES} bytes).")


# Lambda reports an error by its class name, which is the same in every language.
RetryTooEarly.__name__ = RETRY_TOO_EARLY
LeaseContended.__name__ = "Katamari.LeaseContended"
MarshalError.__name__ = "Runtime.MarshalError"
ResponseTooLarge.__name__ = "Function.ResponseSizeTooLarge"
TaskTimedOut.__name__ = "Sandbox.Timedout"
