"""What a record says of anything that was raised."""

from __future__ import annotations

from typing import NamedTuple

from ._exits import Terminated

_ERROR_TYPE_MAX = 200
_ERROR_MESSAGE_MAX = 1_000
EXIT_ERROR = "Runtime.ExitError"


class Reason(NamedTuple):
    """Type and message of an error, both cut to a length that a record can take."""

    error_type: str
    error_message: str


def describe(error: BaseException) -> Reason:
    """What a record says of anything that was raised."""
    if isinstance(error, Terminated):
        return Reason(EXIT_ERROR, "the process was ended by SIGTERM while the handler was running")
    if isinstance(error, SystemExit):
        return Reason(EXIT_ERROR, f"the process exited with code {_exit_code(error)} while the handler was running")
    return Reason(type(error).__name__[:_ERROR_TYPE_MAX], _message(error)[:_ERROR_MESSAGE_MAX])


def _exit_code(error: SystemExit) -> int:
    if error.code is None:
        return 0
    # Python writes anything else to standard error, and exits with 1.
    return error.code if isinstance(error.code, int) else 1


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        # An error that can't be written is still the reason of its run.
        return ""
    # Names of files that are no text have halves of surrogate pairs in them, which DynamoDB refuses.
    return text.encode("utf-8", "replace").decode()
