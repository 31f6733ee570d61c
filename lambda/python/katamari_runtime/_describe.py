"""The type and message of an error, as a run record stores them."""

from __future__ import annotations

from typing import NamedTuple

_ERROR_TYPE_MAX = 200
_ERROR_MESSAGE_MAX = 1_000


class ErrorDescription(NamedTuple):
    """Type and message of an error, cut to lengths that fit into a run record."""

    error_type: str
    error_message: str


def describe(error: BaseException) -> ErrorDescription:
    """The type and message of any error."""
    return ErrorDescription(type(error).__name__[:_ERROR_TYPE_MAX], _message(error)[:_ERROR_MESSAGE_MAX])


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        # The run still failed because of this error.
        return ""
    # A file name that is not UTF-8 contains lone surrogates, which DynamoDB refuses.
    return text.encode("utf-8", "replace").decode()
