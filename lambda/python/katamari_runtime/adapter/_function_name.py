"""Reads the names and ARNs of Lambda functions."""

from __future__ import annotations

import re

from ._errors import invalid

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUALIFIER = re.compile(r"\$LATEST|[A-Za-z0-9_-]{1,128}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_RULE = "function name must have 1 to 64 letters, digits, '-' and '_', or be an ARN, each with or without ':qualifier'"


def full_name(identifier: str, prefix: str | None) -> tuple[str, str | None]:
    """Reads ``name``, ``account:function:name`` or ``arn:…:lambda:region:account:function:name``, each with or without a
    qualifier.

    See https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

    :returns: the name for Lambda, and the region of an ARN
    :raises AdapterConfigurationError: if it is none of them, or has a prefix although it is not a name
    """
    if not isinstance(identifier, str):
        raise invalid(_RULE, identifier)
    if prefix is None or prefix == "":
        return identifier, _region_of(identifier)
    if not isinstance(prefix, str):
        raise invalid("function_prefix must be a string", prefix)
    if identifier.startswith("arn:") or ":function:" in identifier:
        raise invalid("function_prefix requires a function name instead of an ARN", identifier)
    return f"{prefix}{identifier}", _region_of(f"{prefix}{identifier}")


def _region_of(identifier: str) -> str | None:
    """:raises AdapterConfigurationError: if it does not identify a function"""
    parts = identifier.split(":")
    is_arn = parts[0] == "arn"
    is_partial = parts[1:2] == ["function"] and not is_arn
    before = 6 if is_arn else 2 if is_partial else 0
    name, qualifier, more = [*parts[before:], "", ""][0], parts[before + 1 : before + 2], parts[before + 2 :]
    is_known = not is_arn or (parts[2:3] + parts[5:6] == ["lambda", "function"] and all(parts[3:5]))
    is_known = is_known and (not is_partial or _ACCOUNT.fullmatch(parts[0]) is not None)
    if not is_known or more or not _NAME.fullmatch(name) or not all(map(_QUALIFIER.fullmatch, qualifier)):
        raise invalid(_RULE, identifier)
    return parts[3] if is_arn else None
