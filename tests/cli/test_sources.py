import json

from click.testing import CliRunner

from crystext.choices import SOURCES
from crystext.cli.sources import sources
from crystext.pipelines.sources.registry import get


def run(*args, cache, code=0):
    result = CliRunner().invoke(sources, args, env={"CRYSTEXT_CACHE": str(cache)})
    assert result.exit_code == code, result.output
    return result.output


def test_the_list_is_a_table(tmp_path):
    head, *lines = run(cache=tmp_path).splitlines()
    assert head.split() == ["name", "what", "crystals", "properties", "licence", "file"]
    assert [line.split()[0] for line in lines] == list(SOURCES)
    (jarvis,) = [line for line in lines if line.startswith("jarvis ")]
    assert "55,723" in jarvis
    assert jarvis.endswith("to download")
    assert len({line.index("CC-BY-4.0") for line in lines if "CC-BY" in line}) == 1


def test_what_is_cached_is_marked(tmp_path):
    (tmp_path / get("mp").file_name).write_bytes(b"PK")
    (mp,) = [line for line in run(cache=tmp_path).splitlines() if line.startswith("mp ")]
    assert mp.endswith("cached")


def test_one_source_in_full(tmp_path):
    page = run("jarvis", cache=tmp_path)
    for part in ("29204826", "jdft_3d-8-18-2021.json.zip", "@article{choudhary2020jarvis"):
        assert part in page
    assert "formation_energy_peratom" in page
    assert "eV/atom; formation energy, OptB88vdW" in page
    assert "manifest records" in page


def test_json_holds_everything(tmp_path):
    found = {one["name"]: one for one in json.loads(run("--json", cache=tmp_path))}
    assert set(found) == set(SOURCES)
    assert found["mini"]["expected"] == 6277
    assert found["mini"]["properties"][0]["unit"] == "eV/atom"
    assert found["jarvis"]["sha256"] is None
    (only,) = json.loads(run("--json", "mp", cache=tmp_path))
    assert only["url"].endswith("/26724977")


def test_unknown_names(tmp_path):
    result = CliRunner().invoke(sources, ["icsd"], env={"CRYSTEXT_CACHE": str(tmp_path)})
    assert result.exception.code == "unknown-source"


def test_the_providers_of_optimade_are_listed(tmp_path):
    page = run("optimade", cache=tmp_path)
    assert "oqmd                          The Open Quantum Materials Database" in page
    assert "alexandria/alexandria-pbe  " in page
    assert "odbx                          open database of xtals, asked at https://" in page
