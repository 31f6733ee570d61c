"""Calls the Lambda function of a module."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol, TypedDict

from ._attempts import Attempts, Limits
from ._breaker import Breaker, BreakerOptions
from ._clients import lambda_client as shared_lambda_client
from ._clients import table_client as shared_table_client
from ._clock import Clock
from ._constants import (
    DEFAULT_CONNECTION_TIMEOUT_MS,
    DEFAULT_INITIAL_RETRY_DELAY_MS,
    DEFAULT_MAX_RETRIES,
    DEFAULT_MAX_RETRY_DELAY_MS,
    DEFAULT_MODULE_VERSION,
    DEFAULT_REQUEST_TIMEOUT_MS,
)
from ._environment import module_names, read_module
from ._errors import NotInvokedError, reason_of
from ._health import ModuleHealth
from ._mapping import QUEUED, parse_response, to_bytes, to_payload
from ._messages import ExecuteResponse
from ._recorder import HealthRecorder
from ._settings import check_settings, refuse_unknown
from ._steps import Steps, run, run_async

if TYPE_CHECKING:
    from botocore.client import BaseClient

# Seconds of the caller's remaining time that no record of health takes.
_LEFT_ALONE_S = 0.1


class RemainingTime(Protocol):
    """The part of Lambda's context that an adapter looks at."""

    def get_remaining_time_in_millis(self) -> int: ...


class ModuleInfo(TypedDict):
    """What an adapter calls, and how that does."""

    name: str
    version: str
    type: Literal["lambda_adapter"]
    function_name: str
    """Name with its prefix, or ARN."""
    region: str
    invocation_type: str
    required_scopes: list[str]
    max_retries: int
    connect_timeout: float
    read_timeout: float
    health: ModuleHealth


