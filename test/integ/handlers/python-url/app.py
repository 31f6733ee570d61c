import json


def handler(event, context):
    http = event["requestContext"]["http"]
    print(f"{http['method']} {http['path']}")
    answer = {
        "method": http["method"],
        "path": http["path"],
        "query": event.get("queryStringParameters") or {},
        "body": event.get("body"),
    }
    return {
        "statusCode": 201,
        "headers": {"content-type": "application/json", "x-from": "handler"},
        "body": json.dumps(answer),
    }
