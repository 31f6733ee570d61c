"""Records runs whose process ends while the handler is running."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

from .._describe import ErrorDescription, describe

_EXIT_ERROR = "Runtime.ExitError"


class Terminated(SystemExit):
    """Raised in the handler when its process receives SIGTERM, so that the handler cleans up and its run is recorded."""


class Termination:
    """Turns SIGTERM into an exception while a handler is running. By default, SIGTERM ends the process without one.

    ``sys.exit`` raises an exception anyway. ``os._exit``, SIGKILL and a lack of memory end the process at once; the run counts
    as Failed when its lease is over. A signal handler that the user's code has installed stays in place.
    """

    def __init__(self) -> None:
        self._received: Terminated | None = None
        self._installed = False

    def __enter__(self) -> Termination:
        # Python allows only the main thread to install a signal handler.
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._receive)
            self._installed = True
        return self

    def __exit__(self, *_: Any) -> None:
        if self._installed and signal.getsignal(signal.SIGTERM) == self._receive:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def check(self) -> None:
        """:raises Terminated: if SIGTERM was received, also if the handler has caught the exception"""
        if self._received is not None:
            raise self._received

    def end(self) -> None:
        """Ends the process by SIGTERM if SIGTERM was received."""
        if self._received is not None:
            os.kill(os.getpid(), signal.SIGTERM)

    def _receive(self, _signal: int, _frame: FrameType | None) -> None:
        self._received = Terminated(128 + signal.SIGTERM)
        raise self._received


def describe_end(error: BaseException, when: str = "while the handler was running") -> ErrorDescription:
    """The type and message of the error that ended a handler. An exit of the process is one as well."""
    if isinstance(error, Terminated):
        return ErrorDescription(_EXIT_ERROR, f"the process was ended by SIGTERM {when}")
    if isinstance(error, SystemExit):
        return ErrorDescription(_EXIT_ERROR, f"the process exited with code {_exit_code(error)} {when}")
    return describe(error)


def _exit_code(error: SystemExit) -> int:
    if error.code is None:
        return 0
    # Python writes any other value to standard error, and exits with 1.
    return error.code if isinstance(error.code, int) else 1
