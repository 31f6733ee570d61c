"""One line of structured log."""

from __future__ import annotations

import json
import sys
from typing import Any

from ._time import now_ms, to_iso


def log_line(level: str, message: str, fields: dict[str, Any]) -> None:
    """Writes one line of JSON, in the form that Lambda's JSON logging takes as it is; a field that is None is left out.

    Not by the logging module: what becomes of a record there is up to the handlers and levels that the user sets. Lambda takes
    a line of JSON from standard output as it is, whatever format the function logs in.
    """
    line = {"level": level, "message": message, "timestamp": to_iso(now_ms()), "service": "katamari", **fields}
    text = json.dumps({name: value for name, value in line.items() if value is not None}, separators=(",", ":"))
    # In one write, so that no other thread's line gets in between.
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
