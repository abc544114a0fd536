"""A graph of the package graphviz that is rendered without Graphviz, too."""

from __future__ import annotations

import os
import webbrowser
from pathlib import Path
from typing import Any

from graphviz import Digraph

from autograd_mini.drawing.rendering import FORMATS, render
from autograd_mini.files import write_whole


class StandaloneDigraph(Digraph):  # type: ignore[misc]  # graphviz has no types that mypy finds
    """A `graphviz.Digraph` whose pictures are made by whatever program for it is found.

    >>> graph = StandaloneDigraph(body=["  a -> b\\n"])
    >>> graph.source
    'digraph {\\n  a -> b\\n}\\n'
    >>> graph.pipe("png")[:4]
    b'\\x89PNG'

    Its arguments are graphviz's own. Other formats than svg, png and pdf, and other choices than
    the format, are left to Graphviz itself, which has to be installed for them.
    """

    def pipe(
        self, format: str | None = None, *, encoding: str | None = None, **more: object
    ) -> bytes | str:
        """The picture, as bytes, or as text in an `encoding`."""
        wanted = format or self.format
        if any(more.values()) or wanted not in FORMATS:
            found: bytes | str = super().pipe(format, encoding=encoding, **more)
            return found
        picture = render(self.source, wanted)
        return picture if encoding is None else picture.decode(encoding)

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        **more: object,
    ) -> str:
        """Write the source to a file and the picture beside it, and give the picture's path."""
        wanted = format or self.format
        if any(more.values()) or wanted not in FORMATS:
            own = {"directory": directory, "view": view, "cleanup": cleanup, "format": format}
            done: str = super().render(filename, **own, **more)
            return done
        source = self.save(filename, directory=directory)
        picture = Path(f"{source}.{wanted}")
        write_whole(picture, render(self.source, wanted))
        if cleanup:
            os.remove(source)
        if view:
            webbrowser.open(picture.absolute().as_uri())
        return str(picture)

    def _repr_mimebundle_(self, *arguments: object, **options: object) -> dict[str, Any]:
        """What IPython shows, in a terminal too, where nothing may raise: nothing, if need be."""
        try:
            found: dict[str, Any] = super()._repr_mimebundle_(*arguments, **options)
        except Exception:
            return {}
        return found
