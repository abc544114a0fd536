"""`explore`, and what it gives: a page of HTML that needs nothing beside itself."""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from autograd_mini.drawing.output import opened_in_browser, saved
from autograd_mini.engine.value import Value
from autograd_mini.page.content import Content, json_text
from autograd_mini.tracing.graph import caller_names

ASSETS = files("autograd_mini.page") / "assets"
SCRIPTS = (  # each uses those before it
    *("numbers.js", "texts.js", "passes.js", "elements.js"),
    *("moment.js", "picture.js", "panels.js", "leaves.js", "game.js", "page.js"),
)
HEIGHT = 900  # pixels, of a cell in a notebook
SUFFIXES = (".html", ".htm")


def explore(v: Value, path: str | os.PathLike[str] | None = None) -> Page:
    """The graph of a value as a page to play with in any browser, by itself and without a network.

    >>> w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "b")
    >>> page = explore((w * x + b).tanh())
    >>> page
    Page(6 nodes, 15 steps)
    >>> page.html.startswith("<!doctype html>")
    True

    It has the picture, both passes to walk through forwards and back, a slider for each leaf that
    computes everything again, the ledger of each node, a derivation for each leaf, and a game:
    predict a gradient, and be told which mistake gives the number that you gave.

    With a `path` the page is written there too; a notebook shows it in its cell. The names are
    labels, or else the variables of the calling function. A graph with more than 2,000 steps is a
    picture alone, and the page says so. An operation of your own that cannot be compiled leaves
    the numbers as they are, and the page says why. Nothing is altered.

    What is no `Value` is a `TypeError`; a constant, or a path that does not end in .html, is a
    `ValueError`; a leaf changed since the forward pass is `StaleGraph`.
    """
    page = Page(v, caller_names(depth=2))
    if path is not None:
        page.save(path)
    return page


class Page:
    """A page about a graph, made by `explore`: it shows itself in notebooks and saves itself.

    >>> page = explore(Value(2.0, "a") * 3.0)
    >>> page.heading
    'v1 = a * 3'

    `html` is the whole page. It is the same text for the same graph.
    """

    def __init__(self, v: Value, names: Mapping[Value, str]) -> None:
        content = Content(v, names)
        self.heading, self.html = content.heading, _document(content)
        self._size = (content.nodes, content.steps)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a .html file, and give its path.

        >>> explore(Value(2.0, "a") * 3.0).save("page.txt")
        Traceback (most recent call last):
        ValueError: cannot save to 'page.txt': end it in one of .html .htm

        The file is complete or, after an error, what it was before. The path "-" is standard
        output.
        """
        suffix = ".html" if os.fspath(path) == "-" else None
        return saved(self._content, path, suffix, SUFFIXES)

    def _content(self, suffix: str) -> bytes:
        return self.html.encode()

    def show(self) -> Path:
        """Open the page in the browser, from a temporary file, and give its path."""
        return opened_in_browser(self.html.encode(), "page.html")

    def _repr_html_(self) -> str:
        """The page in a frame of its own, from which nothing reaches the notebook around it."""
        return (
            f'<iframe title="{html.escape(self.heading)}" sandbox="allow-scripts" '
            f'style="width:100%;height:{HEIGHT}px;border:0;resize:vertical" '
            f'srcdoc="{html.escape(self.html)}"></iframe>'
        )

    def __repr__(self) -> str:
        nodes, steps = self._size
        return f"Page({nodes:,} nodes, {steps:,} steps)"


# -- joining the parts -----------------------------------------------------------------------------


def _document(content: Content) -> str:
    """The page: the HTML of `page.html`, with the parts in the places that it names."""
    style = _asset("page.css")
    scripts = [content.script, _program()] if content.script else [_program()]
    parts = {
        "policy": _policy(style, scripts if content.data else []),
        "version": vars(sys.modules["autograd_mini"])["__version__"],  # of the floor above
        "heading": html.escape(content.heading),
        "style": style,
        "notes": "\n".join([f"<p>{html.escape(note)}</p>" for note in content.notes]),
        "wide": content.figure.wide,
        "tall": content.figure.tall,
        "data": json_text(content.data),
        "scripts": "\n".join([f"<script>{text}</script>" for text in scripts])
        if content.data
        else "",
    }
    template = _asset("page.html")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _program() -> str:
    return "\n".join([_asset(name) for name in SCRIPTS])


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _policy(style: str, scripts: list[str]) -> str:
    """The Content-Security-Policy: these very scripts and this very style, and nothing else."""
    allowed = " ".join([_hash(text) for text in scripts]) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