class LambdaAdapter:
    """Calls the Lambda function of a module, and says how that module does.

    A call that fails is tried again where that may help, within the time that the caller has; it never raises. Make one adapter
    for each module, once, beside the handler: it may be used from any number of threads and event loops at a time::

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
        breaker: BreakerOptions | bool = True,
        deadline_margin: float = 0.5,
        module_version: str = DEFAULT_MODULE_VERSION,
        required_scopes: Sequence[str] = (),
        role_arn: str | None = None,
        external_id: str | None = None,
        health_table: str | Literal[False] | None = None,
        max_concurrency: int = 64,
        endpoint: str | None = None,
        lambda_client: BaseClient | None = None,
        dynamodb_client: BaseClient | None = None,
        map_request: Callable[[Any], Any] = to_payload,
        parse_response: Callable[[Any], ExecuteResponse] = parse_response,
        _clock: Clock | None = None,
        **unknown: NoReturn,
    ) -> None:
        """No request is made, but the AWS SDK is loaded: Lambda gives a function's start a whole processor.

        :param function_identifier: name, ARN or alias ARN of the function; with a prefix the rest of its name
        :param module_name: name of the module: 1 to 128 letters, digits, '_' and '-'
        :param region: region of the function; that of its ARN, else ``AWS_REGION``, unless given
        :param function_prefix: what the name of the function begins with; not with an ARN
        :param invocation_type: ``RequestResponse`` waits for the answer of the function, ``Event`` for Lambda to take the event
        :param max_retries: tries after the first one: a whole number from 0 to 20
        :param initial_retry_delay: seconds before the first retry, doubled from retry to retry: 0.001 to 900
        :param max_retry_delay: the longest of them: ``initial_retry_delay`` to 900
        :param jitter: ``full`` cuts each delay by chance, so that callers fall apart; ``none`` leaves it as it is
        :param connect_timeout: seconds that a connection may take: 0.001 to 900
        :param read_timeout: seconds from then on that one try may take, to the last byte of its answer: 0.001 to 900
        :param retry_function_errors: whether a function that failed is called again. Say so only of one that may run twice
            for one request.
        :param also_retry: names of further errors that are tried again, such as ``ServiceException``
        :param retry_budget: whether retries are bounded by the budget of the AWS SDKs: 500 tokens, 5 a retry, 10 after a
            timeout
        :param breaker: when calls are refused since the module fails; unless given, after 3 failures in a row, for 30 s;
            False: never
        :param deadline_margin: seconds of the caller's remaining time that are left alone: 0 to 60
        :param module_version: version of the module
        :param required_scopes: scopes that a request must have
        :param role_arn: a role that is assumed for the call, such as one of another account; the role of the caller unless
            given
        :param external_id: what the trust policy of that role asks for
        :param health_table: name of the table in which callers share the health of the module; that of the environment
            variable KATAMARI_HEALTH_TABLE unless given; False: none
        :param max_concurrency: most calls that are under way at a time, each in a thread with a connection of its own, from 1 to
            1,000; further ones wait
        :param endpoint: endpoint of Lambda instead of AWS's, such as that of the local engine
        :param lambda_client: a Lambda client of boto3. Give it ``retries={"total_max_attempts": 1}`` and as many connections as
            ``max_concurrency``; one for all adapters that agree on region, role, timeouts and connections unless given
        :param dynamodb_client: a DynamoDB client of boto3, for the health table; one for all adapters unless given
        :param map_request: makes the payload of a request, any JSON value; unless given, that of the original LambdaAdapter
        :param parse_response: makes an answer of what the function returned; of ``Event`` it receives
            ``{"success": True, "message": "Lambda function queued"}``
        :raises AdapterConfigurationError: a ValueError, when an option breaks its rule
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
        self._clock = clock = _clock or Clock()
        self._map_request = map_request
        self._parse_response = parse_response
        self._breaker = Breaker(settings.module_name, settings.breaker, clock.monotonic) if settings.breaker else None
        self._pool = ThreadPoolExecutor(settings.max_concurrency, "katamari-adapter")
        self._attempts = Attempts(lambda_client or shared_lambda_client(settings), settings, self._pool, clock)
        table_client = (dynamodb_client or shared_table_client(settings)) if settings.health_table else None
        self._recorder = HealthRecorder(settings, table_client, clock)

    @classmethod
    def from_environment(cls, module_name: str, **options: Any) -> LambdaAdapter:
        """An adapter of a module that the invoker construct lets this function call: the environment variable
        KATAMARI_MODULES says how.

        :param options: what is to be different, or comes on top
        :raises AdapterConfigurationError: when the variable has no such module
        """
        return cls(**{**read_module(module_name, os.environ), **options})

    @staticmethod
    def module_names() -> list[str]:
        """Names of the modules that the invoker construct lets this function call.

        :raises AdapterConfigurationError: when KATAMARI_MODULES is not what it writes
        """
        return module_names(os.environ)

    def execute(
        self, request: Any, context: RemainingTime | None = None, *, scopes: Iterable[str] | None = None
    ) -> ExecuteResponse:
        """Calls the module, and waits in this thread; also where an event loop runs in it.

        ``RequestResponse`` answers what the module does, ``Event`` that Lambda has taken the event.

        :param request: an :class:`ExecuteRequest`, or what ``map_request`` takes
        :param context: the context of the calling Lambda function: the call ends before its time does
        :param scopes: scopes of the request; those of the request itself unless given
        :returns: ``success`` False and an ``error`` when it fails; it never raises
        """
        return run(self._execute(request, context, scopes))

    async def execute_async(
        self, request: Any, context: RemainingTime | None = None, *, scopes: Iterable[str] | None = None
    ) -> ExecuteResponse:
        """As :meth:`execute`, without keeping the event loop waiting. What is cancelled is not counted."""
        return await run_async(self._execute(request, context, scopes))

    def get_health_status(self) -> ModuleHealth:
        """How the module does: for all callers where they share a table, else for this adapter."""
        return run(self._recorder.read())

    async def get_health_status_async(self) -> ModuleHealth:
        """As :meth:`get_health_status`."""
        return await run_async(self._recorder.read())

    def is_healthy(self) -> bool:
        """Whether fewer than 3 calls in a row have failed."""
        return self.get_health_status()["is_healthy"]

    async def is_healthy_async(self) -> bool:
        """As :meth:`is_healthy`."""
        return (await self.get_health_status_async())["is_healthy"]

    def get_module_info(self) -> ModuleInfo:
        """What this adapter calls, and how that does."""
        return self._module_info(self.get_health_status())

    async def get_module_info_async(self) -> ModuleInfo:
        """As :meth:`get_module_info`."""
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

    def _execute(self, request: Any, context: RemainingTime | None, scopes: Iterable[str] | None) -> Steps[ExecuteResponse]:
        end = self._end_of(context)
        try:
            answer = yield from self._call(self._payload(request, scopes), end - self._settings.deadline_margin)
            response = self._parse_response(answer)
        except NotInvokedError as error:
            return ExecuteResponse(success=False, error=f"Lambda not invoked: {error}")
        except Exception as error:
            response = ExecuteResponse(success=False, error=f"Lambda invocation error: {reason_of(error)}")
        yield from self._recorder.record(bool(response.success), end - _LEFT_ALONE_S)
        return response

    def _call(self, payload: bytes, until: float) -> Steps[Any]:
        if self._breaker is None:
            return (yield from self._answer(payload, Limits(until, once=False)))
        permit = self._breaker.enter()
        success: bool | None = None
        try:
            answer = yield from self._answer(payload, Limits(until, once=permit.probe))
            success = True
            return answer
        except NotInvokedError:
            raise
        except Exception:
            success = False
            raise
        finally:
            # Also where the call was cancelled: it must not keep the only probe for itself.
            self._breaker.leave(permit, success)

    def _answer(self, payload: bytes, limits: Limits) -> Steps[Any]:
        value = yield from self._attempts.invoke(payload, limits)
        return dict(QUEUED) if self._settings.is_event else value

    def _payload(self, request: Any, scopes: Iterable[str] | None) -> bytes:
        """:raises NotInvokedError: when the request may not be made, or can't be"""
        has = frozenset(scopes if scopes is not None else _scopes_of(request))
        missing = [scope for scope in self._settings.required_scopes if scope not in has]
        if missing:
            raise NotInvokedError(f"module '{self.module_name}' requires scopes that the request lacks: {', '.join(missing)}")
        try:
            payload = self._map_request(request)
        except Exception as error:
            raise NotInvokedError(str(error) or type(error).__name__) from error
        return to_bytes(payload, self._settings.invocation_type)

    def _end_of(self, context: RemainingTime | None) -> float:
        """The moment of the clock at which the caller ends."""
        if context is None:
            return math.inf
        return self._clock.monotonic() + context.get_remaining_time_in_millis() / 1000


def _scopes_of(request: Any) -> Iterable[str]:
    scopes = request.get("scopes") if isinstance(request, Mapping) else getattr(request, "scopes", None)
    return scopes if isinstance(scopes, (list, tuple, set, frozenset)) else ()
