"""The root handler of the local engine."""

import json
import logging
import re
from contextlib import contextmanager

import pytest
from katamari_runtime._local_logging import install_root_handler, set_request_id


@contextmanager
def installed(env, handlers=()):
    """The root logger of a new process, and not that with the handlers that pytest adds for each test."""
    root = logging.getLogger()
    before = root.handlers, root.level
    root.handlers, root.level = list(handlers), logging.WARNING
    set_request_id("request-1")
    try:
        install_root_handler(env)
        yield root
    finally:
        root.handlers = before[0]
        root.setLevel(before[1])


def test_a_line_has_the_text_format_of_lambda(capsys):
    with installed({}) as root:
        root.setLevel(logging.INFO)
        logging.getLogger("orders").info("hello %s", "x")
    assert re.fullmatch(r"\[INFO\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\trequest-1\thello x\n", capsys.readouterr().out)


def test_the_level_is_warning_by_default(capsys):
    with installed({}):
        logging.getLogger("orders").info("hidden")
        logging.getLogger("orders").warning("shown")
    assert [line.split("\t")[-1] for line in capsys.readouterr().out.splitlines()] == ["shown"]


@pytest.mark.parametrize(
    ("given", "level"),
    [("INFO", "INFO"), ("info", "INFO"), ("TRACE", "DEBUG"), ("WARN", "WARNING"), ("FATAL", "CRITICAL"), ("LOUD", "WARNING")],
)
def test_the_level_is_that_of_the_function(given, level):
    with installed({"AWS_LAMBDA_LOG_LEVEL": given}) as root:
        assert logging.getLevelName(root.level) == level


def test_a_root_handler_of_the_runtime_is_kept():
    own = logging.NullHandler()
    with installed({"AWS_LAMBDA_LOG_LEVEL": "DEBUG"}, [own]) as root:
        assert (root.handlers, root.level) == ([own], logging.WARNING)


def test_a_formatter_of_the_user_has_the_request_id(capsys):
    with installed({}) as root:
        root.handlers[0].setFormatter(logging.Formatter("%(aws_request_id)s %(message)s"))
        logging.getLogger("orders").warning("late")
    assert capsys.readouterr().out == "request-1 late\n"


def test_a_record_has_the_json_format_of_lambda(capsys):
    with installed({"AWS_LAMBDA_LOG_FORMAT": "JSON"}):
        logging.getLogger("orders").warning("grüezi", extra={"order": 7})
    record = json.loads(capsys.readouterr().out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record.pop("timestamp"))
    assert record == {"level": "WARNING", "message": "grüezi", "logger": "orders", "requestId": "request-1", "order": 7}


def test_a_json_record_has_the_error(capsys):
    with installed({"AWS_LAMBDA_LOG_FORMAT": "JSON"}):
        try:
            raise ValueError("no such order")
        except ValueError:
            logging.getLogger("orders").exception("failed")
    record = json.loads(capsys.readouterr().out)
    assert (record["message"], record["errorType"], record["errorMessage"]) == ("failed", "ValueError", "no such order")
    assert "test_a_json_record_has_the_error" in record["stackTrace"][0]
    assert "test_a_json_record_has_the_error" in record["location"]
