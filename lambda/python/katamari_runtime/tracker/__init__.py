"""Puts the run tracker around a handler. Compiled in by ``Source.python``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._settings import TrackerSettings, read_settings
from ._time import now_ms
from ._track import TrackerParts, track_with

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from ._run_store import RunStore

Handler = Callable[[Any, Any], Any]

_parts: TrackerParts | None = None


def track(handler: Handler) -> Handler:
    """Puts the run tracker around a handler.

    The handler takes an event and a context, and returns what Lambda is to answer. One that is a coroutine function is run to
    its end, in an event loop of its own for each invocation: tasks that it leaves behind are cancelled, and what belongs to a
    loop, such as an HTTP session, must not be kept for the next invocation.
    """
    global _parts
    if _parts is None:
        settings = read_settings(os.environ)
        _parts = TrackerParts(
            function_name=settings.function_name if settings else "",
            store=_new_store(settings) if settings else None,
            now=now_ms,
        )
    return track_with(_parts, handler)


def _new_store(settings: TrackerSettings) -> RunStore:
    # A function that is not tracked loads none of this.
    from ._run_store import RunStore

    client = _Once(_new_client)
    try:
        # While the function starts, and not in the first run, whose time to record its start is short.
        client()
    except Exception:
        # The first run tries again, and says in its log why it can't be recorded.
        pass
    return RunStore(client, settings)


def _new_client() -> BaseClient:
    from botocore.config import Config

    from .._sdk import new_client
    from ._budget import stop_when_over

    # A handler must not wait long for its own bookkeeping. Of the modes of retries, 'legacy' is the one that has DynamoDB's
    # own pauses, 50 and 100 ms; those of 'standard' are up to a second each.
    config = Config(connect_timeout=1, read_timeout=1.5, retries={"total_max_attempts": 3, "mode": "legacy"})
    client = new_client("dynamodb", config)
    client.meta.events.register("before-send.dynamodb", stop_when_over)
    return client


class _Once:
    """Makes a client at the first call that can, and gives that one from then on."""

    def __init__(self, make: Callable[[], BaseClient]) -> None:
        self._make = make
        self._client: BaseClient | None = None

    def __call__(self) -> BaseClient:
        if self._client is None:
            self._client = self._make()
        return self._client
