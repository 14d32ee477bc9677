"""Pages come whole, whatever the server does; what was cut goes on, and nothing is lost."""

import gzip
import json

import pytest

from crystext.errors import ApiFailedError, BadSnapshotError, UnknownIdError
from crystext.files import write_bytes
from crystext.pipelines.optimade import client as clients
from crystext.pipelines.optimade import page_files
from crystext.pipelines.optimade.client import Client
from crystext.pipelines.optimade.page_files import Question
from crystext.pipelines.optimade.providers import Database
from crystext.pipelines.optimade.snapshot import LINES, PAGES, Snapshot
from crystext.pipelines.optimade.transport import Manners, Transport

QUICK = Manners(retries=3, backoff=0.001, timeout=5.0)
ONCE = Manners(retries=0, nobody=0, timeout=5.0)
FIELDS = ("nsites", "species_at_sites", "_exmpl_gap")


def client(api, manners=QUICK):
    return Client(Database("test", "Test", api.base), Transport(manners))


@pytest.fixture
def snapshot(api, tmp_path):
    return Snapshot(tmp_path / "snapshot", Question(api.base, "nsites>=1", None, FIELDS))


def ids(snapshot, limit=None):
    return [one.data["id"] for one in snapshot.entries(limit)]


@pytest.mark.parametrize("link", ["string", "object", "relative"])
def test_all_pages_come_in_every_form_of_link(api, snapshot, entries, link):
    api.link = link
    snapshot.fill(client(api), None)
    assert ids(snapshot) == [one["id"] for one in entries]
    assert api.pages == [0, 3, 6, 9]
    first = next(iter(snapshot.entries()))
    assert first.data["attributes"]["nsites"] == entries[0]["attributes"]["nsites"]
    assert set(first.data["attributes"]) == {*FIELDS}


@pytest.mark.parametrize(
    "trouble", ["cut", "unsaid", "shut", "html", 429, 503, (429, 0), (503, "soon")]
)
def test_troubles_that_pass_are_waited_for(api, snapshot, entries, trouble):
    api.troubles = [None, trouble, trouble, trouble]
    snapshot.fill(client(api), None)
    assert ids(snapshot) == [one["id"] for one in entries]
    assert api.pages == [0, 3, 3, 3, 3, 6, 9]


