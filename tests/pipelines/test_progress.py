"""How often a job without a terminal says how far it is."""

import pytest

from crystext.pipelines import progress


@pytest.fixture
def says(monkeypatch, capsys):
    """What a heartbeat says each 40 s in 160 s, with a value of the variable."""

    def said(value):
        now = iter(range(0, 1000, 40))
        monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
        monkeypatch.setenv(progress.EVERY_VARIABLE, value)
        progress._seconds.cache_clear()
        heartbeat = progress.Heartbeat(shown=True)
        for number in range(4):
            heartbeat.say(f"{number} done")
        progress.Heartbeat(shown=True)
        return capsys.readouterr().err.splitlines()

    return said


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e999", "soon", "\x1b[2J"])
def test_a_value_that_is_no_number_of_seconds_is_told_once_and_left(says, value):
    note, *lines = says(value)
    assert note == (
        f"crystext: [note] CRYSTEXT_PROGRESS_SECONDS is {value!r}, no number of seconds; "
        "30 s are taken"
    )
    assert lines == says("")
    assert lines


@pytest.mark.parametrize("value", ["0", "5", " 40 "])
def test_seconds_are_taken(says, value):
    assert says(value) == [f"crystext: {number} done" for number in (0, 1, 2, 3)]


def test_a_long_time_is_no_mistake(says):
    assert says("3600") == []


def test_nothing_is_said_where_nothing_is_shown(monkeypatch, capsys):
    monkeypatch.setenv(progress.EVERY_VARIABLE, "nan")
    progress._seconds.cache_clear()
    progress.Heartbeat(shown=False).say("done")
    assert capsys.readouterr().err == ""
