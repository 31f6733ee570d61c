"""Errors of the file system that the loader handles."""

from __future__ import annotations

import errno


def is_disk_full(error: BaseException) -> bool:
    """Whether the disk was full."""
    return isinstance(error, OSError) and error.errno == errno.ENOSPC
