"""Who may ask the dashboard, how much and how fast, and under which headers it answers."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse

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
#: where a file is sent, as it is; the largest that is read (`evidence.reading` says more of larger ones)
INTAKE, FILES, MOST_FILE = "/api/intake", "application/octet-stream", 50_000_000
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
            return await error_of(*wrong)(scope, receive, sending)
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
        first, slash, rest = scope["path"].removeprefix("/").partition("/")
        if not (hmac.compare_digest(first.encode("utf-8", "replace"), self.token) and slash):
            return "Open the whole address that `obrok serve` printed: the long word in it is the key.", 403
        # a click in a mail or a terminal is `none`; a page of another site is `cross-site`
        if set(given.get("sec-fetch-site", [])) - {"none", "same-origin"}:
            return "Pages of other sites may not ask.", 403
        if set(given.get("origin", [])) - {f"http://{host}" for host in hosts}:
            return "Pages of other sites may not ask.", 403
        # what a form of another page can send without being asked about is never JSON
        kind = given.get("content-type", [""])[0].partition(";")[0].strip()
        wanted, most = (FILES, MOST_FILE) if slash + rest == INTAKE else ("application/json", MOST_BODY)
        if scope["method"] == "POST" and kind != wanted:
            return f"Only what the dashboard's own pages send is taken, as {wanted}.", 415
        lengths = given.get("content-length", ["0"])
        if any(not re.fullmatch("[0-9]{1,9}", length) or int(length) > most for length in lengths):
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


def error_of(words: str, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    words = words[:MOST_WORDS].encode("utf-8", "replace").decode()  # half a surrogate pair is no text
    return JSONResponse({"error": words}, status, headers)


async def body(request: Request) -> dict:
    """The JSON object that a page sent. Raises HTTPException where it is too long, too slow, or none."""
    try:
        async with asyncio.timeout(PATIENCE):
            data = b"".join([piece async for piece in pieces(request, MOST_BODY)])
        found = json.loads(data, parse_constant=_refuse, object_pairs_hook=_once)
    except TimeoutError as error:
        raise HTTPException(408, "The page was too slow to send what it wants.") from error
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise HTTPException(400, "The page sent something that is not a request.")
    return found


async def pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """What a page sends, piece by piece. Raises HTTPException where it is too long, or nothing comes for too long."""
    length, stream = 0, request.stream()
    while True:
        try:
            piece = await asyncio.wait_for(anext(stream), PATIENCE)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise HTTPException(408, "The page was too slow to send what it wants.") from error
        length += len(piece)
        if length > most:
            raise HTTPException(413, "That is too much at once.")
        yield piece


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict:
    """A group of keys, none of them twice: which one is meant?"""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found
