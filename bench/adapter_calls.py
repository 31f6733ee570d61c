"""The Python calls of the adapter benchmark: as the original makes them, and with our adapter.

Arguments: ``original``, ``ours`` or ``overhead``, the URL of Lambda, the number of calls. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from katamari_runtime.adapter import ExecuteRequest, LambdaAdapter

WARM_UP_CALLS = 300
REQUEST = {
    "command": "enrol",
    "args": ["tenor"],
    "user_id": "user-17",
    "entity_id": "room-4",
    "community_id": "choir-8",
    "session_id": "session-2026",
    "platform": "discord",
}


class OriginalWay:
    """Makes calls as the original does: boto3 in the default executor of the event loop."""

    def __init__(self, endpoint: str) -> None:
        config = Config(connect_timeout=10, read_timeout=30, retries={"max_attempts": 0})
        self._client = boto3.client("lambda", endpoint_url=endpoint, config=config)
        self._requests = 0
        self._consecutive_failures = 0

    async def execute_async(self, request: dict[str, Any]) -> dict[str, Any]:
        payload = json.dumps(self._payload(request))
        loop = asyncio.get_running_loop()
        response = await loop.run_in_executor(None, lambda: self._invoke(payload))
        answer = json.loads(response["Payload"].read())
        self._requests += 1
        self._consecutive_failures = 0 if answer["success"] else self._consecutive_failures + 1
        return answer

    def _invoke(self, payload: str) -> dict[str, Any]:
        return self._client.invoke(FunctionName="members", InvocationType="RequestResponse", Payload=payload)

    @staticmethod
    def _payload(request: dict[str, Any]) -> dict[str, Any]:
        platform = request["platform"]
        return {
            "community": {"id": request["community_id"], "name": "Unknown Community", "is_subscribed": True, "seat_count": 0},
            "trigger": {"type": "command", "command": request["command"], "context_text": " ".join(request["args"])},
            "user": {"id": request["user_id"], "platform": platform, "platform_user_id": request["user_id"]},
            "entity": {"id": request["entity_id"], "platform": platform, "platform_entity_id": request["entity_id"]},
            "request_id": request["session_id"],
            "timestamp": datetime.now(timezone.utc).isoformat(),
        }


def caller(kind: str, endpoint: str) -> Callable[[], Awaitable[bool]]:
    """:returns: a function that makes one call, and returns whether it succeeded"""
    if kind == "original":
        original = OriginalWay(endpoint)

        async def call() -> bool:
            return bool((await original.execute_async(REQUEST))["success"])

        return call
    ours = new_adapter(endpoint)
    request = ExecuteRequest(**REQUEST)

    async def call_ours() -> bool:
        return (await ours.execute_async(request)).success

    return call_ours


def new_adapter(endpoint: str) -> LambdaAdapter:
    return LambdaAdapter(function_identifier="members", module_name="members", endpoint=endpoint)


async def many(call: Callable[[], Awaitable[bool]], calls: int) -> float:
    """:returns: milliseconds for ``calls`` concurrent calls"""
    start = time.perf_counter()
    answers = await asyncio.gather(*(call() for _ in range(calls)))
    ms = (time.perf_counter() - start) * 1000
    if not all(answers):
        raise RuntimeError("a call failed")
    return ms


async def measure(kind: str, endpoint: str, calls: int) -> dict[str, float]:
    call = caller(kind, endpoint)
    first = await many(call, calls)
    await many(call, calls)
    before = time.process_time()
    third = await many(call, calls)
    return {"first": first, "third": third, "thirdCpu": (time.process_time() - before) * 1000, "peak": peak_bytes()}


def overhead(endpoint: str, calls: int) -> dict[str, list[float]]:
    """:returns: milliseconds of single calls, alternately with boto3 alone and with the adapter"""
    client = boto3.client("lambda", endpoint_url=endpoint)
    adapter = new_adapter(endpoint)
    request = ExecuteRequest(**REQUEST)
    makers: dict[str, Callable[[], Any]] = {
        "sdk": lambda: json.loads(client.invoke(FunctionName="members", Payload=json.dumps(REQUEST))["Payload"].read()),
        "adapter": lambda: adapter.execute(request),
    }
    times: dict[str, list[float]] = {name: [] for name in makers}
    for turn in range(-WARM_UP_CALLS, calls):
        for name in sorted(makers, reverse=turn % 2 == 0):
            start = time.perf_counter()
            makers[name]()
            if turn >= 0:
                times[name].append((time.perf_counter() - start) * 1000)
    return times


def peak_bytes() -> int:
    """Peak memory of this process alone: on Linux, the resource usage of a child includes the size of its parent."""
    status = Path("/proc/self/status")
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status.read_text(), re.MULTILINE) if status.exists() else None
    if found:
        return int(found[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    wanted, url, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    print(json.dumps(overhead(url, number) if wanted == "overhead" else asyncio.run(measure(wanted, url, number))))
