"""Calls a handler, which may be a coroutine function."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

Handler = Callable[[Any, Any], Any]

# The event loop of this process, and the id of the process: the child of a fork needs a loop of its own.
_loop: tuple[int, asyncio.AbstractEventLoop] | None = None


def call_handler(handler: Handler, event: Any, context: Any) -> Any:
    """Calls a handler and returns its result.

    A coroutine runs to its end. All runs of a process share one event loop, so that clients of that loop can be created once.
    """
    result = handler(event, context)
    if not isinstance(result, Coroutine):
        return result
    return _event_loop().run_until_complete(result)


def _event_loop() -> asyncio.AbstractEventLoop:
    global _loop
    if _loop is None or _loop[0] != os.getpid() or _loop[1].is_closed():
        # Imported only if it is needed: the import takes as long as a short run.
        import asyncio

        _loop = (os.getpid(), asyncio.new_event_loop())
        asyncio.set_event_loop(_loop[1])
    return _loop[1]


def synchronous(handler: Handler) -> Handler:
    """Wraps a handler that may be a coroutine function, which Lambda does not await. ``Source.python`` adds it."""

    def call(event: Any, context: Any) -> Any:
        return call_handler(handler, event, context)

    return update_wrapper(call, handler, updated=())
