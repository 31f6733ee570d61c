"""The AWS clients of adapters."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any

from ._errors import invalid
from ._settings import AdapterSettings

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from botocore.session import Session

    from .._sdk import DynamoDBClient, LambdaClient

# Name of the role session in CloudTrail.
_SESSION_NAME = "katamari-adapter"
# Callers do not wait longer for the health table, see _health_recorder.py.
_TABLE_TIMEOUT_S = 1

# A session must not create two clients at the same time.
_lock = Lock()
_sessions: dict[tuple[str | None, str | None, str], Session] = {}
_lambda_clients: dict[tuple[Any, ...], LambdaClient] = {}
_table_clients: dict[str, DynamoDBClient] = {}


def lambda_client(settings: AdapterSettings) -> LambdaClient:
    """The client for invocations. Adapters with the same settings for it share one client and its connections.

    :raises AdapterConfigurationError: if there are no credentials to assume the role with
    """
    from botocore.config import Config

    role = (settings.role_arn, settings.external_id, settings.region)
    key = (*role, settings.endpoint, settings.connect_timeout, settings.read_timeout, settings.max_concurrency)
    with _lock:
        if key not in _lambda_clients:
            config = Config(
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                max_pool_connections=settings.max_concurrency,
                # One attempt: the adapter retries itself, and the retries of both would multiply.
                retries={"total_max_attempts": 1, "mode": "standard"},
            )
            client: Any = _session(*role).create_client(
                "lambda", region_name=settings.region, endpoint_url=settings.endpoint, config=config
            )
            _lambda_clients[key] = client
        return _lambda_clients[key]


def table_client(settings: AdapterSettings) -> DynamoDBClient:
    """The client for the health table, which is in the region of the caller."""
    from botocore.config import Config

    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or settings.region
    with _lock:
        if region not in _table_clients:
            # One attempt: a retry of a write whose answer was lost would count its calls twice.
            config = Config(
                connect_timeout=_TABLE_TIMEOUT_S,
                read_timeout=_TABLE_TIMEOUT_S,
                retries={"total_max_attempts": 1, "mode": "standard"},
            )
            client: Any = _session(None, None, region).create_client("dynamodb", region_name=region, config=config)
            _table_clients[region] = client
        return _table_clients[region]


def _session(role_arn: str | None, external_id: str | None, region: str) -> Session:
    if role_arn is None:
        region = ""
    key = (role_arn, external_id, region)
    if key not in _sessions:
        import botocore.session

        session = botocore.session.get_session()
        if role_arn is not None:
            _assume(session, role_arn, external_id, region)
        _sessions[key] = session
    return _sessions[key]


def _assume(session: Session, role_arn: str, external_id: str | None, region: str) -> None:
    """Gives a session the credentials of a role. The first call requests them; they are renewed before they expire."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    base = _session(None, None, region)
    own = base.get_credentials()
    if own is None:
        rule = "role_arn requires credentials of the caller, which assume the role"
        raise invalid(rule, "none", "Call it in a Lambda function, or sign in to AWS (aws sso login, or AWS_PROFILE).")
    extra = {"RoleSessionName": _SESSION_NAME, **({"ExternalId": external_id} if external_id else {})}
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda service, **keys: base.create_client(service, region_name=region, **keys),
        source_credentials=own,
        role_arn=role_arn,
        extra_args=extra,
    )
    credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
    session.register_component("credential_provider", _FixedCredentials(credentials))


class _FixedCredentials:
    """A credential provider of botocore that always returns the same credentials."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials:
        return self._credentials
