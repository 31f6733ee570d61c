"""The dependencies of a function, as its ``DependencyStore`` describes them."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import NamedTuple

from .._constants import BLOCK_BYTES, ENV_DEPENDENCIES, ENV_DEPENDENCY_BUCKET
from .._errors import DependencyError


class StoredDependency(NamedTuple):
    """A dependency in the bucket of the store."""

    name: str
    bucket: str
    key: str
    sha256: str
    """SHA-256 of the zip, in hexadecimal digits."""
    size: int
    """Size of the zip in bytes."""
    unpacked_size: int
    """Size of its files in bytes."""
    files: int
    """Number of its files."""

    @property
    def url(self) -> str:
        """S3 URL, for messages."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def disk_bytes(self) -> int:
        """Disk space for unpacking, in bytes: the zip and its files, each rounded up to whole blocks."""
        return self.size + self.unpacked_size + self.files * BLOCK_BYTES

    def error(self, problem: str, remedy: str) -> DependencyError:
        """An error about this dependency."""
        return DependencyError(f"{problem}. {remedy}", bucket=self.bucket, key=self.key)


def stored_dependencies(env: Mapping[str, str]) -> dict[str, StoredDependency]:
    """The dependencies of the function, by normalized name.

    :raises DependencyError: if the function has no ``DependencyStore``
    """
    text = env.get(ENV_DEPENDENCIES)
    bucket = env.get(ENV_DEPENDENCY_BUCKET)
    if not text or not bucket:
        raise DependencyError(
            f"{ENV_DEPENDENCIES} and {ENV_DEPENDENCY_BUCKET} must be set. Give the function a DependencyStore: store.addTo(fn)"
        )
    entries: dict[str, tuple[str, str, int, int, int]] = json.loads(text)
    known = {}
    for name, (key, sha256, size, unpacked_size, files) in entries.items():
        digest = urlsafe_b64decode(sha256 + "=").hex()
        known[_normalized(name)] = StoredDependency(name, bucket, key, digest, size, unpacked_size, files)
    return known


def find_stored(name: str, known: Mapping[str, StoredDependency]) -> StoredDependency:
    """:raises DependencyError: if the store does not have the dependency; the message lists those that it has"""
    found = known.get(_normalized(name))
    if found is None:
        available = ", ".join(sorted(f"'{item.name}'" for item in known.values()))
        raise DependencyError(
            f"dependency '{name}' not found; available: {available}. Add it to the DependencyStore of the function"
        )
    return found


def _normalized(name: str) -> str:
    """See https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()
