"""Runs the tests of a module: a line of JSON on standard output for each."""

import json
import sys
import traceback
import unittest


class Lines(unittest.TestResult):
    def __init__(self, stream):
        super().__init__()
        self._stream = stream
        self._problems = []

    def startTest(self, test):
        super().startTest(test)
        self._problems = []

    def _note(self, error):
        self._problems.append("".join(traceback.format_exception(*error)))

    def addError(self, test, err):
        self._note(err)

    def addFailure(self, test, err):
        self._note(err)

    def addSkip(self, test, reason):
        self._problems.append(f"skipped: {reason}")

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._problems.append(f"{subtest}\n")
            self._note(err)

    def stopTest(self, test):
        super().stopTest(test)
        name = test.id().split(".")[-1]
        self._stream.write(json.dumps({"name": name, "problems": self._problems}) + "\n")
        self._stream.flush()


# What the tests print is not one of the lines.
lines, sys.stdout = sys.stdout, sys.stderr
unittest.defaultTestLoader.loadTestsFromName(sys.argv[1]).run(Lines(lines))
