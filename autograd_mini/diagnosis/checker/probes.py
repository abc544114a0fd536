"""The expressions that an engine is tried on, and for each of its operations more of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

from autograd_mini.diagnosis.wrong_passes import BackwardPass
from autograd_mini.engine import ops
from autograd_mini.engine.facts import FACTS, facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.engine.parsing import expression_names, parse
from autograd_mini.text.as_text import as_text
from autograd_mini.text.parts import Name, Operation, Part, Words
from autograd_mini.text.sentences import numbers_of
from autograd_mini.tracing.graph import Graph, Node, graph_of

# An operation with constants in some places: a + b, a + 2 and 2 + a are three uses of one row.
Use = tuple[Op, tuple[bool, ...]]

# Numbers for the leaves, the first that fit. None of them is 1 or 2, for 2 + 2 is 2 * 2.
NUMBERS = (
    {"a": 3.0, "b": -5.0, "c": 7.0},
    {"a": 0.7, "b": 0.9, "c": -0.8},
    {"a": 1.7, "b": 1.3, "c": 1.9},
    {"a": -0.4, "b": 0.6, "c": -1.1},
)
POINTS = (3.0, -3.0, 0.7, -0.4, 1.7)  # for a function alone: on both sides of 0, near and far
READABLE = (1e-3, 1e4)  # between these a wrong gradient cannot hide behind the tolerance

# What shows in which order an engine goes backwards, and how it adds up: by + and * alone. In most,
# each step uses the step before it, so that there is only one right order of the results.
FOR_PASS = """
    a + b                                a * b
    a + a                                a * a
    a*b + c                              (a + b)*c
    (a + b) + c                          (a * b)*c
    a + a*a                              a*a + a
    a + a*b                              a*b + a
    a*(a + b)                            (a + b)*b
    a*(a*b)                              (a*b)*b
    a*a + b                              a + (a + a)
    b = a*a; b + b                       b = a*a; b * b
    b = a + a; b + b                     b = a + a; b * b
    c = a*b; c + c                       c = a + b; c * c
    c = a*b; d = c + a; d*c              c = a*b; d = c + a; c*d
    c = a + b; d = c*a; d + c            c = a + b; d = c*a; c + d
    b = a*a; b*b + (a + b)               b = a*a; (b + b + a)*b
    b = a*a; b*(a + (b + b))             c = a*b; d = c + c; d*d
    b = a*a; c = b + a; d = c*b; d + c   b = a + a; c = b*b; d = b + c; d*c
    c = a*b; (c + a)*(c + b)             c = a + b; (c*a) + (c*b)
