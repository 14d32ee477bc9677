"""A Hugging Face Hub on the loopback: enough of its API for the unmodified clients, and faults.

The endpoints and the fields that clients need are those of ``huggingface_hub`` 2.4 and ``datasets``
5.2. Every request is logged without its headers. Faults are asked for by :meth:`Hub.fail`.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from tests import loopback
from tests.hub.store import Blob, Repository
from tests.loopback import answering

WRITER, READER = "hf_secretOfTheWriter", "hf_secretOfTheReader"
REPO = r"(?P<repo>[\w.-]+/[\w.-]+)"
PAGES = {"datasets/": "datasets/", "models/": ""}
LARGE = (".parquet", ".png", ".safetensors")


class Refused(Exception):  # noqa: N818  (an answer, not an error)
    """Ends a request with a status and the Hub's error headers."""

    def __init__(self, status, code="", message="", body=None):
        super().__init__(message)
        self.status, self.body = status, body
        self.headers = {"X-Error-Code": code} | ({"X-Error-Message": message} if message else {})


@dataclass
class Fault:
    """What goes wrong with the next ``times`` requests whose ``METHOD path`` matches.

    Kinds: ``cut`` closes the connection in the middle of the body, ``cut-after`` does what was
    asked first, ``race`` lets somebody else commit first, a number is answered as a status, and a
    function is called before the answer.
    """

    pattern: str
    kind: str | int | Callable[[], None]
    times: int = 1


