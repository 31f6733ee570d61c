"""The clients of AWS that adapters use."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any

from ._errors import invalid
from ._settings import AdapterSettings

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

# The name that a session of an assumed role has in the log of CloudTrail.
_SESSION_NAME = "katamari-adapter"
# Nobody waits for the health table longer than that, see _adapter.py.
_TABLE_TIMEOUT_S = 1

# A session is not safe to make two clients at a time.
_lock = Lock()
_sessions: dict[tuple[str | None, str | None, str], Session] = {}
_lambda_clients: dict[tuple[Any, ...], BaseClient] = {}
_table_clients: dict[str, BaseClient] = {}


def lambda_client(settings: AdapterSettings) -> BaseClient:
    """A client for invocations. Adapters that agree on how to reach Lambda share it, and its connections.

    :raises AdapterConfigurationError: when there are no credentials to assume the role with
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
                # The adapter tries again itself, within its bounds: tries of both would multiply.
                retries={"total_max_attempts": 1, "mode": "standard"},
            )
            _lambda_clients[key] = _session(*role).create_client(
                "lambda", region_name=settings.region, endpoint_url=settings.endpoint, config=config
            )
        return _lambda_clients[key]


def table_client(settings: AdapterSettings) -> BaseClient:
    """A client for the health table, which is where the caller is, whatever the region of the function."""
    from botocore.config import Config

    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or settings.region
    with _lock:
        if region not in _table_clients:
            # One try: a write that was tried again after its answer got lost would count twice.
            config = Config(
                connect_timeout=_TABLE_TIMEOUT_S,
                read_timeout=_TABLE_TIMEOUT_S,
                retries={"total_max_attempts": 1, "mode": "standard"},
            )
            _table_clients[region] = _session(None, None, region).create_client("dynamodb", region_name=region, config=config)
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
    """Lets a session have the credentials of a role. They are asked for with the first call, and anew before they end."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    base = _session(None, None, region)
    own = base.get_credentials()
    if own is None:
        rule = "role_arn must come with credentials of the caller, to assume the role with"
        raise invalid(rule, "none", "Run it in a function, or sign in to AWS (aws sso login, or AWS_PROFILE).")
    extra = {"RoleSessionName": _SESSION_NAME, **({"ExternalId": external_id} if external_id else {})}
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda service, **keys: base.create_client(service, region_name=region, **keys),
        source_credentials=own,
        role_arn=role_arn,
        extra_args=extra,
    )
    credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
    session.register_component("credential_provider", _Only(credentials))


class _Only:
    """Finds these credentials, wherever else there may be some."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        return self._credentials
