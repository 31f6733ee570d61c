"""Loads the module of a handler, and keeps the reason if that fails."""

from __future__ import annotations

import os
from importlib import import_module
from types import TracebackType
from typing import Any

from .._describe import ErrorDescription, describe
from ._exit_recorder import describe_end

# Folder of the function's code.
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_OWN_FILES = (os.path.join(_ROOT, "katamari_runtime", ""), os.path.join(_ROOT, "katamari_handler.py"))


class HandlerNotFound(Exception):
    """Raised when the module of a handler has no function to call."""


# The name by which Lambda reports it, which is the same in every language.
HandlerNotFound.__name__ = "Runtime.HandlerNotFound"


class LoadFailure(Exception):
    """Raised when the module of a handler could not be loaded. The run fails with ``reason``."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__("the handler could not be loaded")
        self.reason = reason
        """The exception that was raised."""
        self._place = _place_of(reason)

    def describe(self) -> ErrorDescription:
        """Type and message of the reason, with the place in the function's code."""
        when = "while the function was loading" + ("" if self._place is None else f", at {self._place}")
        if isinstance(self.reason, SystemExit):
            return describe_end(self.reason, when)
        error_type, message = describe(self.reason)
        return ErrorDescription(error_type, f"{message} ({when})")


def load_handler(module: str, attribute: str) -> Any:
    """Imports a handler while the function starts.

    If that fails, returns a handler that fails the first run with the reason, and imports the module again for each later one, as
    Lambda would start the function again.
    """
    try:
        return import_handler(module, attribute)
    # Code that ends the process while it is imported must leave a trace as well.
    except BaseException as reason:
        return _LoadAgain(module, attribute, LoadFailure(reason))


def import_handler(module: str, attribute: str) -> Any:
    """Imports a handler.

    :raises HandlerNotFound: if the module has no function of that name
    """
    handler = getattr(import_module(module), attribute, None)
    if not callable(handler):
        raise HandlerNotFound(f"the handler must be a function, got: {type(handler).__name__} as '{module}.{attribute}'")
    return handler


class _LoadAgain:
    def __init__(self, module: str, attribute: str, failure: LoadFailure) -> None:
        self._module = module
        self._attribute = attribute
        self._failure: LoadFailure | None = failure
        self._handler: Any = None

    def __call__(self, event: Any, context: Any) -> Any:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._handler is None:
            try:
                self._handler = import_handler(self._module, self._attribute)
            except BaseException as reason:
                raise LoadFailure(reason) from None
        return self._handler(event, context)


def _place_of(reason: BaseException) -> str | None:
    """The place in the function's code where an exception arose, such as ``app.py:3``; None if it arose elsewhere."""
    if isinstance(reason, HandlerNotFound):
        return None
    # The file of a syntax error is not in the traceback, because it has not been run.
    if isinstance(reason, SyntaxError) and reason.filename and reason.lineno and _is_users(reason.filename):
        return _format(reason.filename, reason.lineno)
    place = None
    traceback: TracebackType | None = reason.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if _is_users(file):
            place = _format(file, traceback.tb_lineno)
        traceback = traceback.tb_next
    return place


def _is_users(file: str) -> bool:
    # Names of modules that are part of Python are no paths: "<frozen os>".
    return file.startswith(os.path.join(_ROOT, "")) and not file.startswith(_OWN_FILES)


def _format(file: str, line: int) -> str:
    return f"{os.path.relpath(file, _ROOT)}:{line}"