class Hub:
    """The state: repositories, large objects, the log of requests, the faults to come."""

    def __init__(self):
        self.repos, self.objects, self.log, self.faults = {}, {}, [], []
        self.lock = threading.RLock()
        self.url = None

    def fail(self, pattern, kind, times=1):
        self.faults.append(Fault(pattern, kind, times))

    def requests(self, pattern, status=None):
        """The logged requests whose ``METHOD path`` matches."""
        return [
            entry
            for entry in self.log
            if re.search(pattern, f"{entry['method']} {entry['path']}")
            and status in {None, entry["status"]}
        ]

    def fault_for(self, request):
        with self.lock:
            for fault in self.faults:
                if fault.times and re.search(fault.pattern, request):
                    fault.times -= 1
                    return fault.kind
        return None

    # ---------------------------------------------------------------------------- who may do what

    def repository(self, ctx):
        repo = self.repos.get(ctx["repo"])
        wrong = repo and repo.kind not in {None, ctx.get("kind") or "models/"}
        if repo is None or wrong or (repo.private and ctx["token"] not in {WRITER, READER}):
            raise Refused(401, "RepoNotFound", "Repository not found")
        return repo

    def writer(self, ctx):
        if ctx["token"] is None:
            raise Refused(401, message="Invalid username or password.")
        if ctx["token"] != WRITER:
            raise Refused(403, message="You have read access but not the required permissions")

    def revision(self, ctx):
        commit = self.repository(ctx).resolve(ctx["rev"])
        if commit is None:
            raise Refused(404, "RevisionNotFound", f"Invalid rev id: {ctx['rev']}")
        return commit

    # --------------------------------------------------------------------------------- repositories

    def create(self, ctx):
        self.writer(ctx)
        asked = json.loads(ctx["body"])
        name = f"{asked['organization']}/{asked['name']}"
        kind = f"{asked.get('type', 'model')}s/"
        url = {"url": f"{self.url}/{PAGES[kind]}{name}"}
        if name in self.repos:
            raise Refused(409, message="You already created this repo", body=url)
        private = asked.get("visibility") == "private"
        self.repos[name] = Repository(name, private=private, kind=kind)
        return url

    def info(self, ctx):
        ctx.setdefault("rev", "main")
        commit, repo = self.revision(ctx), self.repos[ctx["repo"]]
        siblings = [{"rfilename": path} for path in sorted(commit.files)]
        return {"id": repo.id, "sha": commit.oid, "private": repo.private, "siblings": siblings}

    def refs(self, ctx):
        repo = self.repository(ctx)
        kinds = {"branches": ("heads", repo.branches), "tags": ("tags", repo.tags)}
        return {"converts": []} | {
            kind: [
                {"name": name, "ref": f"refs/{folder}/{name}", "targetCommit": oid}
                for name, oid in refs.items()
            ]
            for kind, (folder, refs) in kinds.items()
        }

    def tag(self, ctx):
        self.writer(ctx)
        commit, name = self.revision(ctx), json.loads(ctx["body"])["tag"]
        if name in self.repos[ctx["repo"]].tags:
            raise Refused(409, message=f"Tag {name} already exists")
        self.repos[ctx["repo"]].tags[name] = commit.oid
        return {}

    def branch(self, ctx):
        self.writer(ctx)
        repo = self.repository(ctx)
        if ctx["rev"] in repo.branches:
            raise Refused(409, message="Reference already exists")
        start = json.loads(ctx["body"] or b"{}").get("startingPoint", "main")
        repo.branches[ctx["rev"]] = repo.resolve(start).oid
        return {}

    def tree(self, ctx):
        commit, folder = self.revision(ctx), (ctx["path"] or "").strip("/")
        prefix = f"{folder}/" if folder else ""
        entries, folders = [], set()
        for path, blob in sorted(commit.files.items()):
            if path.startswith(prefix):
                parts = path.removeprefix(prefix).split("/")
                depths = range(1, len(parts)) if "recursive" in ctx["query"] else range(1, 2)
                folders |= {prefix + "/".join(parts[:n]) for n in depths if n < len(parts)}
                if len(parts) == 1 or "recursive" in ctx["query"]:
                    entries.append(blob.entry(path))
        if prefix and not entries and not folders:
            raise Refused(404, "EntryNotFound", f"{folder} does not exist")
        made = [{"type": "directory", "path": p, "oid": "0" * 40, "size": 0} for p in folders]
        return sorted([*entries, *made], key=lambda entry: entry["path"])

    # --------------------------------------------------------------------------------- uploading

    def validate(self, ctx):
        content = json.loads(ctx["body"])["content"]
        if not content.startswith("---\nlicense: "):
            raise Refused(400, body={"errors": [{"message": "no license"}], "warnings": []})
        return {"errors": [], "warnings": []}

    def preupload(self, ctx):
        self.writer(ctx)
        there = self.revision(ctx).files
        return {
            "files": [
                {
                    "path": (path := file["path"]),
                    "uploadMode": "lfs" if path.endswith(LARGE) else "regular",
                    "shouldIgnore": False,
                    "oid": there[path].oid if path in there else None,
                }
                for file in json.loads(ctx["body"])["files"]
            ]
        }

    def batch(self, ctx):
        self.writer(ctx)
        objects = json.loads(ctx["body"])["objects"]
        for item in objects:
            if item["oid"] not in self.objects:
                item["actions"] = {"upload": {"href": f"{self.url}/lfs/{item['oid']}"}}
        return {"transfer": "basic", "objects": objects}

    def put(self, ctx):
        if hashlib.sha256(ctx["body"]).hexdigest() != ctx["oid"]:
            raise Refused(400, message="another content than announced")
        self.objects[ctx["oid"]] = ctx["body"]
        return {}

    def commit(self, ctx):
        self.writer(ctx)
        lines = [json.loads(line) for line in ctx["body"].splitlines()]
        header, changes = lines[0]["value"], {}
        repo, head = self.repository(ctx), self.revision(ctx).oid
        if header.get("parentCommit", head) != head:
            raise Refused(412, message="A commit has happened since. Please refresh and try again.")
        for line in lines[1:]:
            value = line["value"]
            changes[value["path"]] = {
                "file": lambda v: Blob(base64.b64decode(v["content"]), lfs=False),
                "lfsFile": lambda v: Blob(self.objects[v["oid"]], lfs=True),
                "deletedFile": lambda _: None,
            }[line["key"]](value)
        commit = repo.commit(ctx["rev"], changes, header["summary"])
        url = f"{self.url}/{PAGES[ctx['kind']]}{repo.id}/commit/{commit.oid}"
        return {"commitOid": commit.oid, "commitUrl": url}

    def race(self, ctx):
        blob = Blob(b"another hand\n", lfs=False)
        self.repos[ctx["repo"]].commit(ctx["rev"], {"NOTES.md": blob}, "meanwhile")

    # -------------------------------------------------------------------------------- downloading

    def download(self, ctx):
        commit = self.revision(ctx)
        blob = commit.files.get(ctx["path"])
        if blob is None:
            raise Refused(404, "EntryNotFound", "Entry not found")
        headers = {
            "X-Repo-Commit": commit.oid,
            "ETag": f'"{blob.sha256}"',
            "Accept-Ranges": "bytes",
        }
        content, status = blob.content, 200
        if ctx["range"]:
            first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", ctx["range"]).groups()
            first, end = int(first), int(last) + 1 if last else len(content)
            status, size = 206, len(content)
            content = content[first:end]
            headers["Content-Range"] = f"bytes {first}-{first + len(content) - 1}/{size}"
        return status, headers, content


