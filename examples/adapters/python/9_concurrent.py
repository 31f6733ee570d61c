"""Calls a module with several concurrent requests over one adapter.

The calls are made in asyncio, in threads, and by blocking calls within an event loop.
The responses are in the order of the requests. The arguments are the datasets: ``python 9_concurrent.py a.csv b.csv``.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

from katamari_runtime.adapter import LambdaAdapter
from request import request_of, show

adapter = LambdaAdapter.from_environment("reports")
requests = [request_of("summarize", [dataset]) for dataset in sys.argv[1:]]


async def in_asyncio():
    return await asyncio.gather(*(adapter.execute_async(request) for request in requests))


async def blocking_in_asyncio():
    return [adapter.execute(request) for request in requests]


with ThreadPoolExecutor() as pool:
    in_threads = list(pool.map(adapter.execute, requests))

show(
    {
        "asyncio": [response.message for response in asyncio.run(in_asyncio())],
        "threads": [response.message for response in in_threads],
        "blocking": [response.message for response in asyncio.run(blocking_in_asyncio())],
    }
)
