"""The guide: its code runs as it stands."""

import asyncio
import json
import os
import re
from pathlib import Path

from katamari_runtime.adapter._settings import AdapterSettings
from lambda_stub import ok
from support import REQUEST, AdapterTest, TestContext

_GUIDE = (Path(__file__).parents[4] / "docs" / "adapter-python.md").read_text(encoding="utf-8")


class Guide(AdapterTest):
    def test_its_code_runs(self):
        stub = self.stub(ok({"success": True, "message": "hi", "targets": ["discord"], "total": 6}))
        os.environ["AWS_ENDPOINT_URL_LAMBDA"] = stub.endpoint
        os.environ["KATAMARI_MODULES"] = json.dumps({"modules": {"orders": {"function": "fn"}}})
        blocks = re.findall(r"^```python\n(.*?)^```", _GUIDE, re.DOTALL | re.MULTILINE)
        self.assertEqual(len(blocks), 5)
        names = {}
        for block in blocks:
            exec(compile(block, "adapter-python.md", "exec"), names)
        context = TestContext(self.clock, 10)
        context.aws_request_id = "of-the-test"
        names["orders"] = names["LambdaAdapter"].from_environment("orders")
        self.assertEqual(names["handler"]({}, context), {"message": "hi", "targets": [{"type": "discord"}]})
        self.assertEqual([payload.get("request_id") for payload in stub.payloads], [None, "of-the-test"])
        responses = asyncio.run(names["all_of_them"]([REQUEST] * 3))
        self.assertEqual([response.success for response in responses], [True] * 3)

    def test_its_table_has_every_option(self):
        rows = re.findall(r"^\| (`[^|]*) \|", _GUIDE, re.MULTILINE)
        named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
        # What the settings keep under another name, or of the environment.
        kept = set(AdapterSettings._fields) - {"function_name", "retryable", "health_namespace"}
        self.assertLessEqual(kept, named)
