"""Calls a module that fails for a few seconds and then succeeds.

The stack sets the number of retries and their delays. The caller decides to retry a function that failed, because the function
may then run twice for one request. Without jitter the delays are 0.8 s, 1.6 s, 3.2 s and so on.
"""

from katamari_runtime.adapter import LambdaAdapter
from request import request_of, show

adapter = LambdaAdapter.from_environment("archive", retry_function_errors=True, jitter="none")

show(adapter.execute(request_of("process", [], session_id="session_retried_python")))
