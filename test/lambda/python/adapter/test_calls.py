"""The limits of calls: time, retry budget, circuit breaker, payload size, concurrency."""

import asyncio
import gc
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from katamari_runtime.adapter import CircuitBreakerOptions, ExecuteRequest, ExecuteResponse, NotRunResponse
from katamari_runtime.adapter._clock import Clock
from lambda_stub import function_error, ok, queued, raw, refused, waiting
from support import REQUEST, Context, assert_counts, eventually

_GOOD = {"success": True}
_THROTTLED = "An error occurred (ThrottlingException) when calling the Invoke operation: x"


class TestWaiting:
    def test_full_jitter_uses_a_random_part_of_each_delay(self, clock, new_stub, new_adapter):
        clock.fraction = 0.5
        stub = new_stub(refused("ThrottlingException", 429))
        new_adapter(stub.endpoint, jitter="full").execute(REQUEST)
        assert clock.delays == [0.25, 0.5, 1.0]

    def test_full_jitter_varies_within_its_limits(self, new_adapter):
        adapter = new_adapter("http://127.0.0.1:9", jitter="full", _clock=Clock())
        delays = [adapter._attempts._delay(2) for _ in range(2_000)]
        assert all(0 <= delay < 2 for delay in delays)
        assert max(delays) - min(delays) > 1.5

    def test_a_retry_that_does_not_fit_into_the_callers_time_is_not_made(self, clock, new_stub, new_adapter):
        # The delay of 0.5 s and the retry of 1 s do not fit into the time before the margin of 0.5 s.
        stub = new_stub(refused("ThrottlingException", 429))
        adapter = new_adapter(stub.endpoint)
        response = adapter.execute(REQUEST, Context(clock, 1.75))
        why = "a retry after 500 ms does not fit into the remaining 1250 ms"
        assert response.error == f"Lambda invocation error: {_THROTTLED}; not retried: {why}"
        assert (len(stub), clock.delays) == (1, [])
        assert_counts(adapter, 1, 1)

    def test_a_retry_that_fits_is_made(self, clock, new_stub, new_adapter):
        stub = new_stub(refused("ThrottlingException", 429), ok(_GOOD))
        assert new_adapter(stub.endpoint).execute(REQUEST, Context(clock, 2)).success

    def test_the_deadline_margin_is_an_option(self, clock, new_stub, new_adapter):
        stub = new_stub(refused("ThrottlingException", 429), ok(_GOOD))
        assert new_adapter(stub.endpoint, deadline_margin=0).execute(REQUEST, Context(clock, 1.5)).success

    def test_a_call_without_time_is_not_sent_and_does_not_count(self, clock, new_stub, new_adapter):
        stub = new_stub(ok(_GOOD))
        adapter = new_adapter(stub.endpoint)
        response = adapter.execute(REQUEST, Context(clock, 0.5))
        assert response.error == "Lambda not invoked: the caller has no time left"
        assert len(stub) == 0
        assert_counts(adapter, 0, 0)

    def test_a_call_ends_before_its_caller(self, gate, new_stub, new_adapter):
        clock = Clock()
        for execute in (lambda one, c: one.execute(REQUEST, c), lambda one, c: asyncio.run(one.execute_async(REQUEST, c))):
            stub = new_stub(waiting(gate, ok(_GOOD)))
            context = Context(clock, 3)
            response = execute(new_adapter(stub.endpoint, deadline_margin=2.5, _clock=clock), context)
            assert re.search(r"no answer within \d+ ms; not retried: a retry after 500 ms does not fit", response.error)
            assert context.get_remaining_time_in_millis() > 0

    def test_the_retry_budget_limits_the_retries_of_all_calls(self, new_stub, new_adapter):
        stub = new_stub(refused("ThrottlingException", 429))
        adapter = new_adapter(stub.endpoint, breaker=False, max_retries=20)
        errors = [adapter.execute(REQUEST).error for _ in range(6)]
        # The budget has 500 tokens, and a retry costs 5.
        assert len(stub) == 6 + 100
        assert errors[0] == f"Lambda invocation error: {_THROTTLED}"
        assert errors[5] == f"Lambda invocation error: {_THROTTLED}; not retried: the retry budget is used up"

    def test_the_retry_budget_can_be_switched_off(self, new_stub, new_adapter):
        stub = new_stub(refused("ThrottlingException", 429))
        adapter = new_adapter(stub.endpoint, breaker=False, max_retries=20, retry_budget=False)
        for _ in range(6):
            adapter.execute(REQUEST)
        assert len(stub) == 6 * 21

    def test_a_success_returns_the_tokens_of_its_last_retry(self, new_adapter):
        budget = new_adapter("http://127.0.0.1:9")._attempts._budget
        assert all(budget.take(10) for _ in range(50))
        assert not budget.take(1)
        budget.give_back(None)
        assert budget.take(1)
        budget.give_back(5)
        assert not budget.take(6)
        assert budget.take(5)
        budget.give_back(10_000)
        assert not budget.take(501)


