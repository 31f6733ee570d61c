"""Handlers that are coroutine functions."""

import asyncio

from katamari_runtime._handler import call_handler, synchronous


def test_runs_of_a_process_share_an_event_loop():
    """A client that is created once belongs to the loop of the run that creates it."""
    client = {}

    async def handler(event, _context):
        if "queue" not in client:
            client["queue"] = asyncio.Queue()
            client["loop"] = asyncio.get_running_loop()
        assert client["loop"] is asyncio.get_running_loop()
        getter = asyncio.ensure_future(client["queue"].get())
        await asyncio.sleep(0)
        await client["queue"].put(event)
        return await getter

    assert [call_handler(handler, event, None) for event in (1, 2)] == [1, 2]


def test_a_result_that_is_no_coroutine_is_returned():
    assert synchronous(lambda event, _context: event)({"a": 1}, None) == {"a": 1}
