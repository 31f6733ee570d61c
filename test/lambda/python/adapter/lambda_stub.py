"""A stub of Lambda's Invoke API on 127.0.0.1, whose replies the test chooses."""

import json
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def ok(value, status=200, **headers):
    return raw(json.dumps(value).encode(), status, **headers)


def raw(content, status=200, closes=False, **headers):
    """:param closes: whether to close the connection after the answer, without saying so"""

    def reply(handler):
        handler.send_response(status)
        for name, text in headers.items():
            handler.send_header(name.replace("_", "-"), text)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
        if closes:
            handler.close_connection = True

    return reply


def queued():
    return raw(b"", 202)


def refused(code, status=400, message="x"):
    """Replies with an error of AWS."""
    return ok({"Type": "User", "Message": message}, status, x_amzn_ErrorType=code)


def function_error(kind, value):
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return raw(content, 200, X_Amz_Function_Error=kind)


def closed():
    """Closes the connection without an answer."""
    return lambda handler: _close(handler, reset=False)


def cut(reset):
    """Closes the connection in the middle of the answer."""

    def reply(handler):
        _begin(handler, 1_000)
        _close(handler, reset)

    return reply


def dripping(until, interval=0.02):
    """Sends an endless answer byte by byte, so that no read times out."""

    def reply(handler):
        _begin(handler, 1_000_000)
        try:
            while not until.wait(interval):
                handler.wfile.write(b" ")
                handler.wfile.flush()
        except OSError:
            handler.server.stub.left.set()
        _close(handler, reset=True)

    return reply


def waiting(for_event, then):
    """Waits for an event before it replies."""

    def reply(handler):
        for_event.wait(10)
        then(handler)

    return reply


def _begin(handler, length):
    handler.send_response(200)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()
    handler.wfile.write(b'{"success":')
    handler.wfile.flush()


def _close(handler, reset):
    if reset:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Sends headers and body in one packet; otherwise, the client's delayed acknowledgement takes 40 ms.
    wbufsize = -1

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.stub.ports.append(self.client_address[1])
        reply = self.server.stub.next_reply(self.path, self.headers, body)
        try:
            reply(self)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1_024

    def handle_error(self, *_):
        pass

    def shutdown_request(self, request):
        super().shutdown_request(request)
        self.stub.ended += 1


class LambdaStub:
    """Answers requests with the replies in their order, and further requests with the last reply."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.requests = []
        self.ended = 0
        """Number of connections that the stub has closed."""
        self.ports = []
        """The client's port of each request: another port is another connection."""
        self.left = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stub = self
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def next_reply(self, path, headers, body):
        with self._lock:
            place = len(self.requests)
            self.requests.append((path, dict(headers), body))
            return self.replies[min(place, len(self.replies) - 1)]

    @property
    def payloads(self):
        return [json.loads(body) for _, _, body in self.requests]

    def __len__(self):
        return len(self.requests)

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
