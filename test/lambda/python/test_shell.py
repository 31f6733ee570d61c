"""The debug shell of a handler."""

import json
from types import SimpleNamespace

import pytest
from katamari_runtime import _sdk, shell
from katamari_runtime._constants import ENV_SHELL_SECRET_ARN, SHELL_EVENT_KEY, SHELL_TEXT_MAX_LENGTH

SECRET = "s" * 64


def for_shell(body):
    return {SHELL_EVENT_KEY: body}


class Shell:
    """A handler with a debug shell, which records what it does."""

    def __init__(self, secret=SECRET):
        self.secret = secret
        self.reads = 0
        self.pauses = []
        self.invoke = shell.shell_with(self._read_secret, self.pauses.append, self._handler())

    def __call__(self, event):
        return self.invoke(event, SimpleNamespace(function_name="orders"))

    def run(self, code, **more):
        return self(for_shell({"secret": SECRET, "language": "python", "code": code, **more}))

    def _read_secret(self):
        self.reads += 1
        if self.secret is None:
            raise PermissionError("AccessDenied")
        return self.secret

    @staticmethod
    def _handler():
        def handler(event, context):
            """What it does."""
            if event == {"id": 8}:
                print("from the handler")
            return {"handled": event}

        return handler


class TestRunsPython:
    @pytest.mark.parametrize(
        ("code", "result", "representation"),
        [
            ("1 + 1", 2, "2"),
            ("a = 20\nb = 22\na + b", 42, "42"),
            ("[n * n for n in (1, 2)]", [1, 4], "[1, 4]"),
            ("def twice(n):\n    return n * base\nbase = 2\ntwice(21)", 42, "42"),
            ('import asyncio\nawait asyncio.sleep(0, "late")', "late", "'late'"),
            ("context.function_name", "orders", "'orders'"),
            ('handler({"id": 7}, context)', {"handled": {"id": 7}}, "{'handled': {'id': 7}}"),
            ('{"a": [1, None, True]}', {"a": [1, None, True]}, "{'a': [1, None, True]}"),
            ("(1, 2)", None, "(1, 2)"),
            ('{1: "a"}', None, "{1: 'a'}"),
            ('float("nan")', None, "nan"),
            ("{1, 1}", None, "{1}"),
            ("a = 1", None, None),
            ("None", None, None),
            ("", None, None),
            ("loop = []\nloop.append(loop)\nloop", None, "[[...]]"),
            ('"\\udc80"', "\udc80", "'\\udc80'"),
        ],
    )
    def test_and_returns_the_value_of_the_last_expression(self, code, result, representation):
        answer = Shell().run(code)
        assert answer == {"result": result, "repr": representation, "stdout": "", "error": None}
        # Lambda sends the answer as JSON.
        assert json.loads(json.dumps(answer)) == answer

    def test_and_returns_its_output_instead_of_logging_it(self, capsys):
        answer = Shell().run('import sys; print("a"); print("b", file=sys.stderr); 3')
        assert answer == {"result": 3, "repr": "3", "stdout": "a\nb\n", "error": None}
        assert capsys.readouterr() == ("", "")

    def test_and_logs_the_output_of_the_handler(self, capsys):
        answer = Shell().run('print("a"); handler({"id": 8}, context); print("b")')
        assert answer["stdout"] == "a\nb\n"
        assert capsys.readouterr().out == "from the handler\n"

    @pytest.mark.parametrize(
        ("code", "kind", "message", "output"),
        [
            ('print("before"); {}["missing"]', "KeyError", "'missing'", "before\n"),
            ("1 +", "SyntaxError", "invalid syntax (<shell>, line 1)", ""),
            ("import sys; sys.exit(3)", "SystemExit", "3", ""),
            ("raise KeyboardInterrupt", "KeyboardInterrupt", "", ""),
            ('class Odd:\n    def __repr__(self): raise ValueError("no text")\nOdd()', "ValueError", "no text", ""),
        ],
    )
    def test_and_returns_its_error(self, code, kind, message, output):
        answer = Shell().run(code)
        error = answer.pop("error")
        assert answer == {"result": None, "repr": None, "stdout": output}
        assert (error["type"], error["message"]) == (kind, message)
        assert kind in error["stack"]
        assert "_evaluate.py" not in error["stack"]

    def test_and_cuts_what_is_too_long_for_an_answer(self):
        length = SHELL_TEXT_MAX_LENGTH + 1
        answer = Shell().run(f'print("p" * {length}); "r" * {length}')
        assert answer["result"] is None
        assert len(answer["repr"]) == SHELL_TEXT_MAX_LENGTH
        assert len(answer["stdout"]) == SHELL_TEXT_MAX_LENGTH

    def test_and_no_other_language_or_type(self):
        assert Shell().run("1", language="javascript")["error"] == {
            "type": "InvalidRequest",
            "message": "language must be 'python' in this function, got: 'javascript'",
            "stack": "",
        }
        assert Shell().run(1)["error"]["message"] == "code must be a string, got: int"