"""


class Probe:
    """An expression with numbers for its leaves, as a graph; `right` are the gradients of these.

    >>> probe("a * b").right
    {'a': -5.0, 'b': 3.0}
    >>> probe("a * b").text
    'a * b with a = 3 and b = -5'

    `uses` are the operations in it; `size` is smaller for what is easier to work out by hand.
    If it `has_one_order`, each result uses the one before it.
    """

    def __init__(self, expression: str, numbers: Mapping[str, float]) -> None:
        self.expression, self.numbers = expression, numbers
        self.graph = graph_of(parse(expression, **numbers))
        self.right = by_leaf(self.graph, BackwardPass(self.graph).gradients())
        self.data = self.graph.nodes[-1].data
        results = [node for node in self.graph.nodes if node.op]
        self.uses = frozenset([use_of(self.graph, node) for node in results])
        others = [one for one in results if facts_of(one.op).form not in ("sum", "product")]
        steps = expression.count(";")
        self.size = (len(results), len(others), steps, len(numbers), len(expression))
        self.has_one_order = all(one.index in after.parents for one, after in pairwise(results))

    @property
    def text(self) -> str:
        """The expression and its numbers, as in a sentence."""
        return as_text(Words(self.expression, " with ", numbers_of(self.numbers)))

    @property
    def is_single(self) -> bool:
        """Whether it is one operation on leaves."""
        return self.size[0] == 1

    @property
    def can_be_read(self) -> bool:
        """Whether all of its gradients are of a middle size."""
        low, high = READABLE
        return all(low < abs(gradient) < high for gradient in self.right.values())


@cache
def probe(expression: str, a: float | None = None) -> Probe:
    """The probe of an expression of a, b and c, with the first numbers that fit, or with this a."""
    names = sorted(expression_names(expression))
    sets = NUMBERS if a is None else (NUMBERS[0] | {"a": a},)
    made = [Probe(expression, {name: numbers[name] for name in names}) for numbers in sets]
    finite = [one for one in made if all(_is_finite(node) for node in one.graph.nodes)]
    return next((one for one in finite if one.can_be_read), (finite or made)[0])


def _is_finite(node: Node) -> bool:
    numbers = [node.data, *[local for local in node.local_derivatives if local is not None]]
    return all(abs(number) < float("inf") for number in numbers)


def by_leaf(graph: Graph, gradients: Mapping[int, float]) -> dict[str, float]:
    """Gradients by the names of leaves, 0.0 where none came."""
    leaves = [node for node in graph.nodes if node.is_leaf]
    return {node.name: gradients.get(node.index, 0.0) + 0.0 for node in leaves}


def use_of(graph: Graph, result: Node) -> Use:
    """Which operation made a result, with constants where."""
    assert result.op is not None
    return result.op, tuple([graph.nodes[index].is_constant for index in result.parents])


def pass_probes() -> list[Probe]:
    """The probes of `FOR_PASS`, the smallest first."""
    texts = [text for line in FOR_PASS.strip().splitlines() for text in re.split(r"\s{3,}", line)]
    return sorted([probe(text) for text in texts if text], key=lambda one: one.size)


# -- the uses of an operation ----------------------------------------------------------------------

BOTH, NUMBER_RIGHT, NUMBER_LEFT = (False, False), (False, True), (True, False)
ADD, MUL, POWER = (ops.add, BOTH), (ops.mul, BOTH), (ops.power, NUMBER_RIGHT)


def expected_uses() -> list[Use]:
    """The uses that are missed where they do not exist; those of one row stand together."""
    rows = [row for row, facts in FACTS.items() if facts.expected]
    return [use for row in sorted(rows, key=_as_listed) for use in _ways_round(row)]


def _as_listed(row: Op) -> tuple[int, str]:
    """First the operators, those of two operands before those of one, then functions by name."""
    return -len(row.rules), "" if facts_of(row).python else row.name


def other_uses(engine_class: type) -> Iterator[Use]:
    """The uses that this class has beyond those."""
    for row, facts in FACTS.items():
        name = f"__{facts.python.__name__}__" if facts.python else row.name
        can_be_tried = facts.python or row.text == f"{row.name}({{}})"
        is_other = not facts.expected and facts.kind != "stop_gradient"
        if can_be_tried and is_other and callable(getattr(engine_class, name, None)):
            yield from _ways_round(row)


def _ways_round(row: Op) -> list[Use]:
    """The uses of an operator, the main one first; of a function, the one that it has."""
    ways = (BOTH, NUMBER_RIGHT, NUMBER_LEFT) if len(row.rules) == 2 else ((False,),)
    return sorted([(row, way) for way in ways], key=lambda use: use != main_use(row))


def main_use(row: Op) -> Use:
    """The use of a row that the others are told from: Values on both sides, a number as exponent.

    >>> alone(main_use(ops.power)), alone(main_use(ops.sub))
    ('a ** 3', 'a - b')
    """
    return POWER if row is ops.power else (row, (False,) * len(row.rules))


a, b, c = Name("a"), Name("b"), Name("c")


def alone(use: Use) -> str:
    """An operation on leaves.

    >>> alone((ops.sub, NUMBER_LEFT)), alone((ops.tanh, (False,)))
    ('2 - a', 'tanh(a)')
    """
    return as_text(_made(use))


def _made(use: Use, x: Part = a, y: Part = b) -> Operation:
    row, constants = use
    number = 3.0 if use == POWER else 2.0
    free = iter((x, y))
    return Operation(row, tuple([number if constant else next(free) for constant in constants]))


@cache
def probes_of(use: Use) -> list[Probe]:
    """The probes of one operation, alone and among others; the smallest first."""
    constants, once = use[1], _made(use)
    parts = [*_among_others(use)] if len(constants) == 1 else [once, *_among_others(use)]
    if constants == BOTH:
        parts += [_made(use, a, a), _made(use, a, b * c), _made(use, b * c, a)]
    if use == POWER:
        parts += [a**2.0, a**-1.0, a**0.5]
    found = [probe(as_text(part)) for part in parts]
    if len(constants) == 1:
        found += [probe(alone(use), a=point) for point in POINTS]
        found += [probe(as_text(b + once), a=-3.0)]
    finite = [one for one in found if all(_is_finite(node) for node in one.graph.nodes)]
    return sorted(dict.fromkeys(finite), key=lambda one: one.size)


def _among_others(use: Use) -> Iterator[Any]:
    """One operation with others above and below it, which are + and * ."""
    once = _made(use)
    yield from (c * once, a + once, a * once, a + c * once)
    yield from (_made(use, a * c), _made(use, a + c))
    yield Words("d = ", once, "; d * d")
    if use[1] == (False,) or use == POWER:
        yield _made(use, once)


# -- deep and wide graphs --------------------------------------------------------------------------

DEPTHS = (10, 50, 100, 190)
DOUBLINGS = 9  # 512 paths


@cache
def chain(row: Op, length: int) -> Probe:
    """As many results, each made from the one before; `row` is + or *.

    >>> chain(ops.add, 3).expression
    'd1 = a + b; d2 = d1 + b; d2 + b'
    """
    return Probe(_in_steps(f"{{0}} {row.symbol} b", length), {"a": 3.0, "b": 1.0})


@cache
def doublings(row: Op, count: int) -> Probe:
    """Results that are used twice each, so that there are 2**count paths to the leaf.

    >>> doublings(ops.add, 2).expression, doublings(ops.add, 2).right
    ('d1 = a + a; d1 + d1', {'a': 4.0})
    """
    return Probe(_in_steps(f"{{0}} {row.symbol} {{0}}", count), {"a": 1.0})


def _in_steps(form: str, count: int) -> str:
    """So many results of this form, the first of a, each other of the one before."""
    *steps, last = [form.format(f"d{k}" if k else "a") for k in range(count)]
    return "; ".join([*[f"d{k} = {step}" for k, step in enumerate(steps, 1)], last])
