"""The debug shell of a handler. ``Source.python`` adds it to functions with ``debugShell``."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import hmac
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from ._constants import ENV_SHELL_SECRET_ARN, SHELL_EVENT_KEY

Handler = Callable[[Any, Any], Any]

_REFUSAL_S = 1
"""Seconds that a refusal takes, to slow down guessing."""

_SECRET_TTL_S = 60
"""Seconds that the secret is cached. After a rotation, the old secret works for at most this time."""

_cached_secret: tuple[str, float] | None = None
"""The secret, and the time at which it was read."""


class ShellRefused(Exception):
    """Raised for a shell event without the secret. The error deliberately says nothing else."""


def with_shell(handler: Handler) -> Handler:
    """Wraps a handler with the debug shell.

    The shell handles events whose only key is the shell's; the handler receives all others.
    """
    return shell_with(_read_secret, time.sleep, handler)


def shell_with(read_secret: Callable[[], str], sleep: Callable[[float], object], handler: Handler) -> Handler:
    """Wraps a handler with the debug shell.

    :param read_secret: returns the secret that opens the shell; raises if it cannot be read
    """

    @functools.wraps(handler)
    def with_shell(event: Any, context: Any) -> Any:
        if not (isinstance(event, dict) and list(event) == [SHELL_EVENT_KEY]):
            return handler(event, context)
        body = event[SHELL_EVENT_KEY]
        request: dict[str, Any] = body if isinstance(body, dict) else {}
        if not _is_authorized(read_secret, request.get("secret")):
            sleep(_REFUSAL_S)
            # The traceback would say why.
            raise ShellRefused("refused").with_traceback(None) from None
        return _answer(request, handler, context)

    return with_shell


def _is_authorized(read_secret: Callable[[], str], given: object) -> bool:
    try:
        secret = read_secret()
    except Exception as error:
        # Only the log says so: the caller must not learn anything.
        print(f"cannot read the secret of the debug shell: {error}")
        return False
    if not isinstance(given, str) or secret == "":
        return False
    # The digests have the same length, so that the comparison does not reveal the length of the secret.
    return hmac.compare_digest(_digest(given), _digest(secret))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _answer(request: dict[str, Any], handler: Handler, context: Any) -> dict[str, Any]:
    language, code = request.get("language"), request.get("code")
    if language != "python":
        return _failure(f"language must be 'python' in this function, got: '{language}'")
    if not isinstance(code, str):
        return _failure(f"code must be a string, got: {type(code).__name__}")
    # Imported here, because most invocations do not need it.
    from ._evaluate import evaluate

    return evaluate(code, {"handler": _logging(handler), "context": context})


def _logging(handler: Handler) -> Handler:
    """The handler, with its output going to the log instead of the answer of the shell."""
    stdout, stderr = sys.stdout, sys.stderr

    @functools.wraps(handler)
    def logging(event: Any, context: Any) -> Any:
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            return handler(event, context)

    return logging


def _failure(message: str) -> dict[str, Any]:
    return {
        "result": None,
        "repr": None,
        "stdout": "",
        "error": {"type": "InvalidRequest", "message": message, "stack": ""},
    }


def _read_secret() -> str:
    """The secret, cached for a minute. If it cannot be read any more, the cached value is not used instead."""
    global _cached_secret
    # The wall clock: a monotonic clock stops while Lambda freezes the process. abs(): the wall clock may be set back.
    now = time.time()
    if _cached_secret is not None and abs(now - _cached_secret[1]) < _SECRET_TTL_S:
        return _cached_secret[0]
    _cached_secret = None
    from ._sdk import new_client

    answer = new_client("secretsmanager").get_secret_value(SecretId=os.environ[ENV_SHELL_SECRET_ARN])
    _cached_secret = (str(answer.get("SecretString", "")), now)
    return _cached_secret[0]
