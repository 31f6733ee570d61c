"""Handles a chat command with several modules: buys an item, then confirms by e-mail.

Every call has the id of the order as its ``session_id``, so that you can search the logs of all modules for it. A purchase stays
valid when its e-mail can't be queued. The arguments are order, item and user: ``python 10_workflow.py order_1 lamp ada``.
"""

import sys

from katamari_runtime.adapter import LambdaAdapter
from request import request_of, show

shop = LambdaAdapter.from_environment("shop")
email = LambdaAdapter.from_environment("mail")


def handle(order, item, user):
    bought = shop.execute(request_of("buy", [item], session_id=order, user_id=user))
    if not bought.success:
        reply = f"That did not work: {bought.error}" if shop.is_healthy() else "The shop is closed at the moment."
        return {"reply": reply, "confirmed": False}
    confirmation = email.execute(request_of("send", ["receipt", item], session_id=order, user_id=user))
    return {"reply": bought.message, "confirmed": confirmation.success, "show": bought.targets}


show(handle(*sys.argv[1:]))
