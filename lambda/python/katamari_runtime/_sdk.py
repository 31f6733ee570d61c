"""Clients of the AWS SDK for Python, which Lambda's own runtime brings.

They are botocore's: boto3 makes the very same ones, and loading it on top costs a function's start some 30 ms.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.config import Config
    from botocore.session import Session

_lock = Lock()
_session: Session | None = None


def new_client(service: str, config: Config | None = None) -> BaseClient:
    """Makes a client; the region, the credentials and the endpoint are those of the environment."""
    global _session
    # A session is not safe to make two clients at a time.
    with _lock:
        if _session is None:
            import botocore.session

            _session = botocore.session.get_session()
        return _session.create_client(service, config=config)


def error_code(error: BaseException) -> str | None:
    """The code by which a service refused a call; None where it is not the service that did."""
    code: str | None = error_response(error).get("Error", {}).get("Code")
    return code


def error_response(error: BaseException) -> dict[str, Any]:
    """The whole answer by which a service refused a call."""
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}
