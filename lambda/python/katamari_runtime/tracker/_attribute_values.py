"""The form in which DynamoDB has values, of the three kinds that the run table knows: texts, numbers, sets of texts.

boto3 brings a converter of all kinds; loading it costs a function's start some 30 ms (see _sdk.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]


def marshall(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Values in DynamoDB's form; one that is None is left out."""
    return {name: _to_attribute(value) for name, value in values.items() if value is not None}


def unmarshall(attributes: Mapping[str, Mapping[str, Any]]) -> Item:
    """Values out of DynamoDB's form."""
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
