"""Labelled results on disk: Parquet tables, each whole or absent (written aside, then renamed)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import duckdb
import numpy as np

Table = Mapping[str, np.ndarray]


def _quoted(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def _connection() -> duckdb.DuckDBPyConnection:
    """A connection to one database in memory: a new database costs more than writing a table."""
    return _database().cursor()


def write_table(path: Path, table: Table) -> None:
    """Writes columns of equal length as one Parquet file; the same columns give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with _connection() as db:
        data = {name: np.ascontiguousarray(column) for name, column in table.items()}  # noqa: F841 (read by name below)
        db.execute(f"COPY (SELECT * FROM data) TO {_quoted(part)} (FORMAT parquet, COMPRESSION zstd)")
    os.replace(part, path)


def read_tables(paths: Sequence[Path]) -> dict[str, np.ndarray]:
    """Reads Parquet files, in the order given, as columns."""
    with _connection() as db:
        files = "[" + ", ".join(_quoted(p) for p in paths) + "]"
        columns = db.execute(f"SELECT * FROM read_parquet({files})").fetchnumpy()
    return {name: _plain(column) for name, column in columns.items()}


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


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def write_json(path: Path, value: object) -> None:
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> dict | None:
    """A JSON object; None where it is absent or damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
