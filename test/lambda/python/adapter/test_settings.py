"""What an adapter can be told, and what not."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from katamari_runtime.adapter import AdapterConfigurationError, BreakerOptions, LambdaAdapter
from lambda_stub import ok, refused
from support import REQUEST, AdapterTest

_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:fn"
_ROLE = "arn:aws:iam::123456789012:role/path/caller"
_NAME_RULE = (
    "the name of a function must be a name of 1 to 64 letters, digits, '-' and '_', or an ARN, each with ':qualifier' or without"
)


class Settings(AdapterTest):
    def make(self, **options):
        return LambdaAdapter(**{"function_identifier": "fn", "module_name": "m", "region": "us-east-1", **options})

    def refuses(self, message, **options):
        with self.subTest(**options):
            # As the original does.
            with self.assertRaises(ValueError) as refusal:
                self.make(**options)
            self.assertIsInstance(refusal.exception, AdapterConfigurationError)
            self.assertEqual(str(refusal.exception), message)

    def name_of(self, identifier, **options):
        info = self.make(function_identifier=identifier, **options).get_module_info()
        return info["function_name"], info["region"]

    def test_names_of_functions(self):
        longest = "f" * 64
        for name in ("fn", longest, "fn:live", "fn:$LATEST", "fn:7", "123456789012:function:fn", "123456789012:function:fn:live"):
            self.assertEqual(self.name_of(name), (name, "us-east-1"))
        for arn in (_ARN, f"{_ARN}:live", "arn:aws-cn:lambda:eu-west-1:123456789012:function:fn"):
            self.assertEqual(self.name_of(arn, region=None), (arn, "eu-west-1"))
        self.assertEqual(self.name_of("fn:live", function_prefix="choir-"), ("choir-fn:live", "us-east-1"))

    def test_what_is_none(self):
        for name in ("", " ", "f" * 65, "a b", "fn:", "fn:a:b", "fn:a b", "arn:aws:s3:::bucket", f"{_ARN}:live:more"):
            self.refuses(f"{_NAME_RULE}, got: '{name}'", function_identifier=name)
        for name in (
            "arn:aws:lambda::123456789012:function:fn",
            "arn:aws:lambda:eu-west-1::function:fn",
            "12:function:fn",
            "fn\n",
        ):
            self.refuses(f"{_NAME_RULE}, got: '{name}'", function_identifier=name)
        self.refuses(f"{_NAME_RULE}, got: None", function_identifier=None)

    def test_a_prefix_goes_with_a_name(self):
        rule = "function_prefix must go with the name of a function, not with an ARN"
        for name in (_ARN, "123456789012:function:fn"):
            self.refuses(f"{rule}, got: '{name}'", function_identifier=name, function_prefix="p-")
        self.refuses(f"{_NAME_RULE}, got: '{'p' * 64}fn'", function_prefix="p" * 64)
        self.refuses("function_prefix must be a text, got: 3", function_prefix=3)

    def test_regions(self):
        self.assertEqual(self.name_of("fn", region="us-gov-west-1")[1], "us-gov-west-1")
        os.environ["AWS_REGION"] = "eu-north-1"
        self.assertEqual(self.name_of("fn", region=None)[1], "eu-north-1")
        del os.environ["AWS_REGION"]
        os.environ["AWS_DEFAULT_REGION"] = "ap-south-1"
        self.assertEqual(self.name_of("fn", region=None)[1], "ap-south-1")
        del os.environ["AWS_DEFAULT_REGION"]
        rule = "region must be the code of a region such as 'eu-west-1', here or in AWS_REGION"
        self.refuses(f"{rule}, got: None", region=None)
        for region in ("", "moon", "us east 1", "us-east-1.evil.example"):
            self.refuses(f"{rule}, got: '{region}'", region=region)
        self.refuses("region must be that of the ARN, 'eu-west-1', got: 'us-east-1'", function_identifier=_ARN)

    def test_modules(self):
        for name in ("m", "M_1-x", "m" * 128):
            self.assertEqual(self.make(module_name=name).module_name, name)
        rule = "module_name must have 1 to 128 letters, digits, '_' and '-'"
        for name in ("", "a b", "a.b", "m" * 129, "m\n", "é"):
            self.refuses(f"{rule}, got: '{name}'", module_name=name)
        self.refuses("module_version must be a text that is not empty, got: ''", module_version="")
        self.refuses("required_scopes must be a list of texts that are not empty, got: 'a.read'", required_scopes="a.read")
        self.refuses("required_scopes must be a list of texts that are not empty, got: ['']", required_scopes=[""])
        self.refuses("also_retry must be a list of texts that are not empty, got: [1]", also_retry=[1])

    def test_choices(self):
        rule = "invocation_type must be 'RequestResponse' or 'Event'"
        for kind in ("DryRun", "event", ""):
            self.refuses(f"{rule}, got: '{kind}'", invocation_type=kind)
        self.refuses("jitter must be 'full' or 'none', got: 'some'", jitter="some")
        self.refuses("retry_budget must be True or False, got: 1", retry_budget=1)
        self.refuses("retry_function_errors must be True or False, got: None", retry_function_errors=None)
        self.refuses("breaker must be BreakerOptions, True or False, got: 3", breaker=3)
        self.refuses("endpoint must be a URL of http or https, got: 'ftp://x'", endpoint="ftp://x")

    def test_both_ends_of_numbers(self):
        for name, least, most, step in (
            ("max_retries", 0, 20, 1),
            ("max_concurrency", 1, 1_000, 1),
        ):
            self.make(**{name: least}), self.make(**{name: most})
            for value in (least - step, most + step, 1.5, True, "3", None):
                shown = f"'{value}'" if isinstance(value, str) else repr(value)
                self.refuses(f"{name} must be a whole number between {least} and {most}, got: {shown}", **{name: value})

    def test_both_ends_of_times(self):
        for name, least, most, others in (
            ("initial_retry_delay", 0.001, 900, {"max_retry_delay": 900}),
            ("max_retry_delay", 0.001, 900, {"initial_retry_delay": 0.001}),
            ("connect_timeout", 0.001, 900, {}),
            ("read_timeout", 0.001, 900, {}),
            ("deadline_margin", 0, 60, {}),
        ):
            self.make(**{name: least, **others}), self.make(**{name: most, **others})
            for value in (least - 0.0001, most + 0.1, -1, float("nan"), float("inf"), True, "3", None):
                shown = f"'{value}'" if isinstance(value, str) else repr(value)
                self.refuses(f"{name} must be between {least} and {most} seconds, got: {shown}", **{name: value, **others})
        self.refuses("max_retry_delay must be at least initial_retry_delay, 2, got: 1", initial_retry_delay=2, max_retry_delay=1)

    def test_both_ends_of_the_breaker(self):
        for options in (BreakerOptions(1, 0.001), BreakerOptions(1_000, 3_600)):
            self.make(breaker=options)
        for failures in (0, 1_001):
            rule = "failures of the breaker must be a whole number between 1 and 1000"
            self.refuses(f"{rule}, got: {failures}", breaker=BreakerOptions(failures=failures))
        for seconds in (0, 3_601):
            rule = "half_open_after of the breaker must be between 0.001 and 3600 seconds"
            self.refuses(f"{rule}, got: {seconds}", breaker=BreakerOptions(half_open_after=seconds))

    def test_roles(self):
        self.make(role_arn=_ROLE), self.make(role_arn=_ROLE, external_id="id")
        for arn in ("role", "arn:aws:iam::1:role/x", "arn:aws:iam::123456789012:user/x"):
            self.refuses(f"role_arn must be the ARN of an IAM role, got: '{arn}'", role_arn=arn)
        self.refuses("external_id must go with role_arn, got: 'id'", external_id="id")
        rule = "external_id must have 2 to 1224 letters, digits and '_+=,.@:/-'"
        for external_id in ("i", "i" * 1225, "a b"):
            self.refuses(f"{rule}, got: '{external_id}'", role_arn=_ROLE, external_id=external_id)

    def test_tables(self):
        rule = "health_table must be the name of a table, 3 to 255 letters, digits and '_.-', or False"
        for table in ("ab", "t" * 256, "a b"):
            self.refuses(f"{rule}, got: '{table}'", health_table=table)
        self.refuses(f"{rule}, got: True", health_table=True)

    def test_keys_in_code_are_refused_and_not_shown(self):
        for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "credentials", "accessKeyId"):
            rule = "credentials must come from the role of the caller, or from role_arn"
            self.refuses(f"{rule}, got: '{name} in the options'", **{name: "AKIDEXAMPLE"})

    def test_an_option_that_there_is_not_is_an_error_of_python(self):
        with self.assertRaisesRegex(TypeError, "unexpected keyword argument 'max_retry'"):
            self.make(max_retry=3)

    def test_the_defaults_are_those_of_the_original(self):
        settings = self.make()._settings
        self.assertEqual((settings.max_retries, settings.initial_retry_delay, settings.max_retry_delay), (3, 0.5, 30))
        self.assertEqual((settings.connect_timeout, settings.read_timeout, settings.jitter), (10, 30, "full"))
        self.assertEqual((settings.invocation_type, settings.module_version), ("RequestResponse", "1.0.0"))

    def test_the_client_makes_one_try_within_the_timeouts(self):
        config = self.make(connect_timeout=1.5, read_timeout=2.5, max_concurrency=7)._attempts._client.meta.config
        self.assertEqual((config.connect_timeout, config.read_timeout, config.max_pool_connections), (1.5, 2.5, 7))
        self.assertEqual(config.retries["total_max_attempts"], 1)

    def test_the_retries_of_the_environment_do_not_multiply(self):
        os.environ["AWS_MAX_ATTEMPTS"] = "5"
        stub = self.stub(refused("ThrottlingException", 429))
        self.adapter(stub.endpoint, max_retries=1).execute(REQUEST)
        self.assertEqual(len(stub), 2)

    def test_adapters_that_agree_share_a_client(self):
        first, second, other = self.make(), self.make(module_name="n"), self.make(read_timeout=1)
        self.assertIs(first._attempts._client, second._attempts._client)
        self.assertIsNot(first._attempts._client, other._attempts._client)

    def test_what_an_adapter_says_of_its_module(self):
        adapter = self.make(function_prefix="p-", module_version="2.0", required_scopes=["a"], invocation_type="Event")
        health = {
            "is_healthy": True,
            "last_success": None,
            "last_failure": None,
            "consecutive_failures": 0,
            "total_requests": 0,
            "total_failures": 0,
            "error_rate": 0.0,
        }
        self.assertEqual(
            adapter.get_module_info(),
            {
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
            },
        )


class FromEnvironment(AdapterTest):
    def setUp(self):
        super().setUp()
        self.set({"modules": {"orders": {"function": "fn"}}})

    def set(self, config):
        os.environ["KATAMARI_MODULES"] = config if isinstance(config, str) else json.dumps(config)

    def test_an_adapter_is_as_the_construct_says(self):
        stub = self.stub(ok({"success": True}))
        self.set(
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
        self.assertEqual(LambdaAdapter.module_names(), ["orders", "other"])
        info = adapter.get_module_info()
        health = info.pop("health")
        self.assertEqual(health["total_requests"], 0)
        self.assertEqual(
            info,
            {
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
            },
        )
        settings = adapter._settings
        self.assertEqual((settings.initial_retry_delay, settings.max_retry_delay), (0.25, 2.0))
        self.assertTrue(adapter.execute(REQUEST, scopes=["orders.write"]).success)

    def test_options_come_on_top(self):
        adapter = LambdaAdapter.from_environment("orders", max_retries=0)
        self.assertEqual(adapter.get_module_info()["max_retries"], 0)

    def refuses(self, message, module="orders"):
        with self.assertRaises(AdapterConfigurationError) as refusal:
            LambdaAdapter.from_environment(module)
        self.assertEqual(str(refusal.exception), message)
        self.assertTrue(refusal.exception.remedy)

    def test_a_module_that_is_not_there(self):
        self.refuses("the module must be one of KATAMARI_MODULES ('orders'), got: 'payments'", "payments")
        self.set({"modules": {}})
        self.refuses("the module must be one of KATAMARI_MODULES (there is none), got: 'orders'")

    def test_a_variable_that_the_construct_did_not_write(self):
        rule = "KATAMARI_MODULES must be the JSON of the modules that may be called"
        for text in ("", "{"):
            self.set(text)
            self.refuses(f"{rule}, got: '{text}'")
        del os.environ["KATAMARI_MODULES"]
        self.refuses(f"{rule}, got: None")
        for text in ("[]", "{}", '{"modules": []}'):
            self.set(text)
            self.refuses(f"KATAMARI_MODULES must have an object of modules, got: '{text}'")
        self.set({"modules": {"orders": "fn"}})
        self.refuses("module 'orders' of KATAMARI_MODULES must be an object, got: 'fn'")
        self.set({"modules": {"orders": {"function": "fn", "maxRetryDelayMs": "1"}}})
        self.refuses("maxRetryDelayMs of module 'orders' must be a number, got: '1'")
        self.set({"modules": {"orders": {"function": "fn", "accessKeyId": "x"}}})
        with self.assertRaisesRegex(
            AdapterConfigurationError, "must have no other keys than function, prefix, .* got: 'accessKeyId'"
        ):
            LambdaAdapter.from_environment("orders")


class Roles(AdapterTest):
    def test_the_role_is_assumed_once_and_its_credentials_sign_the_calls(self):
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
        self.addCleanup(lambda: (sts.shutdown(), sts.server_close()))
        os.environ["AWS_ENDPOINT_URL_STS"] = f"http://127.0.0.1:{sts.server_port}"
        stub = self.stub(ok({"success": True}))
        adapter = self.adapter(stub.endpoint, role_arn=_ROLE, external_id="of-the-test")
        self.assertEqual(asked, [])
        for _ in range(2):
            self.assertTrue(adapter.execute(REQUEST).success)
        (one,) = asked
        self.assertIn("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2Fcaller", one)
        self.assertIn("ExternalId=of-the-test", one)
        self.assertIn("RoleSessionName=katamari-adapter", one)
        for _, headers, _ in stub.requests:
            self.assertIn("Credential=ASSUMED/", headers["Authorization"])
            self.assertEqual(headers["X-Amz-Security-Token"], "token")


_ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2199-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
