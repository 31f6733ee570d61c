"""What takes time in an execution, written once for threads and for asyncio.

An execution is a generator: it yields a step, and is sent what came of it, or is thrown the error. Who waits for the steps
decides whether a thread waits or a coroutine.
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
    def wait(self) -> Any: ...

    async def wait_async(self) -> Any: ...


Steps = Generator[Step, Any, R]


class Pause:
    """Time that passes."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self.seconds = seconds

    def wait(self) -> None:
        self._clock.sleep(self.seconds)

    async def wait_async(self) -> None:
        await self._clock.sleep_async(self.seconds)


class Work:
    """A call that blocks, made in a thread of a pool, and waited for as long as there is time."""

    def __init__(
        self, pool: Executor, call: Callable[[], Any], time_left: Callable[[], float], give_up: Callable[[], Exception]
    ) -> None:
        """
        :param time_left: seconds to wait; asked again when they are over, until there are none
        :param give_up: called when nobody waits any more, though the call goes on; gives the error of the step
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
                    # It is also what the call itself may raise.
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
        # Its error is nobody's: asyncio is not to say that it was never looked at.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._give_up()


def run(steps: Steps[R]) -> R:
    """Waits for the steps in this thread."""
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
    """Waits for the steps in this coroutine. When it is cancelled, the step in progress is given up."""
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
