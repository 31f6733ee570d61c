"""What is asked of a module, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ExecuteRequest:
    """What a module is asked to do."""

    command: str
    user_id: str
    entity_id: str
    community_id: str
    session_id: str
    """The ``request_id`` of the payload: it leads from the caller's log to that of the module."""
    platform: str
    args: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What is known besides: ``community``, ``user`` and ``entity`` with their names; with ``is_event``, it is the event
    ``event_type`` with ``event_data``, and no command."""
    scopes: Sequence[str] = ()
    """What the caller is allowed to do: compared with the scopes that the module requires."""


@dataclass
class ExecuteResponse:
    """What came of it."""

    success: bool
    """As the module says it: any value that is true or false."""
    message: str | None = None
    data: dict[str, Any] | None = None
    """Everything else that the module answered, under its own names; None where there is nothing."""
    error: str | None = None
    targets: list[dict[str, Any]] = field(default_factory=list)
