"""Starts the dashboard: a socket, a key, an address to open; until Ctrl-C."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from pathlib import Path

import uvicorn

from obrok.case.case import Case
from obrok.outward.serve.app import Guard, make_app
from obrok.outward.serve.desk import Desk
from obrok.outward.study import Options
from obrok.outward.terminal import out
from obrok.problems import Problem, ProblemsFound


def serve(case: Case, options: Options, folder: Path, host: str, port: int) -> None:
    """Serves a case until it is stopped by hand. Raises ProblemsFound where nobody can listen there."""
    listening = _listen(host, port)
    address, port = listening.getsockname()[:2]
    token = secrets.token_urlsafe(24)
    shown = f"[{address}]" if ":" in address else address
    desk = Desk(case, options, folder)
    config = uvicorn.Config(
        Guard(make_app(desk), token, names(address, port)),
        log_config=None, access_log=False, server_header=False, date_header=False, timeout_graceful_shutdown=2,
        limit_concurrency=400,
    )  # fmt: skip
    out.print(f"[bold]{case.title}[/bold]")
    out.print(f"open  http://{shown}:{port}/{token}/", soft_wrap=True)
    out.print("The address is the key: whoever has it can read this case. Ctrl-C ends the dashboard.", style="dim")
    if not _loopback(address):
        out.print("! other machines can reach this, and what they ask for travels unencrypted.", style="bold")
    try:
        with desk:
            uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()


def names(address: str, port: int) -> list[str]:
    """What a browser may call the server: the address itself and, of a loopback one, its usual names."""
    found = [f"[{address}]" if ":" in address else address]
    if _loopback(address):
        found += ["localhost", "127.0.0.1", "[::1]"]
    if ipaddress.ip_address(address).is_unspecified:  # every address of this machine: any of them as digits, no name
        found += ["localhost", "127.0.0.1", socket.gethostbyname(socket.gethostname())]
    return [f"{name}:{port}" for name in dict.fromkeys(found)] + (list(dict.fromkeys(found)) if port == 80 else [])


def _loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(128)
        return listening
    except OSError as error:
        words = f"nobody can listen on {host}, port {port}: {(error.strerror or str(error)).lower()}"
        mend = "give another port, for example --port 0 (any that is free)."
        raise ProblemsFound([Problem("obrok serve", 0, words, mend)]) from error
