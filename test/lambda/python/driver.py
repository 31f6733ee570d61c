"""Calls the Python runtime for the tests in TypeScript.

Reads one request a line from standard input, and writes one answer a line to standard output.
"""

import asyncio
import io
import json
import os
import sys
import threading
import time
from datetime import date
from types import SimpleNamespace

import katamari_runtime
from botocore.session import get_session
from katamari_runtime._sdk import SharedClient
from katamari_runtime.tracker import _correlation_id, _invocation, _new_client, _time
from katamari_runtime.tracker._attempt import Duplicate, RunEnd, Running, RunningAttempt, RunStart
from katamari_runtime.tracker._deadline import Deadline
from katamari_runtime.tracker._run_store import RunStore
from katamari_runtime.tracker._settings import TrackerSettings, read_settings
from katamari_runtime.tracker._track import TrackerDependencies, track_with

answers = sys.stdout
lock = threading.Lock()
gates = {}
clients = {}


class OrderError(Exception):
    pass


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


ERRORS = {"OrderError": OrderError, "TypeError": TypeError, "RangeError": type("RangeError", (Exception,), {})}


def snake(values, names):
    return {names[name]: value for name, value in values.items() if value is not None}


START = {
    "runId": "run_id",
    "trigger": "trigger",
    "requestId": "request_id",
    "logStream": "log_stream",
    "now": "now",
    "deadline": "deadline",
    "eventName": "event_name",
    "scheduledTime": "scheduled_time",
    "hasRecords": "has_records",
}
SETTINGS = {
    "functionName": "function_name",
    "tableName": "table_name",
    "retentionDays": "retention_days",
    "overlapLimit": "overlap_limit",
    "overlapOfSchedule": "overlap_of_schedule",
    "local": "local",
}
END = {"state": "state", "now": "now", "errorType": "error_type", "errorMessage": "error_message"}


def start_of(values):
    return RunStart(**snake(values, START))


def running_of(values):
    return RunningAttempt(start_of(values["start"]), values.get("attempt"))


def client_of(endpoint):
    if endpoint not in clients:
        os.environ["AWS_ENDPOINT_URL"] = endpoint
        clients[endpoint] = SharedClient(_new_client)
        clients[endpoint]()
    return clients[endpoint]


def store_of(values):
    return RunStore(client_of(values["endpoint"]), TrackerSettings(**snake(values["settings"], SETTINGS)))


def deadline_of(values):
    return Deadline(values.get("deadlineMs", 60_000))


def shape(outcome):
    """An outcome of a start in the form of TypeScript."""
    if isinstance(outcome, Running):
        return without_none({"kind": "running", "attempt": outcome.attempt, "fencingToken": outcome.fencing_token})
    if isinstance(outcome, Duplicate):
        return {"kind": "duplicate", "state": outcome.state, "retry": outcome.retry}
    return {"kind": "skipped", "running": outcome.running, "retry": outcome.retry}


def without_none(values):
    return {name: value for name, value in values.items() if value is not None}


def run_in_progress():
    run = katamari_runtime.current_run()
    return run and without_none(
        {
            "function": run.function,
            "runId": run.run_id,
            "attempt": run.attempt,
            "scheduledTime": run.scheduled_time,
            "fencingToken": run.fencing_token,
            "correlationId": run.correlation_id,
        }
    )


def handler_of(spec):
    kind = spec["kind"]

    def handler(event, _context):
        if kind == "value":
            return spec.get("value")
        if kind == "data":
            return DATA[spec["data"]]()
        if kind == "echo":
            return {"given": event}
        if kind == "raise":
            raise ERRORS[spec["type"]](spec["message"])
        if kind == "unspeakable":
            raise Unspeakable()
        if kind == "currentRun":
            return run_in_progress()
        if kind == "sleep":
            time.sleep(spec["ms"] / 1000)
        if kind == "gate":
            gates.setdefault(spec["gate"], threading.Event()).wait()
        if kind == "blockSwitches":
            # Behaves like native code that does not release the interpreter.
            interval = sys.getswitchinterval()
            sys.setswitchinterval(60)
            until = time.monotonic() + spec["ms"] / 1000
            while time.monotonic() < until:
                pass
            sys.setswitchinterval(interval)
        return spec.get("value")

    async def asynchronous(event, context):
        await asyncio.sleep(0.001)
        seen = [run_in_progress(), await asyncio.to_thread(run_in_progress), await asyncio.create_task(in_task())]
        return {"same": seen[0] == seen[1] == seen[2], "run": seen[0]}

    async def in_task():
        return run_in_progress()

    async def failing(event, context):
        raise OrderError("no stock")

    return {"asynchronous": asynchronous, "asynchronousFailing": failing}.get(kind, handler)


def context_of(values):
    deadline = time.monotonic() + values["timeoutMs"] / 1000
    return SimpleNamespace(
        aws_request_id=values["awsRequestId"],
        log_stream_name=values["logStreamName"],
        get_remaining_time_in_millis=lambda: max(0, round((deadline - time.monotonic()) * 1000)),
    )


