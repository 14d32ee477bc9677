"""What the tests of downloads share."""

import pytest

from tests.pipelines.downloads import BODY
from tests.pipelines.misbehaving_server import Site, serving


@pytest.fixture
def site():
    with serving(Site(BODY)) as running:
        yield running


@pytest.fixture
def target(tmp_path):
    return tmp_path / "cache" / "data.zip"
