"""Takes a function with a debug shell through what a test says, as JSON on standard input; writes what comes of each step.

A step is ``{"secret", "after", "given"}``: what Secrets Manager has by then (null: it refuses), how many seconds later it is, and
what is given to the shell.
"""

import json
import os
import sys
import time

from katamari_runtime import _sdk, shell
from katamari_runtime._constants import ENV_SHELL_SECRET_ARN, SHELL_EVENT_KEY

os.environ[ENV_SHELL_SECRET_ARN] = "arn"
now = time.time()
current = None
reads = 0


class Secrets:
    def get_secret_value(self, SecretId):
        global reads
        reads += 1
        if current is None:
            raise PermissionError("AccessDenied")
        return {"SecretString": current}


_sdk.new_client = lambda service: Secrets()
time.time = lambda: now
time.sleep = lambda seconds: None
invoke = shell.with_shell(lambda event, context: None)
results = []
for step in json.load(sys.stdin):
    current = step["secret"]
    now += step["after"]
    event = {SHELL_EVENT_KEY: {"secret": step["given"], "language": "python", "code": "'opened'"}}
    try:
        result = invoke(event, None)["result"]
    except shell.ShellRefused as error:
        result = str(error)
    results.append([result, reads])
print("\x00" + json.dumps(results))
