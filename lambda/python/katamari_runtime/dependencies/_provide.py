"""Puts the files of dependencies below ``/tmp``."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .._constants import DEPENDENCIES_FOLDER
from .._errors import DependencyError
from ._download import download, new_s3_client
from ._errors import is_disk_full
from ._stored_dependencies import StoredDependency
from ._unpack import unpack

if TYPE_CHECKING:
    from .._sdk import S3Client

_PARTIAL = re.compile(r"\.partial-(\d+)-")


def provide(wanted: list[StoredDependency]) -> dict[str, Path]:
    """Downloads and unpacks the dependencies that are not on this machine yet, in parallel.

    :returns: the folder of each, by its SHA-256
    :raises DependencyError: if a dependency cannot be provided
    """
    root = Path(tempfile.gettempdir(), DEPENDENCIES_FOLDER)
    _require_own_folder(root)
    _remove_abandoned(root)
    missing = [item for item in wanted if not (root / item.sha256).is_dir()]
    if missing:
        _require_room(root, missing)
        client = new_s3_client(len(missing))
        with ThreadPoolExecutor(len(missing)) as threads:
            for done in [threads.submit(_bring, client, item, root) for item in missing]:
                done.result()
    return {item.sha256: root / item.sha256 for item in wanted}


def _require_own_folder(root: Path) -> None:
    """Refuses a folder that another user may have written to: its files are imported without further checks."""
    with suppress(FileExistsError):
        root.mkdir(mode=0o700)
    fault = _fault_of(root.lstat())
    if fault is not None:
        raise DependencyError(
            f"{root} must be a folder that only the user of this process may write to, got: {fault}. "
            "Delete it, or set TMPDIR to a folder of this user"
        )


def _fault_of(status: os.stat_result) -> str | None:
    if stat.S_ISLNK(status.st_mode):
        return "a link"
    if not stat.S_ISDIR(status.st_mode):
        return "a file"
    if os.name == "nt":
        # Windows has neither owners nor modes of this kind.
        return None
    if status.st_uid != os.geteuid():
        return f"a folder of user {status.st_uid}"
    mode = stat.S_IMODE(status.st_mode) & 0o777
    return f"a folder with mode 0{mode:o}" if mode & 0o022 else None


def _require_room(root: Path, missing: list[StoredDependency]) -> None:
    needed = sum(item.disk_bytes for item in missing)
    disk = shutil.disk_usage(root)
    if needed > disk.free:
        names = ", ".join(f"'{item.name}'" for item in missing)
        raise missing[0].error(
            f"{names} require {_mebibytes(needed)} MiB of {root.parent}, available: {disk.free // 2**20} MiB",
            _room_remedy(disk.total - disk.free + needed),
        )


def _room_remedy(at_least: int) -> str:
    return f"Set ephemeralStorageSize of the function to {_mebibytes(at_least)} MiB or more"


def _mebibytes(size: int) -> int:
    return -(-size // 2**20)


def _remove_abandoned(root: Path) -> None:
    """Deletes the partial folders of processes that ended while they unpacked, so that they do not fill the disk."""
    for path in root.glob(".partial-*"):
        owner = _PARTIAL.match(path.name)
        # A folder with this process's own id is left from an earlier process with the same id: this process runs one call at a
        # time.
        if owner and (int(owner[1]) == os.getpid() or not _is_alive(int(owner[1]))):
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        # On Windows, signal 0 would interrupt the process.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _bring(client: S3Client, item: StoredDependency, root: Path) -> None:
    """Downloads and unpacks one dependency. Its folder appears at once and complete, also if other processes do the same."""
    partial = Path(tempfile.mkdtemp(prefix=f".partial-{os.getpid()}-", dir=root))
    try:
        archive = partial / "archive.zip"
        download(client, item, archive)
        files = partial / "files"
        unpack(item, archive, files)
        _put_in_place(files, root / item.sha256)
    except OSError as error:
        if not is_disk_full(error):
            raise
        disk = shutil.disk_usage(root)
        raise item.error(
            f"{root.parent} was full before '{item.name}' was unpacked, which requires {_mebibytes(item.disk_bytes)} MiB",
            _room_remedy(disk.total + item.disk_bytes),
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _put_in_place(files: Path, target: Path) -> None:
    try:
        files.rename(target)
    except OSError:
        # Another process was faster; its folder has the same content.
        if not target.is_dir():
            raise
