"""Connections, processes and credentials of an adapter."""

import os
import signal
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from katamari_runtime import _emit, _sdk
from katamari_runtime.adapter import LambdaAdapter, _lambda_clients
from lambda_stub import ok, raw
from support import EVENTUALLY_S, REQUEST, eventually

_GOOD = {"success": True, "message": "done"}
_ROLE = "arn:aws:iam::123456789012:role/caller"
_CREDENTIALS = b"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")


def in_child(work):
    """Runs work in the child of a fork, and returns its text."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, str(work()).encode())
        except BaseException as error:
            os.write(writer, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    until = time.monotonic() + EVENTUALLY_S
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pytest.fail("the child did not end")
        time.sleep(0.01)
    with os.fdopen(reader) as pipe:
        return pipe.read()


@contextmanager
def held_by_another_thread(lock):
    """Holds a lock, as a thread of the parent may do at the time of a fork."""
    held, done = threading.Event(), threading.Event()

    def hold():
        with lock:
            held.set()
            done.wait(EVENTUALLY_S)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(EVENTUALLY_S)
    yield
    done.set()
    thread.join()


@forks
class TestFork:
    def test_an_adapter_that_was_used_before_works_in_the_child_and_in_the_parent(self, new_stub):
        stub = new_stub(ok(_GOOD))
        adapter = LambdaAdapter(function_identifier="fn", module_name="m", endpoint=stub.endpoint)
        assert adapter.execute(REQUEST).success
        ports = len(set(stub.ports))
        assert in_child(lambda: adapter.execute(REQUEST).message) == "done"
        # The child has a connection of its own.
        assert len(set(stub.ports)) == ports + 1
        assert adapter.execute(REQUEST).success

    def test_a_child_of_a_child_works(self, new_stub):
        adapter = LambdaAdapter(function_identifier="fn", module_name="m", endpoint=new_stub(ok(_GOOD)).endpoint)
        assert in_child(lambda: adapter.execute(REQUEST).message + in_child(lambda: adapter.execute(REQUEST).message)) == (
            "donedone"
        )

    @pytest.mark.parametrize(
        "lock_of",
        [
            lambda adapter: adapter._attempts._budget._lock,
            lambda adapter: adapter._execution.circuit_breaker._lock,
            lambda adapter: adapter._recorder._local._lock,
            lambda _: _lambda_clients.CLIENTS._lock,
        ],
    )
    def test_a_lock_of_another_thread_is_free_in_the_child(self, new_stub, lock_of):
        adapter = LambdaAdapter(function_identifier="fn", module_name="m", endpoint=new_stub(ok(_GOOD)).endpoint)
        with held_by_another_thread(lock_of(adapter)):
            assert in_child(lambda: adapter.execute(REQUEST).message) == "done"

    def test_a_probe_of_the_parent_does_not_block_the_child(self, new_stub):
        adapter = LambdaAdapter(function_identifier="fn", module_name="m", endpoint=new_stub(ok(_GOOD)).endpoint)
        adapter._execution.circuit_breaker._opened_at = time.monotonic() - 60
        adapter._execution.circuit_breaker._probing = True
        assert in_child(lambda: adapter.execute(REQUEST).message) == "done"

    def test_the_client_of_emit_is_another_one_in_the_child(self, new_stub, monkeypatch):
        stub = new_stub(ok({"Entries": [{"EventId": "e"}]}))
        monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", stub.endpoint)
        _emit._shared_client.renew()
        assert _emit.emit("name", bus="b") == "e"
        with held_by_another_thread(_sdk._sessions._lock):
            assert in_child(lambda: _emit.emit("name", bus="b")) == "e"
        assert len(set(stub.ports)) == 2
        _emit._shared_client.renew()


class TestConnections:
    @pytest.mark.skipif(not hasattr(socket, "TCP_KEEPIDLE"), reason="this platform has no TCP_KEEPIDLE")
    def test_tcp_keepalive_probes_within_a_minute(self, new_stub):
        stub = new_stub(ok(_GOOD))
        adapter = LambdaAdapter(function_identifier="fn", module_name="m", endpoint=stub.endpoint)
        assert adapter.execute(REQUEST).success
        pool = adapter._attempts._client()._endpoint.http_session._manager.connection_from_url(stub.endpoint)
        connection = pool.pool.get(timeout=EVENTUALLY_S)
        options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)]
        values = [connection.sock.getsockopt(*option) for option in options]
        pool.pool.put(connection)
        assert values == [1, 60]

    def test_a_connection_that_the_server_has_closed_is_no_attempt(self, new_stub, new_adapter):
        stub = new_stub(raw(b'{"success": true}', closes=True))
        adapter = new_adapter(stub.endpoint, max_retries=0)
        for call in range(1, 4):
            assert adapter.execute(REQUEST).success
            eventually(lambda call=call: stub.ended == call, "the end of the connection")
        assert len(set(stub.ports)) == 3

    def test_an_sts_that_never_answers_is_an_error_and_the_next_call_asks_again(self, gate, new_stub, monkeypatch):
        sts = new_stub(lambda handler: gate.wait(EVENTUALLY_S) and None, raw(_CREDENTIALS, Content_Type="text/xml"))
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.endpoint)
        monkeypatch.setattr(_lambda_clients, "_STS_TIMEOUT_S", 0.3)
        monkeypatch.setattr(_lambda_clients, "_STS_ATTEMPTS", 1)
        stub = new_stub(ok(_GOOD))
        adapter = LambdaAdapter(
            function_identifier="fn", module_name="m", endpoint=stub.endpoint, role_arn=_ROLE, max_retries=0, breaker=False
        )
        assert "timeout" in adapter.execute(REQUEST).error.lower()
        assert adapter.execute(REQUEST).success

    @pytest.mark.parametrize("service", ["events", "dynamodb", "s3", "secretsmanager"])
    def test_every_client_has_timeouts(self, service):
        config = _sdk.new_client(service).meta.config
        assert (config.connect_timeout, config.read_timeout) == (5, 30)

    def test_own_timeouts_are_kept(self):
        from botocore.config import Config

        config = _sdk.new_client("dynamodb", Config(connect_timeout=1, read_timeout=2)).meta.config
        assert (config.connect_timeout, config.read_timeout) == (1, 2)


def test_the_run_id_of_an_event_is_handed_on(new_stub, new_adapter):
    stub = new_stub(raw(b"", 202, x_amzn_RequestId="run-7"))
    response = new_adapter(stub.endpoint, invocation_type="Event").execute(REQUEST)
    assert (response.success, response.message, response.run_id) == (True, "Lambda function queued", "run-7")


def test_a_response_of_another_call_has_no_run_id(new_stub, new_adapter):
    stub = new_stub(ok(_GOOD, x_amzn_RequestId="request-7"))
    assert new_adapter(stub.endpoint).execute(REQUEST).run_id is None


@pytest.mark.parametrize("parse", [lambda _: None, lambda _: 5, lambda _: 1 / 0])
def test_a_mapping_that_returns_something_else_does_not_raise(new_stub, new_adapter, parse):
    response = new_adapter(new_stub(ok(_GOOD)).endpoint, parse_response=parse).execute(REQUEST)
    assert response.error.startswith("Lambda invocation error: ")
