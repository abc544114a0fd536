"""`draw`, and what it gives: a picture that shows itself in notebooks and saves itself to files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, SupportsIndex

from autograd_mini.clusters.collapsing import outline
from autograd_mini.drawing.colours import theme_named
from autograd_mini.drawing.composition import scene_of
from autograd_mini.drawing.dot import DIRECTIONS, scene_lines
from autograd_mini.drawing.highlights import paths_from
from autograd_mini.drawing.mermaid import mermaid_lines
from autograd_mini.drawing.mistaken_scene import is_mistaken, mistake_scene
from autograd_mini.drawing.output import opened_in_browser, saved, text_html, unknown
from autograd_mini.drawing.rendering import render, svg_text
from autograd_mini.drawing.scene import Choice, Scene
from autograd_mini.drawing.snapshots import Snapshot, graph_to_print
from autograd_mini.drawing.subjects import Walker, subject_of
from autograd_mini.drawing.text_views import tape_text, tree_text
from autograd_mini.engine.value import Value
from autograd_mini.tracing.graph import Graph, Node, caller_names
from autograd_mini.tracing.trace import Trace

SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".txt", ".mmd")
LARGEST_SHOWN = 500  # boxes; notebooks get a larger picture as text, since nobody could read it
PATIENCE_OF_A_CELL = 10.0  # seconds; a tangled graph of some hundred nodes may take longer
NOT_COMPUTED = "\n– : no gradient yet; backward() computes it"
LONGEST_SHOWN = 40  # lines of a tree in a terminal
LONGEST_TEXT = 1000  # lines of a tree or a tape in a file
SHOWN = count(1)  # pictures in cells of notebooks, so that none has an id of another


def draw(
    v: Value | Trace | Walker,
    direction: str = "right",
    *,
    values: bool = True,
    gradients: bool = True,
    local_derivatives: bool = True,
    contributions: bool = False,
    at: SupportsIndex | Walker | None = None,
    highlight: Value | Node | str | None = None,
    theme: str = "light",
    colour: bool = False,
    closed: str | Iterable[str] = "auto",
    expand: bool | str | Iterable[str] = False,
) -> Drawing:
    """The graph below a value as a picture, with the numbers of this moment.

    >>> a = Value(3.0)
    >>> b = a * 2
    >>> draw(b)
               data  grad  local
    b (*)         6     –
    ├─ a          3     –      2
    └─ constant   2
    – : no gradient yet; backward() computes it

    A notebook shows the picture itself, `.save("graph.svg")` writes it to a file, `.show()` opens
    it in the browser. The names are labels, or else the variables of the calling function, or else
    invented, such as v1. Each box has the number and the gradient, "–" until it is computed; each
    line into an operation has its local derivative. Results that do not fit their operands, which
    were changed after the forward pass, are marked as out of date.

    `v` may also be a trace, or a stepper at its step. The trace of a mistake stands beside the
    right one, and the first edge where they part is marked.

    - `direction`: the results stand to the "right", "down", "left" or "up" from their operands.
    - `values`, `gradients`, `local_derivatives`: whether these numbers are shown.
    - `contributions`: shows what has come down each edge, upstream * local, such as 2 * 3 = 6.
    - `at`: a step of the two passes, from 0 on, or a stepper: the picture of that moment. What
      happens is marked, what is still to come is pale, and nothing moves from step to step.
    - `highlight`: a value or its name. It and all paths from it to `v` that a gradient can come
      along are strong, everything else is pale.
    - `theme`: "light", "dark", or "print" for paper without colours.
    - `colour`: sign and size of each gradient as the colour of its box: blue is positive, orange is
      negative, and there is one shade for each factor of ten, the same in every picture.
    - `closed`: groups shown as one box: "none", "neurons", "layers", or names such as "layers[0]";
      "auto" closes what it must to show at most 100 boxes, and says so.
    - `expand`: shows a `dot` as products and their sum: True, or the names of such nodes.

    >>> draw(b, at=3)
    step 3 of 5 · backward pass · from b to a: 1 * 2 = 2
                 data  grad  local
    b (*)           6     1
    ├─ a            3     2      2
    └─ constant     2

    A choice, a step or a name that does not exist is a `ValueError` that says which there are; what
    cannot be drawn is a `TypeError`. With `at`, a graph that is out of date raises `StaleGraph`.
    """
    choice = Choice(values, gradients, local_derivatives, contributions, colour)
    subject = subject_of(v, at, caller_names(depth=2), expand)
    now = subject.snapshot
    start = None if highlight is None else subject.index_of(highlight)
    groups = closed if isinstance(closed, str) else list(closed)
    trees, scene = _composed(now, choice, start, groups)
    return Drawing(now.graph, direction, theme, scene, trees)


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Any:
    """The picture of a graph by micrograd's name for it, as a `Digraph` of the package graphviz.

    >>> dot = draw_dot(Value(2.0, "a") * 3.0)
    >>> dot.source.startswith("digraph {")
    True
    >>> dot.pipe()[:5]
    b'<?xml'

    It shows itself in notebooks; `.render("graph")` writes graph.svg, and the source into graph.
    None of that needs Graphviz to be installed. The `format` is "svg" or "png", "pdf" too where
    Graphviz is installed. Results stand to the right for the `rankdir` "LR", below for "TB", and
    another one is a `ValueError`. `draw` has more to choose from.
    """
    from autograd_mini.drawing.digraph import StandaloneDigraph

    names = {rankdir: direction for direction, (rankdir, _) in DIRECTIONS.items()}
    if rankdir not in names:
        raise unknown("rankdir", rankdir, names)
    now = subject_of(root, None, caller_names(depth=2), expand=False).snapshot
    trees, scene = _composed(now, Choice(), None, "auto")
    source = Drawing(now.graph, names[rankdir], "light", scene, trees).source
    return StandaloneDigraph(format=format, body=source.splitlines(keepends=True)[1:-1])


def _composed(
    now: Snapshot, choice: Choice, start: int | None, closed: str | list[str]
) -> tuple[list[tuple[str, Graph]], Scene]:
    """What text shows, as graphs with their titles, and what the picture shows."""

    def scene_at(snapshot: Snapshot, prefix: str = "") -> Scene:
        graph = snapshot.graph
        paths = None if start is None else paths_from(graph, graph.nodes[start])
        return scene_of(outline(graph, closed), snapshot, choice, paths, prefix)

    if is_mistaken(now.trace):
        return mistake_scene(now.trace, now.step, scene_at)
    return [(now.caption, graph_to_print(now))], scene_at(now)


class Drawing:
    """A picture of a graph, made by `draw`; it shows itself in notebooks, and else as text.

    >>> picture = draw(Value(2.0, "a"))
    >>> picture
       data  grad  local
    a     2     –
    – : no gradient yet; backward() computes it
    >>> picture.source.splitlines()[0]
    'digraph {'
    """

    def __init__(
        self,
        graph: Graph,
        direction: str = "right",
        theme: str = "light",
        scene: Scene | None = None,
        trees: Iterable[tuple[str, Graph]] = (),
    ) -> None:
        self._graph = graph
        self._trees = list(trees) or [("", graph)]
        self._scene = scene or scene_of(outline(graph, closed="none"), Snapshot(graph))
        self._direction, self._theme = direction, theme_named(theme)
        self._lines = scene_lines(self._scene, direction, self._theme)

    @cached_property
    def source(self) -> str:
        """The picture in DOT, the language of Graphviz: the same text for the same graph."""
        return "".join(self._lines)

    def save(self, path: str | os.PathLike[str], suffix: str | None = None) -> Path:
        """Write the picture to a file, by its suffix: .svg, .png, .pdf, .dot, .txt or .mmd.

        >>> draw(Value(2.0)).save("graph.jpg")
        Traceback (most recent call last):
        ValueError: cannot save to 'graph.jpg': end it in one of .svg .png .pdf .dot .txt .mmd

        Gives the path. The file is complete or, after an error, what it was before. The text is the
        tree and the tape, at most 1,000 lines of each; .mmd is Mermaid. A `suffix` counts whatever
        the file is called. The path "-" is standard output, which gets the text without one.

        >>> a = Value(2.0)
        >>> path = draw(a * a).save("-")
                     data  grad  local
        v1 (*)          4     –
        ├─ a            2     –      2
        └─ a (above)    2     –      2
        <BLANKLINE>
        a           =  2   grad  –
        v1 = a * a  =  4   grad  –
        """
        return saved(self.content, path, suffix, SUFFIXES)

    def to_graphviz(self) -> Any:
        """The picture as an object of the `graphviz` package, for those who go on with it there.

        >>> draw(Value(2.0)).to_graphviz().source.startswith("digraph")
        True
        """
        from graphviz import Source

        return Source(self.source)

    def show(self) -> Path:
        """Open the picture in the browser, from a temporary file, and give its path."""
        return opened_in_browser(self.content(".svg"), "graph.svg")

    def content(self, suffix: str) -> bytes:
        """What `save` writes to a file with this suffix.

        >>> draw(Value(2.0)).content(".dot").decode() == draw(Value(2.0)).source
        True
        """
        if suffix == ".txt":
            return f"{self._text(LONGEST_TEXT, with_tapes=True)}\n".encode()
        if suffix == ".dot":
            return self.source.encode()
        if suffix == ".mmd":
            return "".join(mermaid_lines(self._scene, self._direction, self._theme)).encode()
        if suffix == ".svg":
            return svg_text(self.source).encode()
        return render(self.source, suffix[1:])

    def _repr_svg_(self) -> str | None:
        """The picture for notebooks; None, and so the text, where it cannot be drawn."""
        if len(self._scene.boxes) > LARGEST_SHOWN:
            return None
        try:
            return svg_text(self.source, PATIENCE_OF_A_CELL, mark=f"{next(SHOWN)}-")
        except Exception:
            return None

    def _mime_(self) -> tuple[str, str]:
        """What marimo asks for, which would show nothing where `_repr_svg_` gives None."""
        svg = self._repr_svg_()
        return ("image/svg+xml", svg) if svg else ("text/html", text_html(repr(self)))

    def __repr__(self) -> str:
        root = self._graph.nodes[-1]
        computed = root.grad is not None or root.is_constant or self._scene.caption
        return self._text(LONGEST_SHOWN) + ("" if computed else NOT_COMPUTED)

    def _text(self, limit: int, with_tapes: bool = False) -> str:
        """Each graph as a tree, and as a tape too in files, which may be longer than a screen."""
        texts = []
        for title, graph in self._trees:
            texts.append(
                f"{title}\n{tree_text(graph, limit)}" if title else tree_text(graph, limit)
            )
            if with_tapes and (tape := tape_text(graph, limit)):
                texts.append(tape)
        return "\n\n".join(texts)
