"""Buys items. A failed call raises nothing: ``error`` of the response has its reason.

The health shows whether failures persist.
The arguments are the items: ``python 5_errors.py chair ghost boat ghost``.
"""

import sys

from katamari_runtime.adapter import LambdaAdapter
from request import request_of, show

adapter = LambdaAdapter.from_environment("shop")

lines = []
for item in sys.argv[1:]:
    response = adapter.execute(request_of("buy", [item]))
    lines.append(f"bought: {response.message}" if response.success else f"not bought: {response.error}")
    if not adapter.is_healthy():
        failures = adapter.get_health_status()["consecutive_failures"]
        lines.append(f"the shop is down: {failures} failures in a row")
show(lines)
