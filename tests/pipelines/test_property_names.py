"""Properties of any name: their files lie in the corpus, and crystext and datasets find them."""

import pytest

from crystext.cli import main
from crystext.corpus.checks import check_corpus, errors
from crystext.corpus.layout import property_folder
from crystext.corpus.reader import load_corpus
from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.sources.registry import get
from tests.pipelines.test_ids_that_collide import POSCAR

NAMES = [
    "E/atom",
    "../../x",
    "stable?",
    "a*b",
    "a:b",
    "a#b",
    "..",
    "default",
    "failures",
    "gap",
    "50%",
]
PARTS = ["train", "val", "test", "train"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    place = tmp_path_factory.mktemp("names")
    (place / "in").mkdir()
    lines = [",".join(["id", *NAMES, "split"])]
    for number, part in enumerate(PARTS):
        (place / "in" / f"{number}.vasp").write_text(POSCAR)
        lines.append(",".join([str(number), *(f"{number}.5" for _ in NAMES), part]))
    (place / "t.csv").write_text("\n".join(lines))
    given = {"from_file": place / "in", "properties_file": place / "t.csv"}
    build_corpus(get("files"), place / "deep" / "out", options=given, progress=False)
    return place / "deep" / "out"


def test_all_files_lie_in_the_corpus_and_are_whole(corpus):
    place = corpus.parent.parent
    assert {one.name for one in place.iterdir()} == {"in", "t.csv", "deep"}
    assert [one.name for one in corpus.parent.iterdir()] == ["out"]
    assert errors(check_corpus(corpus)) == []


def test_each_has_its_targets(corpus):
    read = load_corpus(corpus)
    names = ["given_" * (name in {"default", "failures"}) + name for name in NAMES]
    assert list(read.properties) == names
    for name in names:
        found = {part: table["target"].to_pylist() for part, table in read.targets(name).items()}
        assert found == {"train": [0.5, 3.5], "validation": [1.5], "test": [2.5]}


def test_datasets_reads_each(corpus, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in load_corpus(corpus).properties:
        rows = datasets.load_dataset(
            str(corpus), property_folder(name), split="test", cache_dir=str(tmp_path)
        )
        assert rows["target"] == [2.5]


def test_names_that_are_plain_stay_as_they_are():
    for name in ("band_gap", "bulk_modulus_(GPa)", "é,+-=", "a.b", "x y"):
        assert property_folder(name) == name
    assert property_folder("E/atom") == "E%2Fatom"
    assert len({property_folder(name) for name in ("a/b", "a%2Fb", "a%b", ".a", "a.")}) == 5


def test_what_is_true_or_false_has_the_split_too(tmp_path, capsys):
    pytest.importorskip("torch")
    (tmp_path / "in").mkdir()
    lines = ["id,is_metal,colour,split"]
    for number, part in enumerate(PARTS * 2):
        (tmp_path / "in" / f"{number}.vasp").write_text(POSCAR)
        lines.append(f"{number},{str(number < 4).lower()},red,{part}")
    (tmp_path / "t.csv").write_text("\n".join(lines))
    given = {"from_file": tmp_path / "in", "properties_file": tmp_path / "t.csv"}
    build_corpus(get("files"), tmp_path / "out", options=given, progress=False)
    assert errors(check_corpus(tmp_path / "out")) == []
    corpus = load_corpus(tmp_path / "out")
    assert list(corpus.manifest["splits"]) == ["is_metal"]
    assert corpus.targets("is_metal")["test"]["target"].to_pylist() == [True, False]
    args = ["train", "--corpus", str(tmp_path / "out"), "--property", "is_metal", "--epochs", "1"]
    small = ["--model", "cgcnn", "--device", "cpu", "--set", "training.tensorboard=false"]
    with pytest.raises(SystemExit) as ended:
        main([*args, *small, "--out", str(tmp_path / "run")])
    out, err = capsys.readouterr()
    assert ended.value.code == 0, err
    assert "4 train, 2 validation, 2 test" in out
    assert "MAE" in out


def test_they_are_learnt_and_predicted(corpus, tmp_path, capsys):
    pytest.importorskip("torch")
    args = ["train", "--corpus", str(corpus), "--property", "E/atom", "--model", "cgcnn"]
    small = ["--epochs", "1", "--device", "cpu", "--set", "training.tensorboard=false"]
    for command in (
        [*args, *small, "--out", str(tmp_path / "run")],
        ["predict", str(tmp_path / "run"), str(corpus.parents[1] / "in")],
    ):
        with pytest.raises(SystemExit) as ended:
            main(command)
        assert ended.value.code == 0, capsys.readouterr().err
    assert "E/atom" in (tmp_path / "run" / "settings.json").read_text()
