"""What the tests of the adapter have in common."""

import json
import os
import time
import unittest
from pathlib import Path

from katamari_runtime.adapter import ExecuteRequest, LambdaAdapter
from katamari_runtime.adapter._clock import Clock
from lambda_stub import LambdaStub

VECTORS = json.loads((Path(__file__).parents[3] / "fixtures" / "adapter.json").read_text(encoding="utf-8"))
REQUEST = ExecuteRequest(
    command="enrol",
    args=["tenor"],
    user_id="user-17",
    entity_id="room-4",
    community_id="choir-8",
    session_id="session-2026",
    platform="discord",
)


class TestClock(Clock):
    """Time that passes when somebody sleeps."""

    __test__ = False

    def __init__(self, chance=1.0):
        self.now = 1_000.0
        self.chance = chance
        self.delays = []

    def monotonic(self):
        return self.now

    def random(self):
        return self.chance

    def sleep(self, seconds):
        self.delays.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds):
        self.sleep(seconds)


class TestContext:
    """The context of a function that has some time left."""

    __test__ = False

    def __init__(self, clock, seconds):
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def get_remaining_time_in_millis(self):
        return int(max(0, self._end - self._clock.monotonic()) * 1000)


class AdapterTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.clock = TestClock()
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))

    def stub(self, *replies):
        stub = LambdaStub(*replies)
        self.addCleanup(stub.stop)
        return stub

    def adapter(self, endpoint, **options):
        """An adapter without chance, in the time of the test."""
        options = {"function_identifier": "fn", "module_name": "m", "jitter": "none", "_clock": self.clock, **options}
        return LambdaAdapter(endpoint=endpoint, **options)

    def eventually(self, what):
        """Waits for what another thread is about to do."""
        until = time.monotonic() + 10
        while not what() and time.monotonic() < until:
            time.sleep(0.005)
        self.assertTrue(what())

    def assert_counts(self, adapter, requests, failures):
        health = adapter.get_health_status()
        self.assertEqual((health["total_requests"], health["total_failures"]), (requests, failures))
