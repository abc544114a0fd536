"""Where pictures go that are saved to no file: standard output, and the cells of notebooks."""

from __future__ import annotations

import html
import sys


def write_out(content: bytes) -> None:
    """Write to standard output, byte for byte.

    >>> write_out(b"digraph {}\\n")
    digraph {}

    Where that takes only text, as in a notebook, what is no text is a `ValueError`.
    """
    sys.stdout.flush()  # what was printed before comes before
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(_text(content))
    else:
        binary.write(content)
        binary.flush()


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ValueError("standard output takes only text here; save to a file instead") from None


def text_html(text: str) -> str:
    """A text as HTML that looks as in a terminal, and scrolls where it is wider than its cell.

    >>> text_html("a < b")
    '<pre style="overflow-x:auto;line-height:1.3">a &lt; b</pre>'
    """
    return f'<pre style="overflow-x:auto;line-height:1.3">{html.escape(text)}</pre>'
