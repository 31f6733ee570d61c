"""Texts that UTF-8 can represent."""

from __future__ import annotations


def well_formed(text: str) -> str:
    """Replaces lone surrogates, which DynamoDB refuses. A file name that is not UTF-8 contains them."""
    return text.encode("utf-8", "replace").decode()
