"""Where files lie: a local folder, or any address that fsspec knows. Every file is whole or absent."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from obrok.problems import ProblemsFound
from obrok.worlds.place_words import PART, SCHEME, aside, bounded, checked, is_name, problem, shown, told_as, writable

__all__ = ["Folder", "Place", "place", "shown"]


class Place(Protocol):
    """Files by name, below one root. Names are relative, with `/` between their parts. Every failure raises
    `ProblemsFound`, and leaves of each file what was there, or the new one, or nothing: never a part."""

    @property
    def address(self) -> str:
        """As given: it may hold a password, and is never written nor shown."""

    def names(self, under: str = "") -> list[str]:
        """The names of all files below (a folder), from the root on, sorted; those being written left out."""

    def get(self, name: str, most: int | None = None) -> bytes | None:
        """The file's bytes; None: absent. More than `most` bytes are refused."""

    def put(self, name: str, data: bytes) -> None:
        """Writes a file in one go; folders are made. It is on the disk when this returns."""

    def remove(self, name: str) -> None:
        """Takes a file away; it may be absent."""

    def stamps(self, under: str = "") -> dict[str, str]:
        """Name → something that changes when the file does."""

    def leftovers(self, under: str = "") -> list[str]:
        """Files that are being written, or were when their writer was killed. `remove` takes them away."""

    def drop(self, under: str, deep: bool = False) -> bool:
        """Takes a folder away if it is empty, and no link; whether it is gone. Stores have no folders. `deep`: with the
        empty folders in it."""


def place(address: str | Path) -> Place:
    """The place of an address: a path, `file://…`, or what fsspec knows (`s3://bucket/folder`, `sftp://host/folder` …).

    Nothing is made there before the first `put`. Raises `ProblemsFound`.
    """
    found = None if isinstance(address, Path) else SCHEME.match(address)
    if not found:
        return _folder(str(address), Path(address))
    scheme = found[1].lower()
    if "::" in str(address):
        raise problem(shown(address), "one address inside another cannot be used", "give the place itself.")
    if scheme in ("file", "local"):
        rest = unquote(str(address)[found.end() :]).removeprefix("localhost")
        if not Path(rest).is_absolute():
            raise problem(shown(address), "not a whole path", f"write {scheme}:///FOLDER, or the path alone.")
        return _folder(str(address), Path(rest))
    from obrok.worlds.places_remote import open_remote

    return open_remote(str(address), scheme)


@dataclass(frozen=True)
class Folder:
    """A folder of this machine."""

    address: str = field(repr=False)
    root: Path

    def names(self, under: str = "") -> list[str]:
        return sorted(self._files(under))

    def stamps(self, under: str = "") -> dict[str, str]:
        files = self._files(under)
        return {name: f"{s.st_size}-{s.st_mtime_ns}-{s.st_ino}" for name, s in sorted(files.items())}

    def leftovers(self, under: str = "") -> list[str]:
        return sorted(self._files(under, parts=True))

    def drop(self, under: str, deep: bool = False) -> bool:
        if under and (self.root / checked(under)).is_symlink():
            return False
        path = self._path(under) if under else self.root
        with self._telling(f"{under} cannot be removed"):
            for folder in [f for f, *_ in os.walk(path, topdown=False)][:-1] if deep else ():
                with suppress(OSError):
                    os.rmdir(folder)
            try:
                path.rmdir()
            except FileNotFoundError:
                return True
            except OSError as error:  # it is not empty, or no folder
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    return False
                raise
        return True

    def _files(self, under: str, parts: bool = False) -> dict[str, os.stat_result]:
        """Files by name, whole ones or parts. Links that lead out, and what is no file (a pipe, a device), are not there."""
        out: dict[str, os.stat_result] = {}
        with self._telling("cannot be listed"):
            top = self._path(under) if under else self.root
            for folder, _, files in os.walk(top, onerror=_unless_absent):
                for file in files:
                    path = Path(folder, file)
                    name = path.relative_to(self.root).as_posix()
                    if not is_name(name) or name.endswith(PART) is not parts:
                        continue
                    found = _found(self._path, name) if path.is_symlink() else _found(self.root.joinpath, name)
                    if found and stat.S_ISREG(found.st_mode):
                        out[name] = found
        return out

    def get(self, name: str, most: int | None = None) -> bytes | None:
        with self._telling(f"{name} cannot be read"):
            try:
                with open(self._path(name), "rb", opener=_open_file) as file:
                    data = file.read() if most is None else file.read(most + 1)
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                return None
        return bounded(shown(self.address), name, data, most)

    def put(self, name: str, data: bytes) -> None:
        path = self._path(writable(name))
        part = path.with_name(aside(path.name))
        with self._telling(f"{name} cannot be written"):
            new = _make_folders(path.parent)
            try:
                with open(part, "xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(part, path)
            except BaseException:
                with suppress(OSError):
                    part.unlink(missing_ok=True)
                raise
            for folder in (path.parent, *new):
                _flush_folder(folder)

    def remove(self, name: str) -> None:
        with self._telling(f"{name} cannot be removed"), suppress(NotADirectoryError):
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        """Where a file lies. Raises where its name, or a link on the way, leads out of the root."""
        path = self.root / checked(name)
        root = os.path.realpath(self.root)
        if not Path(os.path.realpath(path)).is_relative_to(root):
            raise problem(shown(self.address), f"{name} is a link that leads out", "put the file itself there.")
        return path

    def _telling(self, what: str):
        return told_as(shown(self.address), what, OSError)


def _folder(address: str, root: Path) -> Folder:
    if root.exists() and not root.is_dir():
        raise problem(shown(address), "a file, where a folder is needed", "name another folder.")
    return Folder(address, root)


def _found(path: Callable[[str], Path], name: str) -> os.stat_result | None:
    """What the system tells of a file; None: it is gone meanwhile, or a link that leads out or in a circle."""
    try:
        return os.stat(path(name))
    except (FileNotFoundError, ProblemsFound):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise


def _unless_absent(error: OSError) -> None:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        raise error


def _open_file(path: str, flags: int) -> int:
    """Opens a file, and nothing else: a pipe would be waited for."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise FileNotFoundError(path)


def _make_folders(folder: Path) -> list[Path]:
    """Makes what is missing of a folder; gives the folders that hold a new one, whose entries are to be flushed."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return [f.parent for f in missing]


def _flush_folder(folder: Path) -> None:
    """Asks that a folder's entries are on the disk, where the system can be asked."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EROFS):
            raise
    finally:
        os.close(handle)
