"""Loads the packages of a ``DependencyStore`` from S3 when a function starts.

Call it at the top of the module, before you import the packages::

    from katamari_runtime.dependencies import load_dependencies

    load_dependencies(["pandas", "numpy"])

    import pandas

Outside Lambda it does nothing: imports find the packages that are installed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from .._errors import DependencyError
from ._packages import make_importable
from ._provide import provide
from ._stored_dependencies import find_stored, stored_dependencies

_lock = Lock()
_loaded: dict[str, Path] = {}
"""Folders of the dependencies that this process has loaded, by the SHA-256 of the zip."""


def load_dependency(name: str) -> Path | None:
    """Makes one dependency of the function's ``DependencyStore`` importable. See :func:`load_dependencies`.

    :param name: name of the dependency in the store: for a Python package, the name of its distribution in any spelling that
        pip accepts
    :returns: the folder with the files of the dependency; None outside Lambda
    :raises DependencyError: as :func:`load_dependencies` does
    """
    return load_dependencies([name]).get(name)


def load_dependencies(names: Iterable[str]) -> dict[str, Path]:
    """Makes dependencies of the function's ``DependencyStore`` importable.

    Missing dependencies are downloaded in parallel, verified, and unpacked below ``/tmp``. Later calls and restarts of the
    function use the same files. In the import order, they come after the function's own package, and before layers and the
    packages of the Lambda runtime. Modules that are already imported do not change.

    :param names: names of the dependencies in the store
    :returns: the folder of each dependency by name; empty outside Lambda
    :raises DependencyError: if the store does not have a dependency, the dependency cannot be read from S3 or differs from what
        was deployed, ``/tmp`` is too small, or another user may write to the folder for dependencies in ``/tmp``
    """
    if isinstance(names, str):
        raise DependencyError(f"names must be a list of names, got: {names!r}. Use load_dependency for one dependency")
    if not os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        return {}
    known = stored_dependencies(os.environ)
    wanted = {name: find_stored(name, known) for name in names}
    # A call that waits here finds what the call before it has loaded.
    with _lock:
        missing = {item.sha256: item for item in wanted.values() if item.sha256 not in _loaded}
        if missing:
            folders = provide(list(missing.values()))
            make_importable(folders.values())
            _loaded.update(folders)
        return {name: _loaded[item.sha256] for name, item in wanted.items()}
