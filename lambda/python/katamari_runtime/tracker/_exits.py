"""The end of the process while a handler is still going."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any


class Terminated(SystemExit):
    """Raised in a handler whose process is told to end, so that what it has begun is undone and its run recorded."""


class Termination:
    """Turns SIGTERM, which ends a process without a word, into an exception while a handler is going.

    ``sys.exit`` raises one by itself. What ends a process at once, ``os._exit``, SIGKILL or want of memory, leaves a run that
    counts as Failed when its lease is over. A handler that has said itself what SIGTERM does is left alone.
    """

    def __init__(self) -> None:
        self._received: Terminated | None = None
        self._installed = False

    def __enter__(self) -> Termination:
        # Python lets the main thread alone say what a signal does.
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._receive)
            self._installed = True
        return self

    def __exit__(self, *_: Any) -> None:
        if self._installed and signal.getsignal(signal.SIGTERM) == self._receive:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def check(self) -> None:
        """:raises Terminated: when the process was told to end, whatever the handler has made of it"""
        if self._received is not None:
            raise self._received

    def end(self) -> None:
        """Ends the process as it would have ended without this, where it was told to."""
        if self._received is not None:
            os.kill(os.getpid(), signal.SIGTERM)

    def _receive(self, _signal: int, _frame: FrameType | None) -> None:
        self._received = Terminated(128 + signal.SIGTERM)
        raise self._received
