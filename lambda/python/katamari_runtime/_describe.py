"""The type and message of an error, as a run record stores them."""

from __future__ import annotations

from typing import NamedTuple

from ._text import well_formed

_ERROR_TYPE_MAX = 200
_ERROR_MESSAGE_MAX = 1_000
_UNREADABLE = "the message of the error cannot be read"


class ErrorDescription(NamedTuple):
    """Type and message of an error, cut to lengths that fit into a run record."""

    error_type: str
    error_message: str


def describe(error: BaseException) -> ErrorDescription:
    """The type and message of any error. It never raises."""
    return ErrorDescription(
        well_formed(type(error).__name__[:_ERROR_TYPE_MAX]), well_formed(message_of(error)[:_ERROR_MESSAGE_MAX])
    )


def message_of(error: BaseException) -> str:
    """The text of an error, also if reading it fails."""
    try:
        return str(error)
    except BaseException:
        # The run still failed because of this error.
        return _UNREADABLE
