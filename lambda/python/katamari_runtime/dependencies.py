"""Loads the packages of a ``DependencyStore`` from S3, when a function starts.

Call it before the packages are imported, at the top of the module::

    from katamari_runtime.dependencies import load_dependencies

    load_dependencies(["pandas", "numpy"])

    import pandas

Outside Lambda it does nothing, whatever it is asked for: an import finds what is installed, and the rest is not there.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import json
import os
import random
import re
import shutil
import stat
import sys
import tempfile
import time
import zipfile
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from ._constants import BLOCK_BYTES, DEPENDENCIES_FOLDER, ENV_DEPENDENCIES, ENV_DEPENDENCY_BUCKET
from ._errors import DependencyError
from ._sdk import error_code, error_response, new_client

_TRIES = 3
_FIRST_DELAY_S = 0.1
_CHUNK_BYTES = 1024 * 1024
# Everything else of S3 is about a request that would be refused again.
_RETRYABLE = frozenset({"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling", "ThrottlingException"})
_DENIED = frozenset({"AccessDenied", "403", "AllAccessDisabled", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
_PARTIAL = re.compile(r"\.partial-(\d+)-")

_lock = Lock()
_loaded: dict[str, Path] = {}


class _Stored(NamedTuple):
    """A dependency as the construct has described it."""

    name: str
    bucket: str
    key: str
    sha256: str
    size: int
    unpacked_size: int
    files: int

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def disk_bytes(self) -> int:
        return self.size + self.unpacked_size + self.files * BLOCK_BYTES

    def error(self, problem: str, remedy: str) -> DependencyError:
        return DependencyError(f"{problem}. {remedy}", bucket=self.bucket, key=self.key)


def load_dependency(name: str) -> Path | None:
    """Makes a dependency of the function's ``DependencyStore`` ready to import.

    :param name: its name in the store: for a Python package that of its distribution, in any spelling that pip takes
    :returns: the folder that holds its files; None outside Lambda
    :raises DependencyError: as :func:`load_dependencies` does
    """
    return load_dependencies([name]).get(name)


def load_dependencies(names: Iterable[str]) -> dict[str, Path]:
    """Makes dependencies of the function's ``DependencyStore`` ready to import: those that are not there yet are downloaded
    at the same time, checked, and unpacked below ``/tmp``, where later calls and restarts of the function find them.

    Their modules come after those of the function's own package, and before those of layers and of Lambda itself. A module
    that was imported before stays what it is.

    :param names: their names in the store
    :returns: the folder of each, by its name; nothing outside Lambda
    :raises DependencyError: when the store has no such dependency, S3 refuses or lacks it, its content is not what was
        deployed, ``/tmp`` is too small, or its folder for dependencies is not of this user alone
    """
    if isinstance(names, str):
        raise DependencyError(f"load_dependencies must be given a list of names, got: {names!r}. Use load_dependency for one")
    if not os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        return {}
    known = _read_environment()
    wanted = {name: _find(name, known) for name in names}
    # One call at a time: a second one finds what the first has brought.
    with _lock:
        missing = {item.sha256: item for item in wanted.values() if item.sha256 not in _loaded}
        if missing:
            _provide(list(missing.values()))
        return {name: _loaded[item.sha256] for name, item in wanted.items()}


def _read_environment() -> dict[str, _Stored]:
    text = os.environ.get(ENV_DEPENDENCIES)
    bucket = os.environ.get(ENV_DEPENDENCY_BUCKET)
    if not text or not bucket:
        raise DependencyError(
            f"{ENV_DEPENDENCIES} and {ENV_DEPENDENCY_BUCKET} must be set. Give the function a DependencyStore: store.addTo(fn)"
        )
    entries: dict[str, tuple[str, str, int, int, int]] = json.loads(text)
    known = {}
    for name, (key, sha256, size, unpacked_size, files) in entries.items():
        digest = urlsafe_b64decode(sha256 + "=").hex()
        known[_normalized(name)] = _Stored(name, bucket, key, digest, size, unpacked_size, files)
    return known


def _find(name: str, known: dict[str, _Stored]) -> _Stored:
    found = known.get(_normalized(name))
    if found is None:
        there = ", ".join(sorted(f"'{item.name}'" for item in known.values()))
        raise DependencyError(
            f"a dependency must be one of the function's DependencyStore, {there}, got: '{name}'. Add it to the store"
        )
    return found


def _normalized(name: str) -> str:
    """See https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def _provide(wanted: list[_Stored]) -> None:
    root = Path(tempfile.gettempdir(), DEPENDENCIES_FOLDER)
    _require_own_folder(root)
    _remove_abandoned(root)
    missing = [item for item in wanted if not (root / item.sha256).is_dir()]
    if missing:
        _require_room(root, missing)
        client = _client(len(missing))
        with ThreadPoolExecutor(len(missing)) as threads:
            for done in [threads.submit(_bring, client, item, root) for item in missing]:
                done.result()
    for item in wanted:
        folder = root / item.sha256
        _put_on_path(str(folder))
        _loaded[item.sha256] = folder
    importlib.invalidate_caches()


