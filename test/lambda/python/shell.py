"""Gives one event to a handler with a debug shell: the request on standard input, what came of it on standard output."""

import json
import os
import sys
from types import SimpleNamespace

from katamari_runtime.shell import shell_with

request = json.load(sys.stdin)
pauses = []
calls = []


def secret():
    calls.append(1)
    if request["secret"] is None:
        raise PermissionError("AccessDenied")
    return request["secret"]


def handler(event, context):
    """What it does."""
    if event == {"id": 8}:
        print("from the handler")
    return {"handled": event}


shell = shell_with(secret, pauses.append, handler)
answers = os.fdopen(os.dup(1), "w")
outcome = {}
try:
    outcome["result"] = shell(request["event"], SimpleNamespace(function_name="orders"))
except Exception as error:
    outcome["error"] = [type(error).__name__, str(error), str(error.__cause__), error.__suppress_context__]
outcome.update(pauses=pauses, reads=len(calls), name=shell.__name__, doc=shell.__doc__)
sys.stdout.flush()
print("\x00" + json.dumps(outcome), file=answers, flush=True)
