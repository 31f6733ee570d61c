"""The error of an adapter that is configured wrongly. All other errors become the ``error`` of a response."""

from __future__ import annotations

from typing import Any

from .._errors import KatamariError


class AdapterConfigurationError(KatamariError, ValueError):
    """Raised for an option that breaks its rule. The message names the rule and the value."""

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy
        """How to fix the error; None if the rule in the message says it."""


def invalid(rule: str, value: Any, remedy: str | None = None) -> AdapterConfigurationError:
    """An error about a value that breaks a rule."""
    formatted = f"'{value}'" if isinstance(value, str) else repr(value)
    return AdapterConfigurationError(f"{rule}, got: {formatted}", remedy)