@pytest.fixture
def broken(new_stub, new_adapter):
    """Creates adapters whose circuit breaker has just opened."""

    def new(*replies, **options):
        stub = new_stub(*[refused("AccessDeniedException", 403)] * 3, *replies)
        adapter = new_adapter(stub.endpoint, **options)
        for _ in range(3):
            adapter.execute(REQUEST)
        assert len(stub) == 3
        return adapter, stub

    return new


class TestBreaking:
    REFUSAL = "Lambda not invoked: module 'm' failed 3 times in a row; calls are refused for 30000 ms"

    def test_calls_are_refused_after_three_consecutive_failures(self, clock, broken):
        adapter, stub = broken(ok(_GOOD))
        clock.now += 29.9
        assert adapter.execute(REQUEST).error == self.REFUSAL
        assert len(stub) == 3
        # Refused calls do not count.
        assert_counts(adapter, 3, 3)
        assert not adapter.is_healthy()

    def test_a_success_resets_the_consecutive_failures(self, new_stub, new_adapter):
        failed = refused("AccessDeniedException", 403)
        stub = new_stub(failed, failed, ok(_GOOD), failed, failed, ok(_GOOD))
        adapter = new_adapter(stub.endpoint)
        for _ in range(6):
            adapter.execute(REQUEST)
        assert len(stub) == 6

    def test_an_answer_without_success_does_not_open_it(self, new_stub, new_adapter):
        stub = new_stub(ok({"success": False}))
        adapter = new_adapter(stub.endpoint)
        for _ in range(5):
            adapter.execute(REQUEST)
        assert len(stub) == 5
        assert not adapter.is_healthy()

    def test_a_function_that_fails_opens_it(self, new_stub, new_adapter):
        stub = new_stub(function_error("Unhandled", {}))
        adapter = new_adapter(stub.endpoint)
        for _ in range(5):
            adapter.execute(REQUEST)
        assert len(stub) == 3

    def test_a_probe_that_succeeds_closes_it(self, clock, broken):
        adapter, stub = broken(ok(_GOOD))
        clock.now += 30
        assert adapter.execute(REQUEST).success
        assert adapter.execute(REQUEST).success
        assert len(stub) == 5

    def test_a_probe_that_fails_is_not_retried_and_opens_it_again(self, clock, broken):
        adapter, stub = broken(refused("ThrottlingException", 429), ok(_GOOD))
        clock.now += 30
        assert adapter.execute(REQUEST).error == f"Lambda invocation error: {_THROTTLED}"
        clock.now += 29.9
        assert adapter.execute(REQUEST).error == self.REFUSAL
        assert len(stub) == 4
        clock.now += 0.1
        assert adapter.execute(REQUEST).success

    def test_one_of_many_concurrent_calls_is_the_probe(self, gate, clock, broken):
        adapter, stub = broken(waiting(gate, ok(_GOOD)))
        clock.now += 30

        async def all_at_once():
            calls = [asyncio.create_task(adapter.execute_async(REQUEST)) for _ in range(200)]
            waiting_still = calls
            while len(waiting_still) > 1:
                _, waiting_still = await asyncio.wait(waiting_still, return_when=asyncio.FIRST_COMPLETED)
            gate.set()
            return await asyncio.gather(*calls)

        responses = asyncio.run(all_at_once())
        assert len(stub) == 4
        assert [response.success for response in responses].count(True) == 1
        refusals = {response.error for response in responses if not response.success}
        assert refusals == {"Lambda not invoked: module 'm' failed 3 times in a row; calls are refused while a probe is running"}

    def test_one_of_many_threads_makes_the_probe(self, gate, clock, broken):
        adapter, stub = broken(waiting(gate, ok(_GOOD)))
        clock.now += 30
        with ThreadPoolExecutor(50) as pool:
            calls = [pool.submit(adapter.execute, REQUEST) for _ in range(50)]
            eventually(lambda: sum(call.done() for call in calls) == 49, "the end of all calls but the probe")
            gate.set()
        assert [call.result().success for call in calls].count(True) == 1
        assert len(stub) == 4

    def test_a_cancelled_probe_allows_the_next_one(self, gate, clock, broken):
        adapter, stub = broken(waiting(gate, ok(_GOOD)), ok(_GOOD))
        clock.now += 30

        async def cancelled():
            probe = asyncio.create_task(adapter.execute_async(REQUEST))
            await asyncio.to_thread(eventually, lambda: len(stub) == 4, "the probe")
            probe.cancel()
            with pytest.raises(asyncio.CancelledError):
                await probe

        asyncio.run(cancelled())
        assert_counts(adapter, 3, 3)
        assert adapter.execute(REQUEST).error == self.REFUSAL
        clock.now += 30
        assert adapter.execute(REQUEST).success

    def test_it_can_be_switched_off_and_configured(self, clock, new_stub, new_adapter, broken):
        adapter, stub = broken(refused("AccessDeniedException", 403), breaker=False)
        adapter.execute(REQUEST)
        assert len(stub) == 4
        stub = new_stub(refused("AccessDeniedException", 403))
        adapter = new_adapter(stub.endpoint, breaker=CircuitBreakerOptions(failures=1, half_open_after=5))
        adapter.execute(REQUEST)
        assert re.search("failed 1 times in a row; calls are refused for 5000 ms$", adapter.execute(REQUEST).error)
        clock.now += 5
        adapter.execute(REQUEST)
        assert len(stub) == 2

    def test_calls_from_before_it_opened_neither_close_it_nor_keep_it_open(self, gate, clock, new_stub, new_adapter):
        failed = refused("AccessDeniedException", 403)
        stub = new_stub(waiting(gate, ok(_GOOD)), waiting(gate, failed), failed, failed, failed, ok(_GOOD))
        adapter = new_adapter(stub.endpoint)
        with ThreadPoolExecutor(2) as pool:
            early = [pool.submit(adapter.execute, REQUEST) for _ in range(2)]
            eventually(lambda: len(stub) == 2, "two calls")
            for _ in range(3):
                adapter.execute(REQUEST)
            clock.now += 20
            gate.set()
            assert {call.result().success for call in early} == {True, False}
        assert adapter.execute(REQUEST).error == self.REFUSAL
        clock.now += 10
        assert adapter.execute(REQUEST).success
        assert len(stub) == 6


