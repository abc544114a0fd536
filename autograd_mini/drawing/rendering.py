"""DOT to bytes: the one place where a picture needs a program, Graphviz's `dot` or its like."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from zlib import crc32

from autograd_mini.drawing.output import unknown
from autograd_mini.engine.errors import MissingExtra

FORMATS = ("svg", "png", "pdf")
PATIENCE = 60.0  # seconds; a graph that a reader can take in needs a few milliseconds

# Sharp on a projector. A larger picture is scaled to 7,680 pixels, before memory becomes scarce.
PIXELS = ("-Gdpi=192", "-Gsize=40,40")

# The widths are Courier's in all of these, and most screens draw them stronger.
FONTS = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Courier New',Courier,monospace"


def render(source: str, format: str, patience: float = PATIENCE) -> bytes:
    """A DOT source as an "svg", "png" or "pdf" picture.

    >>> render("digraph { a -> b }", "png")[:4]
    b'\\x89PNG'

    Where no program for it is installed, `MissingExtra` says what to install; one that fails or
    takes longer than `patience`, in seconds, is a `RuntimeError`.
    """
    program = _program(format)
    command = [program, f"-T{format}", *(PIXELS if format == "png" else ())]
    try:
        done = subprocess.run(command, input=source.encode(), capture_output=True, timeout=patience)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{program} took more than {patience:g} seconds; draw less") from None
    if done.returncode or not done.stdout:
        complaint = done.stderr.decode(errors="replace").strip()
        raise RuntimeError(f"{program} could not draw this graph: {complaint}")
    return done.stdout


def svg_text(source: str, patience: float = PATIENCE, mark: str = "") -> str:
    """A DOT source as an SVG element to stand in a page among others.

    It shrinks to the width of its place. The ids in it begin with a number made from the source, so
    that different pictures in one page do not share them, and the same picture stays the same. A
    `mark` tells apart the same picture twice in one page.
    """
    svg = render(source, "svg", patience).decode()
    svg = svg[svg.index("<svg ") :]  # without the prolog, which belongs to files
    svg = svg.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)
    svg = re.sub(r"<title>[^<]*</title>\n?", "", svg)  # browsers would show "v0" on hovering
    svg = svg.replace('<g id="', f'<g id="am{crc32(source.encode()):08x}-{mark}')
    return svg.replace('font-family="Courier,monospace"', f'font-family="{FONTS}"')


def _program(format: str) -> str:
    if format not in FORMATS:
        raise unknown("format", format, FORMATS)
    for program in _programs(format):
        if os.access(program, os.X_OK):
            return program
    if format == "pdf":
        raise MissingExtra("PDF needs Graphviz itself; for instance: apt install graphviz")
    raise MissingExtra(
        "no program to draw the picture was found; pip install graphviz-pure, or install your "
        "system's graphviz package, for instance: apt install graphviz"
    )


def _programs(format: str) -> Iterator[str]:
    """Where the program may lie: Graphviz's own, else that of the package graphviz-pure."""
    from importlib import metadata  # which takes some milliseconds to import

    if dot := shutil.which("dot"):
        yield dot
    if format == "pdf":
        return  # graphviz-pure cannot
    if pure := shutil.which("graphviz-pure"):
        yield pure
    scripts = sysconfig.get_path("scripts")
    yield os.path.join(scripts, "graphviz-pure")
    yield os.path.join(scripts, "graphviz-pure.exe")
    with contextlib.suppress(metadata.PackageNotFoundError):
        shipped = metadata.files("graphviz-pure") or []
        yield from [os.fspath(file.locate()) for file in shipped if file.stem == "graphviz-pure"]
