"""Which obrok this is."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """The version that is installed; "0" where the program runs from a folder without being installed."""
    try:
        return metadata.version("obrok")
    except metadata.PackageNotFoundError:
        return "0"
