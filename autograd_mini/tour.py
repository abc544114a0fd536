"""The tour: an expression differentiated, its picture, and a network trained, in half a minute."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from autograd_mini import datasets, nn, pictures, training
from autograd_mini.errors import MissingExtra
from autograd_mini.value import Value, topological_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PICTURE = "autograd-mini-tour.svg"
EPOCHS = 60


def take(console: Console | None = None, folder: str = ".", epochs: int = EPOCHS) -> None:
    """Take the tour: print it to the console, and write its picture into the folder.

    >>> take(folder="/nonexistent", epochs=0)  # doctest: +ELLIPSIS
    <BLANKLINE>
    1. An expression
    ...
    """
    from rich.console import Console

    console = console or Console(highlight=False)
    result = _show_expression(console)
    _show_picture(console, result, folder)
    _show_training(console, epochs)
    _show_next(console)


def _heading(console: Console, text: str) -> None:
    console.print(f"\n[bold]{text}[/bold]")


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name == "value" else "left")
    return table


# -- 1: an expression ------------------------------------------------------------------------------


def _expression() -> Value:
    a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
    e = a * b
    d = e + c
    result = d * f
    e.label, d.label, result.label = "e", "d", "L"
    return result


def _show_expression(console: Console) -> Value:
    result = _expression()
    _heading(console, "1. An expression")
    console.print("L = (a * b + c) * f. The forward pass computes it, operation by operation:")
    console.print(_forward_table(result))
    result.backward()
    console.print("The backward pass starts at L, where dL/dL = 1, and goes back along every edge:")
    console.print(
        "the gradient of L above, times the local derivative of the operation on the edge."
    )
    console.print(_backward_table(result))
    console.print("dL/da = 6 says: raise [b]a[/b] by 0.01, and L rises by about 0.06. It does:")
    nudged = (2.01 * -3.0 + 10.0) * -2.0
    console.print(f"with a = 2 it is {result.data:g}, with a = 2.01 it is {nudged:.2f}.")
    return result


def _forward_table(result: Value) -> Table:
    table = _table("name", "operation", "numbers", "value")
    for node in topological_order(result):
        if node.op is None:
            table.add_row(node.label, "yours to choose", "", f"{node.data:g}")
            continue
        symbol = f" {node.op.symbol} "
        numbers = symbol.join([_bracketed(parent.data) for parent in node.parents])
        table.add_row(node.label, _written(node), numbers, f"{node.data:g}")
    return table


def _written(node: Value) -> str:
    assert node.op is not None
    return f" {node.op.symbol} ".join([parent.label for parent in node.parents])


def _bracketed(number: float) -> str:
    return f"({number:g})" if number < 0 else f"{number:g}"


def _backward_table(result: Value) -> Table:
    table = _table("edge", "gradient above", "local derivative", "their product")
    for node in reversed(topological_order(result)):
        for parent, local in zip(node.parents, node.local_derivatives(), strict=True):
            table.add_row(
                f"{parent.label} ← {node.label}",
                f"dL/d{node.label} = {node.grad:g}",
                f"∂({_written(node)})/∂{parent.label} = {local:g}",
                f"dL/d{parent.label} = {parent.grad:g}",
            )
    return table


# -- 2: its picture --------------------------------------------------------------------------------


def _show_picture(console: Console, result: Value, folder: str) -> None:
    _heading(console, "2. Its picture")
    drawing = pictures.draw(result)
    try:
        path = _write_new(drawing, folder)
    except (MissingExtra, OSError) as error:
        console.print(f"No picture file this time: {error}", markup=False)
        console.print(repr(drawing), markup=False)
        return
    console.print("The graph, with the local derivative on every edge, is in the file", end=" ")
    console.print(path, style="bold", markup=False, soft_wrap=True)
    console.print("Open it with a web browser.")


def _write_new(drawing: pictures.Drawing, folder: str) -> str:
    """Save the picture under a name that is free, or holds this very picture already."""
    svg = drawing.content(".svg")
    for path in _candidates(os.path.abspath(folder)):
        try:
            with open(path, "xb") as file:  # x: never over a file that somebody else made
                file.write(svg)
            return path
        except FileExistsError:
            if os.path.isfile(path) and _content(path) == svg:
                return path
    raise AssertionError("there is always a next name")


def _candidates(folder: str) -> Iterator[str]:
    stem, suffix = os.path.splitext(PICTURE)
    yield os.path.join(folder, PICTURE)
    for number in range(2, 1_000_000):
        yield os.path.join(folder, f"{stem}-{number}{suffix}")


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


# -- 3: a network ----------------------------------------------------------------------------------


def _show_training(console: Console, epochs: int) -> None:
    train, test = datasets.split(datasets.iris(), test=0.2, seed=0)
    model = nn.MLP(4, [8, 3], activation="tanh", seed=0)
    count = len(model.parameters())
    _heading(console, "3. A network, trained")
    console.print("Iris: 4 measures of a flower, in cm; which of 3 species is it? A network of")
    console.print(
        f"{count} values such as a and b learns it from {len(train)} flowers, by plain gradient"
    )
    console.print("descent: w = w - learning rate * dLoss/dw, for every weight w, again and again.")
    show_progress(console, training.descend(model, train, epochs, lr=0.05), epochs)
    share = training.accuracy(model, test)
    right = round(share * len(test))
    console.print(f"Of {len(test)} flowers that it has never seen it names {right}: {share:.0%}.")
    console.print("(What to expect: from 90 % to 100 %. Guessing gives 33 %.)")


def show_progress(console: Console, losses: Iterable[tuple[int, float]], epochs: int) -> None:
    """Run a training, with a bar on a terminal, and a few lines where the output is piped.

    >>> from rich.console import Console
    >>> show_progress(Console(), [(1, 0.5), (2, 0.25)], epochs=2)
      epoch   1  loss 0.500
      epoch   2  loss 0.250
    """
    from rich.progress import Progress

    if not console.is_terminal:
        for epoch, loss in losses:
            if epoch % max(1, epochs // 6) == 0:
                console.print(f"  epoch {epoch:3}  loss {loss:.3f}")
        return
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("training", total=epochs)
        for epoch, loss in losses:
            progress.update(task, completed=epoch, description=f"loss {loss:.3f}")


# -- 4: what next ----------------------------------------------------------------------------------

NEXT = """\
  >>> from autograd_mini import Value, draw
  >>> x = Value(3.0)
  >>> y = x * x + x
  >>> y.backward()
  >>> x.grad               # 2 * 3 + 1
  7.0
  >>> draw(y)              # its graph, as text; in a notebook, as a picture
  >>> draw(y).save("y.svg")

Then read ops.py and value.py, in this order. They are the whole engine, and lie in"""


def _show_next(console: Console) -> None:
    _heading(console, "4. What to try next")
    console.print(f"Start {_short(sys.executable)} and type:", markup=False, soft_wrap=True)
    console.print(NEXT, markup=False)
    console.print(_short(os.path.dirname(__file__)), markup=False, soft_wrap=True)


def _short(path: str) -> str:
    """The path as seen from here, if it lies below."""
    below = os.path.abspath(path).startswith(os.getcwd() + os.sep)
    return os.path.relpath(path) if below else path
