"""The guide docs/adapter-python.md: its code runs unchanged."""

import asyncio
import json
import re
from pathlib import Path

from katamari_runtime.adapter._lambda_clients import CLIENTS
from katamari_runtime.adapter._settings import AdapterSettings
from lambda_stub import ok
from support import REQUEST, Context

_GUIDE = (Path(__file__).parents[4] / "docs" / "adapter-python.md").read_text(encoding="utf-8")


class TestGuide:
    def test_the_code_of_the_guide_runs(self, clock, new_stub, monkeypatch):
        stub = new_stub(ok({"success": True, "message": "hi", "targets": ["discord"], "total": 6}))
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", stub.endpoint)
        # Clients that other tests have created use another endpoint.
        CLIENTS.renew()
        monkeypatch.setenv("KATAMARI_MODULES", json.dumps({"modules": {"orders": {"function": "fn"}}}))
        blocks = re.findall(r"^```python\n(.*?)^```", _GUIDE, re.DOTALL | re.MULTILINE)
        assert len(blocks) == 5
        names = {}
        for block in blocks:
            exec(compile(block, "adapter-python.md", "exec"), names)
        context = Context(clock, 10)
        context.aws_request_id = "of-the-test"
        names["orders"] = names["LambdaAdapter"].from_environment("orders")
        assert names["handler"]({}, context) == {"message": "hi", "targets": [{"type": "discord"}]}
        assert [payload.get("request_id") for payload in stub.payloads] == [None, "of-the-test"]
        responses = asyncio.run(names["all_of_them"]([REQUEST] * 3))
        assert [response.success for response in responses] == [True] * 3

    def test_the_table_of_the_guide_has_every_option(self):
        rows = re.findall(r"^\| (`[^|]*) \|", _GUIDE, re.MULTILINE)
        named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
        # The guide also shows settings with another name or without an option.
        kept = set(AdapterSettings._fields) - {"function_name", "retryable", "health_namespace"}
        assert kept <= named
