"""The Lambda context for tests of handlers."""

import re
import time

from katamari_runtime.testing import lambda_context


def test_the_remaining_time_counts_down_to_zero(monkeypatch):
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    context = lambda_context(timeout_ms=3_000)
    assert context.get_remaining_time_in_millis() == 3_000
    now += 1.5
    assert context.get_remaining_time_in_millis() == 1_500
    now += 60
    assert context.get_remaining_time_in_millis() == 0


def test_a_context_has_what_lambda_gives():
    context = lambda_context(function_name="orders", memory_limit_in_mb=512, aws_request_id="request-1")
    assert (context.function_name, context.memory_limit_in_mb, context.aws_request_id) == ("orders", "512", "request-1")
    assert context.invoked_function_arn.endswith(":function:orders")
    assert context.log_group_name == "/aws/lambda/orders"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", context.log_stream_name)
    assert lambda_context().aws_request_id != lambda_context().aws_request_id


def test_a_context_without_a_caller_has_empty_fields():
    context = lambda_context()
    assert (context.client_context, context.tenant_id) == (None, None)
    assert (context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id) == (None, None)
