"""Calls a module and waits for its response."""

from katamari_runtime.adapter import LambdaAdapter
from request import request_of, show

# Created once: connections, health and circuit breaker outlive a call.
adapter = LambdaAdapter.from_environment("reports")

response = adapter.execute(request_of("summarize", ["march.csv"]))
show({"success": response.success, "message": response.message})
