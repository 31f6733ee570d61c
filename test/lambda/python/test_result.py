"""The result of a handler, encoded as the runtime of Lambda does."""

import json
import sys
from datetime import date
from decimal import Decimal
from types import ModuleType

import pytest
from katamari_runtime._constants import RESULT_MAX_BYTES
from katamari_runtime.tracker._errors import MarshalError, ResponseTooLarge
from katamari_runtime.tracker._result import returnable


class FaultException(Exception):
    def __init__(self, exception_type, msg):
        self.exception_type = exception_type
        self.msg = msg


class LambdaMarshaller:
    """Has the interface of the runtime's own class."""

    def marshal_response(self, response):
        if isinstance(response, bytes):
            return response, "application/unknown"
        try:
            return json.dumps(response, ensure_ascii=False, default=float), "application/json"
        except Exception as error:
            raise FaultException("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


@pytest.fixture
def runtime(monkeypatch):
    module = ModuleType("awslambdaric.lambda_runtime_marshaller")
    module.LambdaMarshaller = LambdaMarshaller
    monkeypatch.setitem(sys.modules, module.__name__, module)


def circle():
    values = []
    values.append(values)
    return values


def test_returns_the_result_itself():
    result = {"a": (1, None, True), "text": "ä"}
    assert returnable(result) is result


def test_returns_numbers_in_the_place_of_decimals_that_the_engine_refuses():
    assert returnable({"total": Decimal("10.5")}) == {"total": 10.5}


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (date(2026, 3, 1), "Object of type date is not JSON serializable"),
        ({1, 2}, "Object of type set is not JSON serializable"),
        ({"body": b"text"}, "Object of type bytes is not JSON serializable"),
        (circle(), "Circular reference detected"),
        ({(1, 2): 3}, "keys must be str, int, float, bool or None, not tuple"),
    ],
)
def test_refuses_what_the_runtime_cannot_encode(result, message):
    with pytest.raises(MarshalError) as caught:
        returnable(result)
    assert str(caught.value) == f"Unable to marshal response: {message}"
    assert type(caught.value).__name__ == "Runtime.MarshalError"


def test_refuses_text_that_utf_8_cannot_represent():
    with pytest.raises(MarshalError, match="surrogates not allowed"):
        returnable("caf\udce9")


@pytest.mark.parametrize("character", ["x", "ä"])
def test_refuses_what_is_larger_than_lambda_allows(character):
    size = len(character.encode())
    largest = character * ((RESULT_MAX_BYTES - 2) // size)
    assert returnable(largest) is largest
    with pytest.raises(ResponseTooLarge) as caught:
        returnable(largest + character)
    assert type(caught.value).__name__ == "Function.ResponseSizeTooLarge"
    assert str(caught.value) == "Response payload size exceeded maximum allowed payload size (6291556 bytes)."


@pytest.mark.usefixtures("runtime")
def test_asks_the_runtime_of_lambda_where_there_is_one():
    result = {"total": Decimal("10.5")}
    assert returnable(result) is result
    assert returnable(b"text") == b"text"
    with pytest.raises(MarshalError) as caught:
        returnable({1})
    assert str(caught.value).startswith("Unable to marshal response: ")
    with pytest.raises(ResponseTooLarge):
        returnable(b"x" * (RESULT_MAX_BYTES + 1))
