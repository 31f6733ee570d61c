"""The modules that the invoker construct lets a caller call, from its environment variable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ._constants import ENV_MODULES
from ._errors import AdapterConfigurationError, invalid

_PARAMETERS = {
    "function": "function_identifier",
    "prefix": "function_prefix",
    "region": "region",
    "invocationType": "invocation_type",
    "version": "module_version",
    "scopes": "required_scopes",
    "roleArn": "role_arn",
    "externalId": "external_id",
    "maxRetries": "max_retries",
}
# In milliseconds in the variable, and in seconds as parameters.
_SECONDS = {
    "initialRetryDelayMs": "initial_retry_delay",
    "maxRetryDelayMs": "max_retry_delay",
    "connectionTimeoutMs": "connect_timeout",
    "requestTimeoutMs": "read_timeout",
}

_REMEDY = "Grant the module to the caller with its AdapterInvoker, which sets the variable."


def module_names(env: Mapping[str, str]) -> list[str]:
    """:raises AdapterConfigurationError: if the variable is not in the format of the construct"""
    return list(_modules(env))


def read_module(module_name: str, env: Mapping[str, str]) -> dict[str, Any]:
    """The options of a module, as parameters of an adapter.

    :raises AdapterConfigurationError: if the variable does not have the module, or is not in the format of the construct
    """
    modules = _modules(env)
    if module_name not in modules:
        available = ", ".join(f"'{name}'" for name in modules) or "none"
        raise AdapterConfigurationError(f"module '{module_name}' not found in {ENV_MODULES}; available: {available}", _REMEDY)
    config = modules[module_name]
    if not isinstance(config, dict):
        raise invalid(f"module '{module_name}' of {ENV_MODULES} must be an object", config, _REMEDY)
    keys = (*_PARAMETERS, *_SECONDS)
    for key in config:
        if key not in keys:
            rule = f"module '{module_name}' of {ENV_MODULES} must have only the keys {', '.join(keys)}"
            raise invalid(rule, key, _REMEDY)
    parameters = {_PARAMETERS[key]: value for key, value in config.items() if key in _PARAMETERS}
    return {"module_name": module_name, **parameters, **_in_seconds(module_name, config)}


def _in_seconds(module_name: str, config: Mapping[str, Any]) -> dict[str, float]:
    for key in _SECONDS:
        if key in config and (not isinstance(config[key], (int, float)) or isinstance(config[key], bool)):
            raise invalid(f"{key} of module '{module_name}' must be a number", config[key], _REMEDY)
    return {parameter: config[key] / 1000 for key, parameter in _SECONDS.items() if key in config}


def _modules(env: Mapping[str, str]) -> dict[str, Any]:
    text = env.get(ENV_MODULES)
    try:
        config = json.loads(text or "")
    except ValueError:
        raise invalid(f"{ENV_MODULES} must be JSON", text, _REMEDY) from None
    modules = config.get("modules") if isinstance(config, dict) else None
    if not isinstance(modules, dict):
        raise invalid(f"{ENV_MODULES} must be an object with an object 'modules'", text, _REMEDY)
    return modules
