"""The settings of the run tracker, which the construct passes in environment variables."""

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
    """The settings of the run tracker."""

    function_name: str
    table_name: str
    retention_days: int
    overlap_limit: int | None = None
    """Maximum number of concurrent runs; None if runs may overlap."""
    overlap_of_schedule: bool = False
    """Whether the limit applies only to runs that the schedule starts."""
    local: bool = False
    """Whether the function runs on the user's own machine, where each retry of an invocation has a new request id."""


def read_settings(env: Mapping[str, str]) -> TrackerSettings | None:
    """Reads the settings; None if tracking is off."""
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
