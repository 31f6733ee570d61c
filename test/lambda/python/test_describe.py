"""The description of an error, as a run record stores it."""

import pytest
from katamari_runtime._describe import describe


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class Exiting(Exception):
    def __str__(self):
        raise SystemExit(3)


class Numeric(Exception):
    def __str__(self):
        return 7  # noqa: PLE0307


UNREADABLE = "the message of the error cannot be read"


@pytest.mark.parametrize(
    ("error", "error_type", "error_message"),
    [
        (ValueError("far"), "ValueError", "far"),
        (ValueError(), "ValueError", ""),
        (ValueError({"code": 7}), "ValueError", "{'code': 7}"),
        (KeyboardInterrupt(), "KeyboardInterrupt", ""),
        (Unspeakable(), "Unspeakable", UNREADABLE),
        (Exiting(), "Exiting", UNREADABLE),
        (Numeric(), "Numeric", UNREADABLE),
        (ValueError("bad: \ud83d!"), "ValueError", "bad: ?!"),
        (ValueError("😀" * 1_001), "ValueError", "😀" * 1_000),
        (ValueError("x" * 999 + "😀y"), "ValueError", "x" * 999 + "😀"),
        (type("N" * 201, (Exception,), {})("own"), "N" * 200, "own"),
    ],
)
def test_describes_every_error(error, error_type, error_message):
    assert describe(error) == (error_type, error_message)
