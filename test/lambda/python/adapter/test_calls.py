"""How calls keep to their bounds, and out of each other's way."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

from katamari_runtime.adapter import BreakerOptions, ExecuteRequest, ExecuteResponse
from katamari_runtime.adapter._clock import Clock
from lambda_stub import function_error, ok, queued, raw, refused, waiting
from support import REQUEST, AdapterTest, TestContext

_GOOD = {"success": True}
_THROTTLED = "An error occurred (ThrottlingException) when calling the Invoke operation: x"


class Waiting(AdapterTest):
    def test_full_jitter_takes_a_part_of_each_delay(self):
        self.clock.chance = 0.5
        stub = self.stub(refused("ThrottlingException", 429))
        self.adapter(stub.endpoint, jitter="full").execute(REQUEST)
        self.assertEqual(self.clock.delays, [0.25, 0.5, 1.0])

    def test_it_is_the_default_and_keeps_to_its_bounds(self):
        adapter = self.adapter("http://127.0.0.1:9", jitter="full", _clock=Clock())
        delays = [adapter._attempts._delay(2) for _ in range(2_000)]
        self.assertTrue(all(0 <= delay < 2 for delay in delays))
        self.assertGreater(max(delays) - min(delays), 1.5)

    def test_no_retry_is_begun_that_does_not_fit_in_the_time_of_the_caller(self):
        # 0.5 s before the retry and 1 s for it are more than what the margin of 0.5 s leaves.
        stub = self.stub(refused("ThrottlingException", 429))
        adapter = self.adapter(stub.endpoint)
        response = adapter.execute(REQUEST, TestContext(self.clock, 1.75))
        why = "a retry after 500 ms does not fit in the 1250 ms that are left"
        self.assertEqual(response.error, f"Lambda invocation error: {_THROTTLED}; not tried again: {why}")
        self.assertEqual((len(stub), self.clock.delays), (1, []))
        self.assert_counts(adapter, 1, 1)

    def test_one_that_fits_is(self):
        stub = self.stub(refused("ThrottlingException", 429), ok(_GOOD))
        self.assertTrue(self.adapter(stub.endpoint).execute(REQUEST, TestContext(self.clock, 2)).success)

    def test_the_margin_is_an_option(self):
        stub = self.stub(refused("ThrottlingException", 429), ok(_GOOD))
        self.assertTrue(self.adapter(stub.endpoint, deadline_margin=0).execute(REQUEST, TestContext(self.clock, 1.5)).success)

    def test_without_time_nothing_is_sent_or_counted(self):
        stub = self.stub(ok(_GOOD))
        adapter = self.adapter(stub.endpoint)
        response = adapter.execute(REQUEST, TestContext(self.clock, 0.5))
        self.assertEqual(response.error, "Lambda not invoked: the caller has no time left")
        self.assertEqual(len(stub), 0)
        self.assert_counts(adapter, 0, 0)

    def test_a_call_ends_before_the_time_of_its_caller(self):
        end = threading.Event()
        self.addCleanup(end.set)
        clock = Clock()
        for execute in (lambda one, c: one.execute(REQUEST, c), lambda one, c: asyncio.run(one.execute_async(REQUEST, c))):
            stub = self.stub(waiting(end, ok(_GOOD)))
            context = TestContext(clock, 3)
            response = execute(self.adapter(stub.endpoint, deadline_margin=2.5, _clock=clock), context)
            self.assertRegex(response.error, r"no answer within \d+ ms; not tried again: a retry after 500 ms does not fit")
            self.assertGreater(context.get_remaining_time_in_millis(), 0)

    def test_the_budget_bounds_the_retries_of_all_calls(self):
        stub = self.stub(refused("ThrottlingException", 429))
        adapter = self.adapter(stub.endpoint, breaker=False, max_retries=20)
        errors = [adapter.execute(REQUEST).error for _ in range(6)]
        # 500 tokens, of which a retry takes 5.
        self.assertEqual(len(stub), 6 + 100)
        self.assertEqual(errors[0], f"Lambda invocation error: {_THROTTLED}")
        self.assertEqual(errors[5], f"Lambda invocation error: {_THROTTLED}; not tried again: the budget of retries is used up")

    def test_it_can_be_switched_off(self):
        stub = self.stub(refused("ThrottlingException", 429))
        adapter = self.adapter(stub.endpoint, breaker=False, max_retries=20, retry_budget=False)
        for _ in range(6):
            adapter.execute(REQUEST)
        self.assertEqual(len(stub), 6 * 21)

    def test_a_success_gives_back_what_its_last_retry_took(self):
        budget = self.adapter("http://127.0.0.1:9")._attempts._budget
        self.assertTrue(all(budget.take(10) for _ in range(50)))
        self.assertFalse(budget.take(1))
        budget.give_back(None)
        self.assertTrue(budget.take(1))
        budget.give_back(5)
        self.assertFalse(budget.take(6))
        self.assertTrue(budget.take(5))
        budget.give_back(10_000)
        self.assertFalse(budget.take(501))


class Breaking(AdapterTest):
    REFUSAL = "Lambda not invoked: module 'm' has failed 3 times in a row; 30000 ms after that it is probed"

    def broken(self, *replies, **options):
        """An adapter whose breaker has just opened."""
        stub = self.stub(*[refused("AccessDeniedException", 403)] * 3, *replies)
        adapter = self.adapter(stub.endpoint, **options)
        for _ in range(3):
            adapter.execute(REQUEST)
        self.assertEqual(len(stub), 3)
        return adapter, stub

    def test_after_three_failures_in_a_row_calls_are_refused(self):
        adapter, stub = self.broken(ok(_GOOD))
        self.clock.now += 29.9
        self.assertEqual(adapter.execute(REQUEST).error, self.REFUSAL)
        self.assertEqual(len(stub), 3)
        # What is refused is not counted.
        self.assert_counts(adapter, 3, 3)
        self.assertFalse(adapter.is_healthy())

    def test_a_success_between_them_begins_the_row_anew(self):
        failed = refused("AccessDeniedException", 403)
        stub = self.stub(failed, failed, ok(_GOOD), failed, failed, ok(_GOOD))
        adapter = self.adapter(stub.endpoint)
        for _ in range(6):
            adapter.execute(REQUEST)
        self.assertEqual(len(stub), 6)

    def test_a_module_that_answers_without_success_is_there(self):
        stub = self.stub(ok({"success": False}))
        adapter = self.adapter(stub.endpoint)
        for _ in range(5):
            adapter.execute(REQUEST)
        self.assertEqual(len(stub), 5)
        self.assertFalse(adapter.is_healthy())

    def test_functions_that_fail_open_it(self):
        stub = self.stub(function_error("Unhandled", {}))
        adapter = self.adapter(stub.endpoint)
        for _ in range(5):
            adapter.execute(REQUEST)
        self.assertEqual(len(stub), 3)

    def test_a_probe_that_succeeds_closes_it(self):
        adapter, stub = self.broken(ok(_GOOD))
        self.clock.now += 30
        self.assertTrue(adapter.execute(REQUEST).success)
        self.assertTrue(adapter.execute(REQUEST).success)
        self.assertEqual(len(stub), 5)

    def test_a_probe_that_fails_is_not_tried_again_and_opens_it_anew(self):
        adapter, stub = self.broken(refused("ThrottlingException", 429), ok(_GOOD))
        self.clock.now += 30
        self.assertEqual(adapter.execute(REQUEST).error, f"Lambda invocation error: {_THROTTLED}")
        self.clock.now += 29.9
        self.assertEqual(adapter.execute(REQUEST).error, self.REFUSAL)
        self.assertEqual(len(stub), 4)
        self.clock.now += 0.1
        self.assertTrue(adapter.execute(REQUEST).success)

    def test_of_many_calls_at_a_time_one_is_the_probe(self):
        go = threading.Event()
        self.addCleanup(go.set)
        adapter, stub = self.broken(waiting(go, ok(_GOOD)))
        self.clock.now += 30

        async def all_at_once():
            calls = [asyncio.create_task(adapter.execute_async(REQUEST)) for _ in range(200)]
            waiting_still = calls
            while len(waiting_still) > 1:
                _, waiting_still = await asyncio.wait(waiting_still, return_when=asyncio.FIRST_COMPLETED)
            go.set()
            return await asyncio.gather(*calls)

        responses = asyncio.run(all_at_once())
        self.assertEqual(len(stub), 4)
        self.assertEqual([response.success for response in responses].count(True), 1)
        refusals = {response.error for response in responses if not response.success}
        self.assertEqual(refusals, {"Lambda not invoked: module 'm' has failed 3 times in a row; a probe is under way"})

    def test_of_many_threads_at_a_time_one_makes_the_probe(self):
        go = threading.Event()
        self.addCleanup(go.set)
        adapter, stub = self.broken(waiting(go, ok(_GOOD)))
        self.clock.now += 30
        with ThreadPoolExecutor(50) as pool:
            calls = [pool.submit(adapter.execute, REQUEST) for _ in range(50)]
            self.eventually(lambda: sum(call.done() for call in calls) == 49)
            go.set()
        self.assertEqual([call.result().success for call in calls].count(True), 1)
        self.assertEqual(len(stub), 4)

    def test_a_probe_that_is_cancelled_leaves_room_for_the_next_one(self):
        go = threading.Event()
        self.addCleanup(go.set)
        adapter, stub = self.broken(waiting(go, ok(_GOOD)), ok(_GOOD))
        self.clock.now += 30

        async def cancelled():
            probe = asyncio.create_task(adapter.execute_async(REQUEST))
            while len(stub) < 4:
                await asyncio.sleep(0.01)
            probe.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await probe

        asyncio.run(cancelled())
        self.assert_counts(adapter, 3, 3)
        self.assertEqual(adapter.execute(REQUEST).error, self.REFUSAL)
        self.clock.now += 30
        self.assertTrue(adapter.execute(REQUEST).success)

    def test_it_can_be_switched_off_and_set(self):
        adapter, stub = self.broken(refused("AccessDeniedException", 403), breaker=False)
        adapter.execute(REQUEST)
        self.assertEqual(len(stub), 4)
        stub = self.stub(refused("AccessDeniedException", 403))
        adapter = self.adapter(stub.endpoint, breaker=BreakerOptions(failures=1, half_open_after=5))
        adapter.execute(REQUEST)
        self.assertRegex(adapter.execute(REQUEST).error, "has failed 1 times in a row; 5000 ms after that it is probed$")
        self.clock.now += 5
        adapter.execute(REQUEST)
        self.assertEqual(len(stub), 2)

    def test_late_ends_of_earlier_calls_neither_close_it_nor_keep_it_open(self):
        go = threading.Event()
        self.addCleanup(go.set)
        failed = refused("AccessDeniedException", 403)
        stub = self.stub(waiting(go, ok(_GOOD)), waiting(go, failed), failed, failed, failed, ok(_GOOD))
        adapter = self.adapter(stub.endpoint)
        with ThreadPoolExecutor(2) as pool:
            early = [pool.submit(adapter.execute, REQUEST) for _ in range(2)]
            self.eventually(lambda: len(stub) == 2)
            for _ in range(3):
                adapter.execute(REQUEST)
            self.clock.now += 20
            go.set()
            self.assertEqual({call.result().success for call in early}, {True, False})
        self.assertEqual(adapter.execute(REQUEST).error, self.REFUSAL)
        self.clock.now += 10
        self.assertTrue(adapter.execute(REQUEST).success)
        self.assertEqual(len(stub), 6)


class Sending(AdapterTest):
    def test_a_request_without_its_scopes_is_not_sent(self):
        stub = self.stub(ok(_GOOD))
        adapter = self.adapter(stub.endpoint, required_scopes=["a.read", "b.read", "c.read"])
        response = adapter.execute(ExecuteRequest("c", "u", "e", "co", "s", "p", scopes=["b.read"]))
        self.assertEqual(response.error, "Lambda not invoked: module 'm' requires scopes that the request lacks: a.read, c.read")
        self.assertEqual(len(stub), 0)
        self.assert_counts(adapter, 0, 0)
        self.assertTrue(adapter.execute(REQUEST, scopes={"a.read", "b.read", "c.read", "d"}).success)
        # A text is no list of its letters.
        self.assertFalse(adapter.execute(ExecuteRequest("c", "u", "e", "co", "s", "p", scopes="a.read b.read c.read")).success)

    def test_payloads_have_at_most_what_lambda_takes(self):
        for kind, most in (("RequestResponse", 6_291_456), ("Event", 1_048_576)):
            with self.subTest(kind):
                stub = self.stub(queued() if kind == "Event" else ok(_GOOD))
                adapter = self.adapter(stub.endpoint, invocation_type=kind, map_request=lambda size: "x" * size)
                self.assertTrue(adapter.execute(most - 2).success)
                self.assertEqual(
                    adapter.execute(most - 1).error,
                    f"Lambda not invoked: the payload of an invocation of type {kind} must have at most {most} bytes, "
                    f"got: {most + 1}; put large data into S3 and send its key",
                )
                self.assertEqual(len(stub), 1)
                self.assert_counts(adapter, 1, 0)

    def test_bytes_are_counted_and_not_characters(self):
        stub = self.stub(ok(_GOOD))
        adapter = self.adapter(stub.endpoint, map_request=lambda size: "é" * size)
        self.assertTrue(adapter.execute(3_145_727).success)
        self.assertRegex(adapter.execute(3_145_728).error, "got: 6291458")

    def test_what_is_not_json_is_not_sent(self):
        values = [], []
        values[0].append(values[0])
        for value in (float("nan"), {1, 2}, values[0]):
            adapter = self.adapter("http://127.0.0.1:9", map_request=lambda one: one)
            self.assertRegex(adapter.execute(value).error, "^Lambda not invoked: the payload of a request must be JSON: ")

    def test_half_of_a_surrogate_pair_is_sent_as_its_escape(self):
        stub = self.stub(ok(_GOOD))
        self.assertTrue(self.adapter(stub.endpoint, map_request=lambda one: one).execute("\ud800").success)
        self.assertEqual(stub.requests[0][2], b'"\\ud800"')

    def test_mapping_and_parsing_can_be_of_the_users_own(self):
        stub = self.stub(ok({"sum": 3}))
        adapter = self.adapter(
            stub.endpoint,
            map_request=lambda numbers: {"numbers": numbers},
            parse_response=lambda answer: ExecuteResponse(success=answer["sum"] == 3, data=answer),
        )
        self.assertEqual(adapter.execute([1, 2]), ExecuteResponse(success=True, data={"sum": 3}))
        self.assertEqual(stub.payloads, [{"numbers": [1, 2]}])

    def test_their_errors_are_those_of_the_response(self):
        def wrong(_):
            raise LookupError("no numbers")

        stub = self.stub(ok(_GOOD))
        adapter = self.adapter(stub.endpoint, map_request=wrong)
        self.assertEqual(adapter.execute(1).error, "Lambda not invoked: no numbers")
        self.assert_counts(adapter, 0, 0)
        adapter = self.adapter(stub.endpoint, parse_response=wrong)
        self.assertEqual(adapter.execute(REQUEST).error, "Lambda invocation error: no numbers")
        self.assert_counts(adapter, 1, 1)

    def test_the_request_says_which_function_and_how(self):
        stub = self.stub(queued())
        adapter = self.adapter(
            stub.endpoint, function_identifier="fn:live", function_prefix="choir-", invocation_type="Event"
        )
        self.assertEqual(adapter.execute(REQUEST).message, "Lambda function queued")
        path, headers, _ = stub.requests[0]
        self.assertEqual(path, "/2015-03-31/functions/choir-fn%3Alive/invocations")
        self.assertEqual(headers["X-Amz-Invocation-Type"], "Event")

    def test_a_parser_of_the_users_own_is_given_what_the_original_answers_of_an_event(self):
        seen = []
        stub = self.stub(queued())
        adapter = self.adapter(
            stub.endpoint, invocation_type="Event", parse_response=lambda answer: seen.append(answer) or ExecuteResponse(True)
        )
        self.assertTrue(adapter.execute(REQUEST).success)
        self.assertEqual(seen, [{"success": True, "message": "Lambda function queued"}])

    def test_targets_and_metadata_of_other_kinds_are_no_error(self):
        stub = self.stub(
            raw(json.dumps({"success": True, "targets": "discord"}).encode()), ok({"success": True, "targets": None})
        )
        adapter = self.adapter(stub.endpoint)
        request = ExecuteRequest("c", "u", "e", "co", "s", "p", metadata={"community": None, "user": 3})
        self.assertEqual(adapter.execute(request).targets, [{"type": "discord"}])
        self.assertEqual(adapter.execute(request).targets, [])
        self.assertEqual(stub.payloads[0]["user"]["username"], "unknown")


class Together(AdapterTest):
    def test_a_thousand_coroutines_at_a_time(self):
        stub = self.stub(ok(_GOOD))
        adapter = self.adapter(stub.endpoint, max_concurrency=16)
        before = set(threading.enumerate())

        async def all_at_once():
            return await asyncio.gather(*(adapter.execute_async(REQUEST) for _ in range(1_000)))

        self.assertTrue(all(response.success for response in asyncio.run(all_at_once())))
        self.assertEqual(len(stub), 1_000)
        self.assert_counts(adapter, 1_000, 0)
        own = {thread for thread in set(threading.enumerate()) - before if thread.name.startswith("katamari-adapter")}
        self.assertEqual(len(own), 16)

    def test_calls_that_wait_for_a_thread_do_not_time_out_for_it(self):
        # 10 calls in 1 thread, of 0.1 s each: the last one waits for longer than a try may take.
        stub = self.stub(lambda handler: (threading.Event().wait(0.1), ok(_GOOD)(handler)))
        adapter = self.adapter(
            stub.endpoint, max_concurrency=1, connect_timeout=0.2, read_timeout=0.6, max_retries=0, _clock=Clock()
        )

        async def all_at_once():
            return await asyncio.gather(*(adapter.execute_async(REQUEST) for _ in range(10)))

        self.assertEqual({response.error for response in asyncio.run(all_at_once())}, {None})

    def test_threads_count_every_call(self):
        replies = [ok(_GOOD), refused("AccessDeniedException", 403)] * 100
        stub = self.stub(*replies)
        adapter = self.adapter(stub.endpoint, breaker=False)
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda _: adapter.execute(REQUEST), range(200)))
        self.assert_counts(adapter, 200, 100)

    def test_a_thread_may_wait_where_an_event_loop_runs(self):
        stub = self.stub(ok(_GOOD))
        adapter = self.adapter(stub.endpoint)

        async def sync_within():
            return adapter.execute(REQUEST).success, adapter.is_healthy()

        self.assertEqual(asyncio.run(sync_within()), (True, True))

    def test_one_adapter_serves_loop_after_loop(self):
        stub = self.stub(ok(_GOOD))
        adapter = self.adapter(stub.endpoint)
        for _ in range(3):
            self.assertTrue(asyncio.run(adapter.execute_async(REQUEST)).success)

    def test_the_loop_goes_on_while_a_call_waits(self):
        go = threading.Event()
        self.addCleanup(go.set)
        stub = self.stub(waiting(go, ok(_GOOD)))
        adapter = self.adapter(stub.endpoint)

        async def both():
            call = asyncio.create_task(adapter.execute_async(REQUEST))
            for _ in range(20):
                await asyncio.sleep(0.001)
            self.assertFalse(call.done())
            go.set()
            return await call

        self.assertTrue(asyncio.run(both()).success)

    def test_what_is_cancelled_is_not_counted_and_says_nothing(self):
        go = threading.Event()
        self.addCleanup(go.set)
        stub = self.stub(waiting(go, refused("AccessDeniedException", 403)))
        adapter = self.adapter(stub.endpoint)
        complaints = []

        async def cancelled():
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            call = asyncio.create_task(adapter.execute_async(REQUEST))
            while len(stub) == 0:
                await asyncio.sleep(0.01)
            call.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await call
            go.set()
            await asyncio.sleep(0.2)

        asyncio.run(cancelled())
        self.assertEqual(complaints, [])
        self.assert_counts(adapter, 0, 0)

    def test_a_call_that_was_given_up_before_it_had_a_thread_is_not_sent(self):
        go = threading.Event()
        self.addCleanup(go.set)
        stub = self.stub(waiting(go, ok(_GOOD)), ok(_GOOD))
        adapter = self.adapter(stub.endpoint, max_concurrency=1, _clock=Clock())

        async def second_given_up():
            first = asyncio.create_task(adapter.execute_async(REQUEST))
            while len(stub) == 0:
                await asyncio.sleep(0.01)
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(adapter.execute_async(REQUEST), 0.1)
            go.set()
            await first
            await adapter.execute_async(REQUEST)

        asyncio.run(second_given_up())
        self.assertEqual(len(stub), 2)
