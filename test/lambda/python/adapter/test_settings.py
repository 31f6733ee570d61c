"""The options of an adapter, and their rules."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from katamari_runtime.adapter import AdapterConfigurationError, CircuitBreakerOptions, LambdaAdapter
from lambda_stub import ok, refused
from support import REQUEST

_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:fn"
_ROLE = "arn:aws:iam::123456789012:role/path/caller"
_NAME_RULE = "function name must have 1 to 64 letters, digits, '-' and '_', or be an ARN, each with or without ':qualifier'"


def make(**options):
    return LambdaAdapter(**{"function_identifier": "fn", "module_name": "m", "region": "us-east-1", **options})


def refuses(message, **options):
    # A ValueError, as in the original.
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the whole message is compared
        make(**options)
    assert isinstance(refusal.value, AdapterConfigurationError)
    assert str(refusal.value) == message


def name_of(identifier, **options):
    info = make(function_identifier=identifier, **options).get_module_info()
    return info["function_name"], info["region"]


class TestSettings:
    def test_function_names(self):
        longest = "f" * 64
        for name in ("fn", longest, "fn:live", "fn:$LATEST", "fn:7", "123456789012:function:fn", "123456789012:function:fn:live"):
            assert name_of(name) == (name, "us-east-1")
        for arn in (_ARN, f"{_ARN}:live", "arn:aws-cn:lambda:eu-west-1:123456789012:function:fn"):
            assert name_of(arn, region=None) == (arn, "eu-west-1")
        assert name_of("fn:live", function_prefix="choir-") == ("choir-fn:live", "us-east-1")

    def test_other_texts_are_no_function_names(self):
        for name in ("", " ", "f" * 65, "a b", "fn:", "fn:a:b", "fn:a b", "arn:aws:s3:::bucket", f"{_ARN}:live:more"):
            refuses(f"{_NAME_RULE}, got: '{name}'", function_identifier=name)
        for name in (
            "arn:aws:lambda::123456789012:function:fn",
            "arn:aws:lambda:eu-west-1::function:fn",
            "12:function:fn",
            "fn\n",
        ):
            refuses(f"{_NAME_RULE}, got: '{name}'", function_identifier=name)
        refuses(f"{_NAME_RULE}, got: None", function_identifier=None)

    def test_a_prefix_requires_a_name(self):
        rule = "function_prefix requires a function name instead of an ARN"
        for name in (_ARN, "123456789012:function:fn"):
            refuses(f"{rule}, got: '{name}'", function_identifier=name, function_prefix="p-")
        refuses(f"{_NAME_RULE}, got: '{'p' * 64}fn'", function_prefix="p" * 64)
        refuses("function_prefix must be a string, got: 3", function_prefix=3)

    def test_regions(self, monkeypatch):
        assert name_of("fn", region="us-gov-west-1")[1] == "us-gov-west-1"
        monkeypatch.setenv("AWS_REGION", "eu-north-1")
        assert name_of("fn", region=None)[1] == "eu-north-1"
        monkeypatch.delenv("AWS_REGION")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
        assert name_of("fn", region=None)[1] == "ap-south-1"
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        rule = "region, AWS_REGION or AWS_DEFAULT_REGION must be a region code such as 'eu-west-1'"
        refuses(f"{rule}, got: none", region=None)
        for region in ("", "moon", "us east 1", "us-east-1.evil.example"):
            refuses(f"{rule}, got: '{region}'", region=region)
        refuses("region must be the region of the ARN, 'eu-west-1', got: 'us-east-1'", function_identifier=_ARN)

    def test_modules(self):
        for name in ("m", "M_1-x", "m" * 128):
            assert make(module_name=name).module_name == name
        rule = "module_name must have 1 to 128 letters, digits, '_' and '-'"
        for name in ("", "a b", "a.b", "m" * 129, "m\n", "é"):
            refuses(f"{rule}, got: '{name}'", module_name=name)
        refuses("module_version must be a non-empty string, got: ''", module_version="")
        refuses("required_scopes must be a list of non-empty strings, got: 'a.read'", required_scopes="a.read")
        refuses("required_scopes must be a list of non-empty strings, got: ['']", required_scopes=[""])
        refuses("also_retry must be a list of non-empty strings, got: [1]", also_retry=[1])

    def test_choices(self):
        rule = "invocation_type must be 'RequestResponse' or 'Event'"
        for kind in ("DryRun", "event", ""):
            refuses(f"{rule}, got: '{kind}'", invocation_type=kind)
        refuses("jitter must be 'full' or 'none', got: 'some'", jitter="some")
        refuses("retry_budget must be True or False, got: 1", retry_budget=1)
        refuses("retry_function_errors must be True or False, got: None", retry_function_errors=None)
        refuses("breaker must be CircuitBreakerOptions, True or False, got: 3", breaker=3)
        refuses("endpoint must be an http or https URL, got: 'ftp://x'", endpoint="ftp://x")

    def test_both_ends_of_numbers(self):
        for name, least, most, step in (
            ("max_retries", 0, 20, 1),
            ("max_concurrency", 1, 1_000, 1),
        ):
            make(**{name: least}), make(**{name: most})
            for value in (least - step, most + step, 1.5, True, "3", None):
                shown = f"'{value}'" if isinstance(value, str) else repr(value)
                refuses(f"{name} must be a whole number between {least} and {most}, got: {shown}", **{name: value})

    def test_both_ends_of_times(self):
        for name, least, most, others in (
            ("initial_retry_delay", 0.001, 900, {"max_retry_delay": 900}),
            ("max_retry_delay", 0.001, 900, {"initial_retry_delay": 0.001}),
            ("connect_timeout", 0.001, 900, {}),
            ("read_timeout", 0.001, 900, {}),
            ("deadline_margin", 0, 60, {}),
        ):
            make(**{name: least, **others}), make(**{name: most, **others})
            for value in (least - 0.0001, most + 0.1, -1, float("nan"), float("inf"), True, "3", None):
                shown = f"'{value}'" if isinstance(value, str) else repr(value)
                refuses(f"{name} must be between {least} and {most} seconds, got: {shown}", **{name: value, **others})
        refuses("max_retry_delay must be at least initial_retry_delay, 2, got: 1", initial_retry_delay=2, max_retry_delay=1)

    def test_both_ends_of_the_breaker(self):
        for options in (CircuitBreakerOptions(1, 0.001), CircuitBreakerOptions(1_000, 3_600)):
            make(breaker=options)
        for failures in (0, 1_001):
            rule = "breaker.failures must be a whole number between 1 and 1000"
            refuses(f"{rule}, got: {failures}", breaker=CircuitBreakerOptions(failures=failures))
        for seconds in (0, 3_601):
            rule = "breaker.half_open_after must be between 0.001 and 3600 seconds"
            refuses(f"{rule}, got: {seconds}", breaker=CircuitBreakerOptions(half_open_after=seconds))

    def test_roles(self):
        make(role_arn=_ROLE), make(role_arn=_ROLE, external_id="id")
        for arn in ("role", "arn:aws:iam::1:role/x", "arn:aws:iam::123456789012:user/x"):
            refuses(f"role_arn must be the ARN of an IAM role, got: '{arn}'", role_arn=arn)
        refuses("external_id requires role_arn, got: 'id'", external_id="id")
        rule = "external_id must have 2 to 1224 letters, digits and '_+=,.@:/-'"
        for external_id in ("i", "i" * 1225, "a b"):
            refuses(f"{rule}, got: '{external_id}'", role_arn=_ROLE, external_id=external_id)

    def test_tables(self):
        rule = "health_table must be a table name of 3 to 255 letters, digits and '_.-', or False"
        for table in ("ab", "t" * 256, "a b"):
            refuses(f"{rule}, got: '{table}'", health_table=table)
        refuses(f"{rule}, got: True", health_table=True)

    def test_credentials_in_code_are_refused_and_not_shown(self):
        for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "credentials", "accessKeyId"):
            rule = "credentials must come from the role of the caller, or from role_arn"
            refuses(f"{rule}, got: '{name} in the options'", **{name: "AKIDEXAMPLE"})

    def test_an_unknown_option_is_a_type_error(self):
        with pytest.raises(TypeError, match="unexpected keyword argument 'max_retry'"):
            make(max_retry=3)

    def test_the_defaults_are_those_of_the_original(self):
        settings = make()._settings
        assert (settings.max_retries, settings.initial_retry_delay, settings.max_retry_delay) == (3, 0.5, 30)
        assert (settings.connect_timeout, settings.read_timeout, settings.jitter) == (10, 30, "full")
        assert (settings.invocation_type, settings.module_version) == ("RequestResponse", "1.0.0")

    def test_the_client_makes_one_try_within_the_timeouts(self):
        config = make(connect_timeout=1.5, read_timeout=2.5, max_concurrency=7)._attempts._client().meta.config
        assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (1.5, 2.5, 7)
        assert config.retries["total_max_attempts"] == 1

    def test_retries_of_the_environment_do_not_multiply(self, new_stub, new_adapter, monkeypatch):
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
        stub = new_stub(refused("ThrottlingException", 429))
        new_adapter(stub.endpoint, max_retries=1).execute(REQUEST)
        assert len(stub) == 2

    def test_adapters_with_the_same_settings_share_a_client(self):
        first, second, other = make(), make(module_name="n"), make(read_timeout=1)
        assert first._attempts._client() is second._attempts._client()
        assert first._attempts._client() is not other._attempts._client()

    def test_the_module_info(self):
        adapter = make(function_prefix="p-", module_version="2.0", required_scopes=["a"], invocation_type="Event")
        health = {
            "is_healthy": True,
            "last_success": None,
            "last_failure": None,
            "consecutive_failures": 0,
            "total_requests": 0,
            "total_failures": 0,
            "error_rate": 0.0,
        }
        assert adapter.get_module_info() == {
            "name": "m",
            "version": "2.0",
            "type": "lambda_adapter",
            "function_name": "p-fn",
            "region": "us-east-1",
            "invocation_type": "Event",
            "required_scopes": ["a"],
            "max_retries": 3,
            "connect_timeout": 10.0,
            "read_timeout": 30.0,
            "health": health,
        }


@pytest.fixture
def set_modules(monkeypatch):
    """Sets KATAMARI_MODULES to JSON or to a text."""

    def set_modules(config):
        monkeypatch.setenv("KATAMARI_MODULES", config if isinstance(config, str) else json.dumps(config))

    return set_modules


class TestFromEnvironment:
    @pytest.fixture(autouse=True)
    def _modules(self, set_modules):
        set_modules({"modules": {"orders": {"function": "fn"}}})

    def refuses(self, message, module="orders"):
        with pytest.raises(AdapterConfigurationError) as refusal:
            LambdaAdapter.from_environment(module)
        assert str(refusal.value) == message
        assert refusal.value.remedy

    def test_the_options_of_the_construct_are_used(self, new_stub, set_modules):
        stub = new_stub(ok({"success": True}))
        set_modules(
            {
                "modules": {
                    "orders": {
                        "function": "orders:live",
                        "prefix": "shop-",
                        "region": "eu-west-1",
                        "invocationType": "RequestResponse",
                        "version": "3.1",
                        "scopes": ["orders.write"],
                        "maxRetries": 1,
                        "initialRetryDelayMs": 250,
                        "maxRetryDelayMs": 2_000,
                        "connectionTimeoutMs": 1_500,
                        "requestTimeoutMs": 4_000,
                    },
                    "other": {"function": "fn"},
                }
            }
        )
        adapter = LambdaAdapter.from_environment("orders", endpoint=stub.endpoint)
        assert LambdaAdapter.module_names() == ["orders", "other"]
        info = adapter.get_module_info()
        health = info.pop("health")
        assert health["total_requests"] == 0
        assert info == {
            "name": "orders",
            "version": "3.1",
            "type": "lambda_adapter",
            "function_name": "shop-orders:live",
            "region": "eu-west-1",
            "invocation_type": "RequestResponse",
            "required_scopes": ["orders.write"],
            "max_retries": 1,
            "connect_timeout": 1.5,
            "read_timeout": 4.0,
        }
        settings = adapter._settings
        assert (settings.initial_retry_delay, settings.max_retry_delay) == (0.25, 2.0)
        assert adapter.execute(REQUEST, scopes=["orders.write"]).success

    def test_options_replace_those_of_the_construct(self):
        adapter = LambdaAdapter.from_environment("orders", max_retries=0)
        assert adapter.get_module_info()["max_retries"] == 0

    def test_an_unknown_module(self, set_modules):
        self.refuses("module 'payments' not found in KATAMARI_MODULES; available: 'orders'", "payments")
        set_modules({"modules": {}})
        self.refuses("module 'orders' not found in KATAMARI_MODULES; available: none")

    def test_a_variable_that_the_construct_has_not_written(self, set_modules, monkeypatch):
        rule = "KATAMARI_MODULES must be JSON"
        for text in ("", "{"):
            set_modules(text)
            self.refuses(f"{rule}, got: '{text}'")
        monkeypatch.delenv("KATAMARI_MODULES")
        self.refuses(f"{rule}, got: None")
        for text in ("[]", "{}", '{"modules": []}'):
            set_modules(text)
            self.refuses(f"KATAMARI_MODULES must be an object with an object 'modules', got: '{text}'")
        set_modules({"modules": {"orders": "fn"}})
        self.refuses("module 'orders' of KATAMARI_MODULES must be an object, got: 'fn'")
        set_modules({"modules": {"orders": {"function": "fn", "maxRetryDelayMs": "1"}}})
        self.refuses("maxRetryDelayMs of module 'orders' must be a number, got: '1'")
        set_modules({"modules": {"orders": {"function": "fn", "accessKeyId": "x"}}})
        with pytest.raises(AdapterConfigurationError, match=r"must have only the keys function, prefix, .* got: 'accessKeyId'"):
            LambdaAdapter.from_environment("orders")


class TestRoles:
    def test_the_role_is_assumed_once_and_its_credentials_sign_the_calls(self, request, new_stub, new_adapter, monkeypatch):
        asked = []

        class Sts(BaseHTTPRequestHandler):
            def do_POST(self):
                asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                content = _ASSUMED.encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        sts = HTTPServer(("127.0.0.1", 0), Sts)
        threading.Thread(target=sts.serve_forever, args=(0.02,), daemon=True).start()
        request.addfinalizer(lambda: (sts.shutdown(), sts.server_close()))
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{sts.server_port}")
        stub = new_stub(ok({"success": True}))
        adapter = new_adapter(stub.endpoint, role_arn=_ROLE, external_id="of-the-test")
        assert asked == []
        for _ in range(2):
            assert adapter.execute(REQUEST).success
        (one,) = asked
        assert "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2Fcaller" in one
        assert "ExternalId=of-the-test" in one
        assert "RoleSessionName=katamari-adapter" in one
        for _, headers, _ in stub.requests:
            assert "Credential=ASSUMED/" in headers["Authorization"]
            assert headers["X-Amz-Security-Token"] == "token"


_ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2199-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
