import asyncio


async def run(event, context):
    await asyncio.sleep(0)
    if event.get("fail"):
        raise ValueError("told to")
    return {"name": event["name"]}


# A handler that is not defined by `def`.
again = run
