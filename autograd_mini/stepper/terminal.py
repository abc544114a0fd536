"""Text for a terminal, in colours, or for a file or a pipe, plain."""

import contextlib
from typing import IO


class Terminal:
    """Where a prompt prints to.

    >>> import sys
    >>> Terminal(sys.stdout).say("dL/da = 3", "bold")
    dL/da = 3
    """

    def __init__(self, stdout: IO[str]) -> None:
        self.stdout = stdout
        self._console = None
        if stdout.isatty():  # for colours; nothing else has to wait for this import
            from rich.console import Console

            self._console = Console(file=stdout)

    def say(self, text: str, style: str = "") -> None:
        """Print text; signs that the output cannot take become `?`."""
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        text = text.encode(encoding, "replace").decode(encoding)
        if self._console is None:
            self.stdout.write(text + "\n")
        else:
            self._console.print(
                text, style=style, markup=False, highlight=False, soft_wrap=True, emoji=False
            )


def edited_line(prompt: str) -> str:
    """A line that somebody types at a terminal, with arrow keys where Python has readline."""
    with contextlib.suppress(ImportError):  # Windows has none, and edits lines by itself
        import readline  # noqa: F401 - that it is imported is what lets input() edit
    return input(prompt)
