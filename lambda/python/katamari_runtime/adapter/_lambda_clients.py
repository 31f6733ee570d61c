"""The AWS clients of adapters."""

from __future__ import annotations

import socket
from contextlib import suppress
from socket import IPPROTO_TCP
from threading import Lock
from typing import TYPE_CHECKING, Any

from .._fork import renew_after_fork
from .._sdk import default_region
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

# STS answers within a second, and all calls of an adapter wait for its credentials: two attempts of 5 seconds.
_STS_TIMEOUT_S = 5
_STS_ATTEMPTS = 2

# Seconds until the first probe of TCP keepalive and between two probes, and the number of lost ones that end a connection. A NAT
# gateway drops a connection after 350 silent seconds.
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 4}


class LambdaClients:
    """The clients of all adapters of this process. Adapters with the same settings for a client share it and its connections."""

    def __init__(self) -> None:
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        # A session must not create two clients at the same time.
        self._lock = Lock()
        self._sessions: dict[tuple[str | None, str | None, str], Session] = {}
        self._lambda: dict[tuple[Any, ...], LambdaClient] = {}
        self._tables: dict[str, DynamoDBClient] = {}

    def lambda_client(self, settings: AdapterSettings) -> LambdaClient:
        """The client for invocations.

        :raises AdapterConfigurationError: if there are no credentials to assume the role with
        """
        role = (settings.role_arn, settings.external_id, settings.region)
        key = (*role, settings.endpoint, settings.connect_timeout, settings.read_timeout, settings.max_concurrency)
        if key in self._lambda:
            return self._lambda[key]
        from botocore.config import Config

        with self._lock:
            if key not in self._lambda:
                config = Config(
                    connect_timeout=settings.connect_timeout,
                    read_timeout=settings.read_timeout,
                    max_pool_connections=settings.max_concurrency,
                    tcp_keepalive=True,
                    # One attempt: the adapter retries itself, and the retries of both would multiply.
                    retries={"total_max_attempts": 1, "mode": "standard"},
                )
                client: Any = self._session(*role).create_client(
                    "lambda", region_name=settings.region, endpoint_url=settings.endpoint, config=config
                )
                _probe_early(client)
                self._lambda[key] = client
            return self._lambda[key]

    def table_client(self, settings: AdapterSettings) -> DynamoDBClient:
        """The client for the health table, which is in the region of the caller."""
        region = default_region() or settings.region
        if region in self._tables:
            return self._tables[region]
        from botocore.config import Config

        with self._lock:
            if region not in self._tables:
                # One attempt: a retry of a write whose answer was lost would count its calls twice.
                config = Config(
                    connect_timeout=_TABLE_TIMEOUT_S,
                    read_timeout=_TABLE_TIMEOUT_S,
                    retries={"total_max_attempts": 1, "mode": "standard"},
                )
                client: Any = self._session(None, None, region).create_client("dynamodb", region_name=region, config=config)
                self._tables[region] = client
            return self._tables[region]

    def _session(self, role_arn: str | None, external_id: str | None, region: str) -> Session:
        if role_arn is None:
            region = ""
        key = (role_arn, external_id, region)
        if key not in self._sessions:
            import botocore.session

            session = botocore.session.get_session()
            if role_arn is not None:
                self._assume(session, role_arn, external_id, region)
            self._sessions[key] = session
        return self._sessions[key]

    def _assume(self, session: Session, role_arn: str, external_id: str | None, region: str) -> None:
        """Gives a session the credentials of a role. The first call requests them; they are renewed before they expire."""
        from botocore.config import Config
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

        base = self._session(None, None, region)
        own = base.get_credentials()
        if own is None:
            rule = "role_arn requires credentials of the caller, which assume the role"
            raise invalid(rule, "none", "Call it in a Lambda function, or sign in to AWS (aws sso login, or AWS_PROFILE).")
        config = Config(
            connect_timeout=_STS_TIMEOUT_S,
            read_timeout=_STS_TIMEOUT_S,
            retries={"total_max_attempts": _STS_ATTEMPTS, "mode": "standard"},
        )
        extra = {"RoleSessionName": _SESSION_NAME, **({"ExternalId": external_id} if external_id else {})}
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=lambda service, **keys: base.create_client(service, region_name=region, config=config, **keys),
            source_credentials=own,
            role_arn=role_arn,
            extra_args=extra,
        )
        credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
        session.register_component("credential_provider", _FixedCredentials(credentials))


CLIENTS = LambdaClients()
"""The clients of this process."""


def _probe_early(client: Any) -> None:
    """Makes TCP keepalive probe within a minute. The default of Linux is two hours, and botocore has no option for it."""
    with suppress(AttributeError):
        # The pools of connections share this list.
        options = client._endpoint.http_session._socket_options
        options.extend((IPPROTO_TCP, getattr(socket, name), value) for name, value in _KEEPALIVE.items() if hasattr(socket, name))


class _FixedCredentials:
    """A credential provider of botocore that always returns the same credentials."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials:
        return self._credentials
