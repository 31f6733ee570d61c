"""The health of modules in the table that callers share, on the DynamoDB that AWS_ENDPOINT_URL_DYNAMODB names."""

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError
from botocore.session import get_session

from katamari_runtime.adapter._health import HealthCounts
from katamari_runtime.adapter._shared_health import SharedHealth
from lambda_stub import ok, refused
from support import REQUEST, AdapterTest

_TABLE = os.environ["TEST_HEALTH_TABLE"]
_GOOD = ok({"success": True})
_BAD = refused("AccessDeniedException", 403)


class HealthTest(AdapterTest):
    def setUp(self):
        super().setUp()
        self.module = f"m-{uuid.uuid4()}"
        self.dynamodb = get_session().create_client("dynamodb")
        self.log = io.StringIO()
        self.enterContextOf(contextlib.redirect_stdout(self.log))

    def enterContextOf(self, manager):
        # Python 3.10 has no enterContext.
        manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)

    def shared(self, *replies, **options):
        """An adapter that shares its health, as one of many processes."""
        stub = self.stub(*replies)
        # A client that is more patient than that of an adapter: the machine of a test may be busy.
        shared = {"module_name": self.module, "health_table": _TABLE, "dynamodb_client": self.dynamodb, "breaker": False}
        return self.adapter(stub.endpoint, **{**shared, **options})

    def item(self, module=None):
        key = {"pk": {"S": f"MODULE#{module or self.module}"}, "sk": {"S": "HEALTH"}}
        return self.dynamodb.get_item(TableName=_TABLE, Key=key, ConsistentRead=True).get("Item")

    def counters(self):
        item = self.item()
        return [int(item[name]["N"]) for name in ("totalRequests", "totalFailures", "consecutiveFailures")]

    def logged(self):
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


