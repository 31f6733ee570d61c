"""Errors of the adapter. Only the first ever leaves it: the others become the ``error`` of a response."""

from __future__ import annotations

from typing import Any

from .._errors import KatamariError
from .._sdk import error_code, error_response


class AdapterConfigurationError(KatamariError, ValueError):
    """An adapter that can't be made as it is asked for. The message says the rule, and what came."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy
        """What to do about it."""


class NotInvokedError(KatamariError):
    """A call that was not sent."""


class InvocationTimeoutError(KatamariError, TimeoutError):
    """A call without an answer in time. The function may have run all the same."""


class FunctionFailedError(KatamariError):
    """The function ran, and failed."""


class UnreadableAnswerError(KatamariError):
    """The answer of a function is not JSON."""


class GivenUpError(KatamariError):
    """A call that failed, and is not tried again though another try might have helped."""


def invalid(rule: str, value: Any, remedy: str = "Give a value that keeps to the rule.") -> AdapterConfigurationError:
    """The rule, then what came."""
    shown = f"'{value}'" if isinstance(value, str) else repr(value)
    return AdapterConfigurationError(f"{rule}, got: {shown}", remedy)


def occurred(code: str, message: str) -> str:
    """The words of the AWS SDK."""
    return f"An error occurred ({code}) when calling the Invoke operation: {message}"


def reason_of(error: Exception) -> str:
    """Why a call failed, without the SDK's word on its own retries, of which there are none."""
    code = error_code(error)
    if code is None:
        return str(error) or type(error).__name__
    return occurred(code, error_response(error)["Error"].get("Message") or code)
