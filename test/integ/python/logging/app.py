import logging

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def run(event, context):
    logger.info("hello %s", event["name"])
    logging.getLogger("orders").warning("late")
    return context.aws_request_id
