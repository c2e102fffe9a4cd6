"""The dashboard's server: who is let in, what they are told, and that nothing is left behind when it ends."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.case.case import load, new_case
from obrok.outward.folder import alone
from obrok.outward.options import Options
from obrok.outward.serve import app as web
from obrok.outward.serve import evidence as evidence_view
from obrok.outward.serve import guard as guarding
from obrok.outward.serve import running, server, whatif
from obrok.outward.serve.answers import FILES
from obrok.outward.serve.app import make_app
from obrok.outward.serve.desk import Desk
from obrok.outward.serve.guard import HEADERS, Guard
from obrok.outward.serve.whatif import Workbench
from tests.conftest import ROOT

TOKEN, PORT = "not-a-real-token-1234567890abcdef", 8765
JSON = {"content-type": "application/json"}
DRAFT = {"draft": {"without": ["visit"]}}


# --- asking the application, without a socket ------------------------------------------------------------------------
@dataclass(frozen=True)
class Told:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def json(self):
        return json.loads(self.body)

    def __getitem__(self, name):
        found = [v for k, v in self.headers if k == name]
        assert len(found) == 1, (name, found)
        return found[0]


def request(path, method="GET", headers=None, host=f"127.0.0.1:{PORT}", at="127.0.0.1", query=""):
    given = headers if isinstance(headers, list) else list((headers or {}).items())
    names = [*([("host", host)] if host is not None else []), *given]
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode("utf-8", "replace"), "query_string": query.encode(), "root_path": "",
        "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in names],
        "client": ("127.0.0.1", 5), "server": (at, PORT),
    }  # fmt: skip


async def answered(guard, scope, pieces=(b"",), leaves=None) -> Told:
    """One request. `pieces`: of its body; `leaves`: an event after which the client is gone."""
    sent, waiting = [], list(pieces)

    async def receive():
        if waiting:
            piece = waiting.pop(0)
            if callable(piece):
                return await piece()
            return {"type": "http.request", "body": piece, "more_body": bool(waiting)}
        await (leaves or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    try:
        await guard(scope, receive, send)
    except Exception:  # a server logs it, once the client has been answered
        assert sent
    start = sent[0]
    headers = [(k.decode().lower(), v.decode("latin-1")) for k, v in start["headers"]]
    return Told(start["status"], headers, b"".join(m.get("body", b"") for m in sent[1:]))


class Asking:
    """A case on a desk behind the guard."""

    def __init__(self, case, folder, hosts=None):
        self.desk = Desk(case, Options(480, 3), folder)
        self.guard = Guard(make_app(self.desk), TOKEN, hosts or server.names("127.0.0.1", PORT))

    def raw(self, path, method="GET", headers=None, body=b"", **more) -> Told:
        pieces = body if isinstance(body, list) else [body]
        return asyncio.run(answered(self.guard, request(path, method, headers, **more), pieces))

    def __call__(self, path, *args, **more) -> Told:
        return self.raw(f"/{TOKEN}/{path}", *args, **more)

    def post(self, path, body, **more) -> Told:
        data = body if isinstance(body, (bytes, list)) else json.dumps(body).encode()
        return self(path, "POST", JSON, data, **more)


@pytest.fixture(scope="module")
def ask(small_run):
    return Asking(small_run.case, small_run.folder)


@pytest.fixture(scope="module")
def bare(tmp_path_factory, chita):
    """A case without a result."""
    return Asking(chita, tmp_path_factory.mktemp("none") / "out")


def safe(told: Told) -> Told:
    """Every answer has every header once, and gives nothing to other sites."""
    special = {"content-security-policy"} if "sandbox" in told["content-security-policy"] else set()
    for name, value in HEADERS.items():
        assert told[name] == value or name in special
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    names = {k for k, _ in told.headers}
    assert not {n for n in names if n.startswith("access-control") or n in ("server", "set-cookie", "x-powered-by")}
    if told.status >= 400:
        assert told["content-type"] == "application/json" and re.search(r"(?s)\w+ \w+ .*[.:]", told.json()["error"])
        assert str(ROOT).encode() not in told.body and b"Traceback" not in told.body and TOKEN.encode() not in told.body
    return told


# --- the key ---------------------------------------------------------------------------------------------------------
def test_without_the_key_everything_is_refused(ask):
    paths = ["/", "", "/static/app.css", "/static/vendor/d3.min.js", "/api/case", "/files/answers.json", "/favicon.ico"]
    paths += [
        f"/{TOKEN}",
        f"/{TOKEN[:-1]}/",
        f"/{TOKEN}x/",
        f"//{TOKEN}/",
        f"/x/{TOKEN}/",
        f"/{TOKEN.upper()}/api/case",
    ]
    paths += [f"/./{TOKEN}/", f"/{TOKEN}\\api", f"/{TOKEN}\0/", "/ключ/", "/" + "a" * 60_000 + "/", "/\udc80/", "*"]
    for path in paths:
        told = safe(ask.raw(path))
        assert told.status == 403 and "the key" in told.json()["error"], path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "PATCH", "CONNECT", "X"):
        assert ask.raw("/api/run", method, JSON).status == 403
    assert ask("").status == 200 and ask("api/case").json()["id"] == "chita-2015"


def test_the_key_is_compared_in_constant_time(ask, monkeypatch):
    seen = []
    monkeypatch.setattr(guarding.hmac, "compare_digest", lambda a, b: seen.append((a, b)) or a == b)
    assert ask.raw("/wrong/").status == 403 and ask("").status == 200
    assert seen == [(b"wrong", TOKEN.encode()), (TOKEN.encode(), TOKEN.encode())]


@pytest.mark.parametrize(
    "host, at, fine",
    [
        ("127.0.0.1:8765", "127.0.0.1", True), ("localhost:8765", "127.0.0.1", True), ("LOCALHOST:8765", "127.0.0.1", True),
        ("[::1]:8765", "::1", True), ("[::1]:8765", "127.0.0.1", True), ("192.0.2.7:8765", "192.0.2.7", True),
        ("192.0.2.7:8765", "::ffff:192.0.2.7", True), ("[2001:db8::7]:8765", "2001:db8::7", True),
        ("[2001:DB8::7]:8765", "2001:db8::7", True), ("192.0.2.8:8765", "192.0.2.7", False),
        ("evil.example.org:8765", "127.0.0.1", False), ("127.0.0.1.evil.example.org:8765", "127.0.0.1", False),
        ("localhost.evil.example.org:8765", "127.0.0.1", False), ("evil@127.0.0.1:8765", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", False), ("127.0.0.1:8766", "127.0.0.1", False), ("localhost", "127.0.0.1", False),
        ("::1:8765", "::1", False), ("localhost.:8765", "127.0.0.1", False), ("127.0.0.1:08765", "127.0.0.1", False),
        ("", "127.0.0.1", False), (None, "127.0.0.1", False), ("0.0.0.0:8765", "127.0.0.1", False),
        ("127.0.0.1:8765, evil.example.org", "127.0.0.1", False), ("ドメイン.example.org:8765".encode().decode("latin-1"), "127.0.0.1", False),
    ],
)  # fmt: skip
def test_a_foreign_name_is_refused(ask, host, at, fine):
    told = safe(ask("api/case", host=host, at=at))
    assert told.status == (200 if fine else 421)
    assert fine or "printed" in told.json()["error"]


def test_two_names_are_refused(ask):
    own = ("host", f"127.0.0.1:{PORT}")
    for more in (own, ("host", "evil.example.org"), ("Host", "evil.example.org")):
        assert safe(ask("api/case", headers=[more])).status == 421


def test_on_every_address_digits_are_let_in_and_no_names(small_run):
    for every in ("0.0.0.0", "::"):
        open_to_all = Asking(small_run.case, small_run.folder, server.names(every, PORT))
        assert open_to_all("api/case", host=f"192.0.2.7:{PORT}", at="192.0.2.7").status == 200
        assert open_to_all("api/case", host=f"localhost:{PORT}").status == 200
        for name in (f"{socket.gethostname()}:{PORT}", f"example.org:{PORT}", f"0.0.0.0:{PORT}", f"192.0.2.8:{PORT}"):
            assert safe(open_to_all("api/case", host=name, at="192.0.2.7")).status == 421
    assert server.names("0.0.0.0", PORT)[0] == f"127.0.0.1:{PORT}" and server.names("::", PORT)[0] == f"[::1]:{PORT}"
    assert server.names("192.0.2.7", PORT) == [f"192.0.2.7:{PORT}"]
    assert server.names("127.0.0.1", 80)[:2] == ["127.0.0.1:80", "127.0.0.1"]  # which browsers leave out


@pytest.mark.parametrize(
    "headers, status",
    [
        ({}, 200), ({"sec-fetch-site": "none"}, 200), ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403), ({"sec-fetch-site": "same-site"}, 403), ({"sec-fetch-site": "new"}, 403),
        ({"Sec-Fetch-Site": "CROSS-SITE"}, 403), ({"origin": f"http://127.0.0.1:{PORT}"}, 200),
        ({"origin": f"http://localhost:{PORT}"}, 200), ({"origin": "null"}, 403), ({"origin": ""}, 403),
        ({"origin": f"https://127.0.0.1:{PORT}"}, 403), ({"origin": "http://127.0.0.1"}, 403),
        ({"origin": f"http://127.0.0.1:{PORT}.example.org"}, 403), ({"origin": "http://evil.example.org"}, 403),
        ([("origin", "http://evil.example.org"), ("origin", f"http://127.0.0.1:{PORT}")], 403),
        ([("sec-fetch-site", "cross-site"), ("sec-fetch-site", "none")], 403),
    ],
)  # fmt: skip
def test_pages_of_other_sites_may_not_ask(ask, headers, status):
    assert safe(ask("api/case", headers=headers)).status == status
    if status == 403:  # not for files, nor with a form either
        assert ask("static/app.css", headers=headers).status == 403
        assert ask("api/run", "POST", headers).status == 403


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/plain;application/json", None]
)  # fmt: skip
def test_a_form_is_refused(ask, kind):
    told = safe(ask("api/policies", "POST", {} if kind is None else {"content-type": kind}, b'{"look": true}'))
    assert told.status == 415


def test_other_methods_are_refused(ask):
    for path in ("api/case", "api/run", "api/whatif", "static/app.css", "files/answers.json", ""):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO"):
            told = safe(ask(path, method, JSON))
            assert told.status == 405 and told["allow"]
    assert safe(ask("api/run")).status == 405 and safe(ask("api/case", "POST", JSON)).status == 405


def test_each_answer_shuts_others_out(ask, bare):
    for path in (
        "",
        "static/app.css",
        "static/main.js",
        "api/case",
        "api/evidence",
        "api/next",
        "api/answers",
        *(f"files/{n}" for n in FILES),
    ):
        assert safe(ask(path)).status == 200, path
    shown = ask("files/report.html")["content-security-policy"]
    assert "sandbox" in shown and "script" not in shown
    for path in (
        "nothing",
        "api",
        "api/",
        "api/case/",
        "docs",
        "redoc",
        "openapi.json",
        "static",
        "static/",
        "static/vendor",
        "api/documents/none",
    ):
        assert safe(ask(path)).status == 404, path
    assert safe(bare("api/answers")).status == 409 and safe(bare("files/answers.json")).status == 409
    modified = ask("static/app.css", headers={"if-none-match": ask("static/app.css")["etag"]})
    assert safe(modified).status == 304
    assert safe(ask("files/answers.json", headers={"range": "bytes=0-3"})).status == 206
    assert ask("files/answers.json", headers={"range": "bytes=999999999-"}).status == 416
    stream = safe(ask.post("api/whatif", {"draft": {}, "exact": False}))
    assert stream.status == 200 and json.loads(stream.body.splitlines()[0])["kind"] == "quick"


# --- files -----------------------------------------------------------------------------------------------------------
TRICKS = (
    "../server.py", "%2e%2e/server.py", "..%2fserver.py", "../../../cli.py", "vendor/../../server.py", "./../server.py",
    "..\\server.py", "%5c..%5cserver.py", "//etc/passwd", "/etc/passwd", "etc/passwd", "\0", "app.css\0", "app.css/", "x\0/../app.css",
    "%00", "app.css%00.js", "." * 300, "a/" * 3000, "b" * 70_000, "c" * 255, "файл", "ファイル.js", "\udcff", "C:\\windows", "~", "*",
    "....//server.py", "..;/server.py", "%252e%252e/server.py", "\r\nx: y",
)  # fmt: skip


def test_no_other_file_is_given(ask):
    shown = {hashlib.sha256(p.read_bytes()).digest() for p in web.STATIC.rglob("*") if p.is_file()}
    for trick in TRICKS:
        for path in (
            trick,
            f"static/{trick}",
            f"static//{trick}",
            f"files/{trick}",
            f"api/documents/{trick}",
            f"api/{trick}",
        ):
            for shape in {path, unquote(path)}:  # as uvicorn has it
                told = safe(ask(shape))
                assert told.status == 404 or hashlib.sha256(told.body).digest() in shown, shape
    assert safe(ask(f"{TOKEN}/api/case")).status == 404  # the key twice
    assert safe(ask("/etc/passwd")).status == safe(ask("//api/case")).status == 404


def test_links_to_other_files_are_not_followed(small_run, tmp_path, monkeypatch):
    secret = tmp_path / "secret.txt"
    secret.write_text("nobody's business")
    static, folder = tmp_path / "static", tmp_path / "run"
    shutil.copytree(web.STATIC, static)
    shutil.copytree(small_run.folder, folder)
    (static / "away.js").symlink_to(secret)
    (static / "round.js").symlink_to(static / "round.js")
    (static / "up").symlink_to(tmp_path)
    monkeypatch.setattr(web, "STATIC", static)
    linked = Asking(small_run.case, folder)
    assert linked("static/app.css").status == 200 and linked("files/answers.csv").status == 200
    (folder / "answers.csv").unlink()
    (folder / "answers.csv").symlink_to(secret)
    (folder / "explain.json").unlink()
    for path in (
        "static/away.js",
        "static/up/secret.txt",
        "files/answers.csv",
        "files/explain.json",
        "files/secret.txt",
    ):
        assert safe(linked(path)).status == 404, path
    assert b"nobody" not in safe(linked("static/round.js")).body


# --- bodies ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body, status",
    [
        (b"", 400), (b"not json", 400), (b"[]", 400), (b"null", 400), (b'"text"', 400), (b"1", 400), (b"{}{}", 400),
        (b"\xff\xfe{}", 400), (b"\x80", 400), (b'{"curve": NaN}', 400), (b'{"curve": Infinity}', 400), (b'{"a": -Infinity}', 400),
        (b'{"exact": false, "exact": true}', 400), (b'{"draft": {"with": [], "with": []}}', 400),
        (b"[" * 30_000, 400), (b'{"a":' * 12_000, 400), (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400),
        (b'{"n": ' + b"9" * 10_000 + b"}", 400), (b'{"a": "' + b"x" * 70_000 + b'"}', 413), ([b" " * 40_000] * 3, 413),
    ],
)  # fmt: skip
def test_what_is_no_request(ask, body, status):
    for path in ("api/whatif", "api/policies"):
        told = safe(ask.post(path, body))
        assert told.status == status, told.body


def test_a_body_that_is_said_to_be_huge_is_not_read(ask):
    async def never():
        raise AssertionError("it was read")

    for length in ("65537", "99999999999999999999", "9" * 5_000, "-1", "1e3", "²", "x", " "):
        told = safe(ask("api/whatif", "POST", {**JSON, "content-length": length}, [never]))
        assert told.status == 413
    twice = [*JSON.items(), ("content-length", "2"), ("content-length", "65537")]
    assert safe(ask("api/whatif", "POST", twice, [never])).status == 413


def test_a_body_that_does_not_come(ask, monkeypatch):
    monkeypatch.setattr(guarding, "PATIENCE", 0.2)

    async def slow():
        await asyncio.sleep(30)

    told = safe(ask("api/policies", "POST", JSON, [b'{"name":', slow]))
    assert told.status == 408 and "slow" in told.json()["error"]

    async def leaves():
        return {"type": "http.disconnect"}

    ask("api/policies", "POST", JSON, [b'{"name":', leaves])  # nobody is left to be answered, and nothing is raised


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just("\ud800")
)
ANY = st.recursive(
    SCALARS, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3), max_leaves=8
)
CHANGE = st.fixed_dictionaries(
    {},
    optional={
        "what": st.sampled_from(["effort", "wage", "help", "watch"]) | ANY,
        "date": st.sampled_from(["2015-06-01", "2014-05-09", "\ud800"]) | ANY,
        "value": st.sampled_from(["\ud800", 1, 1e308]) | ANY,
        "ramp": ANY,
    },
)
ASKED = st.fixed_dictionaries(
    {"look": st.just(True), "exact": st.just(False)},
    optional={
        "name": st.sampled_from(["nobody-handed-over", "\ud800"]) | ANY,
        "curve": st.sampled_from(["left", "watch"]) | ANY,
        "draft": ANY
        | st.fixed_dictionaries(
            {},
            optional={
                "without": st.just(["visit"]) | ANY,
                "keep": st.just(["help"]) | ANY,
                "with": ANY,
                "changes": st.lists(CHANGE | ANY, max_size=3) | ANY,
            },
        ),
    },
)


@settings(max_examples=30, deadline=None)
@given(ASKED)
def test_whatever_is_asked_is_answered_in_words(ask, asked):
    assert safe(ask.post("api/policies", asked)).status in (200, 422)
    stream = safe(ask.post("api/whatif", asked))
    assert stream.status == 422 or json.loads(stream.body.splitlines()[0])["kind"] == "quick"


def test_a_fault_says_nothing_of_the_machine(ask, monkeypatch):
    def broken():
        raise RuntimeError(f"no {Path.home()} on {socket.gethostname()}")

    def unreadable():
        raise PermissionError(13, "Permission denied", f"{Path.home()}/case.yaml")

    for fault, words in ((broken, "the terminal says more"), (unreadable, "written: permission denied.")):
        monkeypatch.setattr(ask.desk, "told", fault)
        told = safe(ask("api/case"))
        assert told.status == 500 and told.json()["error"].endswith(words if words[-1] == "." else words + ".")
        assert str(Path.home()) not in told.json()["error"] and socket.gethostname() not in told.json()["error"]


def test_too_many_at_once(ask, monkeypatch):
    monkeypatch.setattr(ask.guard, "inside", guarding.MOST_INSIDE)
    assert safe(ask("api/case")).status == 503
    monkeypatch.setattr(ask.guard, "inside", 0)
    assert ask("api/case").status == ask("api/nothing").status - 204 == 200 and ask.guard.inside == 0


# --- documents -------------------------------------------------------------------------------------------------------
def test_documents_are_read_when_asked_for(ask, monkeypatch, tmp_path):
    read = []
    monkeypatch.setattr(evidence_view, "find_text", lambda *args: read.append(args))
    for path in (
        "",
        "api/case",
        "api/evidence",
        "api/evidence/more",
        "api/claims/pay",
        "api/next",
        "api/map",
        "api/work",
        "api/answers",
        "api/days",
        "api/money",
    ):
        assert ask(path).status == 200
    assert not read
    id = next(iter(ask.desk.case.evidence.documents))
    assert ask(f"api/documents/{id}").json()["paragraphs"] == []


# --- nobody reads on -------------------------------------------------------------------------------------------------
@pytest.fixture
def slow(ask, monkeypatch):
    """Exact answers take seconds: each version waits a little. Tells how many are being worked on."""
    bench, real = ask.desk.bench(), whatif.Part.branch
    busy = [0]

    def branch(*args):
        if threading.current_thread().name.startswith("exact"):
            time.sleep(0.04)
        return real(*args)

    def exact(*args):
        busy[0] += 1
        try:
            return Workbench.exact(bench, *args)
        finally:
            busy[0] -= 1

    monkeypatch.setattr(whatif, "GO", 1)
    monkeypatch.setattr(bench, "_own", None)
    monkeypatch.setattr(whatif.Part, "branch", branch)
    monkeypatch.setattr(bench, "exact", exact)
    return busy


def stream(ask, leaves=None):
    body = json.dumps(DRAFT | {"curve": "left"}).encode()
    return answered(ask.guard, request(f"/{TOKEN}/api/whatif", "POST", JSON), [body], leaves)


def test_work_ends_where_nobody_reads_on(ask, slow):
    troubles = []

    async def many():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: troubles.append(context))
        gone = asyncio.Event()
        reads = asyncio.create_task(stream(ask))
        while not slow[0]:
            await asyncio.sleep(0.02)
        asked = [asyncio.create_task(stream(ask, gone)) for _ in range(4)]
        await asyncio.sleep(1)
        gone.set()
        for told in await asyncio.gather(*asked):
            assert told.status == 200 and b'"exact"' not in told.body
        assert slow[0] == 1 and not reads.done()  # they wait for their turn in no thread
        kinds = [json.loads(line)["kind"] for line in (await reads).body.splitlines()]
        assert (
            kinds[0] == "quick" and "progress" in kinds and kinds[-1] == "exact"
        )  # of those that read on, it does not

        gone.clear()
        asked = [asyncio.create_task(stream(ask, gone)) for _ in range(3)]
        while not slow[0]:
            await asyncio.sleep(0.02)
        gone.set()
        await asyncio.gather(*asked)
        left = time.monotonic()
        while slow[0]:
            await asyncio.sleep(0.02)
        assert time.monotonic() - left < 2

    asyncio.run(many())
    gc.collect()
    assert not troubles and not slow[0] and not ask.desk.bench()._waiting and not ask.desk.bench()._slow.locked()
    assert not [t for t in threading.enumerate() if t.name.startswith("exact")]


def test_streams_end_with_the_dashboard(ask, slow, monkeypatch):
    async def ends():
        reads = asyncio.create_task(stream(ask))
        while not slow[0]:
            await asyncio.sleep(0.02)
        monkeypatch.setattr(ask.desk, "closed", True)
        return await asyncio.wait_for(reads, 3)

    told = asyncio.run(ends())
    assert told.status == 200 and b'"exact"' not in told.body
    until = time.monotonic() + 5
    while slow[0] and time.monotonic() < until:
        time.sleep(0.02)
    assert not slow[0]


# --- the desk --------------------------------------------------------------------------------------------------------
@pytest.fixture
def own(tmp_path, small_run):
    """A copy of the case that may be edited, with its finished result."""
    folder = shutil.copytree(
        small_run.case.folder, tmp_path / "chita-2015", ignore=shutil.ignore_patterns("archive", "out")
    )
    result = shutil.copytree(small_run.folder, tmp_path / "result")
    return Asking(load(folder), result)


def edited(asking, old, new, file="case.yaml"):
    path = asking.desk._case.folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def until(found, seconds=30.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if got := found():
            return got
        time.sleep(0.05)
    raise AssertionError("it did not come")


class Standing:
    """A run that never gets on."""

    error, finished = "", False

    def __init__(self, *args, **more):
        self.args = args, more

    def told(self):
        return {"stage": "simulating", "done": 1, "total": 2, "error": self.error}

    def stop(self):
        self.finished = True


def test_files_edited_while_it_runs(own):
    told = own("api/case").json()
    assert told["result"]["worlds"] == 480 and not told["changed"] and not told["wrong"]
    title = load(own.desk._case.folder).title
    edited(own, title, "Another title")
    told = own("api/case").json()
    assert told["changed"] and told["result"] and told["title"] == title  # answers are of the case as it was
    assert told["called"] == "Another title"
    edited(own, "places: ", "plaices: ")
    told = own("api/case").json()
    assert (
        "chita-2015/case.yaml:" in told["wrong"]
        and "plaices" in told["wrong"]
        and str(own.desk._case.folder) not in told["wrong"]
    )
    assert own("api/evidence").status == own("api/answers").status == 200  # as they last were
    edited(own, "plaices: ", "places: ")
    edited(own, "Another title", title)
    told = own("api/case").json()
    assert not told["wrong"] and not told["changed"]
    (own.desk._case.folder / "claims.yaml").rename(own.desk._case.folder / "away.yaml")
    assert "claims.yaml" in own("api/case").json()["wrong"]
    (own.desk._case.folder / "away.yaml").rename(own.desk._case.folder / "claims.yaml")
    assert not own("api/case").json()["wrong"]
    shutil.rmtree(own.desk._case.folder)
    told = own("api/case").json()
    assert "there is no such case" in told["wrong"] and str(own.desk._case.folder) not in told["wrong"]


def test_a_result_of_another_case_is_kept_until_a_run_is_asked_for(own, monkeypatch):
    edited(own, load(own.desk._case.folder).title, "Another title")
    before = {p: p.stat().st_mtime_ns for p in own.desk.folder.rglob("*")}
    monkeypatch.setattr(running, "Run", Standing)
    with Desk(load(own.desk._case.folder), Options(480, 3), own.desk.folder) as desk:
        assert desk._run is None and desk.told()["changed"] and desk.told()["result"] is None
        other = Asking(desk.case, desk.folder)
        other.guard.app = make_app(desk)
        assert "run it" in safe(other("api/answers")).json()["error"]
        assert {p: p.stat().st_mtime_ns for p in own.desk.folder.rglob("*")} == before
        assert other.post("api/run", {}).json() == {} and desk._run.args[1] == {"force": True}
        assert desk.told()["run"]["stage"] == "simulating" and not desk.told()["changed"]
        assert "imagined" in safe(other("api/answers")).json()["error"]
        first = desk._run
        other.post("api/run", {})
        assert desk._run is first  # one at a time
    assert first.finished  # ended with the desk


def test_answers_are_there_when_the_run_is_done(small_run, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "Run", Standing)
    with Asking(small_run.case, tmp_path / "out").desk as desk:
        waiting = Asking(small_run.case, desk.folder)
        waiting.guard.app = make_app(desk)
        assert (
            desk.under_way and waiting("api/case").json()["run"]["done"] == 1 and waiting("api/evidence").status == 200
        )
        assert safe(waiting("api/answers")).status == safe(waiting.post("api/whatif", DRAFT)).status == 409
        shutil.copytree(small_run.folder, desk.folder)
        assert waiting("api/answers").status == 409  # not while it is written
        desk._run.finished = True
        told = waiting("api/case").json()
        assert told["run"] is None and told["result"]["worlds"] == 480 and waiting("api/answers").status == 200


def test_old_answers_are_shown_while_new_ones_are_made(own, monkeypatch):
    assert own("api/case").json()["result"]
    edited(own, load(own.desk._case.folder).title, "Another title")
    monkeypatch.setattr(running, "Run", Standing)
    own.post("api/run", {})
    shutil.rmtree(own.desk.folder)  # as the run does
    assert own("api/answers").json()["answers"] and own("api/evidence").status == 200
    assert json.loads(own.post("api/whatif", DRAFT).body.splitlines()[-1])["kind"] == "exact"
    for path in ("files/report.html", "api/days", "api/money"):
        told = safe(own(path))
        assert told.status in (404, 409, 422), (path, told.body)


@pytest.mark.parametrize("spoil", ["file", "other", "mistake"])
def test_a_run_that_fails_says_why(tmp_path, chita, spoil):
    case = load(new_case(tmp_path / "mine", "blank"))
    out, words = tmp_path / "out", ""
    if spoil == "file":
        out.write_text("in the way")
        out, words = out / "inside", "cannot be used: not a directory. Start with another --out."
    elif spoil == "other":
        out.mkdir()
        (out / "diary.txt").write_text("not a result")
        words = "not a result of obrok"
    else:
        (case.folder / "case.yaml").write_text((case.folder / "case.yaml").read_text().replace("places:", "plaices:"))
        words = "mine/case.yaml:"
    with Desk(case, Options(50, 1), out) as desk:
        desk.run()
        until(lambda: desk._run.finished)
        told = desk.told()["run"]
        assert words in told["error"] and "Traceback" not in told["error"] and not desk.under_way
        assert str(tmp_path) not in told["error"]
        desk.run()  # it can be tried again
        assert desk.under_way
    until(lambda: desk._run.finished)
    assert spoil != "other" or (out / "diary.txt").read_text() == "not a result"


def test_a_run_that_is_stopped_or_breaks_says_so(tmp_path, monkeypatch):
    case = load(new_case(tmp_path / "mine", "blank"))
    run = running.Run(case, Options(50_000, 1), tmp_path / "out", False)
    until(lambda: run.stage != "getting ready")
    run.stop()
    assert run.finished and "goes on from there" in run.error
    broken = "import sys; sys.stdin.readline(); print('a library says hello'); print('[1]'); 1 / 0"
    real = subprocess.Popen
    quiet = {"stderr": subprocess.DEVNULL}
    monkeypatch.setattr(
        running.subprocess, "Popen", lambda command, **k: real([sys.executable, "-c", broken], **k, **quiet)
    )
    run = running.Run(case, Options(50, 1), tmp_path / "out", False)
    until(lambda: run.finished)
    assert "a fault in obrok" in run.error


def test_two_dashboards_on_one_folder_take_turns(tmp_path):
    with alone(tmp_path / "out", lambda *told: None):
        case = load(new_case(tmp_path / "mine", "blank"))
        run = running.Run(case, Options(50, 1), tmp_path / "out", False)
        until(lambda: "waiting" in run.stage)
        assert not list((tmp_path / "out").iterdir())
    until(lambda: run.stage not in ("getting ready", "waiting for another run into the same folder"))
    run.stop()
    assert list((tmp_path / "out").iterdir())


def test_two_pages_save_at_once(own, ask):
    body = {"name": "first", **DRAFT}
    told = ask.post("api/policies", {**body, "name": "mine"})
    assert told.status == 422 and "obrok new" in safe(told).json()["error"]  # a shipped case stays as it is
    held = {p.name for p in own.desk.case.folder.iterdir()}

    async def both():
        bodies = [json.dumps({**body, "name": name}).encode() for name in ("first", "second", "first")]
        asked = (answered(own.guard, request(f"/{TOKEN}/api/policies", "POST", JSON), [b]) for b in bodies)
        return sorted([told.status for told in await asyncio.gather(*asked)])

    assert asyncio.run(both()) == [200, 200, 422]
    told = own("api/case").json()
    assert not told["wrong"] and told["changed"]
    assert {"first", "second"} < {p.id for p in load(own.desk.case.folder).policies}
    assert {p.name for p in own.desk.case.folder.iterdir()} == held


# --- starting --------------------------------------------------------------------------------------------------------
def test_what_cannot_be_served_is_told(call, monkeypatch, tmp_path):
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    code, told, _ = call("serve", "blank", "--port", port)
    assert code == 1 and f"port {port}: address already in use" in told and "--port 0" in told
    for host in ("192.0.2.7", "", "nowhere.invalid", "x" * 300, "::g"):
        code, told, _ = call("serve", "blank", "--host", host, "--port", 0)
        assert code == 1 and "--host 127.0.0.1" in told and "http://" not in told
    (tmp_path / "photos").mkdir()
    for args, words in (
        (["photos"], "case.yaml"), (["nothing"], "there is no such case"), (["blank", "--worlds", 0], "give a number"),
        (["blank", "--seed", -1], "whole number"),
    ):  # fmt: skip
        code, told, _ = call("serve", *args, "--port", 0)
        assert code == 1 and words in told and "http://" not in told
    assert call("serve", "--port", 65536)[0] == 2
    taken.close()
    for name in [m for m in sys.modules if m.startswith("obrok.outward.serve.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, told, _ = call("serve", "blank", "--port", 0)
    assert code == 1 and "needs uvicorn" in told and "pip install 'obrok[dashboard]'" in told
    assert sorted(p.name for p in tmp_path.iterdir()) == ["photos"]


def test_whoever_connects_and_asks_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(server, "PATIENCE", 0.2)
    config = server.uvicorn.Config(
        Guard(lambda *_: None, TOKEN, []), http=server.Plainly, lifespan="off", log_config=None
    )
    config.load()

    async def waits():
        state = server.uvicorn.server.ServerState()
        make = lambda: server.Plainly(config=config, server_state=state, app_state={})  # noqa: E731
        listening = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
        for beginning in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST"):
            read, write = await asyncio.open_connection(*listening.sockets[0].getsockname())
            write.write(beginning)
            assert await asyncio.wait_for(read.read(), 5) == b""
            write.close()
        listening.close()

    asyncio.run(waits())


def test_a_closed_terminal_ends_it_as_ctrl_c_does():
    told = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(sig, signal.SIG_DFL) for sig in told]
    try:
        for sig in told:
            with pytest.raises(KeyboardInterrupt), server._ended_kindly():
                signal.raise_signal(sig)
            assert all(signal.getsignal(s) == signal.SIG_DFL for s in told)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` has it
        with server._ended_kindly():
            signal.raise_signal(signal.SIGHUP)
    finally:
        for sig, was in zip(told, before, strict=True):
            signal.signal(sig, was)


def test_a_title_does_nothing_to_the_terminal(monkeypatch, capsys, tmp_path, chita):
    monkeypatch.setattr(server.Listening, "run", lambda self, sockets: None)
    monkeypatch.setattr(Desk, "__enter__", lambda self: self)
    case = replace(chita, title="[/bold] \x1b[31m[red]평양 \x07x")
    server.serve(case, Options(50, 1), tmp_path / "out", "127.0.0.1", 0)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "[/bold] [31m[red]평양 x" and second.startswith("open  http://127.0.0.1:")


# --- the real thing --------------------------------------------------------------------------------------------------
class Served:
    """`obrok serve`, as a process of its own, with everything it may write beside its folders under `home`."""

    def __init__(self, home: Path, cwd: Path, *args):
        for name in ("home", "tmp"):
            (home / name).mkdir(parents=True, exist_ok=True)
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        texts = [os.path.abspath(p) for p in os.environ.get("OBROK_DOCUMENTS", "").split(os.pathsep) if p]
        env = os.environ | {
            "OBROK_DOCUMENTS": os.pathsep.join(texts),  # the server runs in another folder
            "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", "HOME": str(home / "home"), "TMPDIR": str(home / "tmp"),
            "XDG_CACHE_HOME": cache,
        }  # fmt: skip
        self.log = home / "log"
        # Ctrl-C as a shell gives it, whatever these tests run under
        code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        code += "from obrok.outward.cli import main; main()"
        command = [sys.executable, "-c", code, "serve", *args, "--port", "0"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if found := re.match(r"open  http://127\.0\.0\.1:(\d+)/([\w-]{32})/$", line):
                self.port, self.token = int(found[1]), found[2]
                return
        raise AssertionError([*lines, self.log.read_text()])

    def raw(self, data: bytes, patience=20.0) -> tuple[int, dict, bytes]:
        """Bytes over a connection of their own; status, headers, body."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as line:
            with suppress(OSError):  # it has heard enough
                line.sendall(data)
            got = b""
            with suppress(ConnectionResetError):
                while piece := line.recv(65536):
                    got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        return int(first.split()[1]), {k.lower(): v for k, _, v in (r.partition(": ") for r in rest)}, body

    def __call__(self, path, method="GET", body=b"", *more) -> tuple[int, dict, bytes]:
        head = [f"{method} /{self.token}/{path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close", *more]
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if method == "POST" else []
        return self.raw("\r\n".join([*head, "", ""]).encode() + body)

    def case(self):
        return json.loads(self("api/case")[2])

    def runs(self) -> list[int]:
        """Process numbers of the runs that it started."""
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return [int(p) for p in found.stdout.split() if b"serve.running" in Path(f"/proc/{p}/cmdline").read_bytes()]

    def end(self, how) -> str:
        """Ends it; what it said."""
        runs = self.runs()
        how()
        began = time.monotonic()
        code = self.process.wait(20)
        assert code == 130 and time.monotonic() - began < 10
        until(lambda: not any(alive(pid) for pid in runs), 5)
        said = self.process.stdout.read() + self.log.read_text()
        assert "Traceback" not in said and "never retrieved" not in said and self.token not in said
        return said


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def serving():
    """Starts servers; none is left."""
    started = []

    def start(*args):
        started.append(Served(*args))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()
        one.process.stdout.close()


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes as Linux shows them")


