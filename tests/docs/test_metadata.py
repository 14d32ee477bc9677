"""What others read about the package agrees with it: citation, conda recipe, workflows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import jinja2
import pytest

import crystext

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def recipe():
    text = (ROOT / ".conda" / "meta.yaml").read_text()
    return yaml.safe_load(jinja2.Template(text).render(PYTHON="python"))


def requirement(words):
    """Name and bounds, whatever the order and the spaces: ``jinja2>=3.1.5,<4``."""
    name, bounds = re.fullmatch(r"([\w-]+)\s*(.*)", words).groups()
    return name.lower(), frozenset(bounds.replace(" ", "").split(","))


def test_the_citation_is_of_this_version():
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors", "references"} <= told.keys()
    assert told["version"] == crystext.__version__
    assert told["license"] == PROJECT["license"]
    assert told["authors"] == [{"name": one["name"]} for one in PROJECT["authors"]]


def test_the_bibtex_entry_says_the_same():
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    entry = re.search(
        r"```bibtex\n(.*?)```", (ROOT / "docs" / "licences.md").read_text(), re.DOTALL
    )
    fields = dict(re.findall(r"(\w+)\s*= \{+(.*?)\}+,?\n", entry[1]))
    assert fields["title"] == told["title"]
    assert fields["author"] == told["authors"][0]["name"]
    assert fields["note"] == f"Version {crystext.__version__}"
    assert fields["year"] == str(told["date-released"].year)


def test_the_recipe_asks_for_what_the_package_asks_for():
    told = recipe()
    assert told["package"] == {"name": PROJECT["name"], "version": crystext.__version__}
    wanted = {requirement(one) for one in PROJECT["dependencies"]}
    python = requirement(f"python{PROJECT['requires-python']}")
    assert {requirement(one) for one in told["requirements"]["run"]} == wanted | {python}
    ((command, target),) = PROJECT["scripts"].items()
    assert told["build"]["entry_points"] == [f"{command} = {target}"]
    assert told["about"]["license"] == PROJECT["license"]
    assert (ROOT / told["about"]["license_file"]).exists()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda one: one.stem)
def test_actions_are_pinned_by_digest(path):
    text = path.read_text()
    used = re.findall(r"uses: (\S+)@(\S+)(.*)", text)
    assert used
    for action, digest, release in used:
        assert re.fullmatch(r"[0-9a-f]{40}", digest), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", release), action
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}


def test_one_action_has_one_digest():
    text = "\n".join(path.read_text() for path in WORKFLOWS)
    pins = set(re.findall(r"uses: (\S+)@(\S+)", text))
    assert len(pins) == len({action for action, _ in pins})


def test_a_release_is_tried_on_every_python_before_it_is_published():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())["jobs"]
    matrix = jobs["wheel"]["strategy"]["matrix"]
    said = {
        one.rpartition(" ")[2] for one in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", one)
    }
    assert said <= set(matrix["python-version"])
    assert {one.partition("-")[0] for one in matrix["os"]} == {"ubuntu", "macos"}
    assert (jobs["wheel"]["needs"], jobs["publish"]["needs"]) == ("build", "wheel")
    assert "tag" in jobs["publish"]["if"]
    writers = [name for name, job in jobs.items() if "id-token" in job.get("permissions", {})]
    assert writers == ["publish"]