class TestSending:
    def test_a_request_without_its_scopes_is_not_sent(self, new_stub, new_adapter):
        stub = new_stub(ok(_GOOD))
        adapter = new_adapter(stub.endpoint, required_scopes=["a.read", "b.read", "c.read"])
        response = adapter.execute(ExecuteRequest("c", [], "u", "e", "co", "s", "p", scopes=["b.read"]))
        assert response.error == "Lambda not invoked: module 'm' requires scopes that the request lacks: a.read, c.read"
        assert len(stub) == 0
        assert_counts(adapter, 0, 0)
        assert adapter.execute(REQUEST, scopes={"a.read", "b.read", "c.read", "d"}).success
        # A string is not a list of scopes.
        assert not adapter.execute(ExecuteRequest("c", [], "u", "e", "co", "s", "p", scopes="a.read b.read c.read")).success

    @pytest.mark.parametrize(("kind", "most"), [("RequestResponse", 6_291_456), ("Event", 1_048_576)])
    def test_payloads_that_exceed_the_limit_are_not_sent(self, new_stub, new_adapter, kind, most):
        stub = new_stub(queued() if kind == "Event" else ok(_GOOD))
        adapter = new_adapter(stub.endpoint, invocation_type=kind, map_request=lambda size: "x" * size)
        assert adapter.execute(most - 2).success
        assert adapter.execute(most - 1).error == (
            f"Lambda not invoked: the payload of an invocation of type {kind} must have at most {most} bytes, "
            f"got: {most + 1}; put large data into S3 and send its key"
        )
        assert len(stub) == 1
        assert_counts(adapter, 1, 0)

    def test_the_limit_is_in_bytes(self, new_stub, new_adapter):
        stub = new_stub(ok(_GOOD))
        adapter = new_adapter(stub.endpoint, map_request=lambda size: "é" * size)
        assert adapter.execute(3_145_727).success
        assert re.search("got: 6291458", adapter.execute(3_145_728).error)

    def test_a_payload_that_is_not_json_is_not_sent(self, new_adapter):
        values = [], []
        values[0].append(values[0])
        for value in (float("nan"), {1, 2}, values[0]):
            adapter = new_adapter("http://127.0.0.1:9", map_request=lambda one: one)
            assert re.search("^Lambda not invoked: the payload of a request must be JSON, got: ", adapter.execute(value).error)

    def test_a_lone_surrogate_is_sent_as_an_escape(self, new_stub, new_adapter):
        stub = new_stub(ok(_GOOD))
        assert new_adapter(stub.endpoint, map_request=lambda one: one).execute("\ud800").success
        assert stub.requests[0][2] == b'"\\ud800"'

    def test_requests_and_responses_can_be_mapped(self, new_stub, new_adapter):
        stub = new_stub(ok({"sum": 3}))
        adapter = new_adapter(
            stub.endpoint,
            map_request=lambda numbers: {"numbers": numbers},
            parse_response=lambda answer: ExecuteResponse(success=answer["sum"] == 3, data=answer),
        )
        assert adapter.execute([1, 2]) == ExecuteResponse(success=True, data={"sum": 3})
        assert stub.payloads == [{"numbers": [1, 2]}]

    def test_errors_of_the_mapping_become_errors_of_the_response(self, new_stub, new_adapter):
        def wrong(_):
            raise LookupError("no numbers")

        stub = new_stub(ok(_GOOD))
        adapter = new_adapter(stub.endpoint, map_request=wrong)
        assert adapter.execute(1).error == "Lambda not invoked: no numbers"
        assert_counts(adapter, 0, 0)
        adapter = new_adapter(stub.endpoint, parse_response=wrong)
        assert adapter.execute(REQUEST).error == "Lambda invocation error: no numbers"
        assert_counts(adapter, 1, 1)

    def test_the_request_names_function_and_invocation_type(self, new_stub, new_adapter):
        stub = new_stub(queued())
        adapter = new_adapter(stub.endpoint, function_identifier="fn:live", function_prefix="choir-", invocation_type="Event")
        assert adapter.execute(REQUEST).message == "Lambda function queued"
        path, headers, _ = stub.requests[0]
        assert path == "/2015-03-31/functions/choir-fn%3Alive/invocations"
        assert headers["X-Amz-Invocation-Type"] == "Event"

    def test_parse_response_receives_the_answer_of_the_original_for_an_event(self, new_stub, new_adapter):
        seen = []
        stub = new_stub(queued())
        adapter = new_adapter(
            stub.endpoint, invocation_type="Event", parse_response=lambda answer: seen.append(answer) or ExecuteResponse(True)
        )
        assert adapter.execute(REQUEST).success
        assert seen == [{"success": True, "message": "Lambda function queued"}]

    def test_targets_and_metadata_of_other_types_are_accepted(self, new_stub, new_adapter):
        stub = new_stub(raw(json.dumps({"success": True, "targets": "discord"}).encode()), ok({"success": True, "targets": None}))
        adapter = new_adapter(stub.endpoint)
        request = ExecuteRequest("c", [], "u", "e", "co", "s", "p", metadata={"community": None, "user": 3})
        assert adapter.execute(request).targets == [{"type": "discord"}]
        assert adapter.execute(request).targets == []
        assert stub.payloads[0]["user"]["username"] == "unknown"


