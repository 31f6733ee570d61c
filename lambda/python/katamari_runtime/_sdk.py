"""Clients of the AWS SDK for Python, which is part of Lambda's Python runtimes.

The clients come from botocore. boto3 creates the same ones, but importing it takes about 30 ms of a function's start.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

from ._fork import renew_after_fork

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


# Timeouts in seconds of clients without other ones. Without them, the SDK waits a minute for each attempt.
_CONNECT_S = 5
_READ_S = 30


class _Sessions:
    """The session of the SDK that creates the clients. A session must not create two clients at the same time."""

    def __init__(self) -> None:
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        self._lock = Lock()
        self._session: Session | None = None

    def create_client(self, service: str, config: Config | None) -> Any:
        with self._lock:
            if self._session is None:
                import botocore.session

                self._session = botocore.session.get_session()
            return self._session.create_client(service, region_name=default_region(), config=with_timeouts(config))


_sessions = _Sessions()


def new_client(service: str, config: Config | None = None) -> Any:
    """Creates a client of a service, with the region, credentials and endpoint of the environment.

    :param config: default: timeouts of 5 seconds for a connection and 30 seconds for an answer
    """
    return _sessions.create_client(service, config)


def with_timeouts(config: Config | None) -> Config:
    """A configuration that has timeouts: those of ``config``, else the default ones."""
    from botocore.config import Config

    default = Config(connect_timeout=_CONNECT_S, read_timeout=_READ_S)
    return default if config is None else default.merge(config)


def default_region() -> str | None:
    """The region of the environment; None for that of the AWS profile. The SDK for Python reads only AWS_DEFAULT_REGION."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None


class SharedClient:
    """A client that its users share. The first use creates it, and the first use in the child of a fork another one."""

    def __init__(self, create: Callable[[], Any]) -> None:
        self._create = create
        self._client: Any = None
        renew_after_fork(self)

    def renew(self) -> None:
        self._client = None

    def __call__(self) -> Any:
        if self._client is None:
            self._client = self._create()
        return self._client


def error_code(error: BaseException) -> str | None:
    """The error code of the service; None if the error did not come from a service."""
    code: str | None = error_response(error).get("Error", {}).get("Code")
    return code


def error_response(error: BaseException) -> dict[str, Any]:
    """The whole error response of the service; empty if the error did not come from a service."""
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}
