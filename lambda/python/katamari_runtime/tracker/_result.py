"""Encodes the result of a handler, as the runtime of Lambda will."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import Any

from .._constants import RESULT_MAX_BYTES
from .._describe import message_of
from ._errors import MarshalError, ResponseTooLarge

_RUNTIME = "awslambdaric.lambda_runtime_marshaller"


def returnable(result: Any) -> Any:
    """The result to return to the runtime.

    It is encoded before the end of the run is recorded: a run whose result cannot be returned is not recorded as Completed.

    :raises MarshalError: if the runtime cannot encode the result
    :raises ResponseTooLarge: if Lambda does not accept a result of this size
    """
    try:
        value, encoded = _encode(result)
        size = len(encoded) if isinstance(encoded, bytes) or encoded.isascii() else len(encoded.encode())
    except Exception as error:
        # The errors of the runtime itself have their message in an attribute.
        message = error.msg if hasattr(error, "exception_type") and hasattr(error, "msg") else None
        raise MarshalError(message or f"Unable to marshal response: {message_of(error)}") from error
    if size > RESULT_MAX_BYTES:
        raise ResponseTooLarge()
    return value


def _encode(result: Any) -> tuple[Any, str | bytes]:
    runtime = sys.modules.get(_RUNTIME)
    if runtime is not None:
        encoded: str | bytes = runtime.LambdaMarshaller().marshal_response(result)[0]
        return result, encoded
    try:
        return result, json.dumps(result, ensure_ascii=False)
    except TypeError:
        # The local engine encodes fewer types than Lambda.
        text = json.dumps(result, ensure_ascii=False, default=_number)
        return json.loads(text), text


def _number(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
