import pytest

import crystext
from tests.model.text.tiny import save_tiny


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The folder of a BERT of random weights: two layers, two heads, 64 tokens."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return save_tiny(tmp_path_factory.mktemp("encoders") / "tiny-bert")


@pytest.fixture(scope="session")
def reader(tiny):
    from crystext.model.attention import AttentionReader

    return AttentionReader.load(tiny, device="cpu")


@pytest.fixture(scope="session")
def rows():
    """Rows of 60 mini crystals from all over the corpus."""
    return crystext.load_corpus("mini").table().to_pylist()[::105]


@pytest.fixture(scope="session")
def cut(reader, rows):
    """The shortest of these texts that does not fit into the limit of the encoder."""
    return min((r for r in rows if reader.tokenise(r["text"]).unread), key=lambda r: len(r["text"]))