API = rf"/api/(?P<kind>datasets/|models/){REPO}"
ROUTES = [
    (method, re.compile(pattern + "$"), action)
    for method, pattern, action in (
        ("POST", "/api/repos/create", Hub.create),
        ("POST", "/api/validate-yaml", Hub.validate),
        ("POST", rf"{API}/preupload/(?P<rev>[^/]+)", Hub.preupload),
        ("POST", rf"/(?P<kind>datasets/)?{REPO}\.git/info/lfs/objects/batch", Hub.batch),
        ("PUT", r"/lfs/(?P<oid>\w{64})", Hub.put),
        ("POST", rf"{API}/commit/(?P<rev>[^/]+)", Hub.commit),
        ("POST", rf"{API}/tag/(?P<rev>[^/]+)", Hub.tag),
        ("POST", rf"{API}/branch/(?P<rev>[^/]+)", Hub.branch),
        ("GET", API, Hub.info),
        ("GET", rf"{API}/revision/(?P<rev>[^/]+)", Hub.info),
        ("GET", rf"{API}/refs", Hub.refs),
        ("GET", rf"{API}/tree/(?P<rev>[^/]+)(?P<path>/.*)?", Hub.tree),
        ("GET", rf"/(?P<kind>datasets/)?{REPO}/resolve/(?P<rev>[^/]+)/(?P<path>.+)", Hub.download),
        ("GET", "/api/whoami-v2", lambda _hub, _ctx: {"name": "crysmmnet", "orgs": []}),
    )
]


class Handler(loopback.Handler):
    """One request: found among the routes, done under the lock, logged."""

    def handle_any(self):
        hub, parts = self.fake, urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        fault = hub.fault_for(f"{self.command} {parts.path}")
        body = self.rfile.read(length // 2 if fault == "cut" else length)
        if callable(fault):
            fault()
        status, headers, content = 400, {}, b""
        if fault == "cut":
            status = "cut"
        elif isinstance(fault, int):
            status, headers = fault, {"Retry-After": "0"}
        elif len(body) == length:  # a killed client leaves less, which must not be committed
            status, headers, content = self.answer(hub, parts, body, fault)
        entry = {"method": self.command, "path": unquote(parts.path), "status": status}
        hub.log.append(entry | {"range": self.headers.get("Range"), "bytes": len(content)})
        if fault in {"cut", "cut-after"}:
            self.close_connection = True
            return
        self.reply(status, content, headers)

    def answer(self, hub, parts, body, fault):
        method = "GET" if self.command == "HEAD" else self.command
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        for wanted, pattern, action in ROUTES:
            match = pattern.match(parts.path)
            if wanted == method and match:
                ctx = {name: unquote(text or "") for name, text in match.groupdict().items()}
                query = {k for k, v in parse_qs(parts.query).items() if v[-1].lower() != "false"}
                ctx |= {"body": body, "token": token, "query": query}
                ctx["range"] = self.headers.get("Range")
                try:
                    with hub.lock:
                        if fault == "race":
                            hub.race(ctx)
                        made = action(hub, ctx)
                except Refused as refused:
                    content = json.dumps(refused.body or {"error": str(refused)}).encode()
                    return refused.status, refused.headers, content
                if isinstance(made, tuple):
                    return made
                return 200, {"Content-Type": "application/json"}, json.dumps(made).encode()
        return 404, {"X-Error-Code": "EntryNotFound"}, b"{}"


@contextmanager
def running():
    """A Hub that answers on a free port of the loopback until the block ends."""
    hub = Hub()
    with answering(Handler, hub) as hub.url:
        yield hub
