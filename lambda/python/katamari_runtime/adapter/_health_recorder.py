"""Records the health of a module: in this process, in the health table, and as a metric."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .._fork import renew_after_fork
from ._clock import Clock
from ._constants import CONSECUTIVE_FAILURES_METRIC, MODULE_DIMENSION
from ._health import Health, HealthCounts
from ._health_table import HealthTable
from ._settings import AdapterSettings
from ._shared_health import WRITE_S, SharedHealth
from ._steps import Steps, Work
from ._types import ModuleHealth

if TYPE_CHECKING:
    from .._sdk import DynamoDBClient

# Longest wait for reading the table, in seconds.
_READ_S = 2.0


class HealthRecorder:
    """Records the health of a module. The table and the metric are optional."""

    def __init__(self, settings: AdapterSettings, table_client: Callable[[], DynamoDBClient], clock: Clock) -> None:
        self._module_name = settings.module_name
        self._namespace = settings.health_namespace
        self._clock = clock
        self._local = Health()
        name = settings.health_table
        self._shared = SharedHealth(HealthTable(table_client, name, settings.module_name)) if name else None
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        # One thread, so that calls that end during a write are added together by the next one.
        self._writer = ThreadPoolExecutor(1, "katamari-health")

    def record(self, success: bool, until: float) -> Steps[None]:
        """Counts a call, and waits for the table: Lambda may freeze the process once the handler has returned.

        :param until: time of the clock at which the caller stops waiting
        """
        at = self._clock.now_iso()
        before, after = self._local.record(success, at)
        written = yield from self._share(success, at, until)
        if self._namespace and (not success or before.consecutive_failures > 0):
            self._report(self._namespace, (written or after).consecutive_failures)

    def read(self) -> Steps[ModuleHealth]:
        """The health in the table, or in this process if there is no table or it does not answer."""
        if self._shared is None:
            return self._local.counts.to_health()
        try:
            counts: HealthCounts = yield self._work(self._shared.read, _READ_S, self._clock.monotonic() + _READ_S)
            return counts.to_health()
        except Exception as error:
            self._warn("could not read the health of the module", error)
            return self._local.counts.to_health()

    def _share(self, success: bool, at: str, until: float) -> Steps[HealthCounts | None]:
        shared = self._shared
        if shared is None:
            return None
        batch = shared.record(success, at)
        try:
            counts: HealthCounts = yield self._work(
                lambda: shared.write(batch), WRITE_S, min(until, self._clock.monotonic() + WRITE_S)
            )
            return counts
        except Exception as error:
            # The record does not change the answer of the call.
            self._warn("could not record the health of the module", error)
            return None

    def _work(self, call: Callable[[], Any], limit: float, until: float) -> Work:
        return Work(
            self._writer,
            call,
            time_left=lambda: until - self._clock.monotonic(),
            give_up=lambda: TimeoutError(f"no answer from the health table within {round(limit * 1000)} ms"),
        )

    def _report(self, namespace: str, consecutive_failures: int) -> None:
        """See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""
        metrics = [{"Name": CONSECUTIVE_FAILURES_METRIC, "Unit": "Count"}]
        directive = {"Namespace": namespace, "Dimensions": [[MODULE_DIMENSION]], "Metrics": metrics}
        _log_line(
            {
                "_aws": {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [directive]},
                MODULE_DIMENSION: self._module_name,
                CONSECUTIVE_FAILURES_METRIC: consecutive_failures,
            }
        )

    def _warn(self, message: str, error: Exception) -> None:
        _log_line(
            {
                "level": "WARN",
                "message": message,
                "timestamp": self._clock.now_iso(),
                "service": "katamari",
                "module": self._module_name,
                "reason": f"{type(error).__name__}: {error}",
            }
        )


def _log_line(fields: dict[str, Any]) -> None:
    """Writes one line of JSON, in one write so that lines of several threads do not mix."""
    sys.stdout.write(f"{json.dumps(fields, separators=(',', ':'))}\n")
    sys.stdout.flush()
