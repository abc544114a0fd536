"""The tour: an expression differentiated, its picture, and a network trained, in half a minute."""

import os
import sys
from itertools import count
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from autograd_mini import datasets, nn, optim
from autograd_mini.drawing.draw import Drawing, draw
from autograd_mini.engine.errors import MissingExtra
from autograd_mini.engine.parsing import parse
from autograd_mini.engine.value import Value
from autograd_mini.text import parts
from autograd_mini.text.as_text import as_text
from autograd_mini.text.numbers import number_text
from autograd_mini.text.parts import Equation, Partial, gradient_of, title_of
from autograd_mini.tracing.events import CONTRIBUTION
from autograd_mini.tracing.trace import Trace, record
from autograd_mini.training.fit import fit
from autograd_mini.training.metrics import accuracy
from autograd_mini.training.progress import Progress

PICTURE = "autograd-mini-tour.svg"
EPOCHS = 60


def take(console: Console | None = None, folder: str = ".", epochs: int = EPOCHS) -> None:
    """Take the tour: print it to the console, and write its picture into the folder.

    >>> take(folder="/nonexistent", epochs=0)  # doctest: +ELLIPSIS
    <BLANKLINE>
    1. An expression
    ...
    """
    console = console or Console(highlight=False)
    result = _show_expression(console)
    _show_picture(console, result, folder)
    _show_training(console, epochs)
    _show_next(console)


def _heading(console: Console, text: str) -> None:
    console.print(f"\n[bold]{text}[/bold]")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name == "value" else "left")
    return table


# -- 1: an expression ------------------------------------------------------------------------------


def _expression() -> Value:
    return parse("e = a * b; d = e + c; L = d * a", a=2.0, b=-3.0, c=10.0)


FORWARD_PASS = """\
L = (a * b + c) * a, with a = 2, b = -3, c = 10. It is computed one operation at
a time, which is the forward pass; e and d name the results in between:"""
BACKWARD_PASS = """\
How much does L change with each of these numbers? The backward pass goes from
each result back to the numbers it was made from. It starts with dL/dL = 1, as
L changes as L does. Then it multiplies: how L changes with the result, which
has come from above, times how the result changes with this number."""
ADDED_UP = """\
a is used twice, in d * a and in a * b; what comes in along both adds up:
dL/da = 4 + (-6) = -2. (If a were a result itself, it would have to wait for
both, and pass on -2.) It says: raise a by 0.01, and L falls by about 0.02."""


def _show_expression(console: Console) -> Value:
    result = _expression()
    trace = record(result, {})
    _heading(console, "1. An expression")
    console.print(FORWARD_PASS)
    console.print(_forward_table(trace))
    result.backward()
    console.print(BACKWARD_PASS)
    console.print(_backward_table(trace))
    console.print(ADDED_UP)
    nudged = (2.01 * -3.0 + 10.0) * 2.01
    before, after = number_text(result.data), number_text(nudged)
    console.print(f"It does: L is {before} with a = 2, and {after} with a = 2.01.")
    return result


def _forward_table(trace: Trace) -> Table:
    table = _table("name", "operation", "numbers", "value")
    for node in [node for node in trace.graph.nodes if node.op]:
        made = parts.made_of(trace.graph, node)
        table.add_row(*map(as_text, (title_of(node), made, parts.in_numbers(made), node.data)))
    return table


def _backward_table(trace: Trace) -> Table:
    table = _table("from", "to", "how L changes", "local derivative", "their product")
    for event in trace:
        if event.kind == CONTRIBUTION and event.consumer:
            consumer, node = title_of(event.consumer), title_of(event.node)
            whole = Equation(gradient_of(trace.root, event.consumer), event.upstream)
            local = Equation(Partial(consumer, node), event.local)
            flowing = Equation(parts.product([event.upstream, event.local]), event.product)
            table.add_row(*map(as_text, (consumer, node, whole, local, flowing)))
    return table


# -- 2: its picture --------------------------------------------------------------------------------


def _show_picture(console: Console, result: Value, folder: str) -> None:
    _heading(console, "2. Its picture")
    drawing = draw(result)
    try:
        path = _write_new(drawing, folder)
    except (MissingExtra, OSError) as error:
        console.print(f"No picture file this time: {error}", markup=False)
        console.print(repr(drawing), markup=False)
        return
    console.print("The graph, with the local derivative on every edge; open it in a web browser:")
    console.print(str(path), style="bold", markup=False, soft_wrap=True)


def _write_new(drawing: Drawing, folder: str) -> Path:
    """Save the picture under a name that is free, or holds this very picture already."""
    svg = drawing.content(".svg")
    path = first = Path(os.path.abspath(folder), PICTURE)
    for number in count(2):
        try:
            with path.open("xb") as file:  # x: never over a file that somebody else made
                file.write(svg)
            break
        except FileExistsError:
            if path.is_file() and path.read_bytes() == svg:
                break
        path = first.with_stem(f"{first.stem}-{number}")
    return path


# -- 3: a network ----------------------------------------------------------------------------------


NETWORK = """\
Iris: 4 measures of a flower, in cm; which of 3 species is it? A network of
{values} values such as a, b and c is shown {flowers} flowers. The loss is one number,
an L again: how wrong it is. Each value takes a small step against its gradient,
w = w - 0.05 * dLoss/dw, so that the loss falls. That is plain gradient descent:"""


def _show_training(console: Console, epochs: int) -> None:
    train, test = datasets.split(datasets.iris(), test=0.2, seed=0)
    model = nn.MLP(4, [8, 3], activation="tanh", seed=0)
    _heading(console, "3. A network, trained")
    console.print(NETWORK.format(values=len(model.parameters()), flowers=len(train)))
    rule = optim.SGD(model.parameters(), lr=0.05)
    with Progress(epochs, console) as progress:
        fit(
            model, train, None, rule, epochs, batch_size=10,
            compiled=False, callback=progress.show, quiet=True,
        )  # fmt: skip
    console.print("(An epoch goes over all flowers once, ten for each step; so the loss may rise.)")
    share = accuracy(model, test)
    right = round(share * len(test))
    console.print(f"Of {len(test)} flowers that it has never seen it names {right}: {share:.0%}.")
    console.print("(What to expect: from 90% to 100%. Guessing gives 33%.)")


# -- 4: what next ----------------------------------------------------------------------------------

NEXT = """\
from autograd_mini import Value, draw
x = Value(3.0)
y = x * x + x
y.backward()
x.grad          # 7.0: x is used three times, and 3 + 3 + 1 comes in
draw(y)         # its graph, as text; in a notebook, as a picture
draw(y).save("y.svg")
exit()
"""


def _show_next(console: Console) -> None:
    _heading(console, "4. What to try next")
    console.print(f"Start {_short(sys.executable)} and type:\n", markup=False, soft_wrap=True)
    console.print(NEXT, markup=False)
    console.print("Guess yourself, and be told what a wrong guess was: autograd-mini quiz")
    console.print("Then read ops.py and value.py, the whole engine. What ran just now lies in")
    console.print(_short(os.path.dirname(os.path.dirname(__file__))), markup=False, soft_wrap=True)


def _short(path: str) -> str:
    """The path as seen from here, if it lies below."""
    below = os.path.abspath(path).startswith(os.getcwd() + os.sep)
    return os.path.relpath(path) if below else path
