"""The errors of this runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class KatamariError(Exception):
    """Base class of the errors of this runtime. ``__cause__`` is the error that led to it."""


class RefusedEvent(NamedTuple):
    """An event that EventBridge refused."""

    name: str
    data: Any
    code: str
    """Error code of EventBridge, such as ``ThrottlingException``."""
    message: str


class EmitError(KatamariError):
    """Raised when some events were not published. The others were published: publish only ``refused`` again."""

    def __init__(self, message: str, refused: Sequence[RefusedEvent]) -> None:
        super().__init__(message)
        self.refused = tuple(refused)
        """The events that were not published."""


class InvalidEventError(KatamariError):
    """Raised for an event that cannot be published. No event of the same call was published."""


class DependencyError(KatamariError):
    """Raised for a dependency that could not be loaded from a ``DependencyStore``."""

    def __init__(self, message: str, *, bucket: str | None = None, key: str | None = None) -> None:
        super().__init__(message)
        self.bucket = bucket
        """The bucket of the dependency; None if the store does not have the dependency."""
        self.key = key
        """The key of the dependency in the bucket."""
