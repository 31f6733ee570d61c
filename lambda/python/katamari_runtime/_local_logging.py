"""Logging of the standard library in the local engine, which has no handler on the root logger as Lambda's runtime has."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Mapping

# Request id of the run in progress, for the records of loggers.
_request_id: str | None = None


def set_request_id(request_id: str) -> None:
    """Sets the request id that log records get from now on."""
    global _request_id
    _request_id = request_id


class _TextFormatter(logging.Formatter):
    """The text format of Lambda: level, time, request id and message, between tabs.

    See https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html.
    """

    def __init__(self) -> None:
        self.converter = time.gmtime
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        record.aws_request_id = _request_id or ""
        return super().format(record)


class _JsonFormatter(_TextFormatter):
    """The JSON format of Lambda."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "timestamp": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%SZ')}",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": _request_id,
        }
        if record.exc_info:
            fields["stackTrace"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in fields.items() if value is not None}, default=str)


def install_root_handler(env: Mapping[str, str] = os.environ) -> None:
    """Installs the handler and the level that Lambda's runtime gives the root logger. Does nothing if there is a handler."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonFormatter() if env.get("AWS_LAMBDA_LOG_FORMAT") == "JSON" else _TextFormatter())
    root.addHandler(handler)
    level = env.get("AWS_LAMBDA_LOG_LEVEL")
    if level:
        root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level))
