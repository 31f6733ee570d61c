"""Calls a module several times and shows its health after each call.

A module is unhealthy after three failures in a row, and healthy after a success.
The arguments are the commands: ``python 7_health.py work rest rest rest work``.
"""

import sys

from katamari_runtime.adapter import LambdaAdapter
from request import request_of, show

adapter = LambdaAdapter.from_environment("flaky")

states = []
for command in sys.argv[1:]:
    done = adapter.execute(request_of(command, [])).success
    states.append(f"{'done' if done else 'failed'}: {'healthy' if adapter.is_healthy() else 'unhealthy'}")
show({"states": states, "health": adapter.get_health_status()})
