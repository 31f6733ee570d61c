"""The cases in test/fixtures/adapter-alike.json, which the tests of the adapter for Node.js read as well."""

import asyncio
import json
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import pytest
from botocore.response import StreamingBody
from katamari_runtime.adapter import AdapterConfigurationError, ExecuteRequest, LambdaAdapter
from lambda_stub import ok, raw
from support import REQUEST, assert_counts

_ALIKE = json.loads((Path(__file__).parents[3] / "fixtures" / "adapter-alike.json").read_text(encoding="utf-8"))
_SECTIONS = {"answers": 24, "clients": 4, "payloads": 5, "requests": 10, "contexts": 8, "regions": 6, "positional": 2, "json": 24}


def _cases(section):
    return pytest.mark.parametrize("case", _ALIKE[section], ids=lambda case: case.get("name"))


def test_no_case_is_missing():
    assert {name: len(_ALIKE[name]) for name in _SECTIONS} == _SECTIONS


@_cases("answers")
def test_answers(new_stub, new_adapter, case):
    content = bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode()
    headers = {"X_Amz_Function_Error": case["functionError"]} if "functionError" in case else {}
    stub = new_stub(raw(content, case.get("status", 200), **headers))
    adapter = new_adapter(stub.endpoint)
    response = adapter.execute(REQUEST)
    # As text, because NaN is not equal to itself.
    assert json.dumps(asdict(response)) == json.dumps(json.loads(case["result"]))
    assert len(stub) == 1
    assert_counts(adapter, 1, 0 if response.success else 1)
    assert json.dumps(asdict(asyncio.run(adapter.execute_async(REQUEST)))) == json.dumps(json.loads(case["result"]))


@_cases("clients")
def test_responses_of_a_given_client(new_adapter, case):
    adapter = new_adapter(
        "http://127.0.0.1:1", lambda_client=_Client(case), invocation_type=case.get("invocationType", "RequestResponse")
    )
    assert adapter.execute(REQUEST).error == case["error"]
    assert_counts(adapter, 1, 1)


@_cases("payloads")
def test_payloads(new_stub, new_adapter, case):
    stub = new_stub(ok({"success": True}))
    adapter = new_adapter(stub.endpoint, map_request=lambda request: request)
    response = adapter.execute(json.loads(case["value"]))
    assert response.error == case.get("error")
    assert [body.decode() for _, _, body in stub.requests] == ([case["sent"]] if "sent" in case else [])
    assert_counts(adapter, len(stub), 0)


@_cases("requests")
def test_requests(new_stub, new_adapter, case):
    stub = new_stub(ok({"success": True}))
    adapter = new_adapter(stub.endpoint, required_scopes=case.get("requiredScopes", []))
    assert adapter.execute(case["request"]).error == case.get("error")
    sent = [payload["trigger"]["context_text"] for payload in stub.payloads]
    assert sent == ([] if "error" in case else [case["contextText"]])
    assert_counts(adapter, len(stub), 0)


@_cases("contexts")
def test_a_wrong_context_is_no_failure_of_the_module(new_stub, new_adapter, case):
    stub = new_stub(ok({"success": True}))
    adapter = new_adapter(stub.endpoint)
    context = case["context"] if "context" in case else _Context(case)
    for response in (adapter.execute(REQUEST, context), asyncio.run(adapter.execute_async(REQUEST, context))):
        assert response.error == case["error"]
    assert len(stub) == 0
    assert_counts(adapter, 0, 0)


def test_a_request_that_cannot_be_read_is_no_failure_of_the_module(new_stub, new_adapter):
    class Broken:
        @property
        def scopes(self):
            raise RuntimeError("no scopes")

    stub = new_stub(ok({"success": True}))
    adapter = new_adapter(stub.endpoint)
    assert adapter.execute(Broken()).error == "Lambda not invoked: no scopes"
    assert_counts(adapter, 0, 0)


@_cases("regions")
def test_regions(monkeypatch, case):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    for name, value in case["env"].items():
        monkeypatch.setenv(name, value)
    if "error" in case:
        with pytest.raises(AdapterConfigurationError) as error:
            LambdaAdapter(function_identifier="fn", module_name="m")
        assert str(error.value) == case["error"]
    else:
        adapter = LambdaAdapter(function_identifier="fn", module_name="m")
        assert adapter.get_module_info()["region"] == case["region"]


@_cases("positional")
def test_positional_arguments_of_a_request(case):
    fields = asdict(ExecuteRequest(*case["arguments"]))
    assert {**fields, "scopes": list(fields["scopes"])} == case["fields"]


def test_a_request_without_a_required_argument():
    with pytest.raises(TypeError, match=r"missing required arguments: 'session_id', 'platform'$"):
        ExecuteRequest("cmd", [], "u", "e", "c")


@_cases("json")
def test_the_words_of_an_error(case):
    with pytest.raises(json.JSONDecodeError) as error:
        json.loads(case["text"])
    assert str(error.value) == case["error"]


class _Client:
    """A client whose response lacks what the case does not name."""

    def __init__(self, case):
        self._case = case

    def invoke(self, **_):
        content = b'{"success": true}'
        return {
            "Payload": StreamingBody(BytesIO(content), len(content)),
            **({"StatusCode": self._case["status"]} if "status" in self._case else {}),
            **({"FunctionError": self._case["functionError"]} if "functionError" in self._case else {}),
        }


class _Context:
    def __init__(self, case):
        self._case = case

    def get_remaining_time_in_millis(self):
        if self._case.get("throws"):
            raise RuntimeError("no")
        value = self._case["returns"]
        return float(value) if self._case.get("isNumber") else value

    def __repr__(self):
        return "<context>"