class Shared(HealthTest):
    def test_the_record_of_a_module(self):
        adapter = self.shared(_BAD, _BAD, _GOOD, _BAD)
        for _ in range(4):
            adapter.execute(REQUEST)
        item = self.item()
        times = {name: item.pop(name)["S"] for name in ("lastSuccess", "lastFailure")}
        for time in times.values():
            self.assertRegex(time, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertLessEqual(times["lastSuccess"], times["lastFailure"])
        self.assertEqual(
            item,
            {
                "pk": {"S": f"MODULE#{self.module}"},
                "sk": {"S": "HEALTH"},
                "totalRequests": {"N": "4"},
                "totalFailures": {"N": "3"},
                "consecutiveFailures": {"N": "1"},
            },
        )

    def test_another_caller_sees_it(self):
        for _ in range(3):
            self.shared(_BAD).execute(REQUEST)
        other = self.shared(_GOOD)
        health = other.get_health_status()
        self.assertEqual((health["is_healthy"], health["total_requests"], health["error_rate"]), (False, 3, 1.0))
        self.assertFalse(asyncio.run(other.is_healthy_async()))
        self.assertTrue(other.execute(REQUEST).success)
        self.assertEqual(asyncio.run(other.get_module_info_async())["health"], other.get_health_status())
        self.assertEqual(other.get_health_status()["error_rate"], 0.75)
        self.assertTrue(other.is_healthy())

    def test_the_table_may_be_that_of_the_environment(self):
        os.environ["KATAMARI_HEALTH_TABLE"] = _TABLE
        self.shared(_GOOD, health_table=None, dynamodb_client=None).execute(REQUEST)
        self.assertEqual(self.counters(), [1, 0, 0])
        self.shared(_GOOD, health_table=False).execute(REQUEST)
        self.assertEqual(self.counters(), [1, 0, 0])

    def test_no_call_of_many_threads_gets_lost(self):
        adapters = [self.shared(*[_GOOD, _BAD] * 50) for _ in range(4)]
        with ThreadPoolExecutor(40) as pool:
            list(pool.map(lambda index: adapters[index % 4].execute(REQUEST), range(400)))
        # A call whose record is late has not waited for it.
        self.eventually(lambda: self.counters()[:2] == [400, 200])

    def test_no_call_of_many_coroutines_gets_lost_and_writes_are_few(self):
        adapter = self.shared(_GOOD)
        writes = []
        adapter._recorder._shared._client.meta.events.register(
            "before-send.dynamodb.UpdateItem", lambda request, **_: writes.append(request) and None, unique_id=self.module
        )

        async def all_at_once():
            await asyncio.gather(*(adapter.execute_async(REQUEST) for _ in range(300)))

        asyncio.run(all_at_once())
        adapter._recorder._shared._client.meta.events.unregister("before-send.dynamodb.UpdateItem", unique_id=self.module)
        self.eventually(lambda: self.counters() == [300, 0, 0])
        self.assertLess(len(writes), 300)

    def test_no_call_of_many_processes_gets_lost(self):
        code = """
import sys, threading
from botocore.session import get_session
from katamari_runtime.adapter._shared_health import SharedHealth
shared = [SharedHealth(get_session().create_client("dynamodb"), sys.argv[1], sys.argv[2]) for _ in range(2)]
def count(one):
    for index in range(50): one.write(one.record(index % 5 != 0, "2026-01-01T00:00:00.000Z"))
threads = [threading.Thread(target=count, args=(one,)) for one in shared]
[thread.start() for thread in threads], [thread.join() for thread in threads]
"""
        processes = [subprocess.Popen([sys.executable, "-c", code, _TABLE, self.module]) for _ in range(3)]
        self.assertEqual([process.wait(60) for process in processes], [0, 0, 0])
        total, failures, _ = self.counters()
        self.assertEqual((total, failures), (300, 60))

    def test_times_only_move_on(self):
        shared = SharedHealth(self.dynamodb, _TABLE, self.module)
        for success, at in ((True, "2026-01-02"), (False, "2026-01-05"), (True, "2026-01-01"), (False, "2026-01-06")):
            written = shared.write(shared.record(success, at))
        self.assertEqual(written, HealthCounts(4, 2, 1, "2026-01-02", "2026-01-06"))
        self.assertEqual(shared.read(), written)

    def test_calls_that_end_together_are_written_together_in_their_order(self):
        shared = SharedHealth(self.dynamodb, _TABLE, self.module)
        shared.write(shared.record(False, "2026-01-01"))
        batches = {shared.record(success, f"2026-01-0{2 + place}") for place, success in enumerate((False, True, False, False))}
        (batch,) = batches
        self.assertEqual(shared.write(batch), HealthCounts(5, 4, 2, "2026-01-03", "2026-01-05"))
        # A second time it is only looked at.
        self.assertEqual(shared.write(batch).total_requests, 5)
        self.assertEqual(shared.read().total_requests, 5)

    def throttling_client(self, times):
        """A client of a table that is asked for too often, so many times."""
        client = get_session().create_client("dynamodb")
        refusals = []

        def throttle(**_):
            if len(refusals) < times:
                refusals.append(ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateItem"))
                raise refusals[-1]

        client.meta.events.register("before-send.dynamodb.UpdateItem", throttle)
        return client, refusals

    def test_a_write_that_was_throttled_is_made_again(self):
        client, refusals = self.throttling_client(3)
        shared = SharedHealth(client, _TABLE, self.module)
        self.assertEqual(shared.write(shared.record(True, "2026-01-01")).total_requests, 1)
        self.assertEqual(len(refusals), 3)

    def test_one_that_stays_so_fails_no_call_and_is_not_lost(self):
        client, _ = self.throttling_client(1_000_000)
        shared = SharedHealth(client, _TABLE, self.module)
        with self.assertRaises(ClientError):
            shared.write(shared.record(False, "2026-01-01"))
        shared._client = self.dynamodb
        self.assertEqual(shared.write(shared.record(False, "2026-01-02")).consecutive_failures, 2)

    def test_what_the_table_has_refused_goes_with_the_next_write(self):
        client = get_session().create_client("dynamodb")
        shared = SharedHealth(client, "not-there-yet", self.module)
        for success in (True, False):
            with self.assertRaises(client.exceptions.ResourceNotFoundException):
                shared.write(shared.record(success, "2026-01-01"))
        shared._table_name = _TABLE
        self.assertEqual(shared.write(shared.record(False, "2026-01-02")), HealthCounts(3, 2, 2, "2026-01-01", "2026-01-02"))

    def test_what_may_have_been_written_is_not_written_twice(self):
        client = get_session().create_client("dynamodb")
        shared = SharedHealth(client, _TABLE, self.module)
        lost = []

        def lose_answer(response_dict, **_):
            if not lost:
                lost.append(response_dict)
                raise ConnectionResetError("the answer got lost")

        client.meta.events.register("before-parse.dynamodb.UpdateItem", lose_answer)
        with self.assertRaises(ConnectionResetError):
            shared.write(shared.record(True, "2026-01-01"))
        self.assertEqual(shared.write(shared.record(True, "2026-01-02")).total_requests, 2)

    def test_a_table_that_fails_fails_no_call(self):
        adapter = self.shared(_GOOD, health_table="not-there")
        self.assertTrue(adapter.execute(REQUEST).success)
        self.assertEqual(adapter.get_health_status()["total_requests"], 1)
        written, read = self.logged()
        self.assertEqual((written["level"], written["message"]), ("WARN", "the health of the module was not recorded"))
        self.assertEqual(read["message"], "the health of the module was not read")
        self.assertRegex(written["reason"], "^ResourceNotFoundException: ")
        self.assertEqual((written["service"], written["module"]), ("katamari", self.module))

    def test_a_table_that_does_not_answer_keeps_nobody_waiting(self):
        from katamari_runtime.adapter._clock import Clock

        go = threading.Event()
        self.addCleanup(go.set)
        client = get_session().create_client("dynamodb")
        client.meta.events.register("before-send.dynamodb", lambda **_: go.wait(30) and None)
        adapter = self.shared(_GOOD, dynamodb_client=client, _clock=Clock())
        for execute in (adapter.execute, lambda request: asyncio.run(adapter.execute_async(request))):
            self.assertTrue(execute(REQUEST).success)
        reasons = [line["reason"] for line in self.logged()]
        self.assertEqual(reasons, ["TimeoutError: no answer from the health table within 500 ms"] * 2)
        self.assertFalse(go.is_set())
        # What waited is written once the table answers.
        go.set()
        adapter.execute(REQUEST)
        self.eventually(lambda: self.item() is not None and self.counters() == [3, 0, 0])


class Metric(HealthTest):
    def setUp(self):
        super().setUp()
        os.environ["KATAMARI_HEALTH_NAMESPACE"] = "Shop"

    def metrics(self):
        return [line["ConsecutiveFailures"] for line in self.logged()]

    def test_failures_in_a_row_and_their_end_are_logged(self):
        adapter = self.shared(_GOOD, _BAD, _BAD, _GOOD, _GOOD, health_table=False)
        for _ in range(5):
            adapter.execute(REQUEST)
        self.assertEqual(self.metrics(), [1, 2, 0])
        line = self.logged()[0]
        directive = line.pop("_aws")
        self.assertIsInstance(directive.pop("Timestamp"), int)
        metrics = [{"Name": "ConsecutiveFailures", "Unit": "Count"}]
        self.assertEqual(
            directive, {"CloudWatchMetrics": [{"Namespace": "Shop", "Dimensions": [["Module"]], "Metrics": metrics}]}
        )
        self.assertEqual(line, {"Module": self.module, "ConsecutiveFailures": 1})

    def test_with_a_table_it_is_the_row_of_all_callers(self):
        for _ in range(3):
            self.shared(_BAD).execute(REQUEST)
        self.assertEqual(self.metrics(), [1, 2, 3])

    def test_without_a_namespace_there_is_none(self):
        del os.environ["KATAMARI_HEALTH_NAMESPACE"]
        self.shared(_BAD, health_table=False).execute(REQUEST)
        self.assertEqual(self.logged(), [])
