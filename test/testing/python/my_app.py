def my_handler(event, context):
    return {"result": event.get("input", 0) * 2}