def assert_refused(invoke):
    """Checks that the invocation is refused with an error that reveals nothing."""
    with pytest.raises(shell.ShellRefused) as refusal:
        invoke()
    assert str(refusal.value) == "refused"
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


class TestOpensOnlyWithTheSecret:
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param({"secret": "x" * 64, "language": "python", "code": "1"}, id="another secret"),
            pytest.param({"secret": SECRET[1:], "language": "python", "code": "1"}, id="a part of it"),
            pytest.param({"secret": [SECRET], "language": "python", "code": "1"}, id="not a string"),
            pytest.param({"secret": "\udc80", "language": "python", "code": "1"}, id="a lone surrogate"),
            pytest.param(None, id="no body"),
            pytest.param(SECRET, id="a body that is a string"),
        ],
    )
    def test_and_refuses_others_after_a_pause(self, capsys, body):
        opened = Shell()
        assert_refused(lambda: opened(for_shell(body)))
        assert opened.pauses == [1]
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize(("secret", "log"), [(None, "cannot read the secret of the debug shell: AccessDenied\n"), ("", "")])
    def test_and_refuses_everything_without_a_readable_secret(self, capsys, secret, log):
        closed = Shell(secret)
        assert_refused(lambda: closed(for_shell({"secret": "", "language": "python", "code": "1"})))
        assert capsys.readouterr().out == log


class Rotation:
    """A function with a debug shell, whose secret and clock the test changes."""

    def __init__(self, monkeypatch):
        self.reads = 0
        self._now = 1_000_000.0
        self._secret = None
        monkeypatch.setenv(ENV_SHELL_SECRET_ARN, "arn")
        monkeypatch.setattr(_sdk, "new_client", lambda _service: self)
        monkeypatch.setattr(shell, "time", SimpleNamespace(time=lambda: self._now, sleep=lambda _seconds: None))
        monkeypatch.setattr(shell, "_cached_secret", None)
        self._invoke = shell.with_shell(lambda _event, _context: None)

    def get_secret_value(self, SecretId):
        assert SecretId == "arn"
        self.reads += 1
        if self._secret is None:
            raise PermissionError("AccessDenied")
        return {"SecretString": self._secret}

    def step(self, secret, after, given):
        """Changes the secret, lets time pass, and opens the shell with a secret.

        :returns: the outcome, and the number of reads of the secret so far
        """
        self._secret = secret
        self._now += after
        try:
            answer = self._invoke(for_shell({"secret": given, "language": "python", "code": "'opened'"}), None)
            return answer["result"], self.reads
        except shell.ShellRefused as error:
            return str(error), self.reads


class TestReadsItsSecretEachMinute:
    @pytest.fixture
    def rotation(self, monkeypatch):
        return Rotation(monkeypatch)

    def test_so_that_a_rotated_secret_opens_nothing_after_that(self, rotation):
        assert rotation.step("old", 0, "old") == ("opened", 1)
        assert rotation.step("new", 59, "old") == ("opened", 1)
        assert rotation.step("new", 0, "new") == ("refused", 1)
        assert rotation.step("new", 1, "old") == ("refused", 2)
        assert rotation.step("new", 0, "new") == ("opened", 2)

    def test_also_if_the_clock_is_set_back(self, rotation):
        assert rotation.step("old", 0, "old") == ("opened", 1)
        assert rotation.step("new", -60, "old") == ("refused", 2)

    def test_and_uses_no_older_one_while_it_cannot_be_read(self, rotation):
        assert rotation.step("old", 0, "old") == ("opened", 1)
        assert rotation.step(None, 60, "old") == ("refused", 2)
        assert rotation.step(None, 0, "old") == ("refused", 3)
        assert rotation.step("old", 0, "old") == ("opened", 4)


_INNER = for_shell({"secret": SECRET, "language": "python", "code": "1"})


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"version": "2.0", "rawPath": "/", "headers": _INNER, "body": json.dumps(_INNER)}, id="function URL"),
        pytest.param({"source": "s", "detail-type": SHELL_EVENT_KEY, "detail": _INNER}, id="EventBridge"),
        pytest.param({"Records": [{"body": json.dumps(_INNER)}]}, id="SQS"),
        pytest.param({"source": "katamari.schedule", **_INNER}, id="schedule"),
        pytest.param([_INNER], id="list"),
        pytest.param(None, id="nothing"),
        pytest.param({}, id="empty event"),
    ],
)
def test_all_other_events_go_to_the_handler(event):
    wrapped = Shell()
    assert wrapped(event) == {"handled": event}
    assert wrapped.reads == 0
    assert (wrapped.invoke.__name__, wrapped.invoke.__doc__) == ("handler", "What it does.")
