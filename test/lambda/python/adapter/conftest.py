"""Fixtures of the adapter's tests."""

import threading

import pytest
from katamari_runtime.adapter import LambdaAdapter
from lambda_stub import LambdaStub
from support import ManualClock


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """Replaces the credentials and the region of the machine."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_MAX_ATTEMPTS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def new_stub():
    """Starts stubs of Lambda, and stops them after the test."""
    stubs = []

    def new(*replies):
        stubs.append(LambdaStub(*replies))
        return stubs[-1]

    yield new
    for stub in stubs:
        stub.stop()


@pytest.fixture
def new_adapter(clock):
    """Creates adapters without random delays, with the clock of the test."""

    def new(endpoint, **options):
        options = {"function_identifier": "fn", "module_name": "m", "jitter": "none", "_clock": clock, **options}
        return LambdaAdapter(endpoint=endpoint, **options)

    return new


@pytest.fixture
def gate():
    """An event that is set after the test, so that no stub keeps waiting for it."""
    event = threading.Event()
    yield event
    event.set()
