"""People and money over time, by policy."""

from __future__ import annotations

from obrok.outward.serve.desk import Ready


def view(ready: Ready) -> dict:
    raise NotImplementedError


def money(ready: Ready) -> dict:
    raise NotImplementedError
