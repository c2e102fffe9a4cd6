"""The dashboard's web application: who may ask, what is answered, and under which headers."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

from obrok.outward.serve import answers, days, evidence, live
from obrok.outward.serve.desk import Desk, NotReady
from obrok.problems import ProblemsFound

STATIC = Path(__file__).parent / "static"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: pages take scripts from here alone and talk to nobody else; styles stand inside pictures, too
CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
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
OF_REPORT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
#: what a result folder gives away by name
FILES = {
    "report.html": "text/html", "answers.csv": "text/csv", "answers.json": "application/json",
    "explain.json": "application/json", "record.json": "application/json",
}  # fmt: skip
#: the largest body that is read: a draft is a few hundred characters
MOST_BODY = 1 << 16


class Guard:
    """Lets nobody in without the token, which is the first part of every address; nor under a foreign name (DNS
    rebinding), nor from a page of another site. Any other user of the machine can reach the port, but not guess it."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], token: str, hosts: Iterable[str]):
        self.app, self.token, self.hosts = app, token.encode(), frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return None

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in given]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        wrong = self.refused(scope)
        if wrong:
            status, words = wrong
            return await JSONResponse({"error": words}, status)(scope, receive, sending)
        rest = "/" + scope["path"].lstrip("/").partition("/")[2]
        inner = {**scope, "path": rest, "raw_path": rest.encode()}
        return await self.app(inner, receive, sending)

    def refused(self, scope: Scope) -> tuple[int, str] | None:
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if headers.get("host", "").lower() not in self.hosts:
            return 421, "This is not the address that `obrok serve` printed: open that one."
        first, slash, _ = scope["path"].lstrip("/").partition("/")
        if not slash or not hmac.compare_digest(first.encode("utf-8", "replace"), self.token):
            return 403, "Open the whole address that `obrok serve` printed: the long word in it is the key."
        # a click in a mail or a terminal is `none`; a page of another site is `cross-site`
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return 403, "Pages of other sites may not ask."
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() not in self.hosts:
            return 403, "Pages of other sites may not ask."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BODY:
            return 413, "That is too much at once."
        return None


def make_app(desk: Desk) -> FastAPI:
    """The pages and what they ask for, of one case."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(NotReady)
    async def _not_ready(request: Request, error: NotReady) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 409)

    @app.exception_handler(ProblemsFound)
    async def _problems(request: Request, found: ProblemsFound) -> JSONResponse:
        return JSONResponse({"error": "\n".join(map(str, found.problems))}, 422)

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
            raise HTTPException(404, "the case has no such document")
        return found

    @app.get("/files/{name}")
    def file(name: str) -> FileResponse:
        if name not in FILES:
            raise HTTPException(404, "there is no such file")
        path = desk.ready().folder / name
        as_what = f"{desk.case.id}-{name}"
        special = {"content-security-policy": OF_REPORT} if name == "report.html" else {}
        shown = "inline" if name == "report.html" else "attachment"
        return FileResponse(
            path, media_type=FILES[name], filename=as_what, content_disposition_type=shown, headers=special
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


async def _body(request: Request) -> dict:
    """The JSON object that a page sent. Raises HTTPException where it is too long, or none."""
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > MOST_BODY:
            raise HTTPException(413, "That is too much at once.")
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise HTTPException(400, "The page sent something that is not a request.")
    return found
