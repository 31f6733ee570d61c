"""What the examples share."""

import json
import sys
from dataclasses import asdict, is_dataclass

from katamari_runtime.adapter import ExecuteRequest


def request_of(command, args, **more):
    """Creates a request as a chat bot does for a message. Find its logs in the caller and the module by ``session_id``."""
    fields = {
        "command": command,
        "args": args,
        "user_id": "user-17",
        "entity_id": "room-4",
        "community_id": "choir-8",
        "session_id": "session-2026",
        "platform": "discord",
    }
    return ExecuteRequest(**{**fields, **more})


def show(result):
    """Prints a result as JSON."""
    json.dump(result, sys.stdout, default=lambda value: asdict(value) if is_dataclass(value) else str(value))
    print()
