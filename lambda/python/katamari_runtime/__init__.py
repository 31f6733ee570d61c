"""The cdk-katamari runtime for Python handlers.

Importing this package imports nothing else: a module is imported when one of its names is first used, and the AWS SDK when a
call first needs it.
"""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._current_run import CurrentRun, current_run
    from ._emit import EventToEmit, emit, emit_all
    from ._errors import DependencyError, EmitError, InvalidEventError, KatamariError, RefusedEvent
    from .dependencies import load_dependencies, load_dependency

_MODULES = {
    "CurrentRun": "_current_run",
    "DependencyError": "_errors",
    "EmitError": "_errors",
    "EventToEmit": "_emit",
    "InvalidEventError": "_errors",
    "KatamariError": "_errors",
    "RefusedEvent": "_errors",
    "current_run": "_current_run",
    "emit": "_emit",
    "emit_all": "_emit",
    "load_dependencies": "dependencies",
    "load_dependency": "dependencies",
}

__all__ = [
    "CurrentRun",
    "DependencyError",
    "EmitError",
    "EventToEmit",
    "InvalidEventError",
    "KatamariError",
    "RefusedEvent",
    "current_run",
    "emit",
    "emit_all",
    "load_dependencies",
    "load_dependency",
]


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{module}", __name__), name)
    # Later look-ups find the name without this function.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
