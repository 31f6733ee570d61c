"""Converts values to and from the format of DynamoDB, for the types in the run table: strings, numbers and sets of strings.

boto3 has a converter for all types, but importing boto3 takes about 30 ms of a function's start (see _sdk.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]


def marshall(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Converts values to the format of DynamoDB, leaving out those that are None."""
    return {name: _to_attribute(value) for name, value in values.items() if value is not None}


def unmarshall(attributes: Mapping[str, Mapping[str, Any]]) -> Item:
    """Converts values from the format of DynamoDB."""
    return {name: _from_attribute(attribute) for name, attribute in attributes.items()}


def _to_attribute(value: str | int | set[str]) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"SS": sorted(value)}


def _from_attribute(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "N":
        number = float(value)
        return int(number) if number.is_integer() else number
    return set(value) if kind == "SS" else value
