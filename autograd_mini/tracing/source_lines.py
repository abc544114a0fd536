"""Where in a program something was written: the file, the line, the function, the text."""

from __future__ import annotations

import os
import sys
from types import FrameType

from autograd_mini.engine.errors import printable

Where = tuple[str, int, str]  # the file, the line, the qualified name of the function

LONGEST_LINE = 60
_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep


def where_written() -> Where | None:
    """The file, the line and the function that the package was called from."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame and (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname)


def frames_inside() -> int:
    """How many frames there are from the caller's own up to the last one of the package."""
    frame: FrameType | None = sys._getframe(1)
    count = 0
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, count = frame.f_back, count + 1
    return count


def source_text(where: Where | None) -> str:
    """Where an operation was written, as one line; "" where that was not recorded.

    >>> source_text(("nowhere.py", 12, "train.<locals>.loss"))
    'file "nowhere.py", line 12, in loss'

    The text of the line follows where it can be had.
    """
    if where is None:
        return ""
    place, line = place_text(where), line_text(where)
    return f"{place}: {line}" if line else place


def place_text(where: Where) -> str:
    """The file, the line and the function."""
    file, number, function = where
    name = _function_name(function)
    inside = f", in {name}" if name else ""
    return printable(f'file "{_shortened(file)}", line {number}{inside}')


def line_text(where: Where) -> str:
    """The line itself, as far as it can be had."""
    import linecache

    if where[0] == "<string>":  # that of `python -c` in 3.13, whatever text was evaluated
        return ""
    linecache.checkcache(where[0])
    line = " ".join(linecache.getline(where[0], where[1]).split())
    return printable(line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…")


def _function_name(qualified: str) -> str:
    """The name that a user gave: of the function around a lambda or a comprehension, if any."""
    parts = qualified.split(".")
    while parts and parts[-1].startswith("<"):
        parts.pop()
    return ".".join(parts).rpartition("<locals>.")[2]


def _shortened(file: str) -> str:
    try:
        return file.removeprefix(os.getcwd() + os.sep)
    except OSError:  # the working directory was deleted
        return file
