"""Downloads dependencies from S3."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from .._errors import DependencyError
from .._retry import Backoff, retry
from .._sdk import error_code, error_response, new_client
from ._errors import is_disk_full
from ._stored_dependencies import StoredDependency

if TYPE_CHECKING:
    from .._sdk import S3Client

_MAX_RETRIES = 2
_BACKOFF = Backoff(initial=0.2, limit=0.4)
_CHUNK_BYTES = 1024 * 1024
# With any other code, S3 would refuse the next request as well.
_RETRYABLE = frozenset({"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling", "ThrottlingException"})
_DENIED = frozenset({"AccessDenied", "403", "AllAccessDisabled", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
_REPLACE = "Delete the object and deploy again to restore it"


def new_s3_client(connections: int) -> S3Client:
    """Creates a client.

    :param connections: number of concurrent downloads
    """
    from botocore.config import Config

    config = Config(
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=max(10, connections),
        retries={"mode": "standard", "total_max_attempts": _MAX_RETRIES + 1},
    )
    client: S3Client = new_client("s3", config)
    return client


def download(client: S3Client, item: StoredDependency, archive: Path) -> None:
    """Downloads the zip of a dependency, and verifies its SHA-256.

    :raises DependencyError: if it cannot be read, or differs from what was deployed
    """
    try:
        digest = retry(lambda: _fetch(client, item, archive), _is_retryable, _BACKOFF, max_retries=_MAX_RETRIES)
    except Exception as error:
        if isinstance(error, DependencyError) or is_disk_full(error):
            raise
        raise _read_error(item, error) from error
    if digest != item.sha256:
        raise item.error(f"the SHA-256 of {item.url} must be '{item.sha256}', got: '{digest}'", _REPLACE)


def _is_retryable(error: Exception) -> bool:
    code = error_code(error)
    if code is not None:
        return code in _RETRYABLE
    # Without an error code, the connection broke.
    return not isinstance(error, DependencyError) and not is_disk_full(error)


def _fetch(client: S3Client, item: StoredDependency, archive: Path) -> str:
    """:returns: the SHA-256 of the downloaded file"""
    body = client.get_object(Bucket=item.bucket, Key=item.key)["Body"]
    digest = hashlib.sha256()
    left = item.size
    with body, archive.open("wb") as file:
        while chunk := body.read(_CHUNK_BYTES):
            left -= len(chunk)
            # A larger object must not fill the disk.
            if left < 0:
                raise item.error(f"{item.url} must have {item.size} bytes, got more", _REPLACE)
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _read_error(item: StoredDependency, error: Exception) -> DependencyError:
    code = error_code(error) or type(error).__name__
    message = error_response(error).get("Error", {}).get("Message") or str(error)
    remedy = "Try again; in a VPC without internet access, add an endpoint for S3"
    if code in _MISSING:
        remedy = "Deploy the stack again to restore it; something, such as a lifecycle rule, has deleted it"
    elif code in _DENIED:
        remedy = "Grant the role of the function s3:GetObject on it, as store.addTo(fn) does"
    return item.error(f"cannot read dependency '{item.name}' from {item.url}: {code}: {message}", remedy)
