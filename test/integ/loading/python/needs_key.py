import os

KEY = os.environ["API_KEY"]


def run(event, context):
    return KEY
