"""Sends every field of a request, as a command and as an event. The stack sets that the module requires the scope community.read.

Pass other scopes as arguments: ``python 4_metadata.py community.write``.
"""

import sys

from katamari_runtime.adapter import LambdaAdapter
from request import request_of, show

adapter = LambdaAdapter.from_environment("greeter")

scopes = sys.argv[1:] or ["community.read"]
metadata = {
    "entity": {"platform_entity_id": "rehearsals"},
    "user": {"platform_user_id": "ada#1815", "username": "ada"},
    "community": {"name": "Harbour Choir", "seat_count": 24, "is_subscribed": True, "subscription_order_id": "sub-9"},
}
event = {**metadata, "is_event": True, "event_type": "follow", "event_data": {"since": 2026}}
show(
    {
        "command": adapter.execute(request_of("welcome", ["new", "tenors"], metadata=metadata, scopes=scopes)),
        "event": adapter.execute(request_of("welcome", ["new", "tenors"], metadata=event, scopes=scopes)),
    }
)