def _require_own_folder(root: Path) -> None:
    """What is in it is imported unseen: nobody else may have put it there."""
    with suppress(FileExistsError):
        root.mkdir(mode=0o700)
    fault = _fault_of(root.lstat())
    if fault is not None:
        raise DependencyError(
            f"{root} must be a folder of this process's user that no other may write to, got: {fault}. "
            "Delete it, or set TMPDIR to a folder of this user alone"
        )


def _fault_of(status: os.stat_result) -> str | None:
    if stat.S_ISLNK(status.st_mode):
        return "a link"
    if not stat.S_ISDIR(status.st_mode):
        return "a file"
    if os.name == "nt":
        # It has neither.
        return None
    if status.st_uid != os.geteuid():
        return f"one of the user {status.st_uid}"
    mode = stat.S_IMODE(status.st_mode) & 0o777
    return f"one of mode 0{mode:o}" if mode & 0o022 else None


def _client(connections: int) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=max(10, connections),
        retries={"mode": "standard", "total_max_attempts": _TRIES},
    )
    return new_client("s3", config)


def _put_on_path(folder: str) -> None:
    if folder in sys.path:
        return
    own = os.environ.get("LAMBDA_TASK_ROOT", "")
    sys.path.insert(sys.path.index(own) + 1 if own in sys.path else 0, folder)


def _require_room(root: Path, missing: list[_Stored]) -> None:
    needed = sum(item.disk_bytes for item in missing)
    disk = shutil.disk_usage(root)
    if needed > disk.free:
        names = ", ".join(f"'{item.name}'" for item in missing)
        raise missing[0].error(
            f"{names} need {_mebibytes(needed)} MiB of {root.parent}, free are: {disk.free // 2**20} MiB",
            _room_remedy(disk.total - disk.free + needed),
        )


def _room_remedy(at_least: int) -> str:
    return f"Set ephemeralStorageSize of the function to {_mebibytes(at_least)} MiB or more"


