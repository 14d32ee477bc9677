"""Every command where the packages of extras are gone, in processes of their own."""

import pytest

from crystext.cli import COMMANDS
from tests.cli import without_extras
from tests.cli.command_lines import ARGS, make_place


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the commands run."""
    return make_place(tmp_path_factory.mktemp("place"))


def bare(place, tmp_path, args):
    """Runs a command without the packages of extras; its status and the last line of errors."""
    stderr = tmp_path / "stderr"
    process = without_extras.server().Process(
        target=without_extras.run, args=(args, place, tmp_path / "cache", stderr)
    )
    process.start()
    process.join()
    said = stderr.read_text("utf-8")
    assert "Traceback" not in said, said
    last = said.splitlines()[-1] if said else ""
    assert not process.exitcode or last.startswith(("crystext: [", "Error: ")), said
    return process.exitcode, last


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["train", "--corpus", "missing", "--property", "band_gap", "--out", "new"], "no-corpus"),
        (["benchmark", "--corpus", "missing"], "no-corpus"),
        (["benchmark", "--models", "cgcnn:all"], "wrong-setting"),
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_said_before_torch_is_loaded(place, tmp_path, args, code):
    _, last = bare(place, tmp_path, args)
    assert last.startswith(f"crystext: [{code}]")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_package_that_is_missing_is_one_line(place, tmp_path, name):
    """Every command where the packages of all extras are gone: it works, or says which it needs."""
    args = [name, *ARGS[name]]
    if "--out" in args:
        args[args.index("--out") + 1] = str(tmp_path / f"new{'.csv' * (name == 'features')}")
    status, last = bare(place, tmp_path, args)
    if name in {"embed", "train", "predict", "benchmark", "attention"}:
        assert status == 1
        assert "[missing-extra]" in last
        assert "pip install" in last
