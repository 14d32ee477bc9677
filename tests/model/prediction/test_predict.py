"""Prediction against what training wrote down, and the codes of what cannot be predicted."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import pyarrow.parquet as pq
from pymatgen.core import Lattice, Structure

import crystext
from crystext.crystal import Failure
from crystext.errors import (
    BadCheckpointError,
    BadRunError,
    EmbeddingFailedError,
    NoRunError,
    OtherEncoderError,
    SymmetryFailedError,
    UnreadableFileError,
    UsageError,
)
from crystext.model import load, publish_model
from crystext.model.prediction.ensemble import Ensemble, Prediction
from crystext.model.prediction.member import Member
from crystext.model.prediction.predict import Predictor
from crystext.model.prediction.saved_run import SavedRun
from crystext.model.prediction.texts import read_and_described, wording_differences
from tests.model.text.tiny import save_tiny
from tests.model.tiny_runs import UNIT, Runs, corpus, splits

MODELS = ("crysmmnet-cgcnn", "cgcnn", "crystextnet", "crysmmnet-cgcnn:unfrozen")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return Runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def cifs(tmp_path_factory):
    """The CIF of each crystal of validation and test, as its row holds it."""
    folder = tmp_path_factory.mktemp("cifs")
    for one in (*splits()["validation"], *splits()["test"]):
        (folder / f"{one}.cif").write_text(corpus().row(one)["structure"], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def graph_only(runs):
    return load(runs("cgcnn"), device="cpu")


@pytest.mark.parametrize("model", MODELS)
def test_a_crystal_of_the_corpus_gets_the_value_of_the_run(runs, cifs, model):
    written = pq.read_table(runs(model) / "predictions.parquet").to_pylist()
    paths = [cifs / f"{row['id']}.cif" for row in written]
    found = load(runs(model), device="cpu").predict(paths, batch_size=4)
    assert [one.id for one in found] == [row["id"] for row in written]
    np.testing.assert_allclose(
        [one.value for one in found], [row["prediction"] for row in written], rtol=1e-4
    )
    assert {one.unit for one in found} == {UNIT}
    assert min(one.value for one in found) > 0  # learnt as a logarithm, given in GPa
    assert len({one.value for one in found}) > 1


def test_texts_are_written_as_the_corpus_were(runs, cifs):
    words = SavedRun.open(runs("crystextnet")).data["describer"]
    crystals = [crystext.reading.to_crystal(path) for path in sorted(cifs.iterdir())]
    pairs = list(read_and_described(crystals, words))
    assert len(pairs) == 6
    for crystal, description in pairs:
        assert description.text == corpus().row(crystal.id)["text"]


@pytest.mark.parametrize("model", ["cgcnn", "crysmmnet-cgcnn:unfrozen"])
def test_batches_do_not_matter(runs, cifs, model):
    predictor = load(runs(model), device="cpu")
    paths = sorted(cifs.iterdir())
    whole = [one.value for one in predictor.predict(paths)]
    single = [one.value for one in predictor.predict(paths, batch_size=1)]
    np.testing.assert_allclose(single, whole, rtol=1e-5)
    backwards = [one.value for one in predictor.predict(paths[::-1], batch_size=4)]
    np.testing.assert_allclose(backwards[::-1], whole, rtol=1e-5)


@pytest.mark.parametrize("model", ["cgcnn", "crysmmnet-cgcnn"])
def test_the_same_crystal_gets_the_same_value(runs, rock_salt, model):
    """However it is turned, shifted and ordered, and in a larger cell without bonds to itself."""
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    lattice = Lattice(rock_salt.lattice.matrix @ turn)
    shifted = rock_salt.frac_coords[::-1] + 0.123
    turned = Structure(lattice, rock_salt.species[::-1], shifted)
    found = load(runs(model), device="cpu").predict([rock_salt, rock_salt * (2, 1, 1), turned])
    np.testing.assert_allclose([one.value for one in found], found[0].value, rtol=1e-4)


def test_each_input_ends_in_its_place(graph_only, rock_salt, cifs):
    mixed = Structure(Lattice.cubic(4), [{"Na": 0.5, "K": 0.5}], [[0, 0, 0]])
    beyond = Structure(Lattice.cubic(4), ["Rf"], [[0, 0, 0]])
    before = Failure("lost", UnreadableFileError("gone", crystal_id="lost"))
    good = min(cifs.iterdir())
    inputs = [mixed, good, "nowhere.cif", before, beyond, 7, rock_salt]
    found = graph_only.predict(iter(inputs), batch_size=3)
    codes = [one.error.code if isinstance(one, Failure) else one.formula for one in found]
    assert codes == [
        *("partial-occupancy", found[1].formula, "unreadable-file", "unreadable-file"),
        *("graph-failed", "bad-object", "NaCl"),
    ]
    assert [one.id for one in found[1:4]] == [good.stem, "nowhere", "lost"]
    assert found[4].error.crystal_id == "Rf"
    assert graph_only.predict([]) == []


def test_graph_networks_neither_describe_nor_read(runs, rock_salt, monkeypatch):
    def never(*_args, **_options):
        pytest.fail("a graph network needs no text")

    monkeypatch.setattr("crystext.model.text.encoder.TextEncoder.load", never)
    monkeypatch.setitem(vars(crystext), "Describer", never)
    (found,) = load(runs("cgcnn"), device="cpu").predict([rock_salt])
    assert isinstance(found, Prediction)


def test_text_networks_build_no_graph(runs, rock_salt, monkeypatch):
    monkeypatch.setattr("crystext.model.graphs.build.graphs_of", lambda *_: pytest.fail("no graph"))
    (found,) = load(runs("crystextnet"), device="cpu").predict([rock_salt])
    assert isinstance(found, Prediction)


def test_notes_speak_against_the_value(runs, rock_salt):
    known = SavedRun.open(runs("crystextnet")).words["facts"]["domain"]["elements"]
    assert "Cl" not in known
    (found,) = load(runs("crystextnet"), device="cpu").predict([rock_salt])
    unseen = sorted({"Na", "Cl"} - set(known))
    assert found.notes == (
        f"no crystal of the training set holds {', '.join(unseen)}",
        "the text has over 64 tokens; the rest was not read",
    )
    assert found.to_dict() == {
        "id": "NaCl",
        "formula": "NaCl",
        "property": "bulk_modulus",
        "value": found.value,
        "unit": "GPa",
        "spread": None,
        "notes": list(found.notes),
    }


def test_a_value_that_is_no_number_is_a_failure(runs, rock_salt):
    run = SavedRun.open(runs("cgcnn"))
    run = replace(run, scaling=replace(run.scaling, mean=400.0))
    predictor = Predictor([Ensemble(Member.of([run], "cpu"))], device="cpu")
    (found,) = predictor.predict([rock_salt])
    assert found.error.code == "not-finite-prediction"


@pytest.mark.parametrize(
    ("model", "name"), [("crysmmnet-cgcnn", "embed"), ("crysmmnet-cgcnn:unfrozen", "states")]
)
def test_one_text_that_fails_leaves_the_others(runs, cifs, monkeypatch, model, name):
    predictor = load(runs(model), device="cpu")
    paths = sorted(cifs.iterdir())[:3]
    good = predictor.predict(paths)
    encoder = predictor._members[0].encoder
    embed = getattr(encoder, name)

    def failing(tokens, rows, names=None):
        if 1 in rows.tolist():
            raise EmbeddingFailedError("no numbers")
        return embed(tokens, rows, names)

    monkeypatch.setattr(encoder, name, failing)
    found = predictor.predict(paths)
    assert found[1].error.code == "embedding-failed"
    assert found[1].error.crystal_id == paths[1].stem
    for place in (0, 2):
        assert found[place].value == pytest.approx(good[place].value, rel=1e-5)


# -------------------------------------------------------------------------------------- describing


class Ladder:
    """Describes copper at 0.1, nickel nowhere, everything else at once."""

    def __init__(self, *, symprec, **settings):
        self.symprec, self.settings = symprec, settings

    def describe(self, _rock_salt):
        """Loads nothing."""

    def describe_read(self, crystal):
        formula = crystal.structure.reduced_formula
        if formula == "Ni" or (formula == "Cu" and self.symprec != 0.1):
            raise SymmetryFailedError(f"none at {self.symprec}")
        return f"{formula} at {self.symprec}"


def test_the_tolerances_of_the_corpus_are_tried_in_turn(monkeypatch):
    monkeypatch.setitem(vars(crystext), "Describer", Ladder)
    simple = [
        crystext.Crystal(name, Structure(Lattice.cubic(4), [name], [[0, 0, 0]]))
        for name in ("Fe", "Cu", "Ni")
    ]
    before = Failure("x", SymmetryFailedError("elsewhere"))
    words = {"settings": {"canonical": True}, "symprecs": [0.01, 0.1, 0.001]}
    iron, copper, nickel, passed_on = read_and_described([*simple, before], words)
    assert [(one.id, text) for one, text in (iron, copper)] == [
        ("Fe", "Fe at 0.01"),
        ("Cu", "Cu at 0.1"),
    ]
    assert (nickel.id, str(nickel.error)) == ("Ni", "none at 0.01")
    assert passed_on is before


def test_other_writers_are_named(runs):
    words = SavedRun.open(runs("crystextnet")).data["describer"]
    words = json.loads(json.dumps(words))
    words["versions"]["robocrys"] = "0.1"
    (robocrys,) = wording_differences(words)
    assert "robocrys 0.1" in robocrys


# --------------------------------------------------------------------------------- what is refused


def test_another_encoder_is_refused(runs, tmp_path):
    other = save_tiny(tmp_path / "other", seed=5)
    with pytest.raises(OtherEncoderError, match=r"the run read texts with tiny-bert .*--encoder"):
        load(runs("crystextnet"), encoder=other)
    moved = tmp_path / "moved"
    shutil.copytree(runs.encoder(), moved)
    assert load(runs("crystextnet"), encoder=moved).properties == ("bulk_modulus",)


@pytest.fixture
def copy(runs, tmp_path):
    def copied(model="cgcnn", **changes):
        folder = tmp_path / "run"
        shutil.copytree(runs(model), folder)
        for name, change in changes.items():
            path = folder / f"{name}.json"
            words = json.loads(path.read_text())
            change(words)
            path.write_text(json.dumps(words))
        return folder

    return copied


def test_a_run_that_has_not_ended(copy):
    folder = copy()
    (folder / "metrics.json").unlink()
    with pytest.raises(NoRunError, match="has not ended"):
        load(folder)
    (folder / "settings.json").unlink()
    with pytest.raises(NoRunError, match="holds no training run"):
        load(folder)


@pytest.mark.parametrize(
    ("model", "change", "said"),
    [
        ("cgcnn", lambda w: w.update(format=9), "has format 9, this crystext reads 1"),
        ("cgcnn", lambda w: w["data"].pop("unit"), "lacks unit"),
        ("cgcnn", lambda w: w["settings"].update(new=1), "is damaged"),
        ("cgcnn", lambda w: w.pop("data"), "is damaged"),
        ("crystextnet", lambda w: w["data"].update(describer=None), "lacks how texts are written"),
        (
            "crysmmnet-cgcnn:unfrozen",
            lambda w: w["data"].pop("text_layers"),
            "lacks text_layers, the layers of the language model",
        ),
    ],
)
def test_settings_that_do_not_fit(copy, model, change, said):
    with pytest.raises(BadRunError, match=said):
        load(copy(model, settings=change))


def put(*keys, value):
    """A change of one value, by its keys."""

    def change(words):
        for key in keys[:-1]:
            words = words[key]
        words[keys[-1]] = value

    return change


def test_a_run_with_rounded_products_predicts(copy, runs, rock_salt):
    (plain,) = load(runs("cgcnn"), device="cpu").predict([rock_salt])
    folder = copy(settings=put("settings", "training", "precision", value="tf32"))
    (found,) = load(folder, device="cpu").predict([rock_salt])
    assert found.value == plain.value


@pytest.mark.parametrize(
    ("model", "keys", "value"),
    [
        ("cgcnn", ("settings", "network"), []),
        ("cgcnn", ("settings", "network", "hidden"), 99_999),
        ("cgcnn", ("settings", "network", "hidden"), 10**12),
        ("cgcnn", ("settings", "network", "layers"), 10**12),
        ("cgcnn", ("data", "scaling", "mean"), "2"),
        ("cgcnn", ("data", "scaling", "deviation"), [1]),
        ("cgcnn", ("data", "graphs", "graphs", "neighbors"), "12"),
        ("cgcnn", ("data", "unit"), 3),
        ("cgcnn", ("facts",), []),
        ("cgcnn", ("facts", "domain", "elements"), [["Na"]]),
        ("crystextnet", ("data", "text_width"), 99_999),
        ("crystextnet", ("data", "text_width"), 10**12),
        ("crystextnet", ("data", "text_width"), None),
        ("crystextnet", ("data", "texts"), {}),
        ("crystextnet", ("data", "texts", "section"), ["all"]),
        ("crystextnet", ("data", "describer"), "as ever"),
        ("crystextnet", ("data", "describer", "settings"), {"a": 1}),
        ("crystextnet", ("data", "describer", "symprecs"), ["0.1"]),
        ("crystextnet", ("data", "describer", "symprecs"), []),
        ("crystextnet", ("settings", "text", "encoder"), 5),
        ("crysmmnet-cgcnn:unfrozen", ("data", "text_layers", "number"), 10**12),
        ("crysmmnet-cgcnn:unfrozen", ("data", "text_layers", "config"), {"hidden_size": -1}),
    ],
)
def test_values_of_another_kind_or_impossible_sizes(copy, model, keys, value):
    with pytest.raises((BadRunError, BadCheckpointError)) as caught:
        load(copy(model, settings=put(*keys, value=value)), device="cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("key", "value"), [("validation", {}), ("epochs", "x"), ("test", [1])])
def test_metrics_of_another_kind_are_not_published(copy, key, value):
    folder = copy(metrics=put(key, value=value))
    with pytest.raises(BadRunError, match=r"metrics\.json of .*; copy the run again"):
        publish_model(folder, "owner/name", dry_run=True)


@pytest.mark.parametrize("lacking", ["plain", "about", "a tensor", "metadata"])
def test_weights_that_lack_a_key(copy, lacking):
    from safetensors import safe_open
    from safetensors.torch import save_file

    path = copy() / "best.safetensors"
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        plain = json.loads(file.metadata()["plain"])
    if lacking == "a tensor":
        del tensors[min(tensors)]
    if lacking == "about":
        del plain["about"]
    about = {} if lacking == "plain" else {"plain": json.dumps(plain)}
    save_file(tensors, path, metadata=None if lacking == "metadata" else about)
    with pytest.raises(BadCheckpointError, match=r"best\.safetensors is"):
        load(path.parent, device="cpu")


def test_files_that_are_damaged(copy, runs):
    folder = copy()
    (folder / "settings.json").write_text('{"format": ')
    with pytest.raises(BadRunError, match="is damaged"):
        load(folder)
    shutil.copy(runs("cgcnn") / "settings.json", folder)
    shutil.copy(runs("crystextnet") / "best.safetensors", folder)
    with pytest.raises(BadCheckpointError, match="another network"):
        load(folder)
    (folder / "best.safetensors").write_bytes(b"\x80\x04no pickle is read")
    with pytest.raises(BadCheckpointError):
        load(folder)
    (folder / "best.safetensors").unlink()
    with pytest.raises(NoRunError, match="copy the whole run"):
        load(folder)


def test_usage(graph_only, runs, rock_salt, cifs):
    for one in (rock_salt, str(cifs), {"a": 1}):
        with pytest.raises(UsageError, match="give a list"):
            graph_only.predict(one)
    with pytest.raises(UsageError, match="batch_size 0"):
        graph_only.predict([rock_salt], batch_size=0)
    with pytest.raises(UsageError, match="has no revision"):
        load(runs("cgcnn"), revision="v1")
    with pytest.raises(NoRunError, match="nor OWNER/NAME"):
        load("no-such-folder")
