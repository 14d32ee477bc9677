"""A lock that cannot be made is said at once, never waited for."""

import time
from pathlib import Path

import pytest

from crystext.errors import CannotWriteError
from crystext.pipelines.file_lock import file_lock, try_file_lock


def places(tmp_path):
    (tmp_path / "file").touch()
    yield tmp_path / "missing" / "a.lock"
    yield tmp_path / "file" / "a.lock"
    if Path("/proc/self").exists():  # where even root makes nothing
        yield Path("/proc/a.lock")


@pytest.mark.parametrize("lock", [file_lock, try_file_lock])
def test_a_lock_that_cannot_be_made(tmp_path, lock):
    for place in places(tmp_path):
        began = time.monotonic()
        with pytest.raises(CannotWriteError, match="cannot be opened"), lock(place):
            pytest.fail("held what is not there")
        assert time.monotonic() - began < 5


def test_a_lock_is_held_by_one(tmp_path):
    with file_lock(tmp_path / "a.lock"), try_file_lock(tmp_path / "a.lock") as mine:
        assert not mine
    with try_file_lock(tmp_path / "a.lock") as mine:
        assert mine
