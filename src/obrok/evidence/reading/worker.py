"""The process that reads: frames of JSON and bytes in at stdin, out at stdout. It opens, writes and calls nothing.

A frame: 8 bytes, the length of a JSON text (big end first), that text; it lists under `blobs` the lengths of the byte
strings that follow. Never a pickle: what comes out of a process that read a hostile file is data.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any, BinaryIO

#: exit status of a worker that ran out of memory
NO_MEMORY = 3
#: audit events of Python that no reading needs
_REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.remove",
            "os.rename", "os.mkdir", "os.rmdir", "shutil.", "urllib.", "ftplib.", "smtplib.", "ctypes.dlopen", "webbrowser.")  # fmt: skip


def send(stream: BinaryIO, message: dict[str, Any], blobs: list[bytes]) -> None:
    text = json.dumps(message | {"blobs": [len(b) for b in blobs]}).encode()
    stream.write(len(text).to_bytes(8, "big") + text)
    for blob in blobs:
        stream.write(blob)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """Raises EOFError where the other side has gone."""
    message = json.loads(_exactly(stream, int.from_bytes(_exactly(stream, 8), "big")))
    return message, [_exactly(stream, n) for n in message["blobs"]]


def _exactly(stream: BinaryIO, n: int) -> bytes:
    data = stream.read(n)
    if len(data) != n:
        raise EOFError
    return data


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    writes = event == "open" and isinstance(args[1], str) and any(c in args[1] for c in "wax+")
    flags = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or flags or event.startswith(_REFUSED):
        raise PermissionError(f"reading a document needs no {event}")


def _confine(memory: int) -> None:
    """Limits of the system, where it has them; then Python's own gate."""
    with suppress(ImportError):
        import resource

        for name, most in (("RLIMIT_AS", memory), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0), ("RLIMIT_NPROC", 0)):
            with suppress(AttributeError, ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (most, most))
    sys.addaudithook(_refuse)


def _spend(seconds: float) -> None:
    """A worker whose parent was killed does not go on for ever: the system ends it by its own clock."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 5, hard))


def main() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    import charset_normalizer
    import pypdf
    import trafilatura
    import warcio.archiveiterator

    from obrok.evidence.reading import one, pdf, warc, web

    del charset_normalizer, pypdf, trafilatura, warcio, pdf, warc, web
    one.read_bytes(b"<html><body><p>" + b"Warm words of no weight. " * 40)  # imports and tables of the first use
    send(target, {"ready": True}, [])
    try:
        _serve(source, target)
    except EOFError:
        return
    except MemoryError:
        os._exit(NO_MEMORY)


def _serve(source: BinaryIO, target: BinaryIO) -> None:
    from obrok.evidence.reading import one
    from obrok.evidence.reading.types import Limits, Unreadable

    confined = False
    while True:
        message, (data,) = receive(source)
        limits = Limits(**message["limits"])
        if not confined:
            _confine(limits.memory)
            confined = True
        _spend(limits.seconds)
        try:
            reads = one.read_bytes(data, message["name"], limits)
        except Unreadable as wrong:
            send(target, {"what": wrong.what, "mend": wrong.mend}, [])
            continue
        blobs = [b"" if r.data is data else r.data for r in reads]
        send(target, {"reads": [r.as_json() | {"whole": r.data is data} for r in reads]}, blobs)


if __name__ == "__main__":
    main()
