"""Calls the Lambda functions of other modules, with retries, a circuit breaker, and the health of each module.

Importing this package does not import the AWS SDK; creating the first adapter does.
"""

from ._errors import AdapterConfigurationError
from ._lambda_adapter import LambdaAdapter
from ._types import (
    CircuitBreakerOptions,
    ExecuteRequest,
    ExecuteResponse,
    ModuleHealth,
    ModuleInfo,
    NotRunResponse,
    RemainingTime,
)

__all__ = [
    "AdapterConfigurationError",
    "CircuitBreakerOptions",
    "ExecuteRequest",
    "ExecuteResponse",
    "LambdaAdapter",
    "ModuleHealth",
    "ModuleInfo",
    "NotRunResponse",
    "RemainingTime",
]
