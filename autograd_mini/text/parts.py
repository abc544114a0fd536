"""Mathematics as parts: names, operations, derivatives, and sentences that speak of them.

A part is written by `as_text` or `as_latex`, and by nothing else. A rule of the table takes parts
and gives parts, since they are computed with like numbers; a plain number is a part itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from autograd_mini.engine import ops
from autograd_mini.engine.errors import printable
from autograd_mini.engine.operators import Operators
from autograd_mini.engine.ops import Op
from autograd_mini.tracing.graph import Graph, Node

MOST_OPERANDS = 16  # of an operation that is written in full


class Written:
    """What `as_text` and `as_latex` write."""


class Part(Written, Operators):
    """What stands in a formula for a number, and that number, where it is known."""

    number: float | None = None

    def _apply(self, op: Op, arguments: Sequence[Any]) -> Any:
        return _simplified(op, tuple(arguments))


class Name(Part):
    """The name of a node, or of anything; an `occurrence` tells one use of it from another.

    >>> from autograd_mini.text.as_text import as_text
    >>> x = Name("x", 3.0)
    >>> part = 1.0 - x * x
    >>> as_text(part), part.number
    ('1 - x * x', -8.0)
    >>> as_text(Name("x", occurrence=2))
    'x₂'

    `key` is the node's place in its graph, by which a picture or a page finds it again.
    """

    def __init__(
        self, name: str, number: float | None = None, key: int | None = None, occurrence: int = 0
    ) -> None:
        self.name, self.number = printable(name), number
        self.key, self.occurrence = key, occurrence


class Number(Part):
    """A number that is written to other digits than those around it.

    >>> from autograd_mini.text.as_text import as_text
    >>> as_text(Words(2 / 3, " is about ", Number(2 / 3, 3)))
    '0.666667 is about 0.667'
    """

    def __init__(self, number: float, digits: int) -> None:
        self.number, self.digits = number, digits


class Operation(Part):
    """An operation on parts and numbers."""

    def __init__(self, op: Op, arguments: tuple[Any, ...]) -> None:
        self.op, self.arguments = op, arguments
        numbers = [number_of(argument) for argument in arguments]
        self.number = None if None in numbers else op.forward(*numbers)


class Derivative(Part):
    """The gradient of one name with respect to another, dL/da."""

    sign = "d"

    def __init__(self, of: Name, by: Name) -> None:
        self.of, self.by = of, by


class Partial(Derivative):
    """A local derivative, that of one operation: ∂e/∂a."""

    sign = "∂"


class Equation(Written):
    """Parts that are equal; what looks like the part before it is left out."""

    def __init__(self, *sides: Piece) -> None:
        self.sides: tuple[Any, ...] = sides


class Words(Written):
    """A sentence, or a piece of one: texts, with parts between them.

    >>> from autograd_mini.text.as_text import as_text
    >>> as_text(Words("at ", Name("x"), " = ", 2.0))
    'at x = 2'
    """

    def __init__(self, *pieces: Piece) -> None:
        self.pieces = pieces


class Arrows(Written):
    """What lies along a path, from the first to the last: a → b → c."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = items


class Factors(Written):
    """Numbers along a path, to be multiplied."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = items


class Summation(Written):
    """The sum of a term, written once, over everything that its letter may stand for."""

    def __init__(
        self, term: Piece, letter: Name, over: Sequence[Name], places_of: Name | None = None
    ) -> None:
        self.term, self.letter, self.over, self.places_of = term, letter, over, places_of


class Long(Written):
    """An operation on more operands than are worth reading: the first and the last of them."""

    def __init__(self, op: Op, first: Piece, last: Piece, count: int) -> None:
        self.op, self.first, self.last, self.count = op, first, last, count


# What can be written: a plain number is a part, and a text is a piece of a sentence.
Piece = Written | float | str | None


def flat(part: Piece) -> list[Any]:
    """The pieces of a sentence, those of the sentences in it as well."""
    if not isinstance(part, Words):
        return [part]
    return [inner for piece in part.pieces for inner in flat(piece)]


# -- making parts ----------------------------------------------------------------------------------


def name_of(node: Node, occurrence: int = 0) -> Any:
    """What stands for a node: its name with its number; the plain number of a constant."""
    return node.data if node.is_constant else Name(node.name, node.data, node.index, occurrence)


def title_of(node: Node) -> Name:
    """The name of a node, a constant's too."""
    return Name(node.name, node.data, node.index)


def gradient_of(root: Node, node: Node) -> Derivative:
    """The gradient of a result with respect to a node."""
    return Derivative(title_of(root), title_of(node))


def operands_of(graph: Graph, result: Node) -> list[Any]:
    """The operands of a result, in order."""
    return [name_of(graph.nodes[index]) for index in result.parents]


