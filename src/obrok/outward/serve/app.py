"""The dashboard's web application: who may ask, what is answered, and under which headers."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import duckdb
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from obrok.outward.serve import answers, days, evidence, live
from obrok.outward.serve.desk import Desk, NotReady
from obrok.problems import ProblemsFound

STATIC = Path(__file__).parent / "static"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: pages take scripts and styles from here alone, and talk to nobody else
CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
#: the report carries its own style; nothing in it runs
OF_REPORT = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
#: the largest body that is read: a draft is a few hundred characters
MOST_BODY = 1 << 16
#: the most that is said about an error, in characters; requests that are answered at once; seconds that a body may take
MOST_WORDS, MOST_INSIDE, PATIENCE = 20_000, 200, 10.0


class Guard:
    """Lets nobody in without the token, which is the first part of every address; nor under a foreign name (DNS
    rebinding), nor from a page of another site. Any other user of the machine can reach the port, but not guess it.

    `hosts`: what the server may be called in a request, with its port; the address at which a request came in, as digits,
    always is one of them."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], token: str, hosts: Iterable[str]):
        self.app, self.token, self.hosts = app, token.encode(), frozenset(hosts)
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in given]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        wrong = self.refused(scope)
        if wrong:
            return await _error(*wrong)(scope, receive, sending)
        rest = "/" + scope["path"].removeprefix("/").partition("/")[2]
        self.inside += 1
        try:
            await self.app({**scope, "path": rest, "raw_path": rest.encode("utf-8", "replace")}, receive, sending)
        finally:
            self.inside -= 1

    def refused(self, scope: Scope) -> tuple[str, int] | None:
        """Why a request is not let in: words and HTTP status. None: it is."""
        given: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            given.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1").strip().lower())
        hosts = self.hosts | set(called(*scope["server"]))
        if len(given.get("host", [])) != 1 or given["host"][0] not in hosts:
            return "This is not the address that `obrok serve` printed: open that one.", 421
        first, slash, _ = scope["path"].removeprefix("/").partition("/")
        if not (hmac.compare_digest(first.encode("utf-8", "replace"), self.token) and slash):
            return "Open the whole address that `obrok serve` printed: the long word in it is the key.", 403
        # a click in a mail or a terminal is `none`; a page of another site is `cross-site`
        if set(given.get("sec-fetch-site", [])) - {"none", "same-origin"}:
            return "Pages of other sites may not ask.", 403
        if set(given.get("origin", [])) - {f"http://{host}" for host in hosts}:
            return "Pages of other sites may not ask.", 403
        # what a form of another page can send without being asked about is never JSON
        kind = given.get("content-type", [""])[0].partition(";")[0].strip()
        if scope["method"] == "POST" and kind != "application/json":
            return "Only what the dashboard's own pages send is taken, as application/json.", 415
        lengths = given.get("content-length", ["0"])
        if any(not re.fullmatch("[0-9]{1,9}", length) or int(length) > MOST_BODY for length in lengths):
            return "That is too much at once.", 413
        if self.inside >= MOST_INSIDE:
            return "Too many questions at once: close some pages of the dashboard.", 503
        return None


def called(address: str, port: int) -> list[str]:
    """What a browser puts into `Host` for an address."""
    at = ipaddress.ip_address(address.partition("%")[0])
    at = getattr(at, "ipv4_mapped", None) or at
    digits = f"[{at}]" if at.version == 6 else str(at)
    return [f"{digits}:{port}", digits] if port == 80 else [f"{digits}:{port}"]


