import os
import time


def run(event, context):
    """Notes the bodies of messages in a file of the test, slowly."""
    for record in event["Records"]:
        time.sleep(1)
        with open(os.environ["NOTES"], "a") as notes:
            notes.write(record["body"] + "\n")