def made_of(graph: Graph, result: Node, most: int = MOST_OPERANDS) -> Any:
    """The operation that made a result, on its operands."""
    assert result.op is not None
    operands = operands_of(graph, result)
    if len(operands) > most:
        return Long(result.op, operands[0], operands[-1], len(operands))
    return Operation(result.op, tuple(operands))


def product(factors: Sequence[Any]) -> Any:
    """Factors, to be multiplied from left to right."""
    found = factors[0]
    for factor in factors[1:]:
        found = Operation(ops.mul, (found, factor))
    return found


def add_up(terms: Sequence[Any]) -> Any:
    """Terms, to be added; a single one is itself."""
    return Operation(ops.add_all, tuple(terms)) if len(terms) > 1 else terms[0]


def listed(items: Sequence[Any], last: str = " and ") -> Words:
    """Items as a list in a sentence, with `last` before the last.

    >>> from autograd_mini.text.as_text import as_text
    >>> as_text(listed(["a"])), as_text(listed(["a", "b"])), as_text(listed(["a", "b", "c"]))
    ('a', 'a and b', 'a, b and c')
    """
    end = [last, items[-1]] if len(items) > 1 else []
    return Words(separated(items[:-1] if end else items), *end)


def separated(items: Sequence[Any], sign: str = ", ") -> Words:
    """Items with a sign between them."""
    return Words(*[piece for item in items for piece in (sign, item)][1:])


def shortened(items: Sequence[Any], most: int, gap: object = "...") -> list[Any]:
    """Some from both ends, with dots between them, where there are more than can be shown.

    >>> shortened("abcdefgh", 6)
    ['a', 'b', 'c', '...', 'f', 'g', 'h']
    """
    if len(items) <= most:
        return list(items)
    return [*items[: most // 2], gap, *items[-(most // 2) :]]


def without_repeats(sides: Sequence[str]) -> list[str]:
    """The sides of an equation as they are written; of neighbours that look alike only one.

    >>> without_repeats(["b", "3", "3"])
    ['b', '3']
    """
    return [side for place, side in enumerate(sides) if not place or side != sides[place - 1]]


# -- the numbers of parts, and their rules ---------------------------------------------------------


def number_of(part: Piece) -> float | None:
    """The number that a part stands for; a number itself.

    >>> number_of(Name("x", 3.0) * 2.0), number_of(2.0), number_of(Name("x"))
    (6.0, 2.0, None)
    """
    if isinstance(part, float | int):
        return float(part)
    return part.number if isinstance(part, Part) else None  # a text, such as dots, stands for none


def local_derivatives(op: Op, arguments: Sequence[Any], result: Piece) -> tuple[Any, ...]:
    """The rules of a row on parts: one for each argument, None at constants and where none is.

    >>> from autograd_mini.text.as_text import as_text
    >>> x, z = Name("x"), Name("z")
    >>> as_text(local_derivatives(ops.tanh, [x], z)[0])
    '1 - z * z'
    >>> as_text(local_derivatives(ops.power, [x, 2.0], z)[0])
    '2 * x'
    """
    varying = [type(argument) is not float for argument in arguments]
    return op.derivatives(arguments, result, varying)


def _simplified(op: Op, arguments: tuple[Any, ...]) -> Any:
    """Without what a rule leaves for other numbers: 2 * x ** 1 is 2 * x, and choices are made."""
    condition = number_of(arguments[0]) if op is ops.where else None
    if condition is not None and condition == condition:
        return arguments[2] if condition == 0.0 else arguments[1]
    if op is ops.mul and 1.0 in arguments:
        return arguments[0] if arguments[1] == 1.0 else arguments[1]
    if op in (ops.leg, ops.times):  # sqrt((1 - x) * (1 + x)), and 0 where x is 0, say more
        return op.forward(*arguments)
    if op is ops.power and arguments[1] == 1.0:
        return arguments[0]
    if op is ops.power and arguments[1] == 0.0:
        return 1.0
    return Operation(op, arguments)


def in_numbers(part: Piece) -> Piece:
    """A formula with the numbers of its names in their places.

    >>> from autograd_mini.text.as_text import as_text
    >>> as_text(in_numbers(1.0 - Name("x", -2.0) * 3.0))
    '1 - (-2 * 3)'
    """
    if isinstance(part, Operation):
        return Operation(part.op, tuple(map(in_numbers, part.arguments)))
    return number_of(part)


def inside(part: Piece) -> Iterator[Piece]:
    """The operations, names and numbers in a formula, outermost first."""
    todo = [part]
    while todo:
        top = todo.pop()
        yield top
        todo += top.arguments if isinstance(top, Operation) else ()


def operations_in(part: Piece) -> list[Op]:
    """The operations in a part, outermost first."""
    return [inner.op for inner in inside(part) if isinstance(inner, Operation)]


def size_of(part: Piece, most: int) -> int:
    """How many operations, names and numbers a part has; 0 for more than `most`."""
    count = len(list(islice(inside(part), most + 1)))
    return count if count <= most else 0
