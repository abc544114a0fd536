"""Text for a terminal, in colours, or for a file or a pipe, plain."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any


class Terminal:
    """Where a prompt prints to.

    >>> import sys
    >>> Terminal(sys.stdout).say("dL/da = 3", "bold")
    dL/da = 3
    """

    def __init__(self, stdout: IO[str]) -> None:
        self.stdout = stdout
        self._console = _console(stdout)

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


def _console(stdout: IO[str]) -> Any:
    """A console for colours on a terminal, and None for everything else."""
    if not stdout.isatty():
        return None
    from rich.console import Console

    return Console(file=stdout)