def _mebibytes(size: int) -> int:
    return -(-size // 2**20)


def _remove_abandoned(root: Path) -> None:
    """Deletes what a process has left that ended while it unpacked: it would fill the disk."""
    for path in root.glob(".partial-*"):
        owner = _PARTIAL.match(path.name)
        # One of this process's own is of an earlier process with the same id: only one call of this process is here.
        if owner and (int(owner[1]) == os.getpid() or not _is_alive(int(owner[1]))):
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        # There the signal 0 would interrupt it.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _bring(client: Any, item: _Stored, root: Path) -> None:
    """Puts the files of a dependency into their folder. It appears at once and whole, whoever else does the same."""
    partial = Path(tempfile.mkdtemp(prefix=f".partial-{os.getpid()}-", dir=root))
    try:
        archive = partial / "archive.zip"
        _download(client, item, archive)
        files = partial / "files"
        _unpack(item, archive, files)
        _rename(files, root / item.sha256)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        disk = shutil.disk_usage(root)
        raise item.error(
            f"{root.parent} was full before '{item.name}' was unpacked, which needs {_mebibytes(item.disk_bytes)} MiB",
            _room_remedy(disk.total + item.disk_bytes),
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _rename(files: Path, target: Path) -> None:
    try:
        files.rename(target)
    except OSError:
        # Another process was first: its folder serves.
        if not target.is_dir():
            raise


def _download(client: Any, item: _Stored, archive: Path) -> None:
    for tried in range(1, _TRIES + 1):
        try:
            digest = _fetch(client, item, archive)
            break
        except Exception as error:
            code = error_code(error)
            if isinstance(error, DependencyError) or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
                raise
            # Without a code the connection broke.
            if tried == _TRIES or (code is not None and code not in _RETRYABLE):
                raise _refusal(item, error) from error
        time.sleep(random.random() * _FIRST_DELAY_S * 2**tried)
    if digest != item.sha256:
        raise item.error(
            f"the SHA-256 of {item.url} must be '{item.sha256}', got: '{digest}'",
            "Delete the object and deploy again: the deploy puts back what belongs there",
        )


def _fetch(client: Any, item: _Stored, archive: Path) -> str:
    """:returns: the SHA-256 of what came"""
    body = client.get_object(Bucket=item.bucket, Key=item.key)["Body"]
    digest = hashlib.sha256()
    left = item.size
    with body, archive.open("wb") as file:
        while chunk := body.read(_CHUNK_BYTES):
            left -= len(chunk)
            # More than was deployed must not fill the disk.
            if left < 0:
                raise item.error(
                    f"{item.url} must have {item.size} bytes, got more",
                    "Delete the object and deploy again: the deploy puts back what belongs there",
                )
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _refusal(item: _Stored, error: Exception) -> DependencyError:
    code = error_code(error) or type(error).__name__
    message = error_response(error).get("Error", {}).get("Message") or str(error)
    remedy = "Try again; from a VPC without a way out S3 needs an endpoint"
    if code in _MISSING:
        remedy = "Deploy the stack again: the deploy puts it there, and something, such as a lifecycle rule, has deleted it"
    elif code in _DENIED:
        remedy = "Let the role of the function read it: store.addTo(fn) grants s3:GetObject on it"
    return item.error(f"dependency '{item.name}' could not be read from {item.url}: {code}: {message}", remedy)


def _unpack(item: _Stored, archive: Path, target: Path) -> None:
    target.mkdir()
    try:
        with zipfile.ZipFile(archive) as content:
            entries = content.infolist()
            _check_entries(item, entries)
            for entry in entries:
                _write(content, entry, target)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise _unsafe(item, f"a zip, got: {error}") from error
    archive.unlink()


def _check_entries(item: _Stored, entries: list[zipfile.ZipInfo]) -> None:
    """Refuses what the store never writes. It can be there only when the store itself was made to write it."""
    seen = set()
    for entry in entries:
        # zipfile has cut a name at its first NUL, and turned the backslashes of Windows into slashes.
        name = entry.orig_filename
        parts = name.split("/")
        if "\\" in name or "\0" in name or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
            raise _unsafe(item, f"paths that stay in its folder, got: {name!r}")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise _unsafe(item, f"plain files alone, got {'a link' if kind == stat.S_IFLNK else 'something else'}: {name!r}")
        if name in seen:
            raise _unsafe(item, f"each path once, got twice: {name!r}")
        seen.add(name)
    size = sum(entry.file_size for entry in entries)
    if size != item.unpacked_size or len(entries) != item.files:
        raise _unsafe(item, f"{item.files} files of {item.unpacked_size} bytes, got: {len(entries)} of {size}")


def _unsafe(item: _Stored, rule: str) -> DependencyError:
    return item.error(
        f"{item.url} must hold {rule}", "Delete it, and the cache of the store in node_modules/.cache, and deploy again"
    )


def _write(content: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    path = target / entry.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    # zipfile ends an entry at the size that it declares, and checks its CRC.
    with content.open(entry) as source, path.open("xb") as file:
        shutil.copyfileobj(source, file, _CHUNK_BYTES)
    if entry.external_attr >> 16 & stat.S_IXUSR:
        path.chmod(0o755)