class TestTogether:
    def test_a_thousand_concurrent_coroutines(self, new_stub, new_adapter):
        stub = new_stub(ok(_GOOD))
        adapter = new_adapter(stub.endpoint, max_concurrency=16)
        before = set(threading.enumerate())

        async def all_at_once():
            return await asyncio.gather(*(adapter.execute_async(REQUEST) for _ in range(1_000)))

        assert all(response.success for response in asyncio.run(all_at_once()))
        assert len(stub) == 1_000
        assert_counts(adapter, 1_000, 0)
        own = {thread for thread in set(threading.enumerate()) - before if thread.name.startswith("katamari-adapter")}
        assert len(own) == 16

    def test_the_wait_for_a_thread_does_not_count_toward_the_timeout(self, new_stub, new_adapter):
        # 10 calls in 1 thread, of 0.1 s each: the last one waits for longer than a try may take.
        stub = new_stub(lambda handler: (threading.Event().wait(0.1), ok(_GOOD)(handler)))
        adapter = new_adapter(
            stub.endpoint, max_concurrency=1, connect_timeout=0.2, read_timeout=0.6, max_retries=0, _clock=Clock()
        )

        async def all_at_once():
            return await asyncio.gather(*(adapter.execute_async(REQUEST) for _ in range(10)))

        assert {response.error for response in asyncio.run(all_at_once())} == {None}

    def test_no_call_of_many_threads_is_lost(self, new_stub, new_adapter):
        replies = [ok(_GOOD), refused("AccessDeniedException", 403)] * 100
        stub = new_stub(*replies)
        adapter = new_adapter(stub.endpoint, breaker=False)
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda _: adapter.execute(REQUEST), range(200)))
        assert_counts(adapter, 200, 100)

    def test_a_thread_with_an_event_loop_may_block(self, new_stub, new_adapter):
        stub = new_stub(ok(_GOOD))
        adapter = new_adapter(stub.endpoint)

        async def sync_within():
            return adapter.execute(REQUEST).success, adapter.is_healthy()

        assert asyncio.run(sync_within()) == (True, True)

    def test_an_adapter_works_with_one_event_loop_after_the_other(self, new_stub, new_adapter):
        stub = new_stub(ok(_GOOD))
        adapter = new_adapter(stub.endpoint)
        for _ in range(3):
            assert asyncio.run(adapter.execute_async(REQUEST)).success

    def test_a_waiting_call_does_not_block_the_event_loop(self, gate, new_stub, new_adapter):
        stub = new_stub(waiting(gate, ok(_GOOD)))
        adapter = new_adapter(stub.endpoint)

        async def both():
            call = asyncio.create_task(adapter.execute_async(REQUEST))
            for _ in range(20):
                await asyncio.sleep(0.001)
            assert not call.done()
            gate.set()
            return await call

        assert asyncio.run(both()).success

    def test_a_cancelled_call_does_not_count_and_logs_nothing(self, gate, new_stub, new_adapter):
        stub = new_stub(waiting(gate, refused("AccessDeniedException", 403)))
        adapter = new_adapter(stub.endpoint, max_concurrency=1)
        complaints = []

        async def cancelled():
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            call = asyncio.create_task(adapter.execute_async(REQUEST))
            await asyncio.to_thread(eventually, lambda: len(stub) == 1, "the call")
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            gate.set()
            # The only thread becomes free once the cancelled call has ended. asyncio logs an error about its future.
            await asyncio.wrap_future(adapter._attempts._pool.submit(lambda: None))
            await asyncio.sleep(0)
            gc.collect()

        asyncio.run(cancelled())
        assert complaints == []
        assert_counts(adapter, 0, 0)

    def test_a_call_that_is_given_up_before_it_has_a_thread_is_not_sent(self, gate, new_stub, new_adapter):
        stub = new_stub(waiting(gate, ok(_GOOD)), ok(_GOOD))
        adapter = new_adapter(stub.endpoint, max_concurrency=1, _clock=Clock())

        async def second_given_up():
            first = asyncio.create_task(adapter.execute_async(REQUEST))
            await asyncio.to_thread(eventually, lambda: len(stub) == 1, "the call")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(adapter.execute_async(REQUEST), 0.1)
            gate.set()
            await first
            await adapter.execute_async(REQUEST)

        asyncio.run(second_given_up())
        assert len(stub) == 2


