"""Real clients of the protocol ask every tool, in this process and of the command."""

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mcp")

from mcp import Client, StdioServerParameters

import crystext
from crystext.agents.server import make_server
from crystext.agents.tools import FACTORY, MOST_TEXT, Tools
from crystext.pipelines.parallel.limited_describer import LimitedDescriber

EXAMPLES = Path(__file__).parents[2] / "examples"
TOOLS = {"list_files", "describe", "verify", "predict", "corpus_row", "search"}


def conversation(server, *calls, together=False):
    """What a client is answered: an error or not, and the text, of each call."""

    async def ask():
        async with Client(server) as client:
            asked = [client.call_tool(name, arguments) for name, arguments in calls]
            if together:
                answers = await asyncio.gather(*asked)
            else:
                answers = [await one for one in asked]
        return [(bool(one.is_error), one.content[0].text) for one in answers]

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    child = LimitedDescriber({"max_sites": 200}, 60.0, factory=FACTORY)
    with pytest.MonkeyPatch.context() as patch:  # where the index of mini is made
        patch.setenv("CRYSTEXT_CACHE", str(tmp_path_factory.mktemp("cache")))
        with Tools(str(EXAMPLES), child, 300) as tools:
            tools.start()
            yield tools


@pytest.fixture(scope="module")
def server(tools):
    return make_server(tools)


def test_the_command_answers_a_client():
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "crystext", "mcp", str(EXAMPLES)]
    )

    async def ask():
        async with Client(command) as client:
            listed = await client.list_tools()
            answer = await client.call_tool("describe", {"file": "halite.cif"})
            return {one.name for one in listed.tools}, client.server_info.version, answer

    names, version, answer = asyncio.run(ask())
    assert names == TOOLS
    assert version == crystext.__version__
    assert crystext.describe(EXAMPLES / "halite.cif").text in answer.content[0].text


def test_every_tool_only_reads(server):
    async def ask():
        async with Client(server) as client:
            return (await client.list_tools()).tools

    for one in asyncio.run(ask()):
        assert one.annotations.read_only_hint is True
        assert one.description
        for name, schema in one.input_schema["properties"].items():
            assert schema.get("description") or name == "section", (one.name, name)


def test_a_text_is_described_as_a_file_is(server):
    text = (EXAMPLES / "rutile.cif").read_text()
    by_file, by_text = conversation(
        server, ("describe", {"file": "rutile.cif"}), ("describe", {"text": text})
    )
    assert by_file[1].split("\n")[1:] == by_text[1].split("\n")[1:]
    assert by_file[1].split("\n")[1] == crystext.describe(EXAMPLES / "rutile.cif").text


def test_a_long_description_comes_in_parts(server):
    whole = crystext.describe(EXAMPLES / "rutile.cif").text
    parts, skip = [], 0
    while skip is not None:
        asked = {"file": "rutile.cif", "max_tokens": 40, "skip": skip}
        ((_, answer),) = conversation(server, ("describe", asked))
        lines = answer.split("\n")
        parts.append(lines[1])
        skip = int(lines[2].rpartition("=")[2][:-1]) if len(lines) > 2 else None
    assert " ".join(parts) == whole


def test_claims_are_judged(server):
    asked = {"file": "halite.cif", "statement": "A layered chloride in space group Fm-3m."}
    ((error, answer),) = conversation(server, ("verify", asked))
    found = json.loads(answer)
    assert not error
    assert found["claims"][0] == {
        "judgement": "false",
        "claim": "dimensionality 2",
        "found": "3",
    }
    assert found["score"] == crystext.verify(EXAMPLES / "halite.cif", asked["statement"]).score


def test_properties_are_predicted(server):
    pytest.importorskip("torch")
    from crystext.model import load

    ((_, answer),) = conversation(
        server, ("predict", {"file": "halite.cif", "properties": ["band_gap"]})
    )
    (told,) = json.loads(answer)["predictions"]
    (found,) = load(properties=["band_gap"]).predict([EXAMPLES / "halite.cif"])
    assert told["value"] == pytest.approx(found.value, rel=1e-3)
    assert told["unit"] == "eV"


def test_a_row_comes_with_units_and_within_bounds(server):
    usual, chosen = conversation(
        server,
        ("corpus_row", {"id": "mp-149"}),
        ("corpus_row", {"id": "mp-149", "columns": ["structure"], "max_tokens": 60}),
    )
    row = json.loads(usual[1])
    assert row["band_gap (eV)"] == pytest.approx(0.6119)
    assert "structure" not in row
    assert "more characters" in json.loads(chosen[1])["structure"]