def test_cut_ten_times_nothing_is_lost_and_nothing_asked_twice(api, snapshot, entries):
    api.page = 1
    kinds = ["cut", 503, "unsaid", "shut", 429, "html"]
    api.troubles = [kinds[n // 2 % 6] if n % 2 else None for n in range(20)]
    cuts = 0
    while True:
        try:
            Snapshot(snapshot.folder, snapshot.question).fill(client(api, ONCE), None)
        except ApiFailedError:
            cuts += 1
            continue
        break
    assert cuts >= 9
    assert ids(snapshot) == [one["id"] for one in entries]
    assert len(api.pages) == len(entries) + cuts
    assert snapshot.record["structures"] == len(entries)
    assert snapshot.record["complete"]


@pytest.mark.parametrize("late", [False, True])
def test_a_process_that_ends_anywhere_loses_nothing(api, snapshot, entries, monkeypatch, late):
    """Ends before and after a page is renamed to its name, ten times."""
    api.page = 1
    stopped = []

    def write(path, data):
        ends = path.name not in stopped
        stopped.append(path.name)
        if late or not ends:
            write_bytes(path, data)
        if ends:
            raise KeyboardInterrupt

    monkeypatch.setattr(page_files, "write_bytes", write)
    for _ in entries:
        with pytest.raises(KeyboardInterrupt):
            Snapshot(snapshot.folder, snapshot.question).fill(client(api), None)
    snapshot.fill(client(api), None)
    assert ids(snapshot) == [one["id"] for one in entries]
    assert len(api.pages) == len(entries) * (1 if late else 2)


def test_a_snapshot_is_the_same_however_often_it_was_cut(api, tmp_path, entries):
    question = Question(api.base, None, None, FIELDS)
    whole, pieces = Snapshot(tmp_path / "whole", question), Snapshot(tmp_path / "pieces", question)
    whole.fill(client(api), None)
    for limit in (1, 4, 5, 9):
        pieces.fill(client(api), limit)
        assert ids(pieces, limit) == [one["id"] for one in entries[:limit]]
        assert not pieces.record["complete"]
    pieces.fill(client(api), None)
    assert pieces.pinned(None) == whole.pinned(None)
    assert pieces.pinned(4) == whole.pinned(4) != whole.pinned(3)
    assert (pieces.folder / LINES).read_bytes() == (whole.folder / LINES).read_bytes()


def test_what_is_there_is_not_asked_again(api, snapshot):
    snapshot.fill(client(api), None)
    number = len(api.asked)
    snapshot.fill(client(api), None)
    snapshot.fill(client(api), 4)
    snapshot.fill(client(api), None)
    assert len(api.asked) == number


@pytest.mark.parametrize(
    ("chain", "words"), [("back", "leads back"), ("same", "leads back"), ("empty", "has no end")]
)
def test_endless_chains_end(api, snapshot, chain, words):
    api.chain = chain
    with pytest.raises(ApiFailedError, match=words):
        snapshot.fill(client(api), None)
    assert len(api.asked) <= 5


def test_a_chain_that_leads_back_after_a_cut_is_noticed(api, snapshot):
    api.chain = "back"
    snapshot.fill(client(api), 9)
    with pytest.raises(ApiFailedError, match="leads back"):
        Snapshot(snapshot.folder, snapshot.question).fill(client(api), None)


def test_an_id_that_comes_twice_stays_twice(api, snapshot, entries):
    api.entries.insert(4, api.entries[0])
    snapshot.fill(client(api), None)
    assert ids(snapshot).count(entries[0]["id"]) == 2
    assert len(ids(snapshot)) == len(entries) + 1


def test_a_total_that_changes_is_said(api, snapshot, caplog):
    api.totals = [10, 10, 12, 12]
    snapshot.fill(client(api), None)
    assert "10 structures, then 12" in caplog.text
    assert "12 structures pass, and 10 came" in caplog.text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"errors": [{"detail": "out of\norder"}]}, "out of order"),
        ({"data": {"id": "x"}}, "no list of structures"),
        ({"data": [], "links": {"next": 7}}, "next page is 7"),
        ({"data": [], "links": {"next": "file:///etc/passwd"}}, "next page is 'file"),
        ({"data": [], "links": {}, "meta": {"more_data_available": True}}, "no link"),
        ({"data": [], "meta": {"api_version": "0.10.1"}}, "speaks OPTIMADE '0.10.1'"),
    ],
)
def test_answers_that_are_none_are_refused(api, snapshot, answer, words):
    api.troubles = [answer]
    with pytest.raises(ApiFailedError, match=words) as raised:
        snapshot.fill(client(api), None)
    assert "\n" not in raised.value.message


def test_a_refused_filter_says_what_the_server_says(api, tmp_path):
    asked = Snapshot(tmp_path / "s", Question(api.base, "BAD", None, FIELDS))
    with pytest.raises(ApiFailedError, match=r"400 .*Unable to parse filter 'BAD'"):
        asked.fill(client(api), None)
    assert len(api.asked) == 1


def test_retries_are_bounded(api, snapshot):
    api.troubles = [503] * 50
    with pytest.raises(ApiFailedError, match=r"failed 4 times, last with: 503 .*not now"):
        snapshot.fill(client(api), None)
    assert len(api.asked) == 4


def test_a_server_that_asks_for_too_long_is_named(api, snapshot):
    api.troubles = [(429, 4000)]
    with pytest.raises(ApiFailedError, match="asks to wait 4,000 s"):
        snapshot.fill(client(api), None)


def test_the_servers_own_size_of_pages_is_taken(api, snapshot, entries):
    api.chain, api.page = "small", 4
    snapshot.fill(client(api), None)
    assert len(ids(snapshot)) == len(entries)
    assert "page_limit" not in api.asked[1][1]


