"""The failures of a call. The adapter turns them into the ``error`` of a response."""

from __future__ import annotations

import http.client
from collections.abc import Collection

from .._errors import KatamariError
from .._sdk import error_code, error_response
from ._constants import RETRY_COST, TIMEOUT_RETRY_COST

# Classes of botocore, urllib3 and Python, by name, so that neither library has to be imported.
_TIMEOUTS = frozenset({"ReadTimeoutError", "ConnectTimeoutError", "TimeoutError"})
_CONNECTIONS = frozenset({"ConnectionError", "HTTPClientError", "ProtocolError", "IncompleteReadError"})


class NotInvokedError(KatamariError):
    """The call was not sent."""


class InvocationTimeoutError(KatamariError, TimeoutError):
    """The call had no answer in time. The function may have run nevertheless."""


class FunctionFailedError(KatamariError):
    """The function ran and failed."""


class RefusedInvocationError(KatamariError):
    """Lambda has neither run the function nor queued the event."""


class UnreadableAnswerError(KatamariError):
    """The answer of the function is not JSON. The message is a whole error, as the original reports it."""


class GivenUpError(KatamariError):
    """The call failed and is not retried, although a retry might have succeeded."""


def occurred(code: str, message: str) -> str:
    """A message in the format of the AWS SDK."""
    return f"An error occurred ({code}) when calling the Invoke operation: {message}"


def reason_of(error: Exception) -> str:
    """The reason of a failure, without the number of retries that the SDK adds: it makes none."""
    code = error_code(error)
    if code is None:
        return _text_of(error)
    message = error_response(error)["Error"].get("Message") or code
    if message == code and code.isdecimal():
        # A response without an error code of AWS does not come from Lambda. It may be the error page of a proxy.
        message = http.client.responses.get(int(code), code)
    return occurred(code, message)


def _text_of(error: BaseException) -> str:
    try:
        return str(error) or type(error).__name__
    except Exception:
        return "an error without a message"


def retry_cost(error: BaseException, retryable: Collection[str]) -> int | None:
    """Tokens of the retry budget that a retry costs; None if a retry would not help.

    :param retryable: error codes of AWS
    """
    code = error_code(error)
    if code is not None:
        return RETRY_COST if code in retryable else None
    names = {kind.__name__ for kind in type(error).__mro__}
    if not names.isdisjoint(_TIMEOUTS):
        return TIMEOUT_RETRY_COST
    return None if names.isdisjoint(_CONNECTIONS) else RETRY_COST
