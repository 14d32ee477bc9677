"""One crystal by its name: fetched once, kept, named; a file of that name wins."""

import json

import pytest
from click.testing import CliRunner

from crystext import describe
from crystext.cli import cli
from crystext.embedded import mini
from crystext.errors import ApiFailedError, UnknownIdError, UsageError
from crystext.pipelines.optimade import providers
from crystext.pipelines.sources import single
from crystext.pipelines.sources.single import check_name, crystals_named, is_name

CIF = """data_1000041
_cell_length_a 5.62
_cell_length_b 5.62
_cell_length_c 5.62
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Na 0 0 0
Cl 0.5 0.5 0.5
"""


@pytest.fixture
def mp(api, tmp_path, monkeypatch):
    """The server under the name of the Materials Project, and that of the COD."""
    database = {"id": "mp", "name": "The Materials Project", "base_url": api.base}
    own = {"providers": [{"id": "mp", "name": "MP", "index_url": None, "databases": [database]}]}
    (tmp_path / "own.json").write_text(json.dumps(own))
    monkeypatch.setenv(providers.VARIABLE, str(tmp_path / "own.json"))
    monkeypatch.setenv(single.COD_VARIABLE, f"{api.base}/cod")
    monkeypatch.chdir(tmp_path)
    api.info = {"1000041.cif": CIF}
    return api


def run(*args):
    return CliRunner().invoke(cli, ["describe", *args])


def test_what_is_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["mp-149", "cod:1000041", "cod:12", "optimade:oqmd/1", "optimade:"]
    assert all(map(is_name, names))
    assert not any(map(is_name, ["mp-149.cif", "xmp-149", "NaCl.cif", "-", ".", "mvc-1", "cod"]))
    (tmp_path / "mp-149").write_text("a file")
    assert not is_name("mp-149")


@pytest.mark.parametrize("form", ["{id}", "optimade:mp/{id}", "optimade:{base}/{id}"])
def test_a_name_gives_the_text_of_mini(mp, entries, form):
    own = entries[4]["id"]
    name = form.format(id=own, base=mp.base)
    (found,) = crystals_named(name)
    (ours,) = mini([own])
    assert describe(found, canonical=True).text == describe(ours, canonical=True).text
    assert found.id == name
    assert found.source.startswith("optimade:" if ":" in name else "mp")
    assert found.notes[0].startswith(f"from {mp.base}/v1/structures/{own}, fetched 20")


def test_it_is_fetched_once(mp, entries, cache):
    name = entries[4]["id"]
    first = list(crystals_named(name))
    number = len(mp.asked)
    assert list(crystals_named(name)) == first
    assert len(mp.asked) == number
    (kept,) = (cache / "crystals").iterdir()
    assert kept.name.startswith(f"{name}-")
    kept.write_text("{")
    assert next(crystals_named(name)).part == first[0].part
    assert len(mp.asked) == number + 1


def test_the_command_names_the_source(mp, entries):
    found = run("cod:1000041", entries[4]["id"], "--json")
    assert found.exit_code == 0
    salt, _ = json.loads(found.stdout)
    assert salt["id"] == "cod:1000041"
    assert "Halite" in salt["text"]
    assert salt["provenance"]["notes"][0].startswith(f"from {mp.base}/cod/1000041.cif, fetched")
    first, second = found.stderr.splitlines()
    assert first.startswith(f"crystext: [note] cod:1000041: from {mp.base}/cod/1000041.cif")
    assert second.startswith(f"crystext: [note] {entries[4]['id']}: from {mp.base}")


def test_a_file_of_that_name_wins(mp, entries, tmp_path):
    name = entries[4]["id"]
    (tmp_path / name).write_text(CIF)
    found = run(name, "--from", "cif")
    assert "Halite" in found.stdout
    assert not mp.asked


def test_what_is_not_there_is_one_line_and_the_others_go_on(mp, entries):
    found = run("mp-999999", "cod:9999999", "optimade:mp/none", entries[0]["id"])
    assert found.exit_code == 1
    said = [line for line in found.stderr.splitlines() if "[note]" not in line]
    assert [line.split()[1] for line in said] == ["[unknown-id]"] * 3
    assert "the COD has no entry 9999999" in said[1]
    assert "Palladium" in found.stdout or "Pd" in found.stdout


@pytest.mark.parametrize("name", ["cod:12", "cod:", "optimade:", "optimade:oqmd", "optimade:a/"])
def test_names_without_an_id(name):
    with pytest.raises(UsageError, match="give"):
        check_name(name)
    assert isinstance(run(name).exception, UsageError)


def test_databases_of_a_provider(mp):
    databases = [{"id": one, "name": one, "base_url": mp.base} for one in ("a", "b")]
    known = providers._listed(
        {"providers": [{"id": "two", "name": "Two", "databases": databases}]}, "here"
    )
    split = single._split_name
    assert split("two/a/x/1", known) == ("two/a", "x/1")
    assert split("two/c/x", known) == ("two", "c/x")
    assert split("mp/mp/1", known) == ("mp", "mp/1")
    url = "https://example.org/v1"
    assert split(f"{url}/structures/7", known) == (url, "7")


def test_offline_is_said_at_once(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(single.COD_VARIABLE, "http://127.0.0.1:9")
    with pytest.raises(ApiFailedError, match="cannot be reached"):
        list(crystals_named("cod:1000041"))
    with pytest.raises(ApiFailedError, match="cannot be reached"):
        list(crystals_named("optimade:http://127.0.0.1:9/1"))


def test_a_web_page_is_no_cif(mp):
    mp.info["1000042.cif"] = "<!DOCTYPE html><html>who are you?</html>"
    with pytest.raises(ApiFailedError, match="web page"):
        list(crystals_named("cod:1000042"))


def test_with_a_key_the_project_itself_is_asked(monkeypatch, entries):
    name = entries[4]["id"]
    (ours,) = mini([name])
    asked = []

    class Rester:
        db_version = "2026.1"

        def __getattr__(self, _):
            return self

        def search(self, **given):
            asked.append(given)
            document = {"material_id": name, "structure": ours.structure.as_dict()}
            return [document] if given["material_ids"] == [name] else []

    monkeypatch.setenv("MP_API_KEY", "k" * 32)
    monkeypatch.setattr(single, "find_spec", lambda _: True)
    monkeypatch.setattr("crystext.pipelines.sources.mp_client.connect", lambda _: Rester())
    (found,) = crystals_named(name)
    assert describe(found, canonical=True).text == describe(ours, canonical=True).text
    assert (found.id, found.source, len(asked)) == (name, "mp", 1)
    assert "version 2026.1" in found.notes[0]
    with pytest.raises(UnknownIdError, match="mp-1 is not in"):
        list(crystals_named("mp-1"))
