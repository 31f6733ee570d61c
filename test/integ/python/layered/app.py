from shared_rules import RULES


def run(event, context):
    return RULES
