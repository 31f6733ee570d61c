"""The settings of an adapter: its checked options."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ._constants import (
    CONNECTION_TIMEOUT_MS,
    ENV_HEALTH_NAMESPACE,
    ENV_HEALTH_TABLE,
    INVOCATION_TYPES,
    MAX_RETRIES,
    MODULE_NAME,
    REQUEST_TIMEOUT_MS,
    RETRY_DELAY_MS,
    RETRYABLE_ERRORS,
)
from ._errors import AdapterConfigurationError, invalid
from ._function_name import full_name
from ._types import CircuitBreakerOptions

_MAX_CONCURRENCY = {"min": 1, "max": 1_000}
_BREAKER_FAILURES = {"min": 1, "max": 1_000}
_HALF_OPEN_AFTER_MS = {"min": 1, "max": 3_600_000}
_DEADLINE_MARGIN_MS = {"min": 0, "max": 60_000}

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
_ROLE_ARN = re.compile(r"arn:[\w-]+:iam::[0-9]{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_ENDPOINT = re.compile(r"https?://\S+")

# Options that would be credentials in code, without '_' and in lower case.
_CREDENTIALS = frozenset(
    {
        "credentials",
        "accesskeyid",
        "secretaccesskey",
        "sessiontoken",
        "awsaccesskeyid",
        "awssecretaccesskey",
        "awssessiontoken",
    }
)


class AdapterSettings(NamedTuple):
    """The checked options of an adapter."""

    function_name: str
    """Name with its prefix, or ARN, including the qualifier."""
    region: str
    module_name: str
    module_version: str
    invocation_type: str
    max_retries: int
    initial_retry_delay: float
    max_retry_delay: float
    connect_timeout: float
    read_timeout: float
    jitter: str
    retry_function_errors: bool
    retryable: frozenset[str]
    retry_budget: bool
    breaker: CircuitBreakerOptions | None
    deadline_margin: float
    max_concurrency: int
    required_scopes: tuple[str, ...]
    role_arn: str | None
    external_id: str | None
    health_table: str | None
    health_namespace: str | None
    endpoint: str | None

    @property
    def is_event(self) -> bool:
        return self.invocation_type == "Event"


def check_settings(
    env: Mapping[str, str],
    *,
    function_identifier: str,
    function_prefix: str | None,
    region: str | None,
    also_retry: Sequence[str],
    required_scopes: Sequence[str],
    breaker: CircuitBreakerOptions | bool,
    health_table: str | bool | None,
    **values: Any,
) -> AdapterSettings:
    """Checks the options of an adapter.

    :raises AdapterConfigurationError: if an option breaks its rule
    """
    function_name, region_of_arn = full_name(function_identifier, function_prefix)
    settings = AdapterSettings(
        function_name=function_name,
        region=_region(region, region_of_arn, env),
        retryable=frozenset((*RETRYABLE_ERRORS, *_strings("also_retry", also_retry))),
        required_scopes=_strings("required_scopes", required_scopes),
        breaker=_breaker_options(breaker),
        health_table=_health_table(health_table, env),
        health_namespace=env.get(ENV_HEALTH_NAMESPACE) or None,
        **values,
    )
    _check_module(settings)
    _check_retries(settings)
    _check_times(settings)
    _check_role(settings.role_arn, settings.external_id)
    if settings.endpoint is not None and not _matches(_ENDPOINT, settings.endpoint):
        raise invalid("endpoint must be an http or https URL", settings.endpoint)
    return settings


def refuse_unknown(options: Mapping[str, Any]) -> None:
    """Refuses unknown options. Credentials in code are never rotated, and everybody who reads the code has them.

    :raises AdapterConfigurationError: for credentials
    :raises TypeError: for any other option
    """
    for name in options:
        if name.replace("_", "").lower() in _CREDENTIALS:
            raise invalid(
                "credentials must come from the role of the caller, or from role_arn",
                f"{name} in the options",
                "Remove the keys: the adapter uses the role of the function, or role_arn for a role of another account.",
            )
        raise TypeError(f"LambdaAdapter() got an unexpected keyword argument '{name}'")


def _check_module(settings: AdapterSettings) -> None:
    if not _matches(MODULE_NAME, settings.module_name):
        raise invalid("module_name must have 1 to 128 letters, digits, '_' and '-'", settings.module_name)
    if not isinstance(settings.module_version, str) or settings.module_version == "":
        raise invalid("module_version must be a non-empty string", settings.module_version)
    _require_one_of("invocation_type", settings.invocation_type, INVOCATION_TYPES)


def _check_retries(settings: AdapterSettings) -> None:
    _require_one_of("jitter", settings.jitter, ("full", "none"))
    _require_flag("retry_function_errors", settings.retry_function_errors)
    _require_flag("retry_budget", settings.retry_budget)
    _require_whole("max_retries", settings.max_retries, MAX_RETRIES)
    _require_seconds("initial_retry_delay", settings.initial_retry_delay, RETRY_DELAY_MS)
    _require_seconds("max_retry_delay", settings.max_retry_delay, RETRY_DELAY_MS)
    if settings.max_retry_delay < settings.initial_retry_delay:
        rule = f"max_retry_delay must be at least initial_retry_delay, {settings.initial_retry_delay}"
        raise invalid(rule, settings.max_retry_delay)


def _check_times(settings: AdapterSettings) -> None:
    _require_seconds("connect_timeout", settings.connect_timeout, CONNECTION_TIMEOUT_MS)
    _require_seconds("read_timeout", settings.read_timeout, REQUEST_TIMEOUT_MS)
    _require_seconds("deadline_margin", settings.deadline_margin, _DEADLINE_MARGIN_MS)
    _require_whole("max_concurrency", settings.max_concurrency, _MAX_CONCURRENCY)


def _check_role(role_arn: str | None, external_id: str | None) -> None:
    if role_arn is not None and not _matches(_ROLE_ARN, role_arn):
        raise invalid("role_arn must be the ARN of an IAM role", role_arn)
    if external_id is None:
        return
    if not _matches(_EXTERNAL_ID, external_id):
        raise invalid("external_id must have 2 to 1224 letters, digits and '_+=,.@:/-'", external_id)
    if role_arn is None:
        raise invalid("external_id requires role_arn", external_id)


def _region(region: str | None, of_arn: str | None, env: Mapping[str, str]) -> str:
    in_environment = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or None
    chosen = next((one for one in (region, of_arn, in_environment) if one is not None), None)
    rule = "region, AWS_REGION or AWS_DEFAULT_REGION must be a region code such as 'eu-west-1'"
    if chosen is None:
        raise AdapterConfigurationError(f"{rule}, got: none")
    if not _matches(_REGION, chosen):
        raise invalid(rule, chosen)
    if of_arn is not None and chosen != of_arn:
        raise invalid(f"region must be the region of the ARN, '{of_arn}'", chosen)
    return chosen


def _breaker_options(breaker: CircuitBreakerOptions | bool) -> CircuitBreakerOptions | None:
    if breaker is False:
        return None
    options = CircuitBreakerOptions() if breaker is True else breaker
    if not isinstance(options, CircuitBreakerOptions):
        raise invalid("breaker must be CircuitBreakerOptions, True or False", breaker)
    _require_whole("breaker.failures", options.failures, _BREAKER_FAILURES)
    _require_seconds("breaker.half_open_after", options.half_open_after, _HALF_OPEN_AFTER_MS)
    return options


def _health_table(table: str | bool | None, env: Mapping[str, str]) -> str | None:
    chosen = env.get(ENV_HEALTH_TABLE) if table is None else table
    if chosen is None or chosen is False:
        return None
    if not isinstance(chosen, str) or not _TABLE_NAME.fullmatch(chosen):
        raise invalid("health_table must be a table name of 3 to 255 letters, digits and '_.-', or False", chosen)
    return chosen


def _strings(what: str, value: Sequence[str]) -> tuple[str, ...]:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if not is_list or not all(isinstance(one, str) and one for one in value):
        raise invalid(f"{what} must be a list of non-empty strings", value)
    return tuple(value)


def _require_one_of(what: str, value: Any, allowed: Sequence[str]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise invalid(f"{what} must be {' or '.join(repr(one) for one in allowed)}", value)


def _require_flag(what: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise invalid(f"{what} must be True or False", value)


def _require_whole(what: str, value: Any, limits: Mapping[str, int]) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not limits["min"] <= value <= limits["max"]:
        raise invalid(f"{what} must be a whole number between {limits['min']} and {limits['max']}", value)


def _require_seconds(what: str, value: Any, limits_ms: Mapping[str, int]) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or not limits_ms["min"] <= value * 1000 <= limits_ms["max"]:
        least, most = limits_ms["min"] / 1000, limits_ms["max"] / 1000
        raise invalid(f"{what} must be between {least:g} and {most:g} seconds", value)


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
