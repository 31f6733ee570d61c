"""The steps of an execution that take time, written once for threads and for asyncio.

An execution is a generator: it yields a step, and receives the result or the error of the step. Its driver, :func:`run` or
:func:`run_async`, waits for the steps in a thread or in a coroutine.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, Protocol, TypeVar

from ._clock import Clock

R = TypeVar("R")


class Step(Protocol):
    """Something that takes time."""

    def wait(self) -> Any: ...

    async def wait_async(self) -> Any: ...


Steps = Generator[Step, Any, R]


class Pause:
    """A delay."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self.seconds = seconds

    def wait(self) -> None:
        self._clock.sleep(self.seconds)

    async def wait_async(self) -> None:
        await self._clock.sleep_async(self.seconds)


class Work:
    """A blocking call in a thread of a pool, with a time limit."""

    def __init__(
        self, pool: Executor, call: Callable[[], Any], time_left: Callable[[], float], give_up: Callable[[], Exception]
    ) -> None:
        """
        :param time_left: returns the seconds to wait; called again after the wait, until no time is left
        :param give_up: called when the wait ends before the call does; returns the error of the step
        """
        self._pool = pool
        self._call = call
        self._time_left = time_left
        self._give_up = give_up

    def wait(self) -> Any:
        future = self._pool.submit(self._call)
        try:
            while (left := self._time_left()) > 0:
                try:
                    return future.result(left)
                except FutureTimeoutError:
                    # The call itself may raise this error as well.
                    if future.done():
                        return future.result()
        except BaseException:
            if not future.done():
                self._give_up()
            raise
        raise self._give_up()

    async def wait_async(self) -> Any:
        future = asyncio.wrap_future(self._pool.submit(self._call))
        try:
            while (left := self._time_left()) > 0:
                await asyncio.wait((future,), timeout=left if left < math.inf else None)
                if future.done():
                    return future.result()
        except BaseException:
            if not future.done():
                self._leave(future)
            raise
        raise self._leave(future)

    def _leave(self, future: asyncio.Future[Any]) -> Exception:
        # Reads the error of the call, so that asyncio does not log that it was never retrieved.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._give_up()


def run(steps: Steps[R]) -> R:
    """Runs an execution, and waits for its steps in this thread."""
    try:
        step = next(steps)
        while True:
            try:
                outcome = step.wait()
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        result: R = end.value
        return result


async def run_async(steps: Steps[R]) -> R:
    """Runs an execution, and waits for its steps in this coroutine. Cancelling the coroutine gives up the current step."""
    try:
        step = next(steps)
        while True:
            try:
                outcome = await step.wait_async()
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        result: R = end.value
        return result
