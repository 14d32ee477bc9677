"""Makes rows as on a machine without Open Babel, whatever this one has."""

from __future__ import annotations

from unittest import mock

from crystext.pipelines import worker


class RowMaker(worker.RowMaker):
    def __init__(self, *args, **kwargs):
        absent = mock.patch("crystext.description.molecules.open_babel_version", return_value=None)
        absent.start()  # for the life of this process, which makes nothing else
        super().__init__(*args, **kwargs)
