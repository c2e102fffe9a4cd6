"""A web page → the text of its article, and where in the page it stands.

Trafilatura says which blocks are the article; the text comes from a walk through the page's own tree, so that the map
is exact. Nothing is fetched, no script is run and no entity of the page's own is expanded (HTML has none).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from obrok.evidence.reading.aligned import Run, aligned
from obrok.evidence.reading.encodings import decode_page
from obrok.evidence.reading.matched import matched
from obrok.evidence.reading.types import Limits, Read, TakenFrom, Unreadable
from obrok.evidence.reading.web_says import what_it_says

#: characters, without white space, that make an article
LEAST_ARTICLE = 200
#: stretches of text, beyond which trafilatura takes minutes: no article is looked for
MOST_RUNS = 100_000
#: share of trafilatura's article that must be found in the tree
LEAST_MATCHED = 0.6

_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "img", "ins", "kbd", "label", "mark", "nobr", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
))  # fmt: skip
_DROPPED = frozenset((
    "applet", "area", "audio", "button", "canvas", "datalist", "dialog", "embed", "frame", "frameset", "head",
    "iframe", "input", "link", "map", "math", "menu", "meta", "meter", "nav", "noembed", "noframes", "noscript",
    "object", "option", "output", "param", "progress", "script", "select", "style", "svg", "template",
    "textarea", "title", "track", "video",
))  # fmt: skip
_HIDDEN = re.compile(r"(display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9]*\Z")


@dataclass(slots=True)
class _Block:
    """A stretch of text with no block inside; `key`: its characters without white space."""

    runs: list[Run] = field(default_factory=list)

    @property
    def key(self) -> str:
        return "".join("".join(r.text for r in self.runs).split())


def read_page(data: bytes, limits: Limits, declared: str | None = None, taken: TakenFrom | None = None) -> Read:
    """`declared`: the encoding that the server gave."""
    decoded = decode_page(data, declared)
    tree = _parsed(decoded.text)
    blocks = [b for b in _blocks(tree) if b.key]
    if not blocks:
        what = "the page shows no text" + (": scripts fill it in" if tree.find(".//script") is not None else "")
        raise Unreadable(what, "open it in a browser and save it as PDF")
    says = what_it_says(tree)
    chosen, notes = _article(tree, blocks)
    text, pieces = aligned(_with_breaks(chosen))
    if len(text) > limits.characters:
        raise Unreadable(f"the page has more than {limits.characters:,} characters", "split it")
    nuls = ("NUL bytes in the page were read as \ufffd",) if "\0" in decoded.text else ()
    return Read(
        kind="web page", data=data, text=text, pieces=pieces, method=_method(), title=says.title, author=says.author,
        publisher=says.publisher, published=says.published, language=says.language, complete=decoded.whole,
        notes=(*decoded.notes, *nuls, *says.notes, *notes), taken_from=taken,
    )  # fmt: skip


def _method() -> str:
    from lxml.etree import LIBXML_VERSION, __version__
    from trafilatura import __version__ as trafilatura

    return f"trafilatura {trafilatura}, lxml {__version__}, libxml2 {'.'.join(map(str, LIBXML_VERSION))}"


def _parsed(text: str) -> Any:
    from lxml.etree import ErrorTypes, LxmlError
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True, collect_ids=False,
        default_doctype=False,
    )  # fmt: skip
    try:
        tree = document_fromstring(text.replace("\0", "\ufffd").encode("utf-8", "replace"), parser=parser)
    except (LxmlError, AssertionError):
        raise Unreadable("the page cannot be parsed", "open it in a browser and save it as PDF") from None
    for error in parser.error_log:
        if error.type == ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError
        if error.type == ErrorTypes.ERR_RESOURCE_LIMIT:
            what = "the page nests its elements more than 2,000 deep: no page written for people does"
            raise Unreadable(what, "open it in a browser and save it as PDF")
    return tree


def _blocks(tree: Any) -> Iterator[_Block]:
    """The visible text, block by block, in the page's order.

    Positions count in the string value of the element that holds the text, hidden text inside it included.
    """
    from lxml.etree import iterwalk

    block, total, hidden = _Block(), 0, 0
    stack: list[tuple[str, int, Counter[str], bool]] = []  # path, where its string begins, children so far, hides

    def take(text: str | None) -> None:
        nonlocal total
        if text:
            path, begin, _, _ = stack[-1]
            if not hidden:
                block.runs.append(Run(text, path, total - begin))
            total += len(text)

    for event, element in iterwalk(tree, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else "*"
        inline = tag in _INLINE or "-" in tag
        if event == "start":
            if stack:
                path, _, children, _ = stack[-1]
                step = tag if _PLAIN_NAME.match(tag) else "*"
                children["*"] += 1
                children[tag] += step != "*"
                path = f"{path}/{step}[{children[step]}]"
            else:
                path = f"/{tag}[1]"
            if not inline and tag != "br" and block.runs:
                yield block
                block = _Block()
            hides = _hides(element, tag)
            hidden += hides
            stack.append((path, total, Counter(), hides))
            if tag == "br" and not hidden:
                block.runs.append(Run("", path, 0, breaks=True))
            take(element.text)
            continue
        hidden -= stack.pop()[3]
        if not inline and tag != "br" and block.runs:
            yield block
            block = _Block()
        if stack:
            take(element.tail)
    if block.runs:
        yield block


def _hides(element: Any, tag: str) -> bool:
    if tag in _DROPPED or "hidden" in element.attrib:
        return True
    if element.get("role") in ("navigation", "dialog", "alertdialog") or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return bool(style and _HIDDEN.search(style[:2000]))


def _with_breaks(blocks: Iterable[_Block]) -> Iterator[Run]:
    """The runs of blocks, a break before each block and after each <br>."""
    for block in blocks:
        due = True
        for run in block.runs:
            if run.breaks:
                due = True
            else:
                yield Run(run.text, run.place, run.at, due)
                due = False


def _article(tree: Any, blocks: list[_Block]) -> tuple[list[_Block], tuple[str, ...]]:
    """The blocks that are the article; all of them, and a note, where none is found."""
    from trafilatura import bare_extraction

    everything = ("no article was found in the page: all its visible text was kept",)
    if sum(len(b.runs) for b in blocks) > MOST_RUNS:
        return blocks, ("the page is too large to look for the article in it: all its visible text was kept",)
    try:
        found = bare_extraction(tree, include_comments=False, with_metadata=False)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return blocks, everything
    body = getattr(found, "body", None)
    if body is None:
        return blocks, everything
    chosen, found_size, size = matched(list(body), [b.key for b in blocks])
    if size < LEAST_ARTICLE or found_size < LEAST_MATCHED * size:
        return blocks, everything
    return [b for i, b in enumerate(blocks) if i in chosen], ()
