"""What the invoker construct writes into the environment of a caller."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ._constants import ENV_MODULES
from ._errors import invalid

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
# These are in milliseconds there, and in seconds here.
_SECONDS = {
    "initialRetryDelayMs": "initial_retry_delay",
    "maxRetryDelayMs": "max_retry_delay",
    "connectionTimeoutMs": "connect_timeout",
    "requestTimeoutMs": "read_timeout",
}


_REMEDY = "Grant the caller the module by its AdapterInvoker, which sets the variable."


def module_names(env: Mapping[str, str]) -> list[str]:
    """:raises AdapterConfigurationError: when the variable is not what the construct writes"""
    return list(_modules(env))


def read_module(module_name: str, env: Mapping[str, str]) -> dict[str, Any]:
    """What the construct says of a module, as parameters of an adapter.

    :raises AdapterConfigurationError: when it says nothing, or not what it should
    """
    modules = _modules(env)
    if module_name not in modules:
        names = ", ".join(f"'{name}'" for name in modules) or "there is none"
        raise invalid(f"the module must be one of {ENV_MODULES} ({names})", module_name, _REMEDY)
    config = modules[module_name]
    if not isinstance(config, dict):
        raise invalid(f"module '{module_name}' of {ENV_MODULES} must be an object", config, _REMEDY)
    keys = (*_PARAMETERS, *_SECONDS)
    for key in config:
        if key not in keys:
            rule = f"module '{module_name}' of {ENV_MODULES} must have no other keys than {', '.join(keys)}"
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
        raise invalid(f"{ENV_MODULES} must be the JSON of the modules that may be called", text, _REMEDY) from None
    modules = config.get("modules") if isinstance(config, dict) else None
    if not isinstance(modules, dict):
        raise invalid(f"{ENV_MODULES} must have an object of modules", text, _REMEDY)
    return modules
