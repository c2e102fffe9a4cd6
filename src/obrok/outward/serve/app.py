"""The dashboard's web application: what is asked, and who answers."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import numpy as np
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from obrok.outward import pdf
from obrok.outward.serve import answers, days, life, live, places
from obrok.outward.serve.desk import Desk, NotReady
from obrok.outward.serve.evidence_routes import find_out, read_evidence, work_on_evidence
from obrok.outward.serve.guard import OF_REPORT, body, error_of
from obrok.problems import Problem, ProblemsFound

STATIC = Path(__file__).parent / "static"


def make_app(desk: Desk) -> FastAPI:
    """The pages and what they ask for, of one case."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    _say_errors(app, desk)

    @app.get("/")
    def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/api/case")
    def case() -> dict:
        desk.shelf()  # whoever opens a page will want it
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

    @app.get("/api/life")
    def one_life(version: str = "", a: str = "", b: str = "", person: str = "", place: str = "") -> dict:
        return life.view(desk.lives(), version, a, b, person, place)

    @app.get("/api/life/people")
    def people(
        version: str = "", a: str = "", b: str = "", group: str = "", words: str = "", page: str = "", place: str = ""
    ) -> dict:
        return life.listed(desk.lives(), version, a, b, group, words, page, place)

    @app.get("/api/life/days")
    def its_days(
        version: str = "", a: str = "", b: str = "", person: str = "", first: str = "", place: str = ""
    ) -> dict:
        return life.told_days(desk.lives(), version, a, b, person, first, place)

    @app.get("/api/life/someone")
    def someone_else(version: str = "", a: str = "", b: str = "", place: str = "") -> dict:
        return life.another(desk.lives(), version, a, b, np.random.default_rng(), place)

    @app.get("/api/life/version")
    def another_version() -> dict:
        return {"version": desk.lives().drawn(np.random.default_rng())}

    @app.get("/api/map")
    def where() -> dict:
        return places.view(desk.ready())

    @app.get("/api/map/figures")
    def by_place(policy: str = "", versus: str = "", measure: str = "") -> dict:
        try:
            return places.figures(desk.ready(), policy, versus or None, measure)
        except KeyError:
            raise HTTPException(404, "The result has no such policy, pair of policies or measure.") from None

    @app.get("/files/report.pdf")
    def paper() -> Response:
        made = pdf.pdf_of(pdf.report_of(desk.ready().folder))
        name = f'attachment; filename="{desk.case.id}-report.pdf"'
        return Response(made, media_type="application/pdf", headers={"content-disposition": name})

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
        lines = await live.answer(desk, await body(request))
        return StreamingResponse(lines, media_type="application/x-ndjson")

    @app.post("/api/policies")
    async def keep(request: Request) -> dict:
        return await live.keep(desk, await body(request))

    @app.post("/api/run")
    def run() -> dict:
        desk.run()
        return {}

    read_evidence(app, desk)
    find_out(app, desk)
    work_on_evidence(app, desk)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _told(problem: Problem) -> str:
    """A problem in words; one that stands in no file is said without."""
    if problem.file:
        return str(problem)
    line = f"\n{problem.mended}" if problem.mended else ""
    return f"{problem.what[:1].upper()}{problem.what[1:]}: {problem.mend}{line}"


def _say_errors(app: FastAPI, desk: Desk) -> None:
    """Every error is JSON, in words, and says nothing of the machine."""

    @app.exception_handler(NotReady)
    async def _not_ready(request: Request, error: NotReady) -> JSONResponse:
        return error_of(str(error), 409)

    @app.exception_handler(ProblemsFound)
    async def _problems(request: Request, found: ProblemsFound) -> JSONResponse:
        return error_of("\n".join(map(_told, found.problems)), 422)

    @app.exception_handler(StarletteHTTPException)
    async def _http(request: Request, error: StarletteHTTPException) -> JSONResponse:
        plain = {404: "There is nothing at this address.", 405: "This address is not asked in that way."}
        words = error.detail if error.detail[-1:] == "." else plain.get(error.status_code, "That cannot be had.")
        return error_of(words, error.status_code, error.headers)

    @app.exception_handler(ClientDisconnect)
    async def _left(request: Request, error: ClientDisconnect) -> JSONResponse:
        return error_of("The page left before it had said all.", 400)

    async def files(request: Request, error: Exception) -> JSONResponse:
        if desk.under_way:
            return error_of("The old result makes way for the new one: this comes back when the run is done.", 409)
        why = f": {error.strerror.lower()}" if isinstance(error, OSError) and error.strerror else ""
        return error_of(f"A file of the case or of its result cannot be read or written{why}.", 500)

    app.add_exception_handler(OSError, files)
    app.add_exception_handler(duckdb.Error, files)
    app.add_exception_handler(sqlite3.Error, files)

    @app.exception_handler(Exception)
    async def _fault(request: Request, error: Exception) -> JSONResponse:
        return error_of("This is a fault in obrok, not in what you asked: the terminal says more.", 500)
