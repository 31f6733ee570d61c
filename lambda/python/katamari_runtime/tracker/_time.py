"""Times in the format of the run table."""

from __future__ import annotations

import re
import time
from datetime import date

_MS_OF_DAY = 86_400_000
_LAST_HOUR = 23
_LAST_MINUTE = 59
_LAST_SECOND = 59
# The subset of ISO 8601 that JavaScript reads. A time without an offset is UTC, the time zone of Lambda.
_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"(?:Z|(?P<sign>[+-])(?P<offset_hours>\d\d):?(?P<offset_minutes>\d\d))?)?",
    re.ASCII,
)


def now_ms() -> int:
    """The current time in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def to_iso(ms: int) -> str:
    """Converts epoch milliseconds to ISO 8601 in UTC, such as ``2026-03-01T10:00:00.000Z``."""
    days, rest = divmod(ms, _MS_OF_DAY)
    seconds, millis = divmod(rest, 1_000)
    day = date.fromordinal(date(1970, 1, 1).toordinal() + days)
    return f"{day.isoformat()}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{millis:03}Z"


def from_iso(text: str) -> int | None:
    """Converts a time in ISO 8601 to epoch milliseconds; None for any other text."""
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    month, day, hour, minute, second, offset_hours, offset_minutes = (
        int(match[name] or default)
        for name, default in (
            ("month", 1),
            ("day", 1),
            ("hour", 0),
            ("minute", 0),
            ("second", 0),
            ("offset_hours", 0),
            ("offset_minutes", 0),
        )
    )
    millis = int(((match["fraction"] or "") + "000")[:3])
    of_day = ((hour * 60 + minute) * 60 + second) * 1_000 + millis
    # 24:00:00 is the end of the day.
    if minute > _LAST_MINUTE or second > _LAST_SECOND or of_day > _MS_OF_DAY:
        return None
    if offset_hours > _LAST_HOUR or offset_minutes > _LAST_MINUTE:
        return None
    try:
        days = date(int(match["year"]), month, day).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    offset = (offset_hours * 60 + offset_minutes) * 60_000 * (-1 if match["sign"] == "-" else 1)
    return days * _MS_OF_DAY + of_day - offset
