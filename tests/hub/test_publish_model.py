"""A run goes to the loopback Hub and comes back as a predictor in a process that never saw it."""

import json
import re
import shutil
import sys

import pytest
from click.testing import CliRunner

from crystext.cli import cli
from tests.hub.server import READER, WRITER
from tests.model.tiny_runs import Runs, splits

pytest.importorskip("huggingface_hub")
pytest.importorskip("torch")
pytest.importorskip("transformers")

RUN = """
import traceback
from crystext.errors import CrystextError
from crystext.model import publish_model

for name, folder, repo, options in STORIES:
    try:
        done = publish_model(folder, f"crysmmnet/{repo}", **options)
    except CrystextError as error:
        out[name] = {"code": error.code, "message": str(error), "trace": traceback.format_exc()}
    else:
        out[name] = {key: getattr(done, key) for key in ("commit", "uploaded", "deleted", "url")}
"""
LOAD = """
import crystext
from crystext.errors import CrystextError
from crystext.model import load

for name, run, options in LOADS:
    try:
        predictor = load(run, device="cpu", **options)
    except CrystextError as error:
        out[name] = {"code": error.code, "message": str(error)}
    else:
        found = predictor.predict(crystext.mini(IDS))
        out[name] = {one.id: one.value for one in found}
"""
UPLOADED = {
    *(".gitattributes", "README.md", "best.safetensors", "curves.png", "excluded.csv"),
    *("log.csv", "metrics.json", "predictions.parquet", "settings.json"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return Runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def folders(runs, tmp_path_factory):
    """Runs that can be published, and copies that must not be."""
    made = tmp_path_factory.mktemp("copies")
    found = {f"seed {seed}": runs("cgcnn", seed) for seed in (0, 1)}
    found["text"] = runs("crysmmnet-cgcnn")
    found["unfrozen"] = runs("crystextnet:unfrozen")

    def copied(name):
        found[name] = made / name
        return shutil.copytree(runs("cgcnn"), found[name])

    (copied("unfinished") / "metrics.json").unlink()
    shutil.copy(runs("cgcnn", 1) / "best.safetensors", copied("mixed"))
    shutil.copy(runs("cgcnn", 1) / "predictions.parquet", copied("other predictions"))
    (copied("damaged") / "best.safetensors").write_bytes(b"nothing")
    settings = copied("edited") / "settings.json"
    settings.write_text(settings.read_text().replace('"GPa"', '"kbar"'))
    (copied("without curves") / "curves.png").unlink()
    return {name: str(path) for name, path in found.items()}


@pytest.fixture(scope="module")
def told(hub, client, folders):
    """What came of each story."""
    stories = [
        ("first", "seed 0", "bulk", {"tag": "v1"}),
        ("nothing new", "seed 0", "bulk", {"tag": "v1"}),
        ("seeds", "seed 0", "bulk", {"seeds": [folders["seed 1"]], "dataset": "crysmmnet/mini"}),
        ("one again", "without curves", "bulk", {}),
        ("taken tag", "seed 0", "bulk", {"tag": "v1", "message": "moved"}),
        ("text", "text", "text", {"private": True}),
        ("unfrozen", "unfrozen", "unfrozen", {}),
        ("unfinished", "unfinished", "never", {}),
        ("mixed", "mixed", "never", {}),
        ("other predictions", "other predictions", "never", {}),
        ("damaged", "damaged", "never", {}),
        ("edited", "edited", "never", {}),
        ("another model", "seed 0", "never", {"seeds": [folders["text"]]}),
        ("same seed", "seed 0", "never", {"seeds": [folders["seed 0"]]}),
        ("bad dataset", "seed 0", "never", {"dataset": "mini"}),
        ("race", "seed 0", "race", {}),
    ]
    hub.fail("^POST .*/race/commit/", "race")
    plain = [(name, folders[folder], *rest) for name, folder, *rest in stories]
    return client.script(f"STORIES = {plain!r}\n{RUN}")


def files(hub, repo, revision="main"):
    return hub.repos[f"crysmmnet/{repo}"].resolve(revision).files


def read(hub, repo, path, revision="main"):
    return json.loads(files(hub, repo, revision)[path].content)


def test_one_commit_of_a_model_repository(hub, told):
    repo = hub.repos["crysmmnet/bulk"]
    assert repo.kind == "models/"
    assert set(told["first"]["uploaded"]) == set(files(hub, "bulk", "v1")) == UPLOADED
    assert told["first"]["url"] == f"{hub.url}/crysmmnet/bulk/commit/{told['first']['commit']}"
    assert repo.commits[told["first"]["commit"]].title == "cgcnn on bulk_modulus, seed 0"
    large = {path for path, blob in files(hub, "bulk", "v1").items() if blob.lfs}
    assert large == {"best.safetensors", "curves.png", "predictions.parquet"}
    attributes = files(hub, "bulk", "v1")[".gitattributes"].content.decode()
    assert all(f"*.{path.rpartition('.')[2]} filter=lfs" in attributes for path in large)


def test_what_has_not_changed_makes_no_commit(told):
    same = {**told["first"], "uploaded": [], "deleted": []}
    assert told["nothing new"] == same


def test_other_seeds_go_up_as_figures_and_go_again(hub, told):
    assert set(told["seeds"]["uploaded"]) == {"README.md", "seeds/seed-1.json"}
    commit = told["seeds"]["commit"]
    card = files(hub, "bulk", commit)["README.md"].content.decode()
    for seed, path in ((0, "metrics.json"), (1, "seeds/seed-1.json")):
        metrics = read(hub, "bulk", path, commit)
        assert metrics["seed"] == seed
        assert f"{metrics['test']['mae']:.4g}" in card
    assert '- "crysmmnet/mini"' in card
    assert set(told["one again"]["deleted"]) == {"curves.png", "seeds/seed-1.json"}
    assert set(files(hub, "bulk")) == UPLOADED - {"curves.png"}


def test_a_tag_does_not_move(hub, told):
    assert told["taken tag"]["code"] == "tag-taken"
    assert hub.repos["crysmmnet/bulk"].tags == {"v1": told["first"]["commit"]}


def test_no_folder_of_this_machine_goes_up(hub, told, runs, folders):
    assert hub.repos["crysmmnet/text"].private
    assert str(runs.encoder()) in (runs("crysmmnet-cgcnn") / "settings.json").read_text()
    assert read(hub, "text", "settings.json")["settings"]["text"]["encoder"] == "tiny-bert"
    places = {str(runs.folder), *folders.values()}
    for repo in ("text", "bulk", "unfrozen"):
        for path, blob in files(hub, repo).items():
            assert not [one for one in places if one.encode() in blob.content], path


@pytest.mark.parametrize(
    ("story", "code", "said"),
    [
        ("unfinished", "no-run", "has not ended"),
        ("mixed", "bad-run", "of a run with another seed"),
        ("other predictions", "bad-run", "gives a validation MAE of"),
        ("damaged", "bad-checkpoint", "is no checkpoint"),
        ("edited", "bad-run", "is not of its settings.json"),
        ("another model", "other-run", "it differs in model"),
        ("same seed", "other-run", "has seed 0"),
        ("bad dataset", "wrong-setting", "'mini'"),
    ],
)
def test_what_must_not_go_up(hub, told, story, code, said):
    assert told[story].get("code") == code, told[story]
    assert said in told[story]["message"]
    assert "crysmmnet/never" not in hub.repos


def test_a_stale_parent_changes_nothing(hub, told):
    assert told["race"]["code"] == "stale-parent"
    assert "best.safetensors" not in files(hub, "race")


def test_it_comes_back_and_predicts_the_same(hub, client, told, runs, folders):
    ids = splits()["test"]
    loads = [
        ("local", folders["seed 0"], {}),
        ("hub", "crysmmnet/bulk", {}),
        ("tag", "crysmmnet/bulk", {"revision": "v1"}),
        ("text", "crysmmnet/text", {"encoder": str(runs.encoder())}),
        ("local text", folders["text"], {}),
        ("unfrozen", "crysmmnet/unfrozen", {"encoder": str(runs.encoder())}),
        ("local unfrozen", folders["unfrozen"], {}),
        ("no encoder", "crysmmnet/text", {}),
        ("no revision", "crysmmnet/bulk", {"revision": "v9"}),
        ("nobody", "crysmmnet/nobody", {}),
    ]
    seen = client.script(f"LOADS = {loads!r}\nIDS = {ids!r}\n{LOAD}", token=READER)
    assert list(seen["hub"]) == ids
    assert seen["hub"] == seen["tag"] == pytest.approx(seen["local"], rel=1e-6)
    assert seen["text"] == pytest.approx(seen["local text"], rel=1e-6)
    assert seen["unfrozen"] == pytest.approx(seen["local unfrozen"], rel=1e-6)
    assert len(set(seen["unfrozen"].values())) > 1
    card = files(hub, "unfrozen")["README.md"].content.decode()
    assert "Its last layer was trained along with the network and is part of these weights" in card
    assert "those of a layer of the language model among them" in card
    assert seen["no encoder"]["code"] == "no-encoder"
    assert seen["no revision"]["code"] == seen["nobody"]["code"] == "no-run"
    fetched = {entry["path"].rpartition("/")[2] for entry in hub.requests("GET .*/bulk/resolve/")}
    assert fetched == {"best.safetensors", "metrics.json", "settings.json"}


def test_the_card_s_code_works(hub, client, told, rock_salt):
    card = files(hub, "bulk")["README.md"].content.decode()
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    cif = f"open('NaCl.cif', 'w').write({rock_salt.to(fmt='cif')!r})\n"
    done = client.run("-c", cif + code, token=READER)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Prediction(id='NaCl', formula='NaCl', property='bulk_modulus'")
    (command,) = re.findall(r"^crystext (predict .*) NaCl.cif$", card, re.MULTILINE)
    done = client.run("-m", "crystext", *command.split(), "--db", "mini", "--ids", "mp-22862")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == ["mp-22862", "NaCl"]


def test_a_dry_run_needs_no_hub_library(hub, told, folders, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    before = len(hub.log)
    asked = ["publish-model", folders["seed 0"], "--repo-id", "crysmmnet/dry", "--dry-run"]
    result = CliRunner().invoke(cli, [*asked, "--seeds", folders["seed 1"]])
    assert result.exit_code == 0
    assert "10 files for crysmmnet/dry (main)\n" in result.stdout
    assert "\n# CGCNN for bulk modulus\n" in result.stdout
    assert result.stderr == "Nothing was sent: this was a dry run.\n"
    assert len(hub.log) == before


def test_the_command(client, told, folders):
    arguments = (folders["seed 0"], "--repo-id", "crysmmnet/new", "--tag", "v2")
    run = client.run("-m", "crystext", "publish-model", *arguments)
    assert run.returncode == 0, run.stderr
    sent, url, call = run.stdout.splitlines()
    assert sent.startswith("9 files (")
    assert "/crysmmnet/new/commit/" in url
    assert call == "crystext.model.load(\"crysmmnet/new\", revision='v2')"


def test_the_token_is_nowhere(hub, told):
    for place in (json.dumps(told), json.dumps(hub.log)):
        assert WRITER not in place
