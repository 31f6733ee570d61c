"""Calls ``choir-members``, configured in code instead of by the stack. The credentials are always those of the environment."""

from katamari_runtime.adapter import CircuitBreakerOptions, LambdaAdapter
from request import request_of, show

adapter = LambdaAdapter(
    function_identifier="members",
    function_prefix="choir-",
    module_name="members",
    module_version="3.1.0",
    invocation_type="RequestResponse",
    max_retries=2,
    initial_retry_delay=0.25,
    max_retry_delay=4,
    jitter="none",
    connect_timeout=2,
    read_timeout=20,
    required_scopes=[],
    breaker=CircuitBreakerOptions(failures=5, half_open_after=10),
    retry_budget=True,
)

show(adapter.execute(request_of("count", ["tenors"])))
