"""The errors of this library's runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class KatamariError(Exception):
    """An error of this library's runtime; its class says which, ``__cause__`` holds what led to it."""


class RefusedEvent(NamedTuple):
    """An entry that EventBridge refused."""

    name: str
    data: Any
    code: str
    """EventBridge's error code, such as ``ThrottlingException``."""
    message: str


class EmitError(KatamariError):
    """Some events were not published. The others were: publish ``refused`` again, not all of them."""

    def __init__(self, message: str, refused: Sequence[RefusedEvent]) -> None:
        super().__init__(message)
        self.refused = tuple(refused)
        """The events that were not published."""


class InvalidEventError(KatamariError):
    """An event that can't be published as it is. Nothing of its call was published."""


class DependencyError(KatamariError):
    """A dependency that could not be loaded from a ``DependencyStore``."""

    def __init__(self, message: str, *, bucket: str | None = None, key: str | None = None) -> None:
        super().__init__(message)
        self.bucket = bucket
        """The bucket that it is in; None where it is not in the store at all."""
        self.key = key
        """Its key in the bucket."""
