"""The health of modules in a shared table, in the DynamoDB at AWS_ENDPOINT_URL_DYNAMODB."""

import asyncio
import json
import os
import re
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import katamari_runtime
import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from katamari_runtime.adapter._clock import Clock
from katamari_runtime.adapter._health import HealthCounts
from katamari_runtime.adapter._health_table import HealthTable
from katamari_runtime.adapter._shared_health import SharedHealth
from lambda_stub import ok, refused
from support import REQUEST, eventually

pytestmark = pytest.mark.engine

_TABLE = os.environ.get("TEST_HEALTH_TABLE", "")
_GOOD = ok({"success": True})
_BAD = refused("AccessDeniedException", 403)


@pytest.fixture
def module():
    return f"m-{uuid.uuid4()}"


@pytest.fixture
def dynamodb():
    return get_session().create_client("dynamodb")


@pytest.fixture
def adapter_of(new_stub, new_adapter, module, dynamodb):
    """Creates adapters that share the health of the module, like adapters in several processes."""

    def new(*replies, **options):
        stub = new_stub(*replies)
        # The timeout of this client is longer than the timeout of an adapter, because the machine may be busy.
        shared = {"module_name": module, "health_table": _TABLE, "dynamodb_client": dynamodb, "breaker": False}
        return new_adapter(stub.endpoint, **{**shared, **options})

    return new


@pytest.fixture
def read_item(module, dynamodb):
    """Reads the item of the module."""
    key = {"pk": {"S": f"MODULE#{module}"}, "sk": {"S": "HEALTH"}}
    return lambda: dynamodb.get_item(TableName=_TABLE, Key=key, ConsistentRead=True).get("Item")


@pytest.fixture
def counters(read_item):
    """Reads the counters of the module."""

    def read():
        item = read_item() or {}
        return [int(item.get(name, {}).get("N", 0)) for name in ("totalRequests", "totalFailures", "consecutiveFailures")]

    return read


@pytest.fixture
def logged(capsys):
    """Returns the lines that were logged since the last call."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def shared_health(module):
    """Creates the shared health of the module."""
    return lambda client, table=_TABLE: SharedHealth(HealthTable(lambda: client, table, module))


def _throttling_client(times):
    """A client whose first updates are throttled."""
    client = get_session().create_client("dynamodb")
    refusals = []

    def throttle(**_):
        if len(refusals) < times:
            refusals.append(ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateItem"))
            raise refusals[-1]

    client.meta.events.register("before-send.dynamodb.UpdateItem", throttle)
    return client, refusals


class TestShared:
    def test_the_record_of_a_module(self, adapter_of, read_item, module):
        adapter = adapter_of(_BAD, _BAD, _GOOD, _BAD)
        for _ in range(4):
            adapter.execute(REQUEST)
        item = read_item()
        times = {name: item.pop(name)["S"] for name in ("lastSuccess", "lastFailure")}
        for time in times.values():
            assert re.search(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", time)
        assert times["lastSuccess"] <= times["lastFailure"]
        assert item == {
            "pk": {"S": f"MODULE#{module}"},
            "sk": {"S": "HEALTH"},
            "totalRequests": {"N": "4"},
            "totalFailures": {"N": "3"},
            "consecutiveFailures": {"N": "1"},
        }

    def test_another_caller_sees_the_record(self, adapter_of):
        for _ in range(3):
            adapter_of(_BAD).execute(REQUEST)
        other = adapter_of(_GOOD)
        health = other.get_health_status()
        assert (health["is_healthy"], health["total_requests"], health["error_rate"]) == (False, 3, 1.0)
        assert not asyncio.run(other.is_healthy_async())
        assert other.execute(REQUEST).success
        assert asyncio.run(other.get_module_info_async())["health"] == other.get_health_status()
        assert other.get_health_status()["error_rate"] == 0.75
        assert other.is_healthy()

    def test_the_environment_may_name_the_table(self, adapter_of, counters, monkeypatch):
        monkeypatch.setenv("KATAMARI_HEALTH_TABLE", _TABLE)
        adapter_of(_GOOD, health_table=None, dynamodb_client=None).execute(REQUEST)
        assert counters() == [1, 0, 0]
        adapter_of(_GOOD, health_table=False).execute(REQUEST)
        assert counters() == [1, 0, 0]

    def test_no_call_of_many_threads_is_lost(self, adapter_of, counters):
        adapters = [adapter_of(*[_GOOD, _BAD] * 50) for _ in range(4)]
        with ThreadPoolExecutor(40) as pool:
            list(pool.map(lambda index: adapters[index % 4].execute(REQUEST), range(400)))
        # A call does not wait for a slow write of its record.
        eventually(lambda: counters()[:2] == [400, 200], "the write of 400 calls")

    def test_no_call_of_many_coroutines_is_lost_and_writes_are_few(self, adapter_of, counters, module):
        adapter = adapter_of(_GOOD)
        writes = []
        adapter._recorder._shared._table._client().meta.events.register(
            "before-send.dynamodb.UpdateItem", lambda request, **_: writes.append(request) and None, unique_id=module
        )

        async def all_at_once():
            await asyncio.gather(*(adapter.execute_async(REQUEST) for _ in range(300)))

        asyncio.run(all_at_once())
        adapter._recorder._shared._table._client().meta.events.unregister("before-send.dynamodb.UpdateItem", unique_id=module)
        eventually(lambda: counters() == [300, 0, 0], "the write of 300 calls")
        assert len(writes) < 300

    def test_no_call_of_many_processes_is_lost(self, counters, module):
        code = """
