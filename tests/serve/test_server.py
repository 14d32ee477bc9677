"""The page's server over HTTP: what it answers, what it refuses, and hostile uploads."""

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from urllib.parse import urlencode

import pytest

import crystext
from crystext.serve import server as module
from crystext.serve.desk import MOST_STRUCTURES
from crystext.spread import with_spread
from tests.reading_samples import CIF, EXAMPLES, POSCAR
from tests.serve.conftest import serving

DISORDERED = (EXAMPLES.parent / "tests" / "data" / "spinel.cif").read_text(encoding="utf-8")
FRAME = '1\nLattice="3 0 0 0 3 0 0 0 3"\nPo 0 0 0\n'


def ask(server, method, path, body=None, headers=None, *, host=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=120)
    sent = {"Host": host or f"127.0.0.1:{server.server_port}", **(headers or {})}
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def upload(server, data, **query):
    data = data.encode() if isinstance(data, str) else data
    path = f"/describe?{urlencode(query)}"
    answer, content = ask(server, "POST", path, data, {module.MARK: "1"})
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status, json.loads(content)


def results(server, data, **query):
    status, told = upload(server, data, **query)
    assert status == 200, told
    return told["results"]


# ------------------------------------------------------------------------------ what it answers


def test_an_upload_is_described_as_from_python(server):
    (one,) = results(server, CIF, name="rutile.cif")
    expected = crystext.describe(CIF)
    assert one["id"] == "rutile"
    assert (one["global"], one["local"]) == (expected.global_text, expected.local_text)
    assert one["facts"]["Space group"] == "P4_2/mnm (136)"
    assert one["svg"].startswith("<svg")
    assert "predictions" not in one


def test_pasted_packed_and_several(server):
    assert results(server, POSCAR)[0]["id"] == "pasted"
    assert (
        results(server, gzip.compress(CIF.encode(), mtime=0), name="a/b\\c.cif.gz")[0]["id"] == "c"
    )
    assert [one["id"] for one in results(server, FRAME * 2, name="run.xyz")] == ["run#1", "run#2"]
    status, told = upload(server, FRAME * (MOST_STRUCTURES + 5), name="run.xyz")
    assert (status, len(told["results"]), told["left"]) == (200, MOST_STRUCTURES, 5)


def test_format_and_disorder_are_taken(server):
    (refused,) = results(server, DISORDERED, name="s.cif")
    assert refused["code"] == "partial-occupancy"
    (one,) = results(server, DISORDERED, name="s.cif", disorder="majority")
    assert one["global"].startswith("This describes an ordered form")
    (wrong,) = results(server, CIF, format="gen")
    assert wrong["code"] == "bad-file"
    assert upload(server, CIF, disorder="maybe")[0] == 400
    assert upload(server, CIF, format="exe")[0] == 400


def test_one_child_serves_all_uploads(server):
    """It lasts longer than the thread of the connection in which it was first asked."""
    results(server, FRAME)
    first = server.desk.child._child.process.pid
    for _ in range(3):
        results(server, FRAME)
        assert server.desk.child._child.process.pid == first
        assert server.desk.child._child.process.poll() is None


