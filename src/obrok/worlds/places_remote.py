"""Files at an address that fsspec knows: `s3://`, `gs://`, `sftp://`, `memory://` and others."""

from __future__ import annotations

import errno
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from obrok.worlds.place_words import PART, aside, bounded, checked, is_name, problem, shown, told_as, too_long, writable

#: protocols of stores whose writes show whole or not at all; elsewhere a file is written aside and renamed
STORES = frozenset("abfs abfss adl az gcs gs hf lakefs memory oci oss s3 s3a tos tosfs".split())
#: what a library tells of a file of a store that changes whenever the file does
CHANGES = (
    *("ETag", "etag", "md5Hash", "content_md5", "generation", "size", "mtime", "modified", "updated", "LastModified"),
    *("last_modified", "created"),
)
#: libraries behind protocols that fsspec speaks by itself
BEHIND = {"sftp": "paramiko", "ssh": "paramiko", "smb": "smbprotocol", "http": "aiohttp", "https": "aiohttp"}
BEHIND |= {"webhdfs": "requests", "hdfs": "pyarrow", "github": "requests", "dbfs": "requests", "git": "pygit2"}


@dataclass(frozen=True)
class Remote:
    """A place that fsspec knows. `whole`: a write there shows whole or not at all."""

    address: str = field(repr=False)
    fs: Any = field(repr=False)
    root: str = field(repr=False)
    whole: bool

    def names(self, under: str = "") -> list[str]:
        return sorted(self._files(under))

    def stamps(self, under: str = "") -> dict[str, str]:
        files = self._files(under)
        return {
            name: "-".join(str(about[k]) for k in CHANGES if about.get(k) is not None) for name, about in files.items()
        }

    def leftovers(self, under: str = "") -> list[str]:
        return sorted(self._files(under, parts=True))

    def drop(self, under: str, deep: bool = False) -> bool:
        if self.whole:
            return True
        path = self._path(under) if under else self.root
        with self._telling(f"{under} cannot be removed"):
            self.fs.invalidate_cache()
            inside = self.fs.find(path, withdirs=True) if deep and self.fs.exists(path) else []
            for folder in (*sorted(inside, reverse=True), path):
                with suppress(OSError, NotImplementedError):  # it is a file, or not empty
                    self.fs.rmdir(folder)
        with self._telling("cannot be listed"):
            self.fs.invalidate_cache()
            return not self.fs.exists(path)

    def _files(self, under: str, parts: bool = False) -> dict[str, dict]:
        top = self._path(under) if under else self.root
        with self._telling("cannot be listed"):
            self.fs.invalidate_cache()  # what others wrote meanwhile
            try:
                found = self.fs.find(top, detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return {}
        out = {}
        for path, about in sorted(found.items()):
            name = path.removeprefix(f"{self.root}/")
            ours = name != path and is_name(name) and name.endswith(PART) is parts
            if ours and about.get("type") == "file":
                out[name] = about
        return out

    def get(self, name: str, most: int | None = None) -> bytes | None:
        path = self._path(name)
        with self._telling(f"{name} cannot be read"):
            try:
                if most is not None:
                    self.fs.invalidate_cache()
                    if (self.fs.info(path).get("size") or 0) > most:
                        raise too_long(shown(self.address), name, most)
                data = self.fs.cat_file(path)
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                return None
        return bounded(shown(self.address), name, data, most)

    def put(self, name: str, data: bytes) -> None:
        path = self._path(writable(name))
        with self._telling(f"{name} cannot be written"):
            if self.whole:
                self._write(path, data)
                return
            folder, _, file = path.rpartition("/")
            part = f"{folder}/{aside(file)}"
            if folder:
                self.fs.makedirs(folder, exist_ok=True)
            try:
                self._write(part, data)
                self._rename(part, path)
            except BaseException:
                with suppress(Exception):
                    self.fs.rm_file(part)
                raise

    def _write(self, path: str, data: bytes) -> None:
        """Writes, and asks how much arrived: a connection that broke is not always told."""
        self.fs.pipe_file(path, data)
        self.fs.invalidate_cache()
        arrived = self.fs.info(path).get("size")
        if arrived is not None and arrived != len(data):
            with suppress(Exception):
                self.fs.rm_file(path)
            raise ConnectionError

    def _rename(self, part: str, path: str) -> None:
        """Renames; where the place does not rename onto a file, that goes first."""
        try:
            self.fs.mv(part, path)
            if not self.fs.exists(part):  # some places refuse without a word
                return
        except OSError as error:
            if not isinstance(error, FileExistsError) and error.errno != errno.EEXIST:
                raise
        self.fs.rm_file(path)
        self.fs.mv(part, path)

    def remove(self, name: str) -> None:
        path = self._path(name)
        with self._telling(f"{name} cannot be removed"), suppress(FileNotFoundError, NotADirectoryError):
            self.fs.invalidate_cache()
            self.fs.rm_file(path)

    def _path(self, name: str) -> str:
        return f"{self.root}/{checked(name)}"

    def _telling(self, what: str):
        return told_as(shown(self.address), what, Exception)


def open_remote(address: str, scheme: str) -> Remote:
    where = shown(address)
    try:
        from fsspec.core import url_to_fs
        from fsspec.registry import get_filesystem_class, known_implementations
    except ImportError:
        mend = "install it: pip install 'obrok[cluster]'; or give a folder of this machine."
        raise problem(where, "addresses need the library fsspec", mend) from None
    try:
        get_filesystem_class(scheme)
    except ValueError:
        mend = "s3, gs, abfs, sftp, smb, webdav and others are known; a folder of this machine is a plain path."
        raise problem(where, f"the protocol `{scheme}` is not known", mend) from None
    except ImportError:
        module = known_implementations[scheme]["class"].split(".")[0] if scheme in known_implementations else "fsspec"
        library = BEHIND.get(scheme, "its library") if module == "fsspec" else module
        named = f"install it: pip install {library}." if library != "its library" else "fsspec's pages name it."
        raise problem(where, f"{scheme}:// needs {library}, which is not installed", named) from None
    with told_as(where, "cannot be reached", Exception):
        fs, root = url_to_fs(scheme + address[len(scheme) :])
    return Remote(address, fs, root.rstrip("/"), scheme in STORES)
