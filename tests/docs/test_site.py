"""The site has a place for every command, error, column, fact and public name."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from crystext import errors
from crystext.choices import SOURCES
from crystext.cli import COMMANDS
from crystext.cli.commands import GROUPS
from crystext.corpus.columns import CORE, FAILURES
from crystext.features.facts import FEATURES
from crystext.formats.registry import FORMATS
from crystext.model import settings
from crystext.model.benchmark.suite import SUITES, load_suite
from crystext.pipelines.sources import registry
from tests.docs.snippets import REASONS, Snippet, fences, snippets

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PUBLIC = (
    "crystext",
    "crystext.model",
    "crystext.model.attention",
    "crystext.model.benchmark",
    "crystext.model.text",
)
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def loaded(name):
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"docs_{name}"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generate():
    return loaded("generate")


@pytest.fixture(scope="module")
def catalogues():
    return loaded("catalogues")


def below(kind):
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


def test_every_error_has_a_cause_and_a_remedy(generate):
    page = generate.errors_page()
    raised = {
        one
        for one in below(errors.CrystextError)
        if one.__module__.startswith("crystext.errors") and "never raised" not in one.__doc__
    }
    assert len(raised) > 90
    for one in raised:
        part = page.partition(f"### {one.code}\n")[2].partition("\n### ")[0]
        assert f"`{one.__name__}`. " in part, one
        cause, _, remedy = part.partition("**What to do.** ")
        assert len(cause.split()) > 3, one
        assert len(remedy.split()) > 2, one


def test_every_command_stands_on_its_page(generate):
    page = generate.commands_page()
    assert re.findall(r"^## crystext (\S+)$", page, re.MULTILINE) == sorted(COMMANDS)
    assert page.count("Usage: crystext ") == len(COMMANDS)
    assert re.findall(r"^\| \[(\S+)\]\(#crystext-\1\) \| \S", page, re.MULTILINE) == [
        name for held in GROUPS.values() for name in held
    ]
    lines = [line for text in page.split("```")[1::2] for line in text.splitlines()]
    examples = {line for line in lines if line.startswith("    crystext ")}
    long = [line for line in lines if len(line) > 78 and line not in examples]
    assert all("[" in line and " " not in line.strip().partition(" ")[2] for line in long), long


def test_every_column_and_fact_stands_on_its_page(generate):
    columns, facts = generate.corpus_page(), generate.facts_page()
    assert all(f"| `{one.name}` |" in columns for one in [*CORE, *FAILURES])
    assert all(f"| `{one.name}` |" in facts for one in FEATURES)


def test_every_setting_has_its_meaning(generate):
    page = generate.settings_page()
    parts = {"training": settings.TrainingSettings, "text": settings.TextSettings}
    for part, kind in parts.items():
        for one in dataclasses.fields(kind):
            assert re.search(rf"^\| `{part}\.{one.name}` \| .* \| [\w`].+ \|$", page, re.MULTILINE)


def test_the_formats_of_the_page_are_those_that_are_read(catalogues):
    page = (DOCS / "reference" / "formats.md").read_text()
    assert catalogues.formats_table() in page
    assert all(f" | `{name}` | " in page for name in FORMATS)


def test_every_source_and_suite_has_its_part(catalogues):
    sources, suites = catalogues.sources_page(), catalogues.suites_page()
    assert re.findall(r"^## (\S+)$", sources, re.MULTILINE) == list(SOURCES)
    for name in SOURCES:
        part = sources.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        source = registry.get(name)
        assert source.url is None or source.url in part
        assert part.count("\n| `") == len(source.properties), name
    assert re.findall(r"^## (\S+)$", suites, re.MULTILINE) == list(SUITES)
    for name in SUITES:
        part = suites.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert all(f"`{row.words}`" in part for row in load_suite(name).rows), name


def placed():
    """The full names on the pages of the Python API."""
    pages = "\n".join(one.read_text() for one in (DOCS / "reference").glob("python*.md"))
    return re.findall(r"^::: (\S+)$", pages, re.MULTILINE)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_a_place(name):
    module = importlib.import_module(name)
    names = {one for one in module.__all__ if not one.startswith("_")}
    assert names <= {one.rpartition(".")[2] for one in placed()}


def test_what_pages_and_notebooks_import_has_a_place():
    """A reader who meets a name looks it up; constants stand with the functions that use them."""
    texts = [one.text for path in PAGES for one in snippets(path.read_text(encoding="utf-8"))]
    texts += [
        "".join(cell["source"])
        for path in (ROOT / "notebooks").glob("*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    lines = re.findall(r"^from crystext\S* import (.+)$", "\n".join(texts), re.MULTILINE)
    imported = {name for line in lines for name in line.split(", ") if not name.isupper()}
    assert len(imported) > 6
    assert imported <= {one.rpartition(".")[2] for one in placed()}


def test_every_page_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text()
    for one in DOCS.rglob("*.md"):
        assert str(one.relative_to(DOCS)) in nav, one


def test_every_page_made_from_the_code_is_in_the_navigation(generate, catalogues):
    nav = (ROOT / "mkdocs.yml").read_text()
    for name, page in (generate.PAGES | catalogues.PAGES).items():
        assert name in nav
        assert page().startswith("# "), name


def test_links_of_the_readme_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text()):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 130


@pytest.mark.parametrize("path", PAGES, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_block_is_run_or_says_why_not(path):
    """A fence without a language, or a reason of another kind, would hide a command."""
    page = path.read_text(encoding="utf-8")
    assert set(fences(page)) <= {"console", "sh", "python", "text", "bibtex"}
    found = snippets(page)
    assert len(found) == sum(one in {"console", "sh", "python"} for one in fences(page))
    for one in found:
        assert not one.reason or one.reason in REASONS, f"line {one.line}"
        assert set(one.codes) <= set(errors.all_codes()), f"line {one.line}"


def test_snippets_are_found_with_their_marks():
    page = (
        "```console\n$ crystext a\nout\n$ crystext b\n```\n"
        "<!-- not run: why -->\n```sh\nno\n```\n"
        "<!-- run with: --epochs 1 -->\n```sh\ncrystext x > f\ncd y\n```\n```text\nnothing\n```\n"
        "<!-- offline: no-token, no-run -->\n```sh\npip\ncrystext z a  # why\n```\n"
    )
    shown, left, longer, far = snippets(page)
    assert shown.exchanges == [("crystext a", "out\n"), ("crystext b", "")]
    assert left == Snippet("sh", "no\n", "", "why", (), 6)
    assert (far.codes, far.commands) == (("no-token", "no-run"), ["crystext z a"])
    assert fences(page) == ["console", "sh", "sh", "text", "sh"]
    assert longer.script == "crystext x --epochs 1 > f\ncd y"
