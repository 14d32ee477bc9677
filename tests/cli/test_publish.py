"""``crystext publish`` without a Hub; with one it is tested in ``tests/hub``."""

import sys

import pytest
from click.testing import CliRunner

from crystext.cli.publish import publish
from crystext.errors import MissingExtraError
from tests.corpus.make_corpus import make_corpus


@pytest.fixture
def corpus(tmp_path):
    make_corpus(tmp_path)
    return tmp_path


def test_a_dry_run_needs_no_hub_library(corpus, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    asked = [str(corpus), "--repo-id", "crysmmnet/jarvis-text", "--revision", "dev", "--dry-run"]
    result = CliRunner().invoke(publish, asked, catch_exceptions=False)
    assert result.exit_code == 0
    first, *_ = result.stdout.splitlines()
    assert first.split() == ["46", "B", ".gitattributes"]
    assert "11 files for crysmmnet/jarvis-text (dev)" in result.stdout
    assert "\n# Crystals as text: JARVIS-DFT 2021.8.18\n" in result.stdout
    assert result.stderr == "Nothing was sent: this was a dry run.\n"


def test_without_the_hub_library_the_remedy_is_named(corpus, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.setitem(sys.modules, "huggingface_hub.utils", None)
    result = CliRunner().invoke(publish, [str(corpus), "--repo-id", "crysmmnet/jarvis-text"])
    assert isinstance(result.exception, MissingExtraError)
    assert "pip install '.[hub]'" in str(result.exception)


@pytest.mark.parametrize("args", [[], ["nowhere", "--repo-id", "a/b"], ["."]])
def test_wrong_usage(args):
    assert CliRunner().invoke(publish, args).exit_code == 2