def invoke(values):
    settings = values.get("settings")
    moments = values.get("now")
    dependencies = TrackerDependencies(
        function_name=settings["functionName"] if settings else "",
        store=store_of(values) if settings else None,
        now=(lambda: moments) if moments is not None else _time.now_ms,
    )
    context = context_of(values["context"])
    if moments is not None:
        # The clock is fixed, so that records can be compared.
        context.get_remaining_time_in_millis = lambda: values["context"]["timeoutMs"]
    return track_with(dependencies, handler_of(values["handler"]))(values["event"], context)


def invoke_in_turn(values):
    """Invokes one tracked handler several times, as a process of Lambda does."""
    dependencies = TrackerDependencies(values["settings"]["functionName"], store_of(values), _time.now_ms)
    tracked = track_with(dependencies, handler_of(values["handler"]))
    return [tracked({}, context_of(context)) for context in values["contexts"]]


def without_threads(values):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    start, threading.Thread.start = threading.Thread.start, refuse
    try:
        return invoke(values)
    finally:
        threading.Thread.start = start


class PatientStore:
    """Records the timeouts that the tracker passes on."""

    def __init__(self, takes_slot):
        self.takes_slot = lambda _start: takes_slot
        self.waits = []

    def begin(self, _start, deadline):
        self.waits.append(deadline._ms)
        return Running(1)

    def finish(self, _running, _end, deadline):
        self.waits.append(deadline._ms)


def waits(values):
    store = PatientStore(values["takesSlot"])
    context = SimpleNamespace(aws_request_id="r", log_stream_name="s", get_remaining_time_in_millis=lambda: values["timeoutMs"])
    dependencies = TrackerDependencies("fn", store, lambda: 0, values.get("local", False))
    track_with(dependencies, lambda _event, _context: None)({}, context)
    return store.waits


def race(values):
    store = store_of(values)
    outcomes = [None] * len(values["starts"])
    together = threading.Barrier(len(outcomes))

    def begin(index, start):
        together.wait()
        outcomes[index] = shape(store.begin(start_of(start), deadline_of(values)))

    threads = [threading.Thread(target=begin, args=pair) for pair in enumerate(values["starts"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def circle():
    values = []
    values.append(values)
    return values


def nested():
    values = []
    for _ in range(100_000):
        values = [values]
    return values


# Values that JSON cannot represent.
DATA = {
    "circle": circle,
    "nan": lambda: float("nan"),
    "date": lambda: date(2026, 3, 1),
    "deep": nested,
    "set": lambda: {1, 2},
    "large": lambda: "x" * 6_291_555,
}


def event_of(name, data=None):
    made = DATA.get(data.get("python")) if isinstance(data, dict) else None
    return katamari_runtime.EventToEmit(name, made() if made else data)


def emit(values):
    os.environ.update(values.get("env", {}))
    client = get_session().create_client("events", endpoint_url=values["endpoint"]) if "endpoint" in values else None
    events = [event_of(*event) for event in values["events"]]
    return katamari_runtime.emit_all(events, client=client, **values.get("options", {}))


def settle(_values):
    # An abandoned call continues in its thread until its own timeout.
    for thread in threading.enumerate():
        if thread.name == "katamari-run-table":
            thread.join(30)
            assert not thread.is_alive(), "a call of the run table goes on for more than 30 seconds"


OPERATIONS = {
    "begin": lambda values: shape(store_of(values).begin(start_of(values["start"]), deadline_of(values))),
    "finish": lambda values: store_of(values).finish(
        running_of(values["running"]), RunEnd(**snake(values["end"], END)), deadline_of(values)
    ),
    "invoke": invoke,
    "invokeInTurn": invoke_in_turn,
    "invokeWithoutThreads": without_threads,
    "race": race,
    "waits": waits,
    "settle": settle,
    "open": lambda values: gates.setdefault(values["gate"], threading.Event()).set(),
    "emit": emit,
    "readTimes": lambda values: [_invocation._read_time(text) for text in values["texts"]],
    "readAttempts": lambda values: [_invocation._read_attempt(value) for value in values["values"]],
    "correlationIds": lambda values: [
        _correlation_id.correlation_id_of(
            case["event"], SimpleNamespace(client_context=SimpleNamespace(custom=case.get("custom")))
        )
        for case in values["cases"]
    ],
    "settings": lambda values: (settings := read_settings(values["env"])) and settings._asdict(),
}


def chain(error):
    return {
        "name": type(error).__name__,
        "message": str(error) if not isinstance(error, Unspeakable) else "",
        **{name: getattr(error, name) for name in ("unsure", "refused") if hasattr(error, name)},
        "cause": chain(error.__cause__) if error.__cause__ else None,
    }


def answer(request):
    try:
        outcome = {"result": OPERATIONS[request["op"]](request)}
    except Exception as error:
        outcome = {"error": chain(error)}
    with lock:
        written, sys.stdout = sys.stdout.getvalue(), io.StringIO()
        lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
        answers.write(json.dumps({"id": request["id"], "logs": lines, **outcome}) + "\n")
        answers.flush()


sys.stdout = io.StringIO()
for request in sys.stdin:
    threading.Thread(target=answer, args=(json.loads(request),), daemon=True).start()
