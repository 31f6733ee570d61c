"""A Lambda context for tests of handlers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from uuid import uuid4

__all__ = ["CognitoIdentity", "LambdaContext", "lambda_context"]


@dataclass
class CognitoIdentity:
    """The Amazon Cognito identity of the caller. The fields are None without one."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


@dataclass
class LambdaContext:
    """The context that Lambda passes to a handler. Its remaining time counts down to 0, as on Lambda."""

    function_name: str
    function_version: str
    memory_limit_in_mb: str
    """Memory, in MiB. A string, as on Lambda."""
    aws_request_id: str
    invoked_function_arn: str
    log_group_name: str
    log_stream_name: str
    client_context: object = None
    identity: CognitoIdentity = field(default_factory=CognitoIdentity)
    tenant_id: str | None = None
    _deadline: float = field(default=0.0, repr=False)

    def get_remaining_time_in_millis(self) -> int:
        """The time until the timeout of the function, in milliseconds."""
        return max(0, round((self._deadline - time.monotonic()) * 1000))


def lambda_context(
    *,
    function_name: str = "test-function",
    timeout_ms: int = 60_000,
    memory_limit_in_mb: int = 256,
    aws_request_id: str | None = None,
    function_version: str = "$LATEST",
) -> LambdaContext:
    """Creates a Lambda context for a test.

    :param timeout_ms: timeout that the remaining time counts down from, in milliseconds
    :param memory_limit_in_mb: memory, in MiB
    :param aws_request_id: by default, a random UUID
    """
    return LambdaContext(
        function_name=function_name,
        function_version=function_version,
        memory_limit_in_mb=str(memory_limit_in_mb),
        aws_request_id=aws_request_id or str(uuid4()),
        invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{function_name}",
        log_group_name=f"/aws/lambda/{function_name}",
        log_stream_name=f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{function_version}]{uuid4().hex}",
        _deadline=time.monotonic() + timeout_ms / 1000,
    )
