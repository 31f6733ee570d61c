"""Writes structured log lines."""

from __future__ import annotations

import json
import sys
from typing import Any

from ._time import now_ms, to_iso


def log_line(level: str, message: str, fields: dict[str, Any]) -> None:
    """Writes one line of JSON, leaving out fields that are None.

    It does not use the logging module, whose output depends on the handlers and levels that the user sets. Lambda accepts a line
    of JSON on standard output in every log format.
    """
    line = {"level": level, "message": message, "timestamp": to_iso(now_ms()), "service": "katamari", **fields}
    text = json.dumps({name: value for name, value in line.items() if value is not None}, separators=(",", ":"))
    # One write, so that lines of several threads do not mix.
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
