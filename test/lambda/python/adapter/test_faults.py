"""What the network, Lambda and functions do wrong, each by a stub that does it."""

import asyncio
import socket
import threading
import time

from katamari_runtime.adapter._clock import Clock
from lambda_stub import closed, cut, dripping, function_error, ok, queued, raw, refused, waiting
from support import REQUEST, AdapterTest

_GOOD = {"success": True, "message": "done"}
_CALLING = "when calling the Invoke operation"


class Faults(AdapterTest):
    def check(self, replies, calls, error=None, **options):
        """Executes a request, in a thread and in a coroutine, and says how it went."""
        for execute in (lambda one: one.execute(REQUEST), lambda one: asyncio.run(one.execute_async(REQUEST))):
            self.clock.delays.clear()
            stub = self.stub(*replies)
            adapter = self.adapter(stub.endpoint, **options)
            response = execute(adapter)
            # A try that has timed out may be on its way still.
            self.eventually(lambda stub=stub: len(stub) >= calls)
            self.assertEqual(len(stub), calls)
            self.assertEqual(len(self.clock.delays), calls - 1)
            self.assertEqual(response.success, error is None, response)
            if error is not None:
                self.assertRegex(response.error, f"^Lambda invocation error: {error}")
            self.assert_counts(adapter, 1, 0 if error is None else 1)

    def test_throttling_is_tried_again(self):
        for code in ("ThrottlingException", "TooManyRequestsException", "ServiceUnavailableException", "RequestLimitExceeded"):
            with self.subTest(code):
                self.check([refused(code, 429), ok(_GOOD)], calls=2)

    def test_throttling_that_stays_is_an_error_in_the_end(self):
        error = rf"An error occurred \(TooManyRequestsException\) {_CALLING}: Rate exceeded$"
        self.check([refused("TooManyRequestsException", 429, "Rate exceeded")], calls=4, error=error)

    def test_a_server_that_is_not_available_is_tried_again(self):
        self.check([refused("ServiceUnavailableException", 503), refused("ServiceUnavailableException", 503), ok(_GOOD)], calls=3)

    def test_another_fault_of_the_server_is_not(self):
        error = rf"An error occurred \(ServiceException\) {_CALLING}: x$"
        self.check([refused("ServiceException", 500), ok(_GOOD)], calls=1, error=error)

    def test_unless_it_is_asked_for(self):
        self.check([refused("ServiceException", 500), ok(_GOOD)], calls=2, also_retry=["ServiceException"])

    def test_a_name_that_contains_one_of_the_list_is_not(self):
        for code in ("EC2ThrottlingException2", "NotAThrottlingException"):
            with self.subTest(code):
                self.check([refused(code, 429), ok(_GOOD)], calls=1, error=rf"An error occurred \({code}\)")

    def test_a_message_that_names_one_of_the_list_is_not(self):
        self.check(
            [refused("AccessDeniedException", 403, "no ThrottlingException")],
            calls=1,
            error=r"An error occurred \(AccessDeniedException\)",
        )

    def test_an_error_page_of_a_proxy_is_an_error(self):
        self.check([raw(b"<html>Bad Gateway</html>", 502)], calls=1, error=rf"An error occurred \(502\) {_CALLING}")

    def test_a_refused_connection_is_tried_again(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            adapter = self.adapter(f"http://127.0.0.1:{taken.getsockname()[1]}", max_retries=2)
            response = adapter.execute(REQUEST)
        self.assertRegex(response.error, r"^Lambda invocation error: Could not connect to the endpoint URL: ")
        self.assertEqual(self.clock.delays, [0.5, 1.0])
        self.assert_counts(adapter, 1, 1)

    def test_a_connection_that_is_closed_without_an_answer_is_tried_again(self):
        self.check([closed(), ok(_GOOD)], calls=2)

    def test_a_connection_that_is_reset_within_the_answer_is_tried_again(self):
        self.check([cut(reset=True), ok(_GOOD)], calls=2)

    def test_an_answer_that_ends_before_its_end_is_tried_again(self):
        self.check([cut(reset=False), ok(_GOOD)], calls=2)
        self.check([cut(reset=False)], calls=2, error="An error occurred while reading from response stream", max_retries=1)

    def test_an_answer_that_does_not_come_is_tried_again(self):
        end = threading.Event()
        self.addCleanup(end.set)
        self.check([waiting(end, ok(_GOOD)), ok(_GOOD)], calls=2, read_timeout=1)
        self.check([waiting(end, ok(_GOOD))], calls=2, error="Read timeout on endpoint URL: ", read_timeout=0.1, max_retries=1)

    def test_an_answer_that_comes_too_slowly_is_tried_again(self):
        end = threading.Event()
        self.addCleanup(end.set)
        options = {"connect_timeout": 0.5, "read_timeout": 0.5, "_clock": _ShortPauses()}
        for execute in (lambda one: one.execute(REQUEST), lambda one: asyncio.run(one.execute_async(REQUEST))):
            stub = self.stub(dripping(end), ok(_GOOD))
            adapter = self.adapter(stub.endpoint, **options)
            self.assertTrue(execute(adapter).success)
            self.assertEqual(len(stub), 2)
            # The thread of the first try has not waited for the end, which does not come.
            self.assertTrue(stub.left.wait(10))

    def test_such_an_answer_is_an_error_in_the_end(self):
        end = threading.Event()
        self.addCleanup(end.set)
        stub = self.stub(dripping(end))
        adapter = self.adapter(stub.endpoint, connect_timeout=0.1, read_timeout=0.2, max_retries=1, _clock=_ShortPauses())
        self.assertRegex(
            adapter.execute(REQUEST).error,
            rf"^Lambda invocation error: An error occurred \(TimeoutError\) {_CALLING}: no answer within \d+ ms$",
        )

    def test_a_function_that_failed_is_not_called_again(self):
        for kind in ("Handled", "Unhandled"):
            with self.subTest(kind):
                error = r"Lambda function error: \{'errorMessage': 'bad', 'errorType': 'ThrottlingException'\}$"
                self.check([function_error(kind, {"errorMessage": "bad", "errorType": "ThrottlingException"})], 1, error)

    def test_unless_it_may_run_twice(self):
        self.check([function_error("Unhandled", {"errorMessage": "bad"}), ok(_GOOD)], calls=2, retry_function_errors=True)

    def test_the_error_of_a_function_need_not_be_json_and_is_cut(self):
        self.check([function_error("Unhandled", b"Task timed out")], 1, "Lambda function error: Task timed out$")
        self.check([function_error("Unhandled", {"e": "x" * 5_000})], 1, r"Lambda function error: \{'e': 'x{4089}…$")

    def test_an_answer_that_is_not_json_is_an_error(self):
        for content, shown in (
            (b"<html>", "6 bytes: <html>$"),
            (b'{"success": tr', r'14 bytes: \{"success": tr$'),
            (b"\xff\xfe{", "3 bytes: "),
        ):
            with self.subTest(content):
                self.check([raw(content)], 1, f"the answer of the function must be JSON, got {shown}")

    def test_of_a_long_one_both_ends_are_shown(self):
        self.check([raw(b"a" * 50 + b"b" * 50)], 1, "the answer of the function must be JSON, got 100 bytes: a{40}…b{40}$")

    def test_an_answer_without_content_is_no_answer_of_a_module(self):
        stub = self.stub(raw(b""))
        self.assertEqual(self.adapter(stub.endpoint).execute(REQUEST).error, "Lambda response must be a dictionary")

    def test_an_answer_of_6_mb_is_read(self):
        text = "é" * 3_000_000
        stub = self.stub(ok({"success": True, "message": text}))
        self.assertEqual(self.adapter(stub.endpoint).execute(REQUEST).message, text)

    def test_a_missing_permission_is_an_error_at_once(self):
        self.check([refused("AccessDeniedException", 403)], 1, rf"An error occurred \(AccessDeniedException\) {_CALLING}: x$")

    def test_a_missing_function_is_an_error_at_once(self):
        self.check(
            [refused("ResourceNotFoundException", 404)], 1, rf"An error occurred \(ResourceNotFoundException\) {_CALLING}: x$"
        )

    def test_missing_credentials_are_an_error_at_once(self):
        from botocore.session import Session

        session = Session()
        session.register_component("credential_provider", _Nothing())
        stub = self.stub(ok(_GOOD))
        client = session.create_client("lambda", region_name="us-east-1", endpoint_url=stub.endpoint)
        response = self.adapter(stub.endpoint, lambda_client=client).execute(REQUEST)
        self.assertEqual(response.error, "Lambda invocation error: Unable to locate credentials")
        self.assertEqual((len(stub), self.clock.delays), (0, []))

    def test_an_event_that_is_not_taken_is_tried_again(self):
        self.check([refused("TooManyRequestsException", 429), queued()], calls=2, invocation_type="Event")


class _Nothing:
    def load_credentials(self):
        return None


class _ShortPauses(Clock):
    """Real time, but for pauses."""

    def sleep(self, seconds):
        time.sleep(seconds / 100)

    async def sleep_async(self, seconds):
        await asyncio.sleep(seconds / 100)
