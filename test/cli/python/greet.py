import os


def handler(event, context):
    return {"greeting": f"hello {event.get('name', 'nobody')} from {os.environ['TOWN']}"}