def test_crystals_are_found_with_their_reasons_and_within_bounds(server):
    asked = {"query": "layered sulfide", "where": "band_gap > 1", "limit": 3}
    found, like, short = conversation(
        server,
        ("search", asked),
        ("search", {"like_file": "rutile.cif", "limit": 1}),
        ("search", asked | {"limit": 100, "max_tokens": 60}),
    )
    hits = json.loads(found[1])["hits"]
    assert len(hits) == 3
    assert all(one["band_gap"] > 1 and "element S" in one["why"] for one in hits)
    rows = {one.id: one.structure for one in crystext.mini([one["id"] for one in hits])}
    assert all("S" in {e.symbol for e in one.composition} for one in rows.values())
    assert json.loads(like[1])["hits"][0]["formula"] == "TiO2"
    assert len(json.loads(short[1])["hits"]) < 3


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("describe", {}, "wrong-setting"),
        ("describe", {"file": "halite.cif", "text": "data_a"}, "wrong-setting"),
        ("describe", {"file": "../README.md"}, "outside-folder"),
        ("describe", {"file": "/etc/passwd"}, "outside-folder"),
        ("describe", {"file": "no.cif"}, "unreadable-file"),
        ("describe", {"text": "no structure at all"}, "unknown-format"),
        ("describe", {"text": "x" * (MOST_TEXT + 1)}, "wrong-setting"),
        ("describe", {"text": "\x00\x1b[2J" * 50}, "binary-file"),
        ("describe", {"file": "halite.cif", "index": 2}, "wrong-setting"),
        ("describe", {"file": "halite.cif", "format": "cfi"}, "wrong-setting"),
        ("predict", {"file": "halite.cif", "properties": ["gap"]}, "wrong-setting"),
        ("corpus_row", {"id": "mp-0"}, "unknown-id"),
        ("search", {}, "wrong-setting"),
        ("search", {"query": "oxide", "where": "gap > 1"}, "wrong-setting"),
        ("search", {"query": "oxide", "corpus": "/etc"}, "outside-folder"),
        ("search", {"query": "oxide", "corpus": "halite.cif"}, "no-corpus"),
        ("corpus_row", {"id": "mp-149", "columns": ["gap"]}, "wrong-setting"),
        ("corpus_row", {"id": "mp-149", "corpus": ".."}, "outside-folder"),
    ],
)
def test_what_is_wrong_is_said_with_its_code(server, name, arguments, code):
    ((error, answer),) = conversation(server, (name, arguments))
    assert error
    assert f"[{code}]" in answer
    assert "\x1b" not in answer
    assert len(answer) < 1000


def test_arguments_of_another_kind_are_refused(server):
    for arguments in ({"file": 5}, {"file": "halite.cif", "index": 0}, {"section": "no"}):
        ((error, _),) = conversation(server, ("describe", arguments))
        assert error


def test_many_questions_at_once_are_all_answered(server):
    calls = [("describe", {"file": "halite.cif", "section": "global"})] * 20
    answers = conversation(server, *calls, together=True)
    assert len({text for _, text in answers}) == 1
    assert not any(error for error, _ in answers)


def test_what_takes_too_long_ends_and_the_next_is_answered():
    child = LimitedDescriber({"max_sites": 20_000}, 1.5, factory=FACTORY)
    rng = np.random.default_rng(0)
    sites = (np.indices((18, 18, 18)).reshape(3, -1).T + rng.uniform(0, 0.4, (5832, 3))) / 18
    rows = "\n".join(" ".join(f"{x:.4f}" for x in site) for site in sites)
    slow = f"slow\n1.0\n60 0 0\n0 60 0\n0 0 60\nNa\n{len(sites)}\nDirect\n{rows}\n"
    with Tools(str(EXAMPLES), child) as tools:
        ended, fine = conversation(
            make_server(tools),
            ("describe", {"text": slow, "format": "poscar"}),
            ("describe", {"file": "halite.cif"}),
        )
    assert ended[0]
    assert "[time-limit]" in ended[1]
    assert not fine[0]


def test_an_argument_that_a_tool_does_not_have_is_refused(server):
    """The SDK drops it: hits without the condition looked like the answer to the question."""
    refused, hinted, none = conversation(
        server,
        ("search", {"query": "perovskite", "filter": "band_gap > 3"}),
        ("describe", {"fil": "halite.cif"}),
        ("serch", {"query": "perovskite"}),
    )
    remedy = "use one of query, corpus, where, like_file, limit, max_tokens"
    assert refused == (True, f"[wrong-setting] search has no argument 'filter'; {remedy}")
    assert hinted[0]
    assert "did you mean 'file'?" in hinted[1]
    assert none == (True, "[wrong-setting] no tool is called 'serch'; did you mean 'search'?")


def test_the_schemas_allow_no_other_arguments(server):
    async def ask():
        async with Client(server) as client:
            return (await client.list_tools()).tools

    assert {one.input_schema["additionalProperties"] for one in asyncio.run(ask())} == {False}


def test_wrong_values_are_one_line_with_the_remedy(server):
    missing, wrong = conversation(
        server, ("verify", {"file": "halite.cif"}), ("search", {"query": "a", "limit": 1000})
    )
    assert missing == (True, "[wrong-setting] verify needs the argument statement")
    assert wrong[1] == "[wrong-setting] limit 1000: Input should be less than or equal to 100"