import sys, threading
from botocore.session import get_session
from katamari_runtime.adapter._health_table import HealthTable
from katamari_runtime.adapter._shared_health import SharedHealth
tables = [HealthTable(lambda client=get_session().create_client("dynamodb"): client, sys.argv[1], sys.argv[2]) for _ in range(2)]
shared = [SharedHealth(table) for table in tables]
def count(one):
    for index in range(50): one.write(one.record(index % 5 != 0, "2026-01-01T00:00:00.000Z"))
threads = [threading.Thread(target=count, args=(one,)) for one in shared]
[thread.start() for thread in threads], [thread.join() for thread in threads]
"""
        env = {**os.environ, "PYTHONPATH": str(Path(katamari_runtime.__file__).parents[1])}
        processes = [subprocess.Popen([sys.executable, "-c", code, _TABLE, module], env=env) for _ in range(3)]
        assert [process.wait(60) for process in processes] == [0, 0, 0]
        total, failures, _ = counters()
        assert (total, failures) == (300, 60)

    def test_times_only_move_forward(self, dynamodb, shared_health):
        shared = shared_health(dynamodb)
        for success, at in ((True, "2026-01-02"), (False, "2026-01-05"), (True, "2026-01-01"), (False, "2026-01-06")):
            written = shared.write(shared.record(success, at))
        assert written == HealthCounts(4, 2, 1, "2026-01-02", "2026-01-06")
        assert shared.read() == written

    def test_calls_that_end_together_are_written_together_in_their_order(self, dynamodb, shared_health):
        shared = shared_health(dynamodb)
        shared.write(shared.record(False, "2026-01-01"))
        batches = {shared.record(success, f"2026-01-0{2 + place}") for place, success in enumerate((False, True, False, False))}
        (batch,) = batches
        assert shared.write(batch) == HealthCounts(5, 4, 2, "2026-01-03", "2026-01-05")
        # The second call does not write it again.
        assert shared.write(batch).total_requests == 5
        assert shared.read().total_requests == 5

    def test_a_throttled_write_is_retried(self, shared_health):
        client, refusals = _throttling_client(3)
        shared = shared_health(client)
        assert shared.write(shared.record(True, "2026-01-01")).total_requests == 1
        assert len(refusals) == 3

    def test_a_write_that_is_throttled_for_too_long_goes_into_the_next_one(self, dynamodb, shared_health):
        client, _ = _throttling_client(1_000_000)
        shared = shared_health(client)
        with pytest.raises(ClientError):
            shared.write(shared.record(False, "2026-01-01"))
        shared._table._client = lambda: dynamodb
        assert shared.write(shared.record(False, "2026-01-02")).consecutive_failures == 2

    def test_a_refused_write_goes_into_the_next_one(self, shared_health):
        client = get_session().create_client("dynamodb")
        shared = shared_health(client, "not-there-yet")
        for success in (True, False):
            with pytest.raises(client.exceptions.ResourceNotFoundException):
                shared.write(shared.record(success, "2026-01-01"))
        shared._table._table_name = _TABLE
        assert shared.write(shared.record(False, "2026-01-02")) == HealthCounts(3, 2, 2, "2026-01-01", "2026-01-02")

    def test_a_write_without_an_answer_is_not_repeated(self, shared_health):
        client = get_session().create_client("dynamodb")
        shared = shared_health(client)
        lost = []

        def lose_answer(response_dict, **_):
            if not lost:
                lost.append(response_dict)
                raise ConnectionResetError("the answer got lost")

        client.meta.events.register("before-parse.dynamodb.UpdateItem", lose_answer)
        with pytest.raises(ConnectionResetError):
            shared.write(shared.record(True, "2026-01-01"))
        assert shared.write(shared.record(True, "2026-01-02")).total_requests == 2

    def test_a_table_that_fails_fails_no_call(self, adapter_of, logged, module):
        adapter = adapter_of(_GOOD, health_table="not-there")
        assert adapter.execute(REQUEST).success
        assert adapter.get_health_status()["total_requests"] == 1
        written, read = logged()
        assert (written["level"], written["message"]) == ("WARN", "could not record the health of the module")
        assert read["message"] == "could not read the health of the module"
        assert re.search("^ResourceNotFoundException: ", written["reason"])
        assert (written["service"], written["module"]) == ("katamari", module)

    def test_no_call_waits_for_a_table_that_does_not_answer(self, gate, adapter_of, counters, logged):
        client = get_session().create_client("dynamodb")
        client.meta.events.register("before-send.dynamodb", lambda **_: gate.wait(30) and None)
        adapter = adapter_of(_GOOD, dynamodb_client=client, _clock=Clock())
        for execute in (adapter.execute, lambda request: asyncio.run(adapter.execute_async(request))):
            assert execute(REQUEST).success
        reasons = [line["reason"] for line in logged()]
        assert reasons == ["TimeoutError: no answer from the health table within 500 ms"] * 2
        assert not gate.is_set()
        # The pending calls are written once the table answers.
        gate.set()
        adapter.execute(REQUEST)
        eventually(lambda: counters() == [3, 0, 0], "the write of 3 calls")


class TestMetric:
    @pytest.fixture(autouse=True)
    def _namespace(self, monkeypatch):
        monkeypatch.setenv("KATAMARI_HEALTH_NAMESPACE", "Shop")

    def test_consecutive_failures_and_their_end_are_logged(self, adapter_of, logged, module):
        adapter = adapter_of(_GOOD, _BAD, _BAD, _GOOD, _GOOD, health_table=False)
        for _ in range(5):
            adapter.execute(REQUEST)
        lines = logged()
        assert [line["ConsecutiveFailures"] for line in lines] == [1, 2, 0]
        line = lines[0]
        directive = line.pop("_aws")
        assert isinstance(directive.pop("Timestamp"), int)
        metrics = [{"Name": "ConsecutiveFailures", "Unit": "Count"}]
        assert directive == {"CloudWatchMetrics": [{"Namespace": "Shop", "Dimensions": [["Module"]], "Metrics": metrics}]}
        assert line == {"Module": module, "ConsecutiveFailures": 1}

    def test_a_table_counts_the_failures_of_all_callers(self, adapter_of, logged):
        for _ in range(3):
            adapter_of(_BAD).execute(REQUEST)
        assert [line["ConsecutiveFailures"] for line in logged()] == [1, 2, 3]

    def test_without_a_namespace_nothing_is_logged(self, adapter_of, logged, monkeypatch):
        monkeypatch.delenv("KATAMARI_HEALTH_NAMESPACE")
        adapter_of(_BAD, health_table=False).execute(REQUEST)
        assert logged() == []
