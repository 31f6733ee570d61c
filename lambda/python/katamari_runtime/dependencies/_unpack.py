"""Unpacks the zips of dependencies."""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path

from .._errors import DependencyError
from ._stored_dependencies import StoredDependency

_CHUNK_BYTES = 1024 * 1024


def unpack(item: StoredDependency, archive: Path, target: Path) -> None:
    """Unpacks a zip into a new folder, and deletes the zip.

    :raises DependencyError: if the zip is not one that the store writes
    """
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


def _check_entries(item: StoredDependency, entries: list[zipfile.ZipInfo]) -> None:
    """Refuses entries that the store never writes, because they mean that the store was tampered with."""
    seen = set()
    for entry in entries:
        # orig_filename: zipfile cuts filename at its first NUL, and on Windows replaces backslashes by slashes.
        name = entry.orig_filename
        parts = name.split("/")
        if "\\" in name or "\0" in name or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
            raise _unsafe(item, f"only paths inside its folder, got: {name!r}")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise _unsafe(item, f"only plain files, got {'a link' if kind == stat.S_IFLNK else 'something else'}: {name!r}")
        if name in seen:
            raise _unsafe(item, f"each path only once, got twice: {name!r}")
        seen.add(name)
    size = sum(entry.file_size for entry in entries)
    if size != item.unpacked_size or len(entries) != item.files:
        raise _unsafe(item, f"{item.files} files of {item.unpacked_size} bytes, got: {len(entries)} of {size}")


def _unsafe(item: StoredDependency, rule: str) -> DependencyError:
    return item.error(
        f"{item.url} must contain {rule}", "Delete it, and the cache of the store in node_modules/.cache, and deploy again"
    )


def _write(content: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    path = target / entry.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    # zipfile reads no more than the declared size of an entry, and verifies its CRC.
    with content.open(entry) as source, path.open("xb") as file:
        shutil.copyfileobj(source, file, _CHUNK_BYTES)
    if entry.external_attr >> 16 & stat.S_IXUSR:
        path.chmod(0o755)
