"""Converts the answer of a function to a response, as the original LambdaAdapter does."""

from __future__ import annotations

import json
from typing import Any

from .._constants import RUN_STATES
from ._types import ExecuteResponse, NotRunResponse

QUEUED = {"success": True, "message": "Lambda function queued"}
"""The answer to an event that Lambda has accepted."""


def loads(text: str) -> Any:
    """Reads JSON, with or without a byte order mark.

    :raises ValueError: if it is not JSON
    """
    return json.loads(text.removeprefix("\ufeff"))


def parse_response(answer: Any) -> ExecuteResponse:
    """The response for the answer of a module, which is an object or the JSON of one."""
    if isinstance(answer, str):
        try:
            answer = loads(answer)
        except ValueError as error:
            return ExecuteResponse(success=False, error=f"Failed to parse Lambda response as JSON: {error}")
    if not isinstance(answer, dict):
        return ExecuteResponse(success=False, error="Lambda response must be a dictionary")
    success = answer.get("success", False)
    return ExecuteResponse(
        success=success,
        message=answer.get("message"),
        data={name: value for name, value in answer.items() if name not in ("success", "message")} or None,
        error=None if success else _or_unknown(answer.get("error")),
        targets=_to_targets(answer.get("targets")),
    )


def not_run_response(module_name: str, answer: Any) -> NotRunResponse | None:
    """The response for the answer of a run tracker that has not called its handler; None for any other answer."""
    if not isinstance(answer, dict) or answer.keys() != {"katamari"} or not isinstance(answer["katamari"], dict):
        return None
    run_id, state = answer["katamari"].get("runId"), answer["katamari"].get("state")
    if not isinstance(run_id, str) or state not in RUN_STATES:
        return None
    why = "Overlap.skip limits its concurrent runs" if state == "Skipped" else f"run '{run_id}' is {state}"
    error = f"module '{module_name}' did not run: {why}"
    response = NotRunResponse(success=False, error=error, state=state)
    response.run_id = run_id
    return response


def _or_unknown(error: Any) -> Any:
    return "Unknown error" if error is None else error


def _to_targets(targets: Any) -> list[dict[str, Any]]:
    """The targets of an answer: objects, or strings that are the type of one. Other values are ignored."""
    given = targets if isinstance(targets, list) else [targets]
    named = ({"type": target} if isinstance(target, str) else target for target in given)
    return [target for target in named if isinstance(target, dict)]
