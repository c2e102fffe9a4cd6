"""Starts the dashboard: a socket, a key, an address to open; until Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import gc
import ipaddress
import json
import logging
import os
import re
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from obrok.case.case import Case
from obrok.evidence.passphrases import ask_no_more
from obrok.outward.options import Options, check_options
from obrok.outward.serve.app import make_app
from obrok.outward.serve.desk import Desk
from obrok.outward.serve.guard import HEADERS, PATIENCE, Guard, called
from obrok.outward.terminal import out
from obrok.problems import Problem, ProblemsFound

#: characters of a view
LONGEST_VIEW = 8_000


def serve(case: Case, options: Options, folder: Path, host: str, port: int, view: str | None = None) -> None:
    """Serves a case until it is stopped by hand; `view`: what to open first, as a link of the dashboard has it. Raises
    ProblemsFound where nobody can listen there."""
    check_options(case, options)
    shown = f"#{view_of(view)}" if view is not None else ""
    ask_no_more()  # whoever opened the case was asked; from here on threads answer browsers
    listening = _listen(host, port)
    address, port = listening.getsockname()[:2]
    token = secrets.token_urlsafe(24)
    desk = Desk(case, options, folder)
    config = uvicorn.Config(
        Guard(make_app(desk), token, names(address, port)),
        http=Plainly, ws="none", lifespan="off", proxy_headers=False, server_header=False, date_header=False,
        log_config=None, log_level="error", access_log=False, timeout_graceful_shutdown=2,
    )  # fmt: skip
    out.print("".join(c for c in case.title if c.isprintable()), style="bold", markup=False)
    out.print(f"open  http://{names(address, port)[0]}/{token}/{shown}", markup=False)
    out.print("The address is the key: whoever has it can read this case. Ctrl-C ends the dashboard.", style="dim")
    if not _loopback(address):
        out.print("! other machines can reach this, and what they ask for travels unencrypted.", style="bold")
    try:
        with _ended_kindly(), set_aside(), desk:
            Listening(config, desk).run(sockets=[listening])
    finally:
        listening.close()


@contextmanager
def set_aside() -> Iterator[None]:
    """What is in memory now stays there and is not looked through for what can go: of a large case that is a million
    objects, and who asks meanwhile would wait a fifth of a second."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def view_of(given: str) -> str:
    """What a link shows, as it stands after its `#`; of a whole link its key and address are dropped. Raises ProblemsFound."""
    _, sign, after = given.partition("#")
    view = after if sign else given
    if (not sign and "://" in given) or len(view) > LONGEST_VIEW or not re.fullmatch(r"[a-z]+(?:[/?].*)?", view, re.S):
        what = "this is no view of the dashboard"
        mend = "copy it from “Link to this view” there, in quotation marks: for example --view 'time?day=2015-06-01'."
        raise ProblemsFound([Problem("--view", 0, what, mend)])
    return quote(view, safe="/?&=%+-._~,:;@*")


class Listening(uvicorn.Server):
    """Tells the desk when it is to end, so that no stream is waited for."""

    def __init__(self, config: uvicorn.Config, desk: Desk):
        super().__init__(config)
        self.desk = desk

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.desk.closed = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # who is cut off now is no fault
        await super().shutdown(sockets)


class Plainly(H11Protocol):
    """HTTP; what is no HTTP at all gets the same headers as every other answer. Who connects and asks for nothing is not
    waited for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(PATIENCE, self.hang_up)

    def hang_up(self) -> None:
        if self.cycle is None:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        headers = {**HEADERS, "content-type": "application/json", "connection": "close"}
        given = [(k.encode(), v.encode()) for k, v in headers.items()]
        events = (
            h11.Response(status_code=400, headers=given, reason=b"Bad Request"),
            h11.Data(data=json.dumps({"error": "This is not a request that a browser would make."}).encode()),
            h11.EndOfMessage(),
        )
        with suppress(h11.LocalProtocolError):  # it was answered already
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


@contextmanager
def _ended_kindly() -> Iterator[None]:
    """Whoever stops the process or closes its terminal ends it as Ctrl-C does: the run with it, what is finished kept."""

    def stopped(sig: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def hung_up(sig: int, frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGTERM)

    wanted = [(name, act) for name, act in (("SIGTERM", stopped), ("SIGHUP", hung_up)) if hasattr(signal, name)]
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {
            s: signal.signal(s, act)
            for name, act in wanted
            if signal.getsignal(s := getattr(signal, name)) == signal.SIG_DFL
        }
    try:
        yield
    finally:
        for s, act in before.items():
            signal.signal(s, act)


def names(address: str, port: int) -> list[str]:
    """What a browser may call the server, with the port: the address to open first. Where it listens on every address of
    the machine, the one at which a request comes in is let in, too (`Guard`)."""
    every = ipaddress.ip_address(address).is_unspecified
    own = ("::1" if ":" in address else "127.0.0.1") if every else address
    found = called(own, port)
    if _loopback(own):
        found += [name for digits in ("127.0.0.1", "::1") for name in called(digits, port)]
        found += [f"localhost:{port}"] + ["localhost"] * (port == 80)
    return list(dict.fromkeys(found))


def _loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _listen(host: str, port: int) -> socket.socket:
    listening = None
    try:
        family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere it would let another program take the port over
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(128)
        return listening
    except (OSError, UnicodeError) as error:
        if listening is not None:
            listening.close()
        why = getattr(error, "strerror", None) or "it is no address"
        taken = getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES)
        mend = (
            "give another port, for example --port 0 (any that is free)."
            if taken
            else "give an address of this machine, for example --host 127.0.0.1, which lets no other machine in."
        )
        words = f"nobody can listen on {host}, port {port}: {why.lower()}"
        raise ProblemsFound([Problem("obrok serve", 0, words, mend)]) from error
