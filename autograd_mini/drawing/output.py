"""Where pictures go: files, standard output, the browser, and the cells of notebooks."""

from __future__ import annotations

import html
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from autograd_mini.files import check_writable, write_whole


def saved(
    content: Callable[[str], bytes],
    path: str | os.PathLike[str],
    suffix: str | None,
    suffixes: Sequence[str],
) -> Path:
    """Write a picture to a file, by its suffix, or to standard output for "-"; gives the path.

    >>> saved(lambda suffix: b"a picture\\n", "-", ".txt", [".svg", ".txt"])
    a picture
    ...Path('-')

    `content` makes it, for one of the `suffixes`; a `suffix` counts whatever the file is called.
    """
    name = os.fspath(path)
    if name == "-":
        write_out(content(known_suffix(suffix or ".txt", suffixes)))
        return Path(name)
    target = checked_target(name, suffixes, suffix)
    write_whole(target, content(known_suffix(suffix or target.suffix, suffixes)))
    return target


def unknown(kind: str, given: object, choices: Iterable[str]) -> ValueError:
    """The error for a choice that there is not.

    >>> unknown("format", "gif", ["svg", "png"])
    ValueError("unknown format 'gif'; choose one of 'svg', 'png'")
    """
    return ValueError(f"unknown {kind} {given!r}; choose one of {', '.join(map(repr, choices))}")


def known_suffix(suffix: str, suffixes: Sequence[str]) -> str:
    """A suffix with its dot, in small letters, if it is one of these.

    >>> known_suffix("SVG", [".svg", ".txt"])
    '.svg'
    """
    found = f".{suffix.lower().removeprefix('.')}"
    if found not in suffixes:
        raise ValueError(f"unknown suffix {suffix!r}; choose one of {' '.join(suffixes)}")
    return found


def checked_target(name: str, suffixes: Sequence[str], suffix: str | None = None) -> Path:
    """The path of a file that is to be written, where there is a directory for it.

    >>> checked_target("/nonexistent/model.json", ())
    Traceback (most recent call last):
    FileNotFoundError: cannot save to '/nonexistent/model.json': there is no directory /nonexistent

    Its ending is one of the `suffixes`, if there are any and no `suffix` is given.
    """
    path = Path(name)
    if path.is_dir():  # the empty name too
        raise IsADirectoryError(f"cannot save to {name!r}, a directory: give the name of a file")
    if name == "-":
        raise ValueError("cannot save to '-': give the name of a file")
    if suffixes and suffix is None and path.suffix.lower() not in suffixes:
        raise ValueError(f"cannot save to {name!r}: end it in one of {' '.join(suffixes)}")
    check_writable(path)
    return path


def opened_in_browser(content: bytes, name: str) -> Path:
    """Open a picture in the browser, from a temporary file of this name, and give its path."""
    import tempfile
    import webbrowser

    path = Path(tempfile.mkdtemp(prefix="autograd_mini_"), name)
    path.write_bytes(content)
    webbrowser.open(path.as_uri())
    return path


def write_out(content: bytes) -> None:
    """Write to standard output, byte for byte.

    >>> write_out(b"digraph {}\\n")
    digraph {}

    Where that takes only text, as in a notebook, what is no text is a `ValueError`.
    """
    sys.stdout.flush()  # what was printed before comes before
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        try:
            sys.stdout.write(content.decode())
        except UnicodeDecodeError:
            complaint = "standard output takes only text here; save to a file instead"
            raise ValueError(complaint) from None
    else:
        binary.write(content)
        binary.flush()


def text_html(text: str) -> str:
    """A text as HTML that looks as in a terminal, and scrolls where it is wider than its cell.

    >>> text_html("a < b")
    '<pre style="overflow-x:auto;line-height:1.3">a &lt; b</pre>'
    """
    return f'<pre style="overflow-x:auto;line-height:1.3">{html.escape(text)}</pre>'
