"""Clients of the AWS SDK for Python, which is part of Lambda's Python runtimes.

The clients come from botocore. boto3 creates the same ones, but importing it takes about 30 ms of a function's start.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Protocol

    from botocore.config import Config
    from botocore.session import Session

    # The methods that the runtime calls. botocore adds the methods of a service to its clients at run time, so that its own
    # types do not have them.

    class DynamoDBClient(Protocol):
        """A DynamoDB client of boto3."""

        meta: Any

        def get_item(self, *args: Any, **kwargs: Any) -> Any: ...

        def put_item(self, *args: Any, **kwargs: Any) -> Any: ...

        def update_item(self, *args: Any, **kwargs: Any) -> Any: ...

        def transact_write_items(self, *args: Any, **kwargs: Any) -> Any: ...

    class EventBridgeClient(Protocol):
        """An EventBridge client of boto3."""

        def put_events(self, *args: Any, **kwargs: Any) -> Any: ...

    class LambdaClient(Protocol):
        """A Lambda client of boto3."""

        meta: Any

        def invoke(self, *args: Any, **kwargs: Any) -> Any: ...

    class S3Client(Protocol):
        """An S3 client of boto3."""

        def get_object(self, *args: Any, **kwargs: Any) -> Any: ...


_lock = Lock()
_session: Session | None = None


def new_client(service: str, config: Config | None = None) -> Any:
    """Creates a client of a service, with the region, credentials and endpoint of the environment."""
    global _session
    # A session must not create two clients at the same time.
    with _lock:
        if _session is None:
            import botocore.session

            _session = botocore.session.get_session()
        return _session.create_client(service, config=config)


def error_code(error: BaseException) -> str | None:
    """The error code of the service; None if the error did not come from a service."""
    code: str | None = error_response(error).get("Error", {}).get("Code")
    return code


def error_response(error: BaseException) -> dict[str, Any]:
    """The whole error response of the service; empty if the error did not come from a service."""
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}
