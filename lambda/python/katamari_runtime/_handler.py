"""Calls a handler, which may be a coroutine function."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any

Handler = Callable[[Any, Any], Any]


def call_handler(handler: Handler, event: Any, context: Any) -> Any:
    """Calls a handler and returns its result. A coroutine runs to its end in a new event loop."""
    result = handler(event, context)
    if not isinstance(result, Coroutine):
        return result
    # Imported only if it is needed: the import takes as long as a short run.
    import asyncio

    return asyncio.run(result)


def synchronous(handler: Handler) -> Handler:
    """Wraps a handler that may be a coroutine function, which Lambda does not await. ``Source.python`` adds it."""

    def call(event: Any, context: Any) -> Any:
        return call_handler(handler, event, context)

    return update_wrapper(call, handler, updated=())
