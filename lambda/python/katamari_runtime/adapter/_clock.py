"""The clock of an adapter, which tests replace."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timezone

from .._retry import random_fraction


class Clock:
    """The clock of this machine, and random numbers."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now_iso(self) -> str:
        """ISO 8601 in UTC, such as ``2026-03-01T10:00:00.000Z``."""
        return datetime.now(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"

    def random(self) -> float:
        return random_fraction()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