class TestAModuleThatDoesNotRun:
    @pytest.mark.parametrize(
        ("run", "why"),
        [
            ({"runId": "r", "state": "Skipped"}, "Overlap.skip limits its concurrent runs"),
            ({"runId": "key:a", "state": "Running", "duplicate": True}, "run 'key:a' is Running"),
        ],
    )
    def test_is_told_by_the_response_and_does_not_count(self, new_stub, new_adapter, run, why):
        adapter = new_adapter(new_stub(ok({"katamari": run})).endpoint)
        response = adapter.execute(REQUEST)
        assert isinstance(response, NotRunResponse)
        assert (response.success, response.run_id, response.state) == (False, run["runId"], run["state"])
        assert response.error == f"module '{adapter.module_name}' did not run: {why}"
        assert_counts(adapter, 0, 0)

    @pytest.mark.parametrize(
        "answer",
        [
            {"katamari": {"runId": "r", "state": "Skipped"}, "more": 1},
            {"katamari": {"runId": "r", "state": "Ready"}},
            {"katamari": {"state": "Skipped"}},
            {"katamari": None},
        ],
    )
    def test_is_not_mistaken_for_one_that_returns_something_similar(self, new_stub, new_adapter, answer):
        adapter = new_adapter(new_stub(ok(answer)).endpoint)
        assert not isinstance(adapter.execute(REQUEST), NotRunResponse)
        assert_counts(adapter, 1, 1)

    def test_is_called_with_the_idempotency_key_in_the_envelope_of_the_tracker(self, new_stub, new_adapter):
        stub = new_stub(refused("ThrottlingException", 429), ok(_GOOD))
        adapter = new_adapter(stub.endpoint, map_request=lambda _request: {"n": 1})
        assert adapter.execute(REQUEST, idempotency_key="order-17").success
        envelope = {"katamari:delivery": "invoke", "idempotencyKey": "order-17", "event": {"n": 1}}
        assert stub.payloads == [envelope, envelope]