def tree(folder: Path) -> dict:
    return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in folder.rglob("*") if p.is_file()}


@linux
def test_a_server_with_a_result(serving, small_run, tmp_path):
    skip = shutil.ignore_patterns("archive", "out")
    mine = shutil.copytree(small_run.case.folder, tmp_path / "mine" / "chita-2015", ignore=skip)
    result = shutil.copytree(small_run.folder, tmp_path / "result")
    (tmp_path / "elsewhere").mkdir()
    before = tree(tmp_path)
    s = serving(
        tmp_path / "own", tmp_path / "elsewhere", "../mine/chita-2015", "--out", "../result", "--worlds", "50000"
    )
    speaks_http_carefully(s)
    assert s.case()["result"]["worlds"] == 480 and not s.runs()
    assert tree(tmp_path / "mine") | tree(result) == {p: v for p, v in before.items() if "own" not in p.parts}

    text = (mine / "case.yaml").read_text()
    (mine / "case.yaml").write_text(text.replace("North Korean", "Some"))
    assert s.case()["changed"] and s("api/run", "POST", b"{}")[0] == 200
    assert (run := s.case()["run"]) and not run["error"] and s.case()["result"]["worlds"] == 480
    for pid in (s.process.pid, *s.runs()):
        assert not any(s.token.encode() in Path(f"/proc/{pid}/{x}").read_bytes() for x in ("cmdline", "environ"))
    busy_but_not_deaf(s)
    asking = threading.Thread(target=lambda: s("api/whatif", "POST", json.dumps(DRAFT).encode()))
    asking.start()
    with socket.create_connection(("127.0.0.1", s.port)) as half:
        head = (
            f"POST /{s.token}/api/policies HTTP/1.1\r\nHost: 127.0.0.1:{s.port}\r\nContent-Type: application/json\r\n"
        )
        half.sendall(head.encode() + b"Content-Length: 9\r\n\r\n{")
        assert s.case()
        assert "stopped; finished batches are kept" in s.end(lambda: s.process.send_signal(signal.SIGTERM))
    asking.join()
    after = tree(tmp_path)
    assert {p.relative_to(tmp_path).parts[0] for p in after.keys() - before.keys()} <= {"result", "own"}
    assert [p.name for p in tree(tmp_path / "own")] == ["log"]  # nothing at home, nothing among temporary files
    assert not [p for p in after if s.token.encode() in p.read_bytes()]
    assert tree(mine).keys() == {p for p in before if mine in p.parents}


