"""The place of dependencies in the import order."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path


def make_importable(folders: Iterable[Path]) -> None:
    """Adds folders to the import path, right after the function's own package."""
    for folder in folders:
        if str(folder) not in sys.path:
            own = os.environ.get("LAMBDA_TASK_ROOT", "")
            sys.path.insert(sys.path.index(own) + 1 if own in sys.path else 0, str(folder))
    importlib.invalidate_caches()
