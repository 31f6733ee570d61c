"""Queues a request for a module and does not wait, since the stack sets InvocationType.EVENT for the module."""

from katamari_runtime.adapter import LambdaAdapter
from request import request_of, show

adapter = LambdaAdapter.from_environment("mail")

response = adapter.execute(request_of("send", ["welcome"], session_id="session_queued_python"))
# If the function is tracked, its run is recorded with this id.
show({"success": response.success, "message": response.message, "has_run_id": response.run_id is not None})
