"""Renews objects in the child of a fork.

A child has none of its parent's threads, but a copy of its locks, which may be held for ever, and of its connections, which both
processes would use at the same time.
"""

from __future__ import annotations

import os
from typing import Any, Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """An object with locks, threads or connections."""

    def renew(self) -> None:
        """Replaces locks, threads and connections. Called in the child of a fork, which has only one thread."""


_renewables: WeakSet[Any] = WeakSet()


def renew_after_fork(renewable: Renewable) -> None:
    """Registers an object, for as long as it exists."""
    _renewables.add(renewable)


def _renew_all() -> None:
    for renewable in list(_renewables):
        renewable.renew()


# Windows has no fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
