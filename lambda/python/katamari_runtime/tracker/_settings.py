"""What the construct says of the tracking of a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .._constants import (
    DEFAULT_RUN_RETENTION_DAYS,
    ENV_FUNCTION,
    ENV_LOCAL,
    ENV_OVERLAP_LIMIT,
    ENV_OVERLAP_SCOPE,
    ENV_RUN_RETENTION_DAYS,
    ENV_RUN_TABLE,
)


class TrackerSettings(NamedTuple):
    """What the construct says of the tracking of a function."""

    function_name: str
    table_name: str
    retention_days: int
    overlap_limit: int | None = None
    """Most runs that go at a time; None where runs may overlap."""
    overlap_of_schedule: bool = False
    """Whether the limit is of the runs that the clock starts, and of no others."""
    local: bool = False
    """Whether it runs on the user's own machine, where each retry of an invocation has another request id."""


def read_settings(env: Mapping[str, str]) -> TrackerSettings | None:
    """Reads the settings; None where tracking is switched off."""
    table_name = env.get(ENV_RUN_TABLE)
    if not table_name:
        return None
    limit = env.get(ENV_OVERLAP_LIMIT)
    return TrackerSettings(
        table_name=table_name,
        function_name=env.get(ENV_FUNCTION, env.get("AWS_LAMBDA_FUNCTION_NAME", "unknown")),
        retention_days=int(env.get(ENV_RUN_RETENTION_DAYS, DEFAULT_RUN_RETENTION_DAYS)),
        overlap_limit=int(limit) if limit else None,
        overlap_of_schedule=env.get(ENV_OVERLAP_SCOPE) == "schedule",
        local=bool(env.get(ENV_LOCAL)),
    )
