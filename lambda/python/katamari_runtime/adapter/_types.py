"""The public types of the adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, TypedDict

from ._constants import HALF_OPEN_AFTER_MS, UNHEALTHY_AFTER

_REQUIRED: Any = object()


@dataclass
class ExecuteRequest:
    """A request to a module. Its positional arguments have the order of the original."""

    command: str
    args: Sequence[str] = ()
    # These have a default only because they follow one.
    user_id: str = _REQUIRED
    entity_id: str = _REQUIRED
    community_id: str = _REQUIRED
    session_id: str = _REQUIRED
    """The ``request_id`` of the payload, which connects the logs of caller and module."""
    platform: str = _REQUIRED
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Optional details: ``community``, ``user`` and ``entity`` with their names. With ``is_event``, the request is the event
    ``event_type`` with ``event_data`` instead of a command."""
    scopes: Sequence[str] = ()
    """The scopes of the caller, which must include those that the module requires."""

    def __post_init__(self) -> None:
        """:raises TypeError: if another argument than ``args``, ``metadata`` and ``scopes`` is missing"""
        missing = [name for name, value in vars(self).items() if value is _REQUIRED]
        if missing:
            raise TypeError(f"ExecuteRequest() missing required arguments: {', '.join(map(repr, missing))}")


@dataclass
class ExecuteResponse:
    """The response of a module."""

    success: bool
    """The value that the module returned: any truthy or falsy value."""
    message: str | None = None
    data: dict[str, Any] | None = None
    """All other values that the module returned, by name; None if there are none."""
    error: str | None = None
    targets: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Not one of the fields, which are those of the original.
        self.run_id: str | None = None
        """The id of the run, for an event that Lambda has queued: a function that is tracked records the run with this id."""


@dataclass
class NotRunResponse(ExecuteResponse):
    """The response when the module did not run. It is no failure of the module. ``run_id`` is the id of the run."""

    state: str = ""
    """``Skipped`` by the overlap of the module, otherwise the state of the run that has the same idempotency key."""


class CircuitBreakerOptions(NamedTuple):
    """The options of the circuit breaker."""

    failures: int = UNHEALTHY_AFTER
    """Number of consecutive failures that open it: a whole number from 1 to 1,000."""
    half_open_after: float = HALF_OPEN_AFTER_MS / 1000
    """Seconds until it allows a probe: 0.001 to 3,600."""


class RemainingTime(Protocol):
    """The part of Lambda's context object that an adapter uses."""

    def get_remaining_time_in_millis(self) -> int: ...


class ModuleHealth(TypedDict):
    """The health of a module. It counts the calls that were sent, except for those that the caller cancelled."""

    is_healthy: bool
    """Whether fewer than 3 consecutive calls have failed."""
    last_success: str | None
    """ISO 8601 in UTC; None if no call has succeeded."""
    last_failure: str | None
    """ISO 8601 in UTC; None if no call has failed."""
    consecutive_failures: int
    total_requests: int
    total_failures: int
    error_rate: float
    """Share of failed calls, from 0 to 1, rounded to 4 decimal places."""


class ModuleInfo(TypedDict):
    """The function that an adapter calls, and the health of its module."""

    name: str
    version: str
    type: Literal["lambda_adapter"]
    function_name: str
    """Name with its prefix, or ARN."""
    region: str
    invocation_type: str
    required_scopes: list[str]
    max_retries: int
    connect_timeout: float
    read_timeout: float
    health: ModuleHealth
