"""Calls the Lambda functions of other modules: with retries, a breaker, and the health of each module.

Importing this loads no AWS SDK; the first adapter does.
"""

from ._adapter import LambdaAdapter, ModuleInfo, RemainingTime
from ._breaker import BreakerOptions
from ._errors import AdapterConfigurationError
from ._health import ModuleHealth
from ._messages import ExecuteRequest, ExecuteResponse

__all__ = [
    "AdapterConfigurationError",
    "BreakerOptions",
    "ExecuteRequest",
    "ExecuteResponse",
    "LambdaAdapter",
    "ModuleHealth",
    "ModuleInfo",
    "RemainingTime",
]