def speaks_http_carefully(s):
    """What is answered before the application is asked, and what only a connection can show."""
    listening = [x.split()[1] for x in Path("/proc/net/tcp").read_text().splitlines()[1:] if x.split()[3] == "0A"]
    assert f"0100007F:{s.port:04X}" in listening and f"00000000:{s.port:04X}" not in listening
    host = f"Host: 127.0.0.1:{s.port}\r\nConnection: close\r\n".encode()
    at = f"/{s.token}/".encode()
    post = b"POST " + at + b"api/whatif HTTP/1.1\r\nContent-Type: application/json\r\n" + host
    chunks = b"".join(b"4000\r\n" + b" " * 0x4000 + b"\r\n" for _ in range(8)) + b"0\r\n\r\n"
    for data, status in (
        (b"GET / HTTP/1.1\r\n" + host + b"\r\n", 403), (b"GET " + at + b"api/case HTTP/1.1\r\n" + host + b"\r\n", 200),
        (b"GET " + at + b"api/case HTTP/1.1\r\nHost: evil.example.org\r\nConnection: close\r\n\r\n", 421),
        (b"GET " + at + b"api/case HTTP/1.0\r\n\r\n", 421), (b"GET " + at + b" HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"GET " + at + b" HTTP/1.1\r\n" + host + host + b"\r\n", 400), (b"nonsense\r\n\r\n", 400), (b"\x16\x03\x01\x02\x00\x01\xff\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\nConnection: close\r\n\r\n", 421),
        (b"GET " + at + b"static/%2e%2e/server.py HTTP/1.1\r\n" + host + b"\r\n", 404),
        (b"GET " + at + b"static/..%2f..%2fserver.py HTTP/1.1\r\n" + host + b"\r\n", 404),
        (b"GET " + at + b"static/%00 HTTP/1.1\r\n" + host + b"\r\n", 404), (b"GET " + at + b"../" + at[1:] + b" HTTP/1.1\r\n" + host + b"\r\n", 404),
        (b"GET http://evil.example.org" + at + b" HTTP/1.1\r\n" + host + b"\r\n", 403),
        (post + b"Content-Length: 70000\r\n\r\n{}", 413), (post + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", 400),
        (post + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400), (post + b"Transfer-Encoding: chunked\r\n\r\n" + chunks, 413),
        (post + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n", 400),
        (b"GET " + at + b"api/case HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n" + host.replace(b"close", b"upgrade, close") + b"\r\n", 200),
    ):  # fmt: skip
        got, headers, body = s.raw(data)
        assert got == status, (data[:80], got, body[:200])
        assert all(headers[name] == value for name, value in HEADERS.items()), data[:80]
        assert "server" not in headers and (status == 200 or json.loads(body)["error"])
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    for begun, then in (  # what goes wrong once it has begun; `end` sees that nothing is said of it
        (b"GET / HTTP/1.1\r\n" + host + chunked, b"ZZZ\r\n\r\n"), (post + chunked, b"ZZZ\r\n\r\n"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"nonsense\r\n\r\n"), (post + b"Content-Length: 9\r\n\r\n{", b""),
        (post + b"Content-Length: 2\r\n\r\n{}", b"nonsense\r\n\r\n"), (post + chunked + b"2\r\n", b""),
    ):  # fmt: skip
        with socket.create_connection(("127.0.0.1", s.port), timeout=10) as line, suppress(ConnectionError):
            line.sendall(begun)
            time.sleep(0.05)
            line.sendall(then)
    for endless in (b"GET " + b"a" * 1_000_000, b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 200_000):
        with socket.create_connection(("127.0.0.1", s.port), timeout=10) as line, suppress(ConnectionError):
            line.sendall(endless)
            while line.recv(65536):  # it hangs up, whether or not it was heard to the end
                pass


def busy_but_not_deaf(s):
    """While runs and exact answers are worked out, and people close pages, others are answered."""
    done, end = 0, time.monotonic() + 2
    body = json.dumps(DRAFT).encode()
    read = threading.Thread(target=s, args=("api/whatif", "POST", body))
    read.start()
    for _ in range(20):  # closed as soon as asked
        with socket.create_connection(("127.0.0.1", s.port)) as line:
            line.sendall(
                f"POST /{s.token}/api/whatif HTTP/1.1\r\nHost: 127.0.0.1:{s.port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
    while time.monotonic() < end:
        for path in ("api/case", "api/evidence"):
            status, _, told = s(path)
            assert status == 200 and json.loads(told)
            done += 1
    assert done >= 4 and s.runs()  # half a second each, at the worst
    read.join()


@linux
def test_a_server_without_a_result(serving, tmp_path):
    """The run starts by itself, is stopped, and goes on with the next start."""
    mine = new_case(tmp_path / "mine", "blank")
    out = tmp_path / "out"
    args = (tmp_path / "own", mine, ".", "--out", str(out), "--worlds", "30000")
    s = serving(*args)
    first = s.token
    told = s.case()
    assert told["result"] is None and told["run"] and not told["run"]["error"] and not told["changed"]
    assert s("api/evidence")[0] == 200
    status, _, body = s("api/answers")
    assert status == 409 and "being imagined" in json.loads(body)["error"]
    part = until(lambda: next(out.glob("parts/*/simulating-00000.*.parquet"), None))
    assert s.runs() and "go" in s.end(lambda: os.killpg(s.process.pid, signal.SIGINT))
    held = part.stat().st_mtime_ns
    assert not (out / "record.json").exists()

    s = serving(*args)
    assert s.token != first
    told = until(lambda: (run := s.case()["run"]) and run["stage"] == "simulating" and run)
    assert told["done"] >= 500 and not told["error"] and part.stat().st_mtime_ns == held
    s.end(lambda: s.process.send_signal(signal.SIGINT))
    assert part.stat().st_mtime_ns == held


@linux
def test_a_run_does_not_outlive_its_dashboard(tmp_path):
    case = new_case(tmp_path / "mine", "blank")
    code = f"""
import time
from pathlib import Path
from obrok.case.case import load
from obrok.outward.serve.running import Run
from obrok.outward.options import Options
run = Run(load({str(case)!r}), Options(100_000, 1), Path({str(tmp_path / "out")!r}), False)
while run.stage == "getting ready": time.sleep(0.05)
print(run._process.pid, flush=True)
time.sleep(60)
"""
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=env) as board:
        pid = int(board.stdout.readline())
        assert alive(pid)
        board.kill()
        until(lambda: not alive(pid), 5)
