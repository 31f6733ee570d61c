"""Puts the run tracker around a handler. Compiled in by ``Source.python``."""

from __future__ import annotations

from typing import Any, Callable

Handler = Callable[[Any, Any], Any]


def track(handler: Handler) -> Handler:
    """Puts the run tracker around a handler.

    The handler takes an event and a context, and returns what Lambda is to answer. One that is a coroutine function is run to
    its end, in an event loop of its own for each invocation: tasks that it leaves behind are cancelled, and what belongs to a
    loop, such as an HTTP session, must not be kept for the next invocation.
    """
    return handler
