def count(event, context):
    return {"words": len(event["text"].split(" "))}