def _error(words: str, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    words = words[:MOST_WORDS].encode("utf-8", "replace").decode()  # half a surrogate pair is no text
    return JSONResponse({"error": words}, status, headers)


def make_app(desk: Desk) -> FastAPI:
    """The pages and what they ask for, of one case."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    _say_errors(app, desk)

    @app.get("/")
    def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/api/case")
    def case() -> dict:
        return desk.told()

    @app.get("/api/answers")
    def all_answers() -> dict:
        return answers.view(desk.ready())

    @app.get("/api/days")
    def over_time() -> dict:
        return days.view(desk.ready())

    @app.get("/api/money")
    def money() -> dict:
        return days.money(desk.ready())

    @app.get("/api/evidence")
    def claims() -> dict:
        return evidence.view(desk.case, desk.ready_or_none())

    @app.get("/api/documents/{id}")
    def document(id: str) -> dict:
        found = evidence.document(desk.case, id)
        if found is None:
            raise HTTPException(404, "The case has no such document.")
        return found

    @app.get("/files/{name}")
    def file(name: str) -> FileResponse:
        path = desk.ready().folder / name
        if name not in answers.FILES or not path.is_file() or path.is_symlink():
            raise HTTPException(404, "There is no such file.")
        as_what = f"{desk.case.id}-{name}"
        special = {"content-security-policy": OF_REPORT} if name == "report.html" else {}
        shown = "inline" if name == "report.html" else "attachment"
        return FileResponse(
            path, media_type=answers.FILES[name], filename=as_what, content_disposition_type=shown, headers=special
        )

    @app.get("/api/whatif")
    def whatif() -> dict:
        return live.begin(desk.bench())

    @app.post("/api/whatif")
    async def ask(request: Request) -> StreamingResponse:
        lines = await live.answer(desk, await _body(request))
        return StreamingResponse(lines, media_type="application/x-ndjson")

    @app.post("/api/policies")
    async def keep(request: Request) -> dict:
        return await live.keep(desk, await _body(request))

    @app.post("/api/run")
    def run() -> dict:
        desk.run()
        return {}

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _say_errors(app: FastAPI, desk: Desk) -> None:
    """Every error is JSON, in words, and says nothing of the machine."""

    @app.exception_handler(NotReady)
    async def _not_ready(request: Request, error: NotReady) -> JSONResponse:
        return _error(str(error), 409)

    @app.exception_handler(ProblemsFound)
    async def _problems(request: Request, found: ProblemsFound) -> JSONResponse:
        return _error("\n".join(map(str, found.problems)), 422)

    @app.exception_handler(StarletteHTTPException)
    async def _http(request: Request, error: StarletteHTTPException) -> JSONResponse:
        plain = {404: "There is nothing at this address.", 405: "This address is not asked in that way."}
        words = error.detail if error.detail[-1:] == "." else plain.get(error.status_code, "That cannot be had.")
        return _error(words, error.status_code, error.headers)

    @app.exception_handler(ClientDisconnect)
    async def _left(request: Request, error: ClientDisconnect) -> JSONResponse:
        return _error("The page left before it had said all.", 400)

    async def files(request: Request, error: Exception) -> JSONResponse:
        if desk.under_way:
            return _error("The old result makes way for the new one: this comes back when the run is done.", 409)
        why = f": {error.strerror.lower()}" if isinstance(error, OSError) and error.strerror else ""
        return _error(f"A file of the case or of its result cannot be read or written{why}.", 500)

    app.add_exception_handler(OSError, files)
    app.add_exception_handler(duckdb.Error, files)

    @app.exception_handler(Exception)
    async def _fault(request: Request, error: Exception) -> JSONResponse:
        return _error("This is a fault in obrok, not in what you asked: the terminal says more.", 500)


async def _body(request: Request) -> dict:
    """The JSON object that a page sent. Raises HTTPException where it is too long, too slow, or none."""
    data = b""
    try:
        async with asyncio.timeout(PATIENCE):
            async for piece in request.stream():
                data += piece
                if len(data) > MOST_BODY:
                    raise HTTPException(413, "That is too much at once.")
        found = json.loads(data, parse_constant=_refuse, object_pairs_hook=_once)
    except TimeoutError as error:
        raise HTTPException(408, "The page was too slow to say what it wants.") from error
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise HTTPException(400, "The page sent something that is not a request.")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict:
    """A group of keys, none of them twice: which one is meant?"""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found
