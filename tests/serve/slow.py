"""A describer for the page's child process that does what the upload says."""

import os
import time

from crystext.serve.worker import PageWorker, Upload, split


class Slow(PageWorker):
    """Finds structures as the real one; their ids say whether it sleeps or dies on them."""

    def __init__(self, **_):
        pass

    def describe(self, question):
        if isinstance(question, Upload):
            if question.name.startswith("split-forever"):
                time.sleep(600)
            return split(question)
        if question.crystal.id.startswith("sleep"):
            time.sleep(600)
        if question.crystal.id.startswith("die"):
            os._exit(9)
        return {"id": question.crystal.id}
