"""The cases in test/fixtures/adapter.json, which were recorded by running the original LambdaAdapter."""

import asyncio
import re
from dataclasses import asdict

import pytest
from botocore.exceptions import EndpointConnectionError
from katamari_runtime.adapter import ExecuteRequest
from lambda_stub import function_error, ok, queued, refused
from support import VECTORS

_REPLIES = {
    "ok": lambda: ok({"success": True, "message": "hi"}),
    "202": queued,
    "FunctionError Unhandled": lambda: function_error("Unhandled", {"errorMessage": "bad", "errorType": "E"}),
    "ok success=false": lambda: ok({"success": False, "error": "nope"}),
}
# The stub cannot produce this error: the client raises it instead of sending.
_CONNECT = "EndpointConnectionError"
_CASES = {"payloads": 7, "parsed": 10, "scenarios": 11}


@pytest.fixture
def check(clock, new_stub, new_adapter):
    """Executes the request of a scenario, and compares everything that the original did."""

    def check(case, execute):
        replies = [_reply(name, case) for name in case["replies"] if name != _CONNECT]
        stub = new_stub(*replies)
        adapter = new_adapter(stub.endpoint, **case["config"])
        unsent = _refuse_connections(adapter, case["replies"].count(_CONNECT))
        response = execute(adapter, ExecuteRequest(**VECTORS["payloads"][0]["request"]))
        assert len(stub) + len(unsent) == case["calls"]
        assert clock.delays == case["delays_s"]
        assert asdict(response) == case["result"]
        health = adapter.get_health_status()
        assert {name: health[name] for name in case["health"]} == case["health"]

    return check


def test_no_recorded_case_is_missing():
    assert {name: len(cases) for name, cases in VECTORS.items() if name in _CASES} == _CASES


@pytest.mark.parametrize("case", VECTORS["payloads"])
def test_payloads(new_stub, new_adapter, case):
    stub = new_stub(ok({"success": True}))
    assert new_adapter(stub.endpoint).execute(ExecuteRequest(**case["request"])).success
    (sent,) = stub.payloads
    assert re.search(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", sent.pop("timestamp"))
    assert sent == case["payload"]


@pytest.mark.parametrize("case", VECTORS["parsed"])
def test_answers(new_stub, new_adapter, case):
    stub = new_stub(ok(case["response"]))
    response = new_adapter(stub.endpoint).execute(ExecuteRequest(**VECTORS["payloads"][0]["request"]))
    assert asdict(response) == case["result"]


@pytest.mark.parametrize("case", VECTORS["scenarios"], ids=lambda case: case["name"])
def test_scenarios(check, case):
    check(case, lambda adapter, request: adapter.execute(request))


@pytest.mark.parametrize("case", VECTORS["scenarios"], ids=lambda case: case["name"])
def test_scenarios_in_asyncio(check, case):
    check(case, lambda adapter, request: asyncio.run(adapter.execute_async(request)))


def _reply(name, case):
    if name == "ok" and case["result"]["message"] is None:
        # The answer that the original received after a retry.
        return ok({"success": True})
    known = _REPLIES.get(name)
    if known is None:
        assert re.fullmatch(r"\w+(Exception|LimitExceeded)", name), name
    return known() if known else refused(name)


def _refuse_connections(adapter, times):
    """Makes the client of an adapter fail a number of times with the error of a refused connection."""
    unsent = []

    def refuse(request, **_):
        if len(unsent) < times:
            unsent.append(request)
            raise EndpointConnectionError(endpoint_url=request.url)

    adapter._attempts._client().meta.events.register("before-send.lambda.Invoke", refuse)
    return unsent
