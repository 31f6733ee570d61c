"""Puts the debug shell around a handler. Compiled in by ``Source.python`` where a function has ``debugShell``."""

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
"""How long a refusal takes, in seconds: whoever guesses pays for it."""


_SECRET_KEPT_S = 60
"""How long the secret is kept, in seconds: one that is rotated opens nothing after that."""

_kept: tuple[str, float] | None = None
"""The secret, and when it was read."""


class ShellRefused(Exception):
    """An event for the shell that does not have its secret. It says no more than that."""


def with_shell(handler: Handler) -> Handler:
    """Puts the debug shell around a handler.

    An event with no other key than the shell's is for the shell, any other for the handler.
    """
    return shell_with(_secret, time.sleep, handler)


def shell_with(secret: Callable[[], str], sleep: Callable[[float], object], handler: Handler) -> Handler:
    """Does so with what the shell works with: ``secret`` gives the secret that opens it, and raises where it can't be read."""

    @functools.wraps(handler)
    def with_shell(event: Any, context: Any) -> Any:
        if not (isinstance(event, dict) and list(event) == [SHELL_EVENT_KEY]):
            return handler(event, context)
        body = event[SHELL_EVENT_KEY]
        request: dict[str, Any] = body if isinstance(body, dict) else {}
        if not _opens(secret, request.get("secret")):
            sleep(_REFUSAL_S)
            # Nor where.
            raise ShellRefused("refused").with_traceback(None) from None
        return _answer(request, handler, context)

    return with_shell


def _opens(secret: Callable[[], str], given: object) -> bool:
    try:
        known = secret()
    except Exception as error:
        # For the log alone: whoever asks learns nothing.
        print(f"the secret of the debug shell could not be read: {error}")
        return False
    if not isinstance(given, str) or known == "":
        return False
    # Of equal length whatever is given.
    return hmac.compare_digest(_digest(given), _digest(known))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _answer(request: dict[str, Any], handler: Handler, context: Any) -> dict[str, Any]:
    language, code = request.get("language"), request.get("code")
    if language != "python":
        return _failure(f"language must be 'python' in this function, got: '{language}'")
    if not isinstance(code, str):
        return _failure(f"code must be a text, got: {type(code).__name__}")
    # What only the shell needs is loaded for it alone.
    from ._evaluate import evaluate

    return evaluate(code, {"handler": _logging(handler), "context": context})


def _logging(handler: Handler) -> Handler:
    """The handler, and what it prints where it always goes: to the log, and not to what the code has printed."""
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


def _secret() -> str:
    """The secret, kept for a minute; one that can't be read is asked for again, and the one before is not used instead."""
    global _kept
    # The time of the day, as no other clock goes on while Lambda freezes the process; it may be set back, too.
    now = time.time()
    if _kept is not None and abs(now - _kept[1]) < _SECRET_KEPT_S:
        return _kept[0]
    _kept = None
    from ._sdk import new_client

    # botocore makes the methods of a client when it runs: no checker knows them.
    client: Any = new_client("secretsmanager")
    answer = client.get_secret_value(SecretId=os.environ[ENV_SHELL_SECRET_ARN])
    _kept = (str(answer.get("SecretString", "")), now)
    return _kept[0]
