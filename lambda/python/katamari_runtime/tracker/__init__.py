"""The run tracker of a handler. ``Source.python`` adds it to every tracked function."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from .._constants import LOCAL_DEADLINE_FACTOR, TABLE_CONNECTION_TIMEOUT_MS, TABLE_MAX_ATTEMPTS, TABLE_REQUEST_TIMEOUT_MS
from .._handler import Handler
from ._load_failure import import_handler, load_handler
from ._settings import TrackerSettings, read_settings
from ._time import now_ms
from ._track import TrackerDependencies, track_with

if TYPE_CHECKING:
    from .._sdk import DynamoDBClient
    from ._run_store import RunStore

_dependencies: TrackerDependencies | None = None


def track_module(module: str, attribute: str) -> Handler:
    """Loads a handler and wraps it with the run tracker.

    The handler takes an event and a context, and returns the answer of the function. Coroutine functions run in the event loop of
    the process: create objects that belong to it, such as an HTTP session, once, inside a run. Tasks that a run leaves behind
    stand still until the next run.
    """
    global _dependencies
    if _dependencies is None:
        settings = read_settings(os.environ)
        if settings and settings.local:
            # Before the user's module is loaded, which may configure its loggers.
            from .._local_logging import install_root_handler

            install_root_handler()
        _dependencies = TrackerDependencies(
            function_name=settings.function_name if settings else "",
            store=_new_store(settings) if settings else None,
            now=now_ms,
            local=settings.local if settings else False,
        )
    # Without tracking, a load that fails ends the start of the function, as it does without this library. Provisioned concurrency
    # and SnapStart start the function while it is deployed: a failure must then fail the deploy.
    on_demand = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand") == "on-demand"
    load = load_handler if _dependencies.store and on_demand else import_handler
    return track_with(_dependencies, load(module, attribute))


def _new_store(settings: TrackerSettings) -> RunStore:
    # Imported here, because a function that is not tracked does not need it.
    from .._sdk import SharedClient
    from ._run_store import RunStore

    client = SharedClient(lambda: _new_client(settings.local))
    # Created while the function starts, because the first run has little time to record its start. If that fails, the first run
    # makes another attempt, and logs why it cannot be recorded.
    with suppress(Exception):
        client()
    return RunStore(client, settings)


def _new_client(local: bool = False) -> DynamoDBClient:
    from botocore.config import Config

    from .._sdk import new_client
    from ._deadline import stop_when_over

    factor = LOCAL_DEADLINE_FACTOR if local else 1
    config = Config(
        connect_timeout=TABLE_CONNECTION_TIMEOUT_MS / 1000 * factor,
        read_timeout=TABLE_REQUEST_TIMEOUT_MS / 1000 * factor,
        # The mode "legacy" has short delays for DynamoDB, 50 and 100 ms; in the mode "standard", each is up to a second.
        retries={"total_max_attempts": TABLE_MAX_ATTEMPTS, "mode": "legacy"},
    )
    client: DynamoDBClient = new_client("dynamodb", config)
    client.meta.events.register("before-send.dynamodb", stop_when_over)
    return client
