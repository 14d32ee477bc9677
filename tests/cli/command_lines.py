"""A use of each command, and a folder to use them in."""

from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.build.settings import BuildSettings
from crystext.pipelines.sources import registry

CRYSTAL = "Cu\n1\n4 0 0\n0 4 0\n0 0 4\nCu\n1\nDirect\n0 0 0\n"
ARGS = {
    "attention": ["crystal.vasp", "--encoder", "minilm", "--out", "pages"],
    "benchmark": ["--dry-run"],
    "build-corpus": ["--out", "corpus", "--limit", "1"],
    "check": ["few"],
    "completion": ["bash"],
    "decode": ["numbers.txt", "--as", "crystal-text-llm"],
    "describe": ["crystal.vasp"],
    "encode": ["crystal.vasp", "--as", "cif-p1"],
    "index": ["few", "--out", "index"],
    "mcp": [],
    "search": ["few", "cubic"],
    "embed": ["mini", "--limit", "1", "--encoder", "minilm", "--out", "vectors"],
    "formats": [],
    "features": ["mini", "--limit", "1", "--out", "features.csv"],
    "graphs": ["mini", "--limit", "1", "--out", "graphs"],
    "predict": ["run", "crystal.vasp"],
    "verify": ["crystal.vasp", "--text", "A cubic crystal."],
    "publish": ["few", "--repo-id", "owner/name", "--dry-run"],
    "publish-model": ["folder", "--repo-id", "owner/name", "--dry-run"],
    "report": ["few", "--out", "report.html"],
    "sections": ["text.txt"],
    "serve": ["--run", "run", "--port", "0"],
    "sources": [],
    "stats": ["few"],
    "train": ["--property", "band_gap", "--model", "cgcnn", "--out", "run"],
}
"""A use of each command that would write something."""
MODEL = {"attention", "benchmark", "embed", "graphs", "predict", "publish-model", "serve", "train"}


def make_place(folder):
    """Fills a folder with what the command lines name, and with things that are none of it."""
    (folder / "crystal.vasp").write_text(CRYSTAL)
    (folder / "numbers.txt").write_text("4 4 4\n90 90 90\nCu\n0 0 0\n")
    build_corpus(
        registry.get("mini"), folder / "few", settings=BuildSettings(limit=3), progress=False
    )
    (folder / "text.txt").write_text("Cu crystallizes in the cubic Pm-3m space group.")
    (folder / "file").write_text("no folder")
    (folder / "folder").mkdir()
    return folder
