"""Shared parts of the adapter's tests. The fixtures are in conftest.py."""

import json
import time
from pathlib import Path

from katamari_runtime.adapter import ExecuteRequest
from katamari_runtime.adapter._clock import Clock

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
EVENTUALLY_S = 10


class ManualClock(Clock):
    """A clock that advances only during sleeps."""

    def __init__(self, random=1.0):
        self.now = 1_000.0
        self.fraction = random
        self.delays = []

    def monotonic(self):
        return self.now

    def random(self):
        return self.fraction

    def sleep(self, seconds):
        self.delays.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds):
        self.sleep(seconds)


class Context:
    """The context object of a function with a given remaining time."""

    def __init__(self, clock, seconds):
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def get_remaining_time_in_millis(self):
        return int(max(0, self._end - self._clock.monotonic()) * 1000)


def eventually(condition, what):
    """Waits until another thread has made a condition true."""
    until = time.monotonic() + EVENTUALLY_S
    while not condition():
        assert time.monotonic() < until, f"waited {EVENTUALLY_S} s for {what}"
        time.sleep(0.005)


def assert_counts(adapter, requests, failures):
    health = adapter.get_health_status()
    assert (health["total_requests"], health["total_failures"]) == (requests, failures)
