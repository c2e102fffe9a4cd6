"""Answers as sentences, each with its trail."""

from __future__ import annotations

from obrok.outward.serve.desk import Ready


def view(ready: Ready) -> dict:
    raise NotImplementedError
