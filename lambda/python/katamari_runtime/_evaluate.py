"""Runs code for the debug shell."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import json
import traceback
from types import CodeType
from typing import Any

from ._constants import SHELL_TEXT_MAX_LENGTH
from ._describe import message_of
from ._text import well_formed

_FILE = "<shell>"
_VALUE = "__katamari_value__"


def evaluate(code: str, names: dict[str, Any]) -> dict[str, Any]:
    """Runs code, and returns what it printed and the value of its last expression.

    ``result`` is the value itself if JSON can represent all of it, else None. ``repr`` is the value as Python writes it.
    """
    output = io.StringIO()
    namespace: dict[str, Any] = {"__name__": "__shell__", **names}
    error = None
    value = None
    representation = None
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        # BaseException: sys.exit() must not end the process, because the caller would get no answer.
        try:
            _run(_compile(code), namespace)
            value = namespace.get(_VALUE)
            representation = None if value is None else _shorten(repr(value))
        except BaseException as raised:
            value = None
            error = _describe(raised)
    return {
        "result": _as_json(value),
        "repr": representation,
        "stdout": _shorten(output.getvalue()),
        "error": error,
    }


def _compile(code: str) -> CodeType:
    tree = ast.parse(code, _FILE)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = tree.body[-1]
        target = ast.Name(id=_VALUE, ctx=ast.Store())
        tree.body[-1] = ast.copy_location(ast.Assign(targets=[target], value=last.value), last)
        ast.fix_missing_locations(tree)
    compiled: CodeType = compile(tree, _FILE, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return compiled


def _run(compiled: CodeType, namespace: dict[str, Any]) -> None:
    coroutine = eval(compiled, namespace)
    if compiled.co_flags & inspect.CO_COROUTINE:
        asyncio.run(coroutine)


def _as_json(value: object) -> object:
    """The value if JSON can represent all of it, else None."""
    try:
        text = json.dumps(value, allow_nan=False)
        parsed: object = json.loads(text)
        return parsed if len(text) <= SHELL_TEXT_MAX_LENGTH and _equal(parsed, value) else None
    except (TypeError, ValueError, RecursionError):
        return None


def _equal(one: object, other: object) -> bool:
    """Whether two values are equal and have the same types: a tuple is not a list, and True is not 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return one == other


def _describe(error: BaseException) -> dict[str, str]:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    stack = "".join([*traceback.format_list(frames), *traceback.format_exception_only(type(error), error)])
    return {"type": type(error).__name__, "message": _shorten(message_of(error)), "stack": _shorten(stack)}


def _shorten(text: str) -> str:
    text = well_formed(text)
    return text if len(text) <= SHELL_TEXT_MAX_LENGTH else f"{text[: SHELL_TEXT_MAX_LENGTH - 1]}…"
