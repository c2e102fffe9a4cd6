"""The pages that are written: their templates."""

from __future__ import annotations

import jinja2


def environment() -> jinja2.Environment:
    """Templates of this package; what they name and nobody gives is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("obrok.outward", "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
