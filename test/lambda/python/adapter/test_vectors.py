"""The cases that were made by running the original LambdaAdapter."""

import asyncio
import re
from dataclasses import asdict

from botocore.exceptions import EndpointConnectionError

from katamari_runtime.adapter import ExecuteRequest
from lambda_stub import function_error, ok, queued, refused
from support import VECTORS, AdapterTest

_REPLIES = {
    "ok": lambda: ok({"success": True, "message": "hi"}),
    "202": queued,
    "FunctionError Unhandled": lambda: function_error("Unhandled", {"errorMessage": "bad", "errorType": "E"}),
    "ok success=false": lambda: ok({"success": False, "error": "nope"}),
}
# No answer of the stub is one: the client is kept from sending.
_CONNECT = "EndpointConnectionError"


class Vectors(AdapterTest):
    def test_payloads(self):
        self.assertEqual(len(VECTORS["payloads"]), 7)
        for case in VECTORS["payloads"]:
            with self.subTest(case["request"]):
                stub = self.stub(ok({"success": True}))
                self.assertTrue(self.adapter(stub.endpoint).execute(ExecuteRequest(**case["request"])).success)
                (sent,) = stub.payloads
                self.assertRegex(sent.pop("timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
                self.assertEqual(sent, case["payload"])

    def test_answers(self):
        self.assertEqual(len(VECTORS["parsed"]), 10)
        for case in VECTORS["parsed"]:
            with self.subTest(case["response"]):
                stub = self.stub(ok(case["response"]))
                response = self.adapter(stub.endpoint).execute(ExecuteRequest(**VECTORS["payloads"][0]["request"]))
                self.assertEqual(asdict(response), case["result"])

    def test_scenarios(self):
        self.assertEqual(len(VECTORS["scenarios"]), 11)
        for case in VECTORS["scenarios"]:
            with self.subTest(case["name"]):
                self._check(case, lambda adapter, request: adapter.execute(request))

    def test_scenarios_in_asyncio(self):
        for case in VECTORS["scenarios"]:
            with self.subTest(case["name"]):
                self._check(case, lambda adapter, request: asyncio.run(adapter.execute_async(request)))

    def _check(self, case, execute):
        self.clock.delays.clear()
        replies = [self._reply(name, case) for name in case["replies"] if name != _CONNECT]
        stub = self.stub(*replies)
        adapter = self.adapter(stub.endpoint, **case["config"])
        unsent = _refuse_connections(adapter, case["replies"].count(_CONNECT))
        response = execute(adapter, ExecuteRequest(**VECTORS["payloads"][0]["request"]))
        self.assertEqual(len(stub) + len(unsent), case["calls"])
        self.assertEqual(self.clock.delays, case["delays_s"])
        self.assertEqual(asdict(response), case["result"])
        health = adapter.get_health_status()
        self.assertEqual({name: health[name] for name in case["health"]}, case["health"])

    def _reply(self, name, case):
        if name == "ok" and case["result"]["message"] is None:
            # What the original was given after a retry.
            return ok({"success": True})
        known = _REPLIES.get(name)
        if known is None:
            self.assertTrue(re.fullmatch(r"\w+(Exception|LimitExceeded)", name), name)
        return known() if known else refused(name)


def _refuse_connections(adapter, times):
    """Lets the client of an adapter fail so often, as botocore does without a connection."""
    unsent = []

    def refuse(request, **_):
        if len(unsent) < times:
            unsent.append(request)
            raise EndpointConnectionError(endpoint_url=request.url)

    adapter._attempts._client.meta.events.register("before-send.lambda.Invoke", refuse)
    return unsent
