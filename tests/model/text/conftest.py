import pytest

from tests.model.text.tiny import save_tiny


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The folder of a BERT of random weights."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return save_tiny(tmp_path_factory.mktemp("encoders") / "tiny-bert")
