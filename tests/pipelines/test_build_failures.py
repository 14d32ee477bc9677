"""Poisoned input, a full disk, a read-only folder."""

import os
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from pymatgen.core import DummySpecies, Lattice, Structure

from crystext import load_corpus
from crystext.crystal import Crystal
from crystext.errors import CannotWriteError
from crystext.pipelines.build.corpus import BuildSettings, build_corpus
from tests.pipelines.samples import FAKE, POISONED, copper, files_of, many, sample, unreadable


def bad(name, lattice, species, coords, **more):
    return Crystal(name, Structure(lattice, species, coords, **more), "sample", {"gap": None})


def bad_structures(number):
    """Ten ways to be bad, each with the code that it must get."""
    cube, one, two = Lattice.cubic(3), [[0, 0, 0]], [[0, 0, 0], [0.5, 0.5, 0.5]]
    lattice = Lattice(np.array([[3.0, 0, 0], [0, 3, 0], [3, 3, 0]]))
    far = Lattice.cubic(3.0)
    supercell = Structure(far, ["Cu"], one).make_supercell(3)
    name = f"bad-{number}"
    return [
        (bad(f"{name}-nan", cube, ["Cu"], [[0, float("nan"), 0]]), "not-finite"),
        (bad(f"{name}-flat", lattice, ["Cu"], one), "zero-volume"),
        (bad(f"{name}-partial", cube, [{"Cu": 0.5}], one), "partial-occupancy"),
        (bad(f"{name}-shared", cube, [{"Cu": 0.5, "Zn": 0.5}], one), "partial-occupancy"),
        (bad(f"{name}-overlap", cube, ["Cu", "Cu"], [[0, 0, 0], [0, 0, 0.001]]), "atoms-overlap"),
        (bad(f"{name}-dummy", cube, [DummySpecies("X")], one), "unknown-species"),
        (Crystal(f"{name}-large", supercell, "sample", {"gap": 1.0}), "too-many-sites"),
        (unreadable(f"{name}-empty"), "empty-file"),
        (bad(f"{name}-word", cube, ["Cu", "Cl"], two), "bad-property"),
        (copper(number), "duplicate-id"),
    ]


@pytest.mark.slow
def test_fifty_bad_structures_among_two_hundred_good(tmp_path):
    inputs, codes = [copper(number) for number in range(200)], {}
    for number in range(4):
        for place, (one, code) in enumerate(bad_structures(number)):
            if code == "bad-property":
                one.properties["gap"] = "wide"
            inputs.insert(20 * place + 47 * number + 11, one)
            codes[one.id + ("#2" if code == "duplicate-id" else "")] = code
    notes = {"hang": "time-limit", "die": "worker-died", "bug": "engine-failed"}
    for number in range(300, 310):
        note = "hang" if number < 302 else "die" if number < 303 else "bug"
        inputs.insert(number - 250, copper(number, notes=[note]))
        codes[f"c-{number}"] = notes[note]
    settings = BuildSettings(timeout=1.5, max_sites=20)
    manifest = build_corpus(
        sample(inputs), tmp_path / "out", settings=settings, workers=2, factory=POISONED,
        progress=False,
    )  # fmt: skip
    assert len(codes) == 50
    corpus = load_corpus(tmp_path / "out")
    assert {one["id"]: one["code"] for one in corpus.failures().to_pylist()} == codes
    assert all(one["message"] for one in corpus.failures().to_pylist())
    assert corpus.table(["id"])["id"].to_pylist() == [f"c-{number}" for number in range(200)]
    assert manifest["counts"]["rows"] == 200


@contextmanager
def mounted(folder, size):
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small file system can be mounted here: {error}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def remount(folder, options):
    command = ["mount", "-o", f"remount,{options}", str(folder)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("size", ["24k", "100k"], ids=["in the journal", "in the shards"])
def test_a_full_disk_is_one_line_and_resumes(tmp_path, size):
    build_corpus(many(), tmp_path / "whole", progress=False, factory=FAKE)
    with mounted(tmp_path / "small", size) as small:
        out = small / "out"
        with pytest.raises(CannotWriteError, match=r"No space left on device.*--resume") as caught:
            build_corpus(many(), out, progress=False, factory=FAKE)
        assert "\n" not in str(caught.value)
        assert {one.name for one in out.iterdir()} == {".build"}
        assert not list(out.rglob("*.tmp"))
        remount(small, "size=8m")
        build_corpus(many(), out, progress=False, factory=FAKE, resume=True)
        assert files_of(out) == files_of(tmp_path / "whole")


def test_a_file_size_limit_is_one_line_and_resumes(tmp_path):
    code = (
        "import resource\n"
        "from tests.pipelines.samples import FAKE, many\n"
        "from crystext.errors import CannotWriteError\n"
        "from crystext.pipelines.build.corpus import build_corpus\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))\n"
        "try: build_corpus(many(), sys.argv[1], progress=False, factory=FAKE)\n"
        "except CannotWriteError as error: print(error.code, error)\n"
    )
    out = tmp_path / "out"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}", str(out)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("cannot-write ")
    assert "File too large" in run.stdout
    assert not (out / "manifest.json").exists()
    build_corpus(many(), out, progress=False, factory=FAKE, resume=True)
    build_corpus(many(), tmp_path / "whole", progress=False, factory=FAKE)
    assert files_of(out) == files_of(tmp_path / "whole")


def test_a_read_only_file_system_is_one_line(tmp_path):
    with mounted(tmp_path / "small", "8m") as small:
        remount(small, "ro")
        with pytest.raises(CannotWriteError, match="Read-only file system"):
            build_corpus(many(9), small / "out", progress=False, factory=FAKE)
        assert not list(small.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_one_line(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(CannotWriteError, match="Permission denied"):
        build_corpus(many(9), tmp_path / "out", progress=False, factory=FAKE)


def test_a_file_in_the_place_of_the_folder_is_one_line(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(CannotWriteError, match="cannot be written"):
        build_corpus(many(9), tmp_path / "out", progress=False, factory=FAKE)
