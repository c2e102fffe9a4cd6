"""Documents and claims, to read."""

from __future__ import annotations

from obrok.case.case import Case
from obrok.outward.serve.desk import Ready


def view(case: Case, ready: Ready | None) -> dict:
    raise NotImplementedError


def document(case: Case, id: str) -> dict | None:
    raise NotImplementedError
