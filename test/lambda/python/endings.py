"""Invokes handlers as Lambda does. Most of them end their process.

Arguments: the names of the handlers, and the timeout in milliseconds.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from types import SimpleNamespace

from katamari_runtime.tracker import track_module


def exits(_event, _context):
    sys.exit(3)


def exits_without_a_code(_event, _context):
    sys.exit()


def exits_with_a_text(_event, _context):
    sys.exit("no stock")


async def exits_in_a_coroutine(_event, _context):
    await asyncio.sleep(0.001)
    sys.exit(4)


def is_interrupted(_event, _context):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)


def is_terminated(_event, _context):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)


def is_terminated_and_continues(_event, _context):
    try:
        is_terminated(None, None)
    except SystemExit:
        return "result"


def handles_sigterm_itself(_event, _context):
    caught = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: caught.set())
    os.kill(os.getpid(), signal.SIGTERM)
    return "result" if caught.wait(5) else "not caught"


def is_killed(_event, _context):
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(10)


def exits_at_once(_event, _context):
    os._exit(5)


def never_ends(_event, _context):
    time.sleep(60)


def forks(_event, _context):
    # Python 3.12 warns about a fork in a process with several threads; the deadline timer is one.
    warnings.simplefilter("ignore", DeprecationWarning)
    child = os.fork()
    if child == 0:
        sys.exit(0)
    os.waitpid(child, 0)
    return "result"


def starts_threads_that_fail(_event, _context):
    thread = threading.Thread(target=sys.exit)
    thread.start()
    thread.join()
    return "result"


def runs_a_program(_event, _context):
    subprocess.run([sys.executable, "-c", "raise SystemExit(7)"], check=False)
    return "result"


names, timeout_ms = sys.argv[1].split(","), float(sys.argv[2])
for index, name in enumerate(names):
    tracked = track_module("__main__", name)
    deadline = time.monotonic() + timeout_ms / 1000
    context = SimpleNamespace(
        aws_request_id=f"request-{index + 1}",
        log_stream_name="stream",
        get_remaining_time_in_millis=lambda deadline=deadline: max(0, round((deadline - time.monotonic()) * 1000)),
    )
    if name == "never_ends":
        # Lambda kills a process that is still running at its deadline.
        threading.Timer(timeout_ms / 1000, os.kill, (os.getpid(), signal.SIGKILL)).start()
    print(json.dumps({"result": tracked({}, context)}), flush=True)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        print("SIGTERM ends the process", flush=True)
