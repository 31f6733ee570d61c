"""What adapters of both languages and the invoker construct agree on: the same as in lib/invoker/constants.ts, which a test
compares."""

from __future__ import annotations

import re

ENV_MODULES = "KATAMARI_MODULES"
ENV_HEALTH_TABLE = "KATAMARI_HEALTH_TABLE"
ENV_HEALTH_NAMESPACE = "KATAMARI_HEALTH_NAMESPACE"
CONSECUTIVE_FAILURES_METRIC = "ConsecutiveFailures"
MODULE_DIMENSION = "Module"
HEALTH_SORT_KEY = "HEALTH"

UNHEALTHY_AFTER = 3
HALF_OPEN_AFTER_MS = 30_000

DEFAULT_MAX_RETRIES = 3
DEFAULT_INITIAL_RETRY_DELAY_MS = 500
DEFAULT_MAX_RETRY_DELAY_MS = 30_000
DEFAULT_CONNECTION_TIMEOUT_MS = 10_000
DEFAULT_REQUEST_TIMEOUT_MS = 30_000
DEFAULT_MODULE_VERSION = "1.0.0"

MAX_RETRIES = {"min": 0, "max": 20}
RETRY_DELAY_MS = {"min": 1, "max": 900_000}
CONNECTION_TIMEOUT_MS = {"min": 1, "max": 900_000}
REQUEST_TIMEOUT_MS = {"min": 1, "max": 900_000}

RETRY_BUDGET_TOKENS = 500
RETRY_COST = 5
TIMEOUT_RETRY_COST = 10
FIRST_TRY_REFUND = 1

RETRYABLE_ERRORS = ("ThrottlingException", "TooManyRequestsException", "ServiceUnavailableException", "RequestLimitExceeded")

SYNCHRONOUS_PAYLOAD_MAX_BYTES = 6_291_456
ASYNCHRONOUS_PAYLOAD_MAX_BYTES = 1_048_576

INVOCATION_TYPES = ("RequestResponse", "Event")

MODULE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


def health_partition(module_name: str) -> str:
    return f"MODULE#{module_name}"
