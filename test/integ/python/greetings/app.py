from importlib.metadata import version

from rules import RULES
from slugify import slugify


def run(event, context):
    if event.get("fail"):
        raise ValueError(RULES["fail"])
    return {"slug": slugify(event["name"]), "version": version("python-slugify")}
