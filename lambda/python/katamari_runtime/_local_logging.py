"""Logging of the standard library in the local engine, which has no handler on the root logger as Lambda's runtime has."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Mapping

# Request id of the run in progress, for the records of loggers.
_request_id: str | None = None

# Attributes of every record. All others are fields that the caller added with `extra`.
_STANDARD = {*vars(logging.makeLogRecord({})), "aws_request_id", "message", "asctime"}


def set_request_id(request_id: str) -> None:
    """Sets the request id that log records get from now on."""
    global _request_id
    _request_id = request_id


def _add_request_id(record: logging.LogRecord) -> bool:
    """A filter of the handler, not a part of the formatter: handlers may set a formatter of their own that uses the id."""
    record.aws_request_id = _request_id or ""
    return True


class _TextFormatter(logging.Formatter):
    """The text format of Lambda: level, time, request id and message, between tabs.

    See https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html.
    """

    def __init__(self) -> None:
        self.converter = time.gmtime
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")


class _JsonFormatter(_TextFormatter):
    """The JSON format of Lambda."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "timestamp": f"{self.formatTime(record, self.datefmt)}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": _request_id,
        }
        if record.exc_info and record.exc_info[0]:
            kind, error, trace = record.exc_info
            fields["errorType"] = kind.__name__
            fields["errorMessage"] = str(error)
            fields["stackTrace"] = traceback.format_tb(trace)
            fields["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        return json.dumps(
            {name: value for name, value in {**extra, **fields}.items() if value is not None}, default=str, ensure_ascii=False
        )


def install_root_handler(env: Mapping[str, str] = os.environ) -> None:
    """Installs the handler and the level that Lambda's runtime gives the root logger. Does nothing if there is a handler."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonFormatter() if env.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON" else _TextFormatter())
    handler.addFilter(_add_request_id)
    root.addHandler(handler)
    level = env.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    # As on Lambda, the root logger keeps its level, WARNING, if the given level does not exist in Python.
    if isinstance(logging.getLevelName(level), int):
        root.setLevel(level)