def test_a_run_predicts(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from crystext.model import load
    from tests.model.tiny_runs import Runs

    run = Runs(tmp_path)("cgcnn")
    (expected,) = load(run, device="cpu").predict([EXAMPLES / "rutile.cif"])
    with serving(run=str(run)) as server:
        (one,) = results(server, CIF, name="rutile.cif")
    (found,) = one["predictions"]
    assert found["property"] == "bulk_modulus"
    assert found["value"] == f"{expected.value:.4g} GPa"


def test_the_package_s_networks_predict():
    pytest.importorskip("torch")
    from crystext.model import load

    with serving(predicts=True) as server:
        (one,) = results(server, CIF, name="rutile.cif")
    expected = list(load(device="cpu").predict([EXAMPLES / "rutile.cif"]))
    assert [found["property"] for found in one["predictions"]] == [
        found.property for found in expected
    ]
    for found, right in zip(one["predictions"], expected, strict=True):
        assert found["value"] == f"{with_spread(right.value, right.spread)} {right.unit}".strip()


@pytest.mark.parametrize("path", ["/", "/serve.js", "/serve.css"])
def test_the_page_and_its_headers(server, path):
    answer, content = ask(server, "GET", path)
    assert answer.status == 200
    assert len(content) > 500
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer, content = ask(server, "HEAD", path)
    assert (answer.status, content) == (200, b"")


# ------------------------------------------------------------------------------ what it refuses


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/%2e%2e/pyproject.toml",
        "//etc/passwd",
        "/page.html",
        "/serve.js/x",
        "*",
    ],
)
def test_no_path_is_looked_up(server, path):
    assert ask(server, "GET", path)[0].status == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{}", "127.0.0.1", "127.0.0.1:{}.x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_host_is_refused(server, host, method):
    host = host.format(server.server_port)
    answer, content = ask(server, method, "/", b"", host=host)
    assert answer.status == 403
    assert b"<html" not in content


def test_localhost_is_this_machine(server):
    assert ask(server, "GET", "/", host=f"localhost:{server.server_port}")[0].status == 200


def test_it_listens_on_this_machine_alone(server):
    assert server.server_address[0] == "127.0.0.1"


def test_a_form_of_another_site_is_refused(server):
    plain = {"Content-Type": "text/plain"}
    assert ask(server, "POST", "/describe", CIF.encode(), plain)[0].status == 403
    marked = {module.MARK: "1", "Origin": "https://evil.example"}
    assert ask(server, "POST", "/describe", CIF.encode(), marked)[0].status == 403
    assert ask(server, "OPTIONS", "/describe", None, marked)[0].status == 501


def head_of(server):
    lines = ["POST /describe HTTP/1.1", f"Host: 127.0.0.1:{server.server_port}", "X-Crystext: 1"]
    return "".join(f"{line}\r\n" for line in lines).encode()


@pytest.mark.parametrize("length", [None, "x", "-1", "1" * 50, str(module.MOST_BYTES + 1), "²"])
def test_lengths_that_cannot_be(server, length):
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=30) as line:
        head = (
            f"POST /describe HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\nX-Crystext: 1\r\n"
        )
        told = "" if length is None else f"Content-Length: {length}\r\n"
        line.sendall(f"{head}{told}\r\n".encode("latin-1"))
        status = line.makefile("rb").readline().split()[1]
    assert status in {b"411", b"413"}


