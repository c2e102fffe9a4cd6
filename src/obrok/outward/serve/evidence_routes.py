"""What is asked about evidence, and who answers: lists and texts to read, words to look for; and what is done with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from obrok.outward.editing.intake import About
from obrok.outward.serve import copying, deeds, evidence, hedges, replies, searching, work
from obrok.outward.serve import next as ahead
from obrok.outward.serve.desk import Desk
from obrok.outward.serve.guard import INTAKE, MOST_FILE, body, pieces

#: a figure, or the two ends of a range: given twice
Value = Annotated[Sequence[str], Query()]


def read_evidence(app: FastAPI, desk: Desk) -> None:
    """Documents and claims: light lists of all, what takes longer apart, each by itself, and words in the texts."""

    @app.get("/api/evidence")
    def lists(have: str = "") -> Response:
        shelf = desk.shelf()
        if have == shelf.stamp:
            return JSONResponse({"stamp": have})
        return _words(evidence.lists(shelf))

    @app.get("/api/evidence/more")
    def more(have: str = "") -> Response:
        shelf = desk.shelf()
        if have == shelf.texts().stamp:
            return JSONResponse({"stamp": have})
        return _words(evidence.rest(shelf))

    @app.get("/api/claims/{id}")
    def claim(id: str) -> Response:
        shelf = desk.shelf()
        if id not in shelf.case.evidence.claims:
            raise HTTPException(404, "The case has no such claim.")
        return _words(shelf.as_json(("claim", id), lambda: evidence.claim(shelf, id)))

    @app.get("/api/documents/{id}")
    def document(id: str) -> dict:
        return _there(evidence.document(desk.shelf(), id), "The case has no such document.")

    @app.get("/api/documents/{id}/places")
    def places(id: str, words: str = "") -> dict:
        found = searching.places(desk.case, id, words[: searching.MOST_WORDS])
        return _there(found, "The case has no such document, or its text is not shown here.")

    @app.get("/api/search")
    def search(words: str = "", page: str = "0") -> dict:
        at = int(page) if re.fullmatch("[0-9]{1,4}", page) else 0
        return desk.searching.ask(desk.case, words[: searching.MOST_WORDS], at)


def find_out(app: FastAPI, desk: Desk) -> None:
    """What to find out next, words to say a reply with, and what would come of one."""

    @app.get("/api/next")
    def to_find_out() -> dict:
        return ahead.view(desk.case, desk.ready_or_none())

    @app.get("/api/hedges")
    def words_to_choose(informs: str = "outcome", quantity: str = "", value: Value = (), unit: str = "") -> dict:
        return hedges.view(desk.case, informs, quantity, value, unit)

    @app.post("/api/reply")
    async def imagine(request: Request) -> dict:
        given = await body(request)
        return await run_in_threadpool(lambda: replies.reply(desk.ready(), given))


def work_on_evidence(app: FastAPI, desk: Desk) -> None:
    """Documents taken in, claims made and judged, cases begun."""

    @app.get("/api/work")
    def to_work_with() -> dict:
        return work.view(desk)

    @app.get("/api/work/documents/{id}")
    def to_judge(id: str) -> dict:
        return _there(work.on_document(desk, id), "The case has no such document.")

    @app.get("/api/disagreements")
    def disagreements() -> list:
        return work.disagreements(desk)

    @app.get("/api/copies")
    def copies() -> dict:
        return copying.view(desk)

    @app.post("/api/work")
    async def do(request: Request) -> dict:
        asked = await body(request)
        return await run_in_threadpool(deeds.act, desk, asked)

    @app.post("/api/cases")
    async def begin(request: Request) -> dict:
        asked = await body(request)
        return await run_in_threadpool(deeds.begin, desk, asked)

    @app.post(INTAKE)
    async def take(request: Request, name: str = "document", published: str | None = None, title: str | None = None,
                   publisher: str | None = None, language: str | None = None) -> dict:  # fmt: skip
        about = About(*((x and x.strip()[:300]) or None for x in (published, title, publisher, language)))
        with await run_in_threadpool(deeds.incoming, desk.case) as room:
            file = Path(room) / deeds.file_name(name)
            with file.open("xb") as out:
                async for piece in pieces(request, MOST_FILE):
                    out.write(piece)
            return await run_in_threadpool(deeds.take, desk, file, about)


def _there(found: dict | None, otherwise: str) -> dict:
    if found is None:
        raise HTTPException(404, otherwise)
    return found


def _words(json: bytes) -> Response:
    return Response(json, media_type="application/json")
