"""What in an archive is no plain file or folder: a link or a pipe in a case from elsewhere could lead what is kept out of
the archive, overwrite a file of the user's, or be waited for without end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

ROOMS = ("originals", "texts", "maps")
#: bytes of a file of an archive; files that are told
LARGEST, FEW = 1_000_000_000, 20
_LINK = "this is a link, a pipe or a device: what is kept or read there would be elsewhere"
_LARGE = f"the file is larger than {LARGEST:,} bytes"


def odd_files(archive: Path) -> list[tuple[Path, str]]:
    """Links, pipes, devices and very large files at the place of an archive or in it, the first few, each with what it is.
    What cannot be looked at is left to whoever opens it."""
    try:
        if not stat.S_ISDIR(archive.lstat().st_mode):
            return [(archive, _LINK)]
    except OSError:
        return []
    return odd_in(archive, ROOMS)


def odd_in(folder: Path, rooms: tuple[str, ...]) -> list[tuple[Path, str]]:
    """The same of what lies in a folder and in these folders of it."""
    found: list[tuple[Path, str]] = []
    for room in (folder, *(folder / name for name in rooms)):
        try:
            with os.scandir(room) as entries:
                found += [(Path(e.path), what) for e in entries if (what := _odd(e))]
        except OSError:
            continue
    return sorted(found)[:FEW]


def _odd(entry: os.DirEntry) -> str | None:
    if entry.is_dir(follow_symlinks=False):
        return None
    if not entry.is_file(follow_symlinks=False):
        return _LINK
    large = not entry.name.startswith("index") and entry.stat(follow_symlinks=False).st_size > LARGEST
    return _LARGE if large else None