def test_a_body_in_chunks_and_a_cut_one_are_refused(server):
    port, head = server.server_port, head_of(server)
    for more, expected in (
        (b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", b"411"),
        (b"Content-Length: 100\r\n\r\nshort", b"400"),
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall(head + more)
            line.shutdown(socket.SHUT_WR)
            assert line.makefile("rb").readline().split()[1] == expected


def test_a_silent_connection_is_closed_and_many_are_too_many(monkeypatch):
    monkeypatch.setattr(module.Handler, "timeout", 0.5)
    with serving(factory="tests.serve.slow:Slow") as server:
        lines = [
            socket.create_connection(("127.0.0.1", server.server_port), timeout=30)
            for _ in range(module.MOST_CONNECTIONS + 4)
        ]
        for line in lines:  # each is closed by the server, with or without a word
            with suppress(ConnectionResetError):
                assert line.recv(1) == b""
            line.close()
        assert ask(server, "GET", "/")[0].status == 200


def test_a_request_that_drips_is_ended(monkeypatch):
    monkeypatch.setattr(module, "ARRIVAL", 1.0)
    with serving(factory="tests.serve.slow:Slow") as server:
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=30) as line:
            line.sendall(head_of(server) + b"Content-Length: 100000\r\n\r\n")
            with suppress(OSError):
                while time.monotonic() - began < 20:
                    line.sendall(b"x")
                    time.sleep(0.1)
        assert time.monotonic() - began < 10
        assert results(server, FRAME, name="good.xyz") == [{"id": "good"}]


def test_work_may_take_longer_than_a_request_to_come(monkeypatch):
    monkeypatch.setattr(module, "ARRIVAL", 1.0)
    with serving(factory="tests.serve.slow:Slow", timeout=3) as server:
        assert results(server, FRAME, name="sleep.xyz")[0]["code"] == "time-limit"


# ------------------------------------------------------------------------------ hostile uploads


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "", "empty-file"),
        (b"\x7fELF\x00\x01\x02" + bytes(500), "x.cif", "binary-file"),
        (b"no crystal", "", "unknown-format"),
        (b"[" * 100_000, "a.json", "bad-json"),
        (b"9" * 400_000, "POSCAR", "truncated-file"),
        (b"999999999\n\nH 0 0 0\n", "a.xyz", None),
        (gzip.compress(b"a" * 30_000_000, mtime=0), "a.cif.gz", "file-too-large"),
        (gzip.compress(CIF.encode(), mtime=0)[:90], "a.cif.gz", "truncated-file"),
        ("/etc/passwd", "", "unknown-format"),
        ("/etc/passwd", "/etc/passwd", "unknown-format"),
        (FRAME.replace("3 0 0 0 3 0 0 0 3", "3 0 0 0 3 0 0 0 nan"), "a.xyz", "not-finite"),
    ],
)
def test_a_hostile_upload_is_one_failure_and_the_server_goes_on(server, data, name, code):
    (one,) = results(server, data, name=name)
    assert code is None or one["code"] == code
    assert one["code"] != "engine-failed"
    assert "\n" not in one["message"]
    assert "root:" not in one["message"]
    assert results(server, FRAME)[0]["facts"]["Formula"] == "Po"


def test_a_cell_over_the_limit_is_refused(server):
    many = "".join(f"Po {3 * k} 0 0\n" for k in range(101))
    text = f'101\nLattice="303 0 0 0 3 0 0 0 3"\n{many}'
    assert results(server, text)[0]["code"] == "too-many-sites"


def test_markup_in_a_name_comes_back_as_text(server):
    (one,) = results(server, CIF, name="<script>alert(1)<!--.cif")
    assert one["id"] == "<script>alert(1)<!--"
    assert "script" not in one["svg"]


def test_a_structure_that_takes_for_ever_and_one_that_kills_its_process():
    with serving(factory="tests.serve.slow:Slow", timeout=1.5) as server:
        codes = [results(server, FRAME, name=f"{name}.xyz")[0] for name in ("sleep", "die", "good")]
        assert [one.get("code") for one in codes] == ["time-limit", "worker-died", None]
        (one,) = results(server, FRAME, name="split-forever.xyz")
        assert one["code"] == "time-limit"


def test_who_waits_too_long_is_told_so():
    with serving(factory="tests.serve.slow:Slow", timeout=4, patience=0.3) as server:
        results(server, FRAME, name="good.xyz")  # the child is there
        first = threading.Thread(target=results, args=(server, FRAME), kwargs={"name": "sleep.xyz"})
        first.start()
        time.sleep(0.5)
        status, told = upload(server, FRAME, name="good.xyz")
        first.join()
    assert (status, told["code"]) == (503, "service-unavailable")


# ------------------------------------------------------------------------------ the command


def start(*args):
    return subprocess.Popen(
        [sys.executable, "-m", "crystext", "serve", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def test_the_command_serves_until_it_is_interrupted_and_leaves_no_child(server):
    with start("--port", "0") as run:
        line = run.stdout.readline()
        address = line.split()[0]
        assert address.startswith("http://127.0.0.1:")
        port = int(address.rsplit(":", 1)[1].strip("/"))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 0
        assert "Traceback" not in run.stderr.read()


def test_a_port_that_is_taken_is_one_line(server):
    with start("--port", str(server.server_port)) as run:
        assert run.wait(60) == 1
        said = run.stderr.read().splitlines()
    assert len(said) == 1
    assert "another program listens there" in said[0]
    assert "--port" in said[0]
