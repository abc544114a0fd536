"""What is shown of a training: a line that moves on a terminal, plain lines in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from autograd_mini.training.history import History

LINES = 6  # in a pipe, for a training of many epochs


class Progress:
    """Shows how a training goes on; `show` is told of each epoch.

    >>> from autograd_mini.training.history import Epoch, History
    >>> history = History(["layers[0]"])
    >>> with Progress(epochs=2) as progress:
    ...     for loss in (0.5, 0.25):
    ...         history.append(Epoch(loss, 0.75, None, None, 0.1, 0.01, {"layers[0]": 1.0}))
    ...         progress.show(history)
      epoch   1  loss 0.500  right 75.0%
      epoch   2  loss 0.250  right 75.0%

    On a terminal there is a bar as well, which goes away at the end.
    """

    def __init__(self, epochs: int, console: Console | None = None) -> None:
        self._epochs = epochs
        self._told = {round(line * epochs / LINES) for line in range(1, LINES + 1)}
        self.console = console or plain_console()
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if self.console.is_terminal:
            self._bar = _bar(self.console)
            self._bar.start()
            self._task = self._bar.add_task("", total=self._epochs)
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, history: History) -> None:
        """Tell of the epoch that is over."""
        done = len(history)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, description=epoch_line(history))
        if done in self._told:
            self.console.print(f"  {epoch_line(history)}", markup=False)

    def say(self, text: str) -> None:
        """Say something else."""
        self.console.print(text, markup=False)


def plain_console() -> Console:
    """A console for lines as they are; a reader that is gone is a `BrokenPipeError`, as elsewhere.

    >>> plain_console().print("loss 0.5")
    loss 0.5
    """
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:  # which would end the process
            raise BrokenPipeError

    return Plain(highlight=False, soft_wrap=True)


def _bar(console: Console) -> Any:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("  {task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)


def epoch_line(history: History) -> str:
    """The last epoch of a history in one line."""
    parts = [f"epoch {len(history):3}", f"loss {history.loss[-1]:.3f}"]
    if history.accuracy:
        parts.append(f"right {history.accuracy[-1]:.1%}")
    if history.test_accuracy:
        parts.append(f"(test {history.test_accuracy[-1]:.1%})")
    elif history.test_loss:
        parts.append(f"(test {history.test_loss[-1]:.3f})")
    return "  ".join(parts)
