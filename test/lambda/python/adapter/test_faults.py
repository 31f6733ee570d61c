"""Faults of the network, of Lambda and of functions. A stub produces each of them."""

import asyncio
import re
import socket
import time

import pytest
from botocore.session import Session
from katamari_runtime.adapter._clock import Clock
from lambda_stub import closed, cut, dripping, function_error, ok, queued, raw, refused, waiting
from support import REQUEST, assert_counts, eventually

_GOOD = {"success": True, "message": "done"}
_CALLING = "when calling the Invoke operation"


@pytest.fixture
def check(clock, new_stub, new_adapter):
    """Executes a request, in a thread and in a coroutine, and checks the calls and the response."""

    def check(replies, calls, error=None, prefix="Lambda invocation error: ", **options):
        for execute in (lambda one: one.execute(REQUEST), lambda one: asyncio.run(one.execute_async(REQUEST))):
            clock.delays.clear()
            stub = new_stub(*replies)
            adapter = new_adapter(stub.endpoint, **options)
            response = execute(adapter)
            # A try that has timed out may not have arrived yet.
            eventually(lambda stub=stub: len(stub) >= calls, f"{calls} calls")
            assert len(stub) == calls
            assert len(clock.delays) == calls - 1
            assert response.success == (error is None), response
            if error is not None:
                assert re.search(f"^{prefix}{error}", response.error)
            assert_counts(adapter, 1, 0 if error is None else 1)

    return check