def test_a_question_that_is_too_long_asks_for_all_fields(api, tmp_path, entries):
    fields = (*FIELDS, *(f"_exmpl_{number:050}" for number in range(200)))
    long = Snapshot(tmp_path / "long", Question(api.base, None, None, fields))
    assert "response_fields" in client(api).first(None, FIELDS)
    assert "response_fields" not in client(api).first(None, fields)
    long.fill(client(api), None)
    assert ids(long) == [one["id"] for one in entries]
    assert set(next(iter(long.entries())).data["attributes"]) == {*FIELDS, "last_modified"}


def test_names_that_are_no_text_and_numbers_that_are_none(api, snapshot, entries):
    api.entries[1] = entries[1] | {"id": "half \ud800"}
    gap = {"attributes": entries[2]["attributes"] | {"_exmpl_gap": float("nan")}}
    api.entries[2] = entries[2] | gap
    snapshot.fill(client(api), None)
    assert ids(snapshot)[1] == "half \ud800"
    assert snapshot.pinned(None)[1] == len(entries)


def test_a_delay_that_is_asked_for_is_granted(api, snapshot, monkeypatch):
    slept = []
    monkeypatch.setattr(clients.time, "sleep", slept.append)
    api.meta = {"request_delay": 2.5}
    snapshot.fill(client(api), None)
    assert [round(one, 1) for one in slept if one > 1] == [2.5] * 3


def test_nobody_there_is_said_at_once(tmp_path):
    gone = Snapshot(tmp_path / "s", Question("http://127.0.0.1:9", None, None, FIELDS))
    nobody = Client(Database("gone", "Gone", "http://127.0.0.1:9"), Transport(QUICK))
    with pytest.raises(ApiFailedError, match=r"127\.0\.0\.1 cannot be reached .*refused"):
        gone.fill(nobody, None)


def test_a_damaged_page_is_fetched_again_with_those_behind_it(api, snapshot, entries, caplog):
    snapshot.fill(client(api), 9)
    page = snapshot.folder / PAGES / "00000002.json.gz"
    page.write_bytes(page.read_bytes()[:-20])
    with pytest.raises(BadSnapshotError, match="damaged"):
        ids(snapshot)
    snapshot.fill(client(api), None)
    assert ids(snapshot) == [one["id"] for one in entries]
    assert api.pages == [0, 3, 6, 3, 6, 9]
    assert "damaged" in caplog.text


def test_a_page_that_was_changed_is_noticed(api, snapshot):
    snapshot.fill(client(api), None)
    pinned, _ = snapshot.pinned(None)
    page = snapshot.folder / PAGES / "00000002.json.gz"
    kept = json.loads(gzip.decompress(page.read_bytes()))
    kept["data"][0]["attributes"]["nsites"] = 77
    page.write_bytes(gzip.compress(json.dumps(kept).encode()))
    with pytest.raises(BadSnapshotError, match="not as it was recorded"):
        list(snapshot.entries(check=pinned))


def test_ids_are_asked_for_in_groups(api, tmp_path, entries, monkeypatch):
    monkeypatch.setattr("crystext.pipelines.optimade.page_files.IDS", 4)
    api.entries[0] = entries[0] | {"id": 'a "quoted" \\ one'}
    names = tuple(one["id"] for one in api.entries)
    chosen = Snapshot(tmp_path / "s", Question(api.base, None, names, FIELDS))
    chosen.fill(client(api), None)
    assert ids(chosen) == list(names)
    assert len({asked["filter"] for _, asked in api.asked}) == 3


def test_one_structure(api, entries):
    found = client(api).structure(entries[3]["id"], FIELDS)
    assert found["id"] == entries[3]["id"]
    with pytest.raises(UnknownIdError, match="'nothing' is not in Test"):
        client(api).structure("nothing", FIELDS)


def test_a_folder_that_is_no_snapshot(tmp_path):
    with pytest.raises(BadSnapshotError, match="no finished snapshot"):
        Snapshot(tmp_path)
