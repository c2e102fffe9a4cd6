"""The report as a PDF: the page that a run wrote, set on paper by WeasyPrint. Nothing is drawn anew, nothing is fetched.

The bytes depend on the page, the version of WeasyPrint and the fonts of the machine: no date, no name, no path.
"""

from __future__ import annotations

import contextlib
import io
import logging
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from obrok.outward.folder import RECORD, read_record, whole
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import store

REPORT = "report.html"
#: what Debian and Ubuntu call the libraries that WeasyPrint draws with
LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
#: how the names of letters begin, by the Debian package whose fonts have them; else: the other package
CJK, FONTS_CJK, FONTS = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "BOPOMOFO"), "fonts-noto-cjk", "fonts-noto-core"
#: letters without a font that are told
NAMED = 12
_one = threading.Lock()


def report_of(folder: Path) -> str:
    """The page of a finished result, as its record has it. Raises ProblemsFound."""
    made = read_record(folder)
    if not made or REPORT not in made.get("files", {}):
        what = f"there is no finished result here (no {RECORD} that lists a {REPORT})"
        raise ProblemsFound([Problem(str(folder), 0, what, "make it first: obrok run CASE.")])
    whole(folder, made, lambda name: name == REPORT)
    return (folder / REPORT).read_text("utf-8")


def write(folder: Path, file: Path, force: bool = False) -> Path:
    """The report of a finished result as a PDF, written whole or not at all. Raises ProblemsFound: a file is there, no
    result is, WeasyPrint or a font is missing."""
    if file.exists() and not force:
        raise ProblemsFound([Problem(str(file), 0, "this file is there already", "name another, or say --force.")])
    if not file.parent.is_dir():
        raise ProblemsFound([Problem(str(file.parent), 0, "there is no such folder", "make it, or name another.")])
    store.write_bytes(file, pdf_of(report_of(folder)))
    return file


def pdf_of(page: str) -> bytes:
    """A report as a PDF. Raises ProblemsFound where WeasyPrint, or a font for a letter of the page, is not on this
    machine, or where the page names anything outside of itself."""
    with _one:  # a report takes seconds: who asks for the same at once waits for it
        return _pdf_of(page)


@lru_cache(maxsize=1)
def _pdf_of(page: str) -> bytes:
    weasyprint, urls = _weasyprint()
    fetcher = urls.URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
    try:
        with _without_font() as letters:
            made = weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf(pdf_tags=True)
    except urls.FatalURLFetchingError as error:
        mend = "a report that obrok wrote holds all that it shows: make it again with obrok run --force."
        raise ProblemsFound([Problem(REPORT, 0, "it names a file or an address outside of itself", mend)]) from error
    if letters:
        raise ProblemsFound([_no_font(letters)])
    return made


def _weasyprint() -> tuple[Any, Any]:
    """The library, and its part that fetches."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints advice of its own
            import weasyprint
            from weasyprint import urls
    except ModuleNotFoundError as error:
        what, mend = f"a PDF needs {error.name}", "install it: pip install 'obrok[pdf]'."
        raise ProblemsFound([Problem("obrok report", 0, what, mend)]) from error
    except OSError as error:
        what = "WeasyPrint finds no Pango on this machine, which sets its text"
        mend = f"install it; Debian and Ubuntu: apt install {LIBRARIES}; macOS: brew install pango."
        raise ProblemsFound([Problem("obrok report", 0, what, mend)]) from error
    return weasyprint, urls


class _Letters(logging.Handler):
    """Hears which letters WeasyPrint could only draw as boxes."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith(".notdef glyph") and isinstance(record.args, tuple):
            self.found[str(record.args[0])] = None


@contextlib.contextmanager
def _without_font() -> Iterator[dict[str, None]]:
    """Letters without a font that were met while this lasts; WeasyPrint's own log is silent meanwhile."""
    log, heard = logging.getLogger("weasyprint"), _Letters()
    before = log.handlers[:], log.propagate, log.level
    log.handlers, log.propagate = [heard], False
    log.setLevel(logging.WARNING)
    try:
        yield heard.found
    finally:
        log.handlers, log.propagate = before[:2]
        log.setLevel(before[2])


def _no_font(letters: dict[str, None]) -> Problem:
    shown = " ".join(list(letters)[:NAMED]) + (f" and {len(letters) - NAMED:,} more" if len(letters) > NAMED else "")
    cjk = [unicodedata.name(c, "").startswith(CJK) for c in letters]
    packages = [*([FONTS_CJK] if any(cjk) else []), *([FONTS] if not all(cjk) else [])]
    mend = f"install one, and make the PDF again; Debian and Ubuntu: apt install {' '.join(packages)}."
    return Problem(REPORT, 0, f"no font on this machine has these letters: {shown}", mend)
