"""Calls the Lambda function of a module."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

from ._attempts import Attempts
from ._circuit_breaker import CircuitBreaker
from ._clock import Clock
from ._constants import (
    DEFAULT_CONNECTION_TIMEOUT_MS,
    DEFAULT_INITIAL_RETRY_DELAY_MS,
    DEFAULT_MAX_RETRIES,
    DEFAULT_MAX_RETRY_DELAY_MS,
    DEFAULT_MODULE_VERSION,
    DEFAULT_REQUEST_TIMEOUT_MS,
)
from ._execute_response import parse_response
from ._execution import ExecutionDependencies, execute
from ._health_recorder import HealthRecorder
from ._lambda_clients import CLIENTS
from ._module_config import module_names, read_module
from ._request_payload import to_payload
from ._settings import check_settings, refuse_unknown
from ._steps import run, run_async
from ._types import CircuitBreakerOptions, ExecuteResponse, ModuleHealth, ModuleInfo, RemainingTime

if TYPE_CHECKING:
    from .._sdk import DynamoDBClient, LambdaClient

C = TypeVar("C")


class LambdaAdapter:
    """Calls the Lambda function of a module, and reports the health of the module.

    A call that fails is retried where a retry may help, within the time of the caller. It never raises. Create one adapter for
    each module, outside the handler. Any number of threads and event loops may use it at the same time::

        payments = LambdaAdapter(function_identifier="payments", module_name="payments")

        def handler(event, context):
            response = payments.execute(ExecuteRequest(**event), context)
    """

    def __init__(
        self,
        *,
        function_identifier: str,
        module_name: str,
        region: str | None = None,
        function_prefix: str | None = None,
        invocation_type: str = "RequestResponse",
        max_retries: int = DEFAULT_MAX_RETRIES,
        initial_retry_delay: float = DEFAULT_INITIAL_RETRY_DELAY_MS / 1000,
        max_retry_delay: float = DEFAULT_MAX_RETRY_DELAY_MS / 1000,
        jitter: str = "full",
        connect_timeout: float = DEFAULT_CONNECTION_TIMEOUT_MS / 1000,
        read_timeout: float = DEFAULT_REQUEST_TIMEOUT_MS / 1000,
        retry_function_errors: bool = False,
        also_retry: Sequence[str] = (),
        retry_budget: bool = True,
        breaker: CircuitBreakerOptions | bool = True,
        deadline_margin: float = 0.5,
        module_version: str = DEFAULT_MODULE_VERSION,
        required_scopes: Sequence[str] = (),
        role_arn: str | None = None,
        external_id: str | None = None,
        health_table: str | Literal[False] | None = None,
        max_concurrency: int = 64,
        endpoint: str | None = None,
        lambda_client: LambdaClient | None = None,
        dynamodb_client: DynamoDBClient | None = None,
        map_request: Callable[[Any], Any] = to_payload,
        parse_response: Callable[[Any], ExecuteResponse] = parse_response,
        _clock: Clock | None = None,
        **unknown: NoReturn,
    ) -> None:
        """Creates an adapter. It makes no request, but imports the AWS SDK: a function has a full CPU while it starts.

        :param function_identifier: name, ARN or alias ARN of the function; with ``function_prefix``, the rest of its name
        :param module_name: name of the module, 1 to 128 letters, digits, '_' and '-'
        :param region: region of the function; default: the region of the ARN, else ``AWS_REGION``
        :param function_prefix: prefix of the function name; not allowed with an ARN
        :param invocation_type: ``RequestResponse`` waits for the answer of the function, ``Event`` until Lambda has accepted it
        :param max_retries: maximum number of retries, a whole number from 0 to 20
        :param initial_retry_delay: seconds before the first retry, 0.001 to 900; the delay doubles with each retry
        :param max_retry_delay: longest delay in seconds, ``initial_retry_delay`` to 900
        :param jitter: ``full`` uses a random part of each delay, so that callers retry at different times; ``none`` all of it
        :param connect_timeout: timeout for connecting in seconds, 0.001 to 900
        :param read_timeout: timeout from then on in seconds, up to the last byte of the answer, 0.001 to 900
        :param retry_function_errors: whether to retry a function that failed; use it only for functions that may run twice for
            one request
        :param also_retry: names of additional errors to retry, such as ``ServiceException``
        :param retry_budget: whether to limit retries by the retry quota of the AWS SDKs: 500 tokens, 5 for a retry, 10 after a
            timeout
        :param breaker: options of the circuit breaker, which refuses calls while the module keeps failing; default: after 3
            consecutive failures, for 30 s; False: no circuit breaker
        :param deadline_margin: seconds of the caller's remaining time that calls do not use, 0 to 60
        :param module_version: version of the module
        :param required_scopes: scopes that a request must have
        :param role_arn: role to assume for the call, such as a role of another account; default: the role of the caller
        :param external_id: external id that the trust policy of the role requires
        :param health_table: name of the table in which callers share the health of the module; default: the environment
            variable KATAMARI_HEALTH_TABLE; False: no table
        :param max_concurrency: maximum number of concurrent calls, 1 to 1,000; each has a thread and a connection, and further
            calls wait
        :param endpoint: endpoint of Lambda, such as that of the local engine; default: AWS
        :param lambda_client: a Lambda client of boto3, with ``retries={"total_max_attempts": 1}`` and ``max_concurrency``
            connections; default: a client that adapters with the same region, role, timeouts and connections share
        :param dynamodb_client: a DynamoDB client of boto3 for the health table; default: a client that all adapters share
        :param map_request: converts a request to its payload, any JSON value; default: as the original LambdaAdapter does
        :param parse_response: converts the answer of the function to a response; for ``Event``, it receives
            ``{"success": True, "message": "Lambda function queued"}``
        :raises AdapterConfigurationError: a ValueError, if an option breaks its rule
        """
        refuse_unknown(unknown)
        self._settings = settings = check_settings(
            os.environ,
            function_identifier=function_identifier,
            function_prefix=function_prefix,
            region=region,
            module_name=module_name,
            module_version=module_version,
            invocation_type=invocation_type,
            max_retries=max_retries,
            initial_retry_delay=initial_retry_delay,
            max_retry_delay=max_retry_delay,
            jitter=jitter,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retry_function_errors=retry_function_errors,
            also_retry=also_retry,
            retry_budget=retry_budget,
            breaker=breaker,
            deadline_margin=deadline_margin,
            required_scopes=required_scopes,
            role_arn=role_arn,
            external_id=external_id,
            health_table=health_table,
            max_concurrency=max_concurrency,
            endpoint=endpoint,
        )
        self.module_name = settings.module_name
        clock = _clock or Clock()
        # Created here, because a function has a full CPU while it starts, and again in the child of a fork.
        client = _client(lambda_client, lambda: CLIENTS.lambda_client(settings))
        table_client = _client(dynamodb_client, lambda: CLIENTS.table_client(settings))
        client()
        if settings.health_table:
            table_client()
        self._attempts = Attempts(client, settings, clock)
        self._recorder = HealthRecorder(settings, table_client, clock)
        options = settings.breaker
        self._execution = ExecutionDependencies(
            settings=settings,
            attempts=self._attempts,
            circuit_breaker=CircuitBreaker(settings.module_name, options, clock.monotonic) if options else None,
            recorder=self._recorder,
            clock=clock,
            map_request=map_request,
            parse_response=parse_response,
        )

    @classmethod
    def from_environment(cls, module_name: str, **options: Any) -> LambdaAdapter:
        """Creates an adapter for a module that the invoker construct lets this function call.

        The construct passes the options of the module in the environment variable KATAMARI_MODULES.

        :param options: options that replace or complete those of the construct
        :raises AdapterConfigurationError: if the variable does not have the module
        """
        return cls(**{**read_module(module_name, os.environ), **options})

    @staticmethod
    def module_names() -> list[str]:
        """The names of the modules that the invoker construct lets this function call.

        :raises AdapterConfigurationError: if KATAMARI_MODULES is not in the format of the construct
        """
        return module_names(os.environ)

    def execute(
        self,
        request: Any,
        context: RemainingTime | None = None,
        *,
        scopes: Iterable[str] | None = None,
        idempotency_key: str | None = None,
    ) -> ExecuteResponse:
        """Calls the module and blocks until it has answered, or for ``Event`` until Lambda has accepted the event.

        It also works in a thread that runs an event loop.

        :param request: an :class:`ExecuteRequest`, or any value that ``map_request`` accepts
        :param context: the context object of the calling Lambda function: the call ends before its time is over
        :param scopes: scopes of the request; default: the scopes of ``request``
        :param idempotency_key: lets the module complete one run at most for all calls with this key, retries included; at most
            255 characters; requires a module whose runs this library tracks
        :returns: a response with ``success`` False and an ``error`` if the call fails, a :class:`NotRunResponse` if the module
            did not run; it never raises
        """
        return run(execute(self._execution, request, context, scopes, idempotency_key))

    async def execute_async(
        self,
        request: Any,
        context: RemainingTime | None = None,
        *,
        scopes: Iterable[str] | None = None,
        idempotency_key: str | None = None,
    ) -> ExecuteResponse:
        """The same as :meth:`execute`, without blocking the event loop. A cancelled call does not count."""
        return await run_async(execute(self._execution, request, context, scopes, idempotency_key))

    def get_health_status(self) -> ModuleHealth:
        """The health of the module: for all callers that share a table, else for this adapter."""
        return run(self._recorder.read())

    async def get_health_status_async(self) -> ModuleHealth:
        """The same as :meth:`get_health_status`, without blocking the event loop."""
        return await run_async(self._recorder.read())

    def is_healthy(self) -> bool:
        """Whether fewer than 3 consecutive calls have failed."""
        return self.get_health_status()["is_healthy"]

    async def is_healthy_async(self) -> bool:
        """The same as :meth:`is_healthy`, without blocking the event loop."""
        return (await self.get_health_status_async())["is_healthy"]

    def get_module_info(self) -> ModuleInfo:
        """The function that this adapter calls, and the health of its module."""
        return self._module_info(self.get_health_status())

    async def get_module_info_async(self) -> ModuleInfo:
        """The same as :meth:`get_module_info`, without blocking the event loop."""
        return self._module_info(await self.get_health_status_async())

    def _module_info(self, health: ModuleHealth) -> ModuleInfo:
        settings = self._settings
        return {
            "name": settings.module_name,
            "version": settings.module_version,
            "type": "lambda_adapter",
            "function_name": settings.function_name,
            "region": settings.region,
            "invocation_type": settings.invocation_type,
            "required_scopes": list(settings.required_scopes),
            "max_retries": settings.max_retries,
            "connect_timeout": settings.connect_timeout,
            "read_timeout": settings.read_timeout,
            "health": health,
        }


def _client(given: C | None, shared: Callable[[], C]) -> Callable[[], C]:
    """Returns the client of the caller, or the one that this process shares."""
    return shared if given is None else lambda: given
