"""`draw`, and what it gives: a picture that shows itself in notebooks and saves itself to files."""

from __future__ import annotations

import os
from pathlib import Path

from autograd_mini.files import write_whole
from autograd_mini.graph import Graph, caller_names, graph_of, unique_names
from autograd_mini.pictures.dot_source import dot_lines
from autograd_mini.pictures.rendering import render, svg_text
from autograd_mini.pictures.text_tree import tree_text
from autograd_mini.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".txt")
LARGEST_SHOWN = 500  # nodes; notebooks get a larger graph as text, since nobody could read it
PATIENCE_OF_A_CELL = 10.0  # seconds; a tangled graph of some hundred nodes may take longer
NOT_COMPUTED = "\n– : no gradient yet; backward() computes it"
LONGEST_TEXT = 1000  # lines of a text file


def draw(v: Value, direction: str = "right") -> Drawing:
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
    invented, such as v3. Each box has the number and the gradient, "–" until it is computed; each
    line into an operation has its local derivative. Results that do not fit their operands, which
    were changed after the forward pass, are marked as out of date.

    `direction` is where the results stand: "right", "down", "left" or "up" from their operands.
    Other directions are a `ValueError`, and what is no `Value` is a `TypeError`.
    """
    if not isinstance(v, Value):
        raise TypeError(f"draw takes a Value, the result to start from, not {type(v).__name__}")
    graph = graph_of(v, caller_names(depth=2))
    for node, name in zip(graph.nodes, unique_names(graph), strict=True):
        if not node.is_constant:  # constants are shown as the numbers that they are
            node.name = name
    return Drawing(graph, direction)


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

    def __init__(self, graph: Graph, direction: str = "right") -> None:
        self._graph = graph
        self.source = "".join(dot_lines(graph, direction))
        """The picture in DOT, the language of Graphviz: the same text for the same graph."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, by its suffix: .svg, .png, .pdf, .dot or .txt.

        >>> draw(Value(2.0)).save("graph.jpg")
        Traceback (most recent call last):
        ValueError: cannot save to 'graph.jpg': end it in one of .svg .png .pdf .dot .txt

        Gives the path. The file is complete or, after an error, what it was before. The text holds
        at most 1,000 lines.
        """
        target = _target(os.fspath(path))
        write_whole(target, self.content(target.suffix.lower()))
        return target

    def to_graphviz(self) -> Any:
        """The picture as an object of the `graphviz` package, for those who go on with it there.

        >>> draw(Value(2.0)).to_graphviz().source.startswith("digraph")
        True
        """
        from graphviz import Source

        return Source(self.source)

    def show(self) -> Path:
        """Open the picture in the browser, from a temporary file, and give its path."""
        import tempfile
        import webbrowser

        svg = self.content(".svg")
        path = Path(tempfile.mkdtemp(prefix="autograd_mini_"), "graph.svg")
        path.write_bytes(svg)
        webbrowser.open(path.as_uri())
        return path

    def content(self, suffix: str) -> bytes:
        """What `save` writes to a file with this suffix.

        >>> draw(Value(2.0)).content(".dot").decode() == draw(Value(2.0)).source
        True
        """
        if suffix == ".txt":
            return (tree_text(self._graph, LONGEST_TEXT) + "\n").encode()
        if suffix == ".dot":
            return self.source.encode()
        if suffix == ".svg":
            return svg_text(self.source).encode()
        return render(self.source, suffix[1:])

    def _repr_svg_(self) -> str | None:
        """The picture for notebooks; None, and so the text, where it cannot be drawn."""
        if len(self._graph.nodes) > LARGEST_SHOWN:
            return None
        try:
            return svg_text(self.source, PATIENCE_OF_A_CELL)
        except Exception:
            return None

    def __repr__(self) -> str:
        root = self._graph.nodes[-1]
        computed = root.grad is not None or root.is_constant
        return tree_text(self._graph) + ("" if computed else NOT_COMPUTED)


def _target(name: str) -> Path:
    path = Path(name)
    if path.is_dir():  # the empty name too
        raise IsADirectoryError(f"cannot save to {name!r}, a directory: give the name of a file")
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"cannot save to {name!r}: end it in one of {' '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot save to {name!r}: there is no directory {path.parent}")
    return path