class TestFaults:
    @pytest.mark.parametrize(
        "code", ["ThrottlingException", "TooManyRequestsException", "ServiceUnavailableException", "RequestLimitExceeded"]
    )
    def test_throttling_is_retried(self, check, code):
        check([refused(code, 429), ok(_GOOD)], calls=2)

    def test_throttling_in_every_try_is_an_error(self, check):
        error = rf"An error occurred \(TooManyRequestsException\) {_CALLING}: Rate exceeded$"
        check([refused("TooManyRequestsException", 429, "Rate exceeded")], calls=4, error=error)

    def test_an_unavailable_server_is_retried(self, check):
        check([refused("ServiceUnavailableException", 503), refused("ServiceUnavailableException", 503), ok(_GOOD)], calls=3)

    def test_another_server_error_is_not_retried(self, check):
        error = rf"An error occurred \(ServiceException\) {_CALLING}: x$"
        check([refused("ServiceException", 500), ok(_GOOD)], calls=1, error=error)

    def test_another_server_error_in_also_retry_is_retried(self, check):
        check([refused("ServiceException", 500), ok(_GOOD)], calls=2, also_retry=["ServiceException"])

    @pytest.mark.parametrize("code", ["EC2ThrottlingException2", "NotAThrottlingException"])
    def test_an_error_code_that_contains_a_retryable_one_is_not_retried(self, check, code):
        check([refused(code, 429), ok(_GOOD)], calls=1, error=rf"An error occurred \({code}\)")

    def test_a_message_that_contains_a_retryable_code_is_not_retried(self, check):
        check(
            [refused("AccessDeniedException", 403, "no ThrottlingException")],
            calls=1,
            error=r"An error occurred \(AccessDeniedException\)",
        )

    def test_an_error_page_of_a_proxy_is_an_error(self, check):
        check([raw(b"<html>Bad Gateway</html>", 502)], calls=1, error=rf"An error occurred \(502\) {_CALLING}")

    def test_a_refused_connection_is_retried(self, clock, new_adapter):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            adapter = new_adapter(f"http://127.0.0.1:{taken.getsockname()[1]}", max_retries=2)
            response = adapter.execute(REQUEST)
        assert re.search(r"^Lambda invocation error: Could not connect to the endpoint URL: ", response.error)
        assert clock.delays == [0.5, 1.0]
        assert_counts(adapter, 1, 1)

    def test_a_connection_that_is_closed_without_an_answer_is_retried(self, check):
        check([closed(), ok(_GOOD)], calls=2)

    def test_a_connection_that_is_reset_within_the_answer_is_retried(self, check):
        check([cut(reset=True), ok(_GOOD)], calls=2)

    def test_a_truncated_answer_is_retried(self, check):
        check([cut(reset=False), ok(_GOOD)], calls=2)
        check([cut(reset=False)], calls=2, error="An error occurred while reading from response stream", max_retries=1)

    def test_a_missing_answer_is_retried(self, gate, check):
        check([waiting(gate, ok(_GOOD)), ok(_GOOD)], calls=2, read_timeout=1)
        check([waiting(gate, ok(_GOOD))], calls=2, error="Read timeout on endpoint URL: ", read_timeout=0.1, max_retries=1)

    def test_a_slow_answer_is_retried(self, gate, new_stub, new_adapter):
        options = {"connect_timeout": 0.5, "read_timeout": 0.5, "_clock": _ShortPauses()}
        for execute in (lambda one: one.execute(REQUEST), lambda one: asyncio.run(one.execute_async(REQUEST))):
            stub = new_stub(dripping(gate), ok(_GOOD))
            adapter = new_adapter(stub.endpoint, **options)
            assert execute(adapter).success
            assert len(stub) == 2
            # The thread of the first try has ended, although its answer has not.
            assert stub.left.wait(10)

    def test_a_slow_answer_to_every_try_is_an_error(self, gate, new_stub, new_adapter):
        stub = new_stub(dripping(gate))
        adapter = new_adapter(stub.endpoint, connect_timeout=0.1, read_timeout=0.2, max_retries=1, _clock=_ShortPauses())
        assert re.search(
            rf"^Lambda invocation error: An error occurred \(TimeoutError\) {_CALLING}: no answer within \d+ ms$",
            adapter.execute(REQUEST).error,
        )

    @pytest.mark.parametrize("kind", ["Handled", "Unhandled"])
    def test_a_function_that_failed_is_not_retried(self, check, kind):
        error = r"Lambda function error: \{'errorMessage': 'bad', 'errorType': 'ThrottlingException'\}$"
        check([function_error(kind, {"errorMessage": "bad", "errorType": "ThrottlingException"})], 1, error)

    def test_a_function_that_failed_is_retried_if_it_may_run_twice(self, check):
        check([function_error("Unhandled", {"errorMessage": "bad"}), ok(_GOOD)], calls=2, retry_function_errors=True)

    def test_the_error_of_a_function_may_be_any_text_and_is_shortened(self, check):
        check([function_error("Unhandled", b"Task timed out")], 1, "Lambda function error: Task timed out$")
        check([function_error("Unhandled", {"e": "x" * 5_000})], 1, r"Lambda function error: \{'e': 'x{4089}…$")

    @pytest.mark.parametrize(
        ("content", "quoted"),
        [
            (b"<html>", "6 bytes that are not JSON: <html>$"),
            (b'{"success": tr', r'14 bytes that are not JSON: \{"success": tr$'),
            (b"\xff\xfe{", "3 bytes that are not UTF-8: "),
        ],
    )
    def test_an_answer_that_is_not_json_is_an_error(self, check, content, quoted):
        check([raw(content)], 1, f"Lambda response must be a dictionary, got {quoted}", prefix="")

    def test_both_ends_of_a_long_answer_are_quoted(self, check):
        error = "Lambda response must be a dictionary, got 100 bytes that are not JSON: a{40}…b{40}$"
        check([raw(b"a" * 50 + b"b" * 50)], 1, error, prefix="")

    def test_an_empty_answer_is_an_error(self, new_stub, new_adapter):
        stub = new_stub(raw(b""))
        assert new_adapter(stub.endpoint).execute(REQUEST).error == "Lambda response must be a dictionary"

    def test_an_answer_of_6_mb_is_read(self, new_stub, new_adapter):
        text = "é" * 3_000_000
        stub = new_stub(ok({"success": True, "message": text}))
        assert new_adapter(stub.endpoint).execute(REQUEST).message == text

    def test_a_missing_permission_is_not_retried(self, check):
        check([refused("AccessDeniedException", 403)], 1, rf"An error occurred \(AccessDeniedException\) {_CALLING}: x$")

    def test_a_missing_function_is_not_retried(self, check):
        check([refused("ResourceNotFoundException", 404)], 1, rf"An error occurred \(ResourceNotFoundException\) {_CALLING}: x$")

    def test_missing_credentials_are_not_retried(self, clock, new_stub, new_adapter):
        session = Session()
        session.register_component("credential_provider", _Nothing())
        stub = new_stub(ok(_GOOD))
        client = session.create_client("lambda", region_name="us-east-1", endpoint_url=stub.endpoint)
        response = new_adapter(stub.endpoint, lambda_client=client).execute(REQUEST)
        assert response.error == "Lambda invocation error: Unable to locate credentials"
        assert (len(stub), clock.delays) == (0, [])

    def test_an_event_that_is_not_accepted_is_retried(self, check):
        check([refused("TooManyRequestsException", 429), queued()], calls=2, invocation_type="Event")


class _Nothing:
    def load_credentials(self):
        return None


class _ShortPauses(Clock):
    """The clock of this machine, with shorter pauses."""

    def sleep(self, seconds):
        time.sleep(seconds / 100)

    async def sleep_async(self, seconds):
        await asyncio.sleep(seconds / 100)
