"""Results on disk: tables as Parquet, data as JSON, each whole or absent (`worlds.places`)."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import duckdb
import numpy as np

from obrok.evidence.anchors import sha256
from obrok.worlds.places import place

Table = Mapping[str, np.ndarray]
#: what an operating system says of a disk that takes no more, as duckdb passes it on → its number
_FULL = {"no space left": errno.ENOSPC, "file too large": errno.EFBIG, "quota exceeded": errno.EDQUOT}


# --- tables ----------------------------------------------------------------------------------------------------------
def _quoted(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def _connection() -> duckdb.DuckDBPyConnection:
    """A connection to one database in memory: a new database costs more than writing a table."""
    return _database().cursor()


def _save(path: Path, table: Table) -> None:
    """Columns of equal length as one Parquet file; the same columns give the same bytes. Raises OSError."""
    try:
        with _connection() as db:
            data = {name: np.ascontiguousarray(column) for name, column in table.items()}  # noqa: F841 (read by name below)
            db.execute(f"COPY (SELECT * FROM data) TO {_quoted(path)} (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.IOException as error:
        said = str(error).lower()
        number = next((n for words, n in _FULL.items() if words in said), errno.EIO)
        raise OSError(number, os.strerror(number), path.name) from error


def packed(table: Table) -> bytes:
    """Columns of equal length as the bytes of a Parquet file. Raises OSError where there is no room for them."""
    with tempfile.TemporaryDirectory(prefix="obrok-") as folder:
        path = Path(folder) / "table.parquet"
        _save(path, table)
        return path.read_bytes()


def write_table(path: Path, table: Table) -> None:
    """Writes columns of equal length as one Parquet file; the same columns give the same bytes."""
    write_bytes(path, packed(table))


def read_tables(paths: Sequence[Path]) -> dict[str, np.ndarray]:
    """Reads Parquet files, in the order given, as columns."""
    with _connection() as db:
        files = "[" + ", ".join(_quoted(p) for p in paths) + "]"
        columns = db.execute(f"SELECT * FROM read_parquet({files})").fetchnumpy()
    return {name: _plain(column) for name, column in columns.items()}


def unpacked(data: bytes) -> dict[str, np.ndarray]:
    """The columns of a Parquet file, by its bytes."""
    with tempfile.NamedTemporaryFile(prefix="obrok-", suffix=".parquet") as file:
        file.write(data)
        file.flush()
        return read_tables([Path(file.name)])


def _plain(column) -> np.ndarray:
    if isinstance(column, np.ma.MaskedArray):
        return column.filled(np.nan) if column.dtype.kind == "f" else np.asarray(column.data)
    if hasattr(column, "categories"):  # duckdb gives text that repeats as categories
        return np.asarray(column)
    return column


def count_rows(path: Path) -> int:
    """Rows of a Parquet file; -1 where it is absent or damaged."""
    try:
        with _connection() as db:
            return db.execute(f"SELECT count(*) FROM read_parquet({_quoted(path)})").fetchone()[0]  # type: ignore[index]
    except duckdb.Error:
        return -1


# --- files -----------------------------------------------------------------------------------------------------------
def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file, whole or not at all; it is on the disk when this returns. Raises `ProblemsFound`."""
    place(path.parent).put(path.name, data)


def write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode())


# --- data ------------------------------------------------------------------------------------------------------------
def as_json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: object) -> None:
    write_text(path, as_json(value))


def read_json(path: Path) -> dict | None:
    """A JSON object; None where it is absent or damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def sealed(value: Mapping) -> dict:
    """Data with the digest of itself, `sha256`: of its JSON without that key, as `as_json` writes it."""
    rest = {k: v for k, v in value.items() if k != "sha256"}
    return rest | {"sha256": sha256(as_json(rest))}


def unsealed(text: str | bytes) -> dict | None:
    """The data of a sealed JSON text; None where a single byte is not as it was written."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
        value = json.loads(text)
        whole = isinstance(value, dict) and sealed(value) == value and as_json(value) == text
    except (ValueError, RecursionError):
        return None
    return value if whole else None


def read_sealed(path: Path) -> dict | None:
    """A sealed JSON object; None where it is absent or a single byte is not as it was written."""
    try:
        return unsealed(path.read_bytes())
    except OSError:
        return None


def digest_of(path: Path) -> str:
    """SHA-256 of a file. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
