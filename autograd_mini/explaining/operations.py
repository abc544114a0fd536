"""What is known about single operations: where they are level, defined, or infinitely steep."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op
from autograd_mini.tracing.graph import Edge, Graph, Node

LEVEL = 0.01  # a slope below this, far out, is called saturated

# Where the slope of what saturates is above LEVEL in size: nowhere outside these numbers.
_ALIVE = {
    ops.tanh: (-3.0, 3.0),
    ops.sigmoid: (-4.6, 4.6),
    ops.erf: (-2.2, 2.2),
    ops.atan: (-10.0, 10.0),
    ops.exp: (-4.7, math.inf),
    ops.expm1: (-4.7, math.inf),
    ops.elu: (-4.7, math.inf),
    ops.softplus: (-4.6, math.inf),
    ops.silu: (-6.3, math.inf),
    ops.gelu: (-3.1, math.inf),
}

_DOMAINS = {
    ops.log: "{} > 0",
    ops.log2: "{} > 0",
    ops.log10: "{} > 0",
    ops.log1p: "{} > -1",
    ops.sqrt: "{} >= 0",
    ops.asin: "-1 <= {} <= 1",
    ops.acos: "-1 <= {} <= 1",
    ops.acosh: "{} >= 1",
    ops.atanh: "-1 < {} < 1",
    ops.sin: "finite {}",
    ops.cos: "finite {}",
    ops.tan: "finite {}",
    ops.power: "{} >= 0, or a whole number as exponent",
    ops.mod: "finite {}, and a divisor other than 0",
}

_POLES: dict[Op, Callable[..., bool]] = {
    ops.log: lambda x: x == 0.0,
    ops.log2: lambda x: x == 0.0,
    ops.log10: lambda x: x == 0.0,
    ops.log1p: lambda x: x == -1.0,
    ops.sqrt: lambda x: x == 0.0,
    ops.asin: lambda x: abs(x) == 1.0,
    ops.acos: lambda x: abs(x) == 1.0,
    ops.atanh: lambda x: abs(x) == 1.0,
    ops.acosh: lambda x: x == 1.0,
    ops.div: lambda x, y: y == 0.0,
    ops.power: lambda x, y: x == 0.0,
}

_ROWS = {row for row in vars(ops).values() if isinstance(row, Op)}


def operands_of(graph: Graph, consumer: Node) -> list[Node]:
    """The operands of a result, in order."""
    return [graph.nodes[index] for index in consumer.parents]


def numbers_of(graph: Graph, consumer: Node) -> list[float]:
    """The numbers of the operands of a result, in order."""
    return [node.data for node in operands_of(graph, consumer)]


def alive(edge: Edge) -> tuple[float, float] | None:
    """Between which numbers an operation is alive that is saturated here; None where it is not."""
    assert edge.consumer.op is not None
    limits = _ALIVE.get(edge.consumer.op)
    if limits is None or limits[0] <= edge.node.data <= limits[1]:
        return None
    return limits


def domain(op: Op, x: str) -> str:
    """Where an operation is defined, such as x > 0; "" where nothing is known."""
    return _DOMAINS.get(op, "").format(x)


def is_at_pole(graph: Graph, consumer: Node) -> bool:
    """Whether an infinity here is no overflow; of a row of one's own nobody knows."""
    op = consumer.op
    assert op is not None
    if op not in _ROWS:
        return True
    return op in _POLES and _POLES[op](*numbers_of(graph, consumer))


def is_flat(edge: Edge) -> bool:
    """Whether the rule is 0 whatever the numbers."""
    op = edge.consumer.op
    assert op is not None
    return not op.variadic and op.rules[edge.position] == 0.0


def other_factor(graph: Graph, edge: Edge) -> Node | None:
    """What an operand of `*` or `dot` is multiplied by; None for a bias and other operations."""
    consumer, position = edge.consumer, edge.position
    if consumer.op is ops.mul:
        return graph.nodes[consumer.parents[1 - position]]
    half = len(consumer.parents) // 2
    if consumer.op is ops.dot and position < 2 * half:
        other = position + half if position < half else position - half
        return graph.nodes[consumer.parents[other]]
    return None


# -- why a local derivative is zero ----------------------------------------------------------------

_CHOOSING = (ops.maximum, ops.minimum, ops.clip, ops.where)
_FADING = (
    ops.div, ops.power, ops.log, ops.log2, ops.log10, ops.log1p, ops.sqrt, ops.asinh, ops.acosh,
    ops.atanh, ops.length, ops.atan2,
)  # fmt: skip
_QUOTIENTS = (ops.div, ops.power, ops.length, ops.atan2)


def kind_of_zero(graph: Graph, edge: Edge) -> str:
    """The kind of cause that a local derivative of 0 is."""
    op = edge.consumer.op
    if is_flat(edge):
        return "flat"
    if op is ops.relu:
        return "closed_relu"
    if op in _CHOOSING:
        return "not_chosen"
    if op is ops.logsumexp:
        return "outweighed"
    return "saturated" if alive(edge) else _by_numbers(graph, edge)


def _by_numbers(graph: Graph, edge: Edge) -> str:
    if zero_factor(graph, edge) is not None:
        return "multiplied_by_zero"
    op, numbers = edge.consumer.op, numbers_of(graph, edge.consumer)
    if op in _FADING and any(map(math.isinf, [*numbers, edge.consumer.data])):
        return "divided_by_infinity"
    vanished = op in _QUOTIENTS and not _has_a_reason(op, numbers)
    return "underflow" if vanished else "stationary"


def _has_a_reason(op: Op | None, numbers: Sequence[float]) -> bool:
    """Whether the exact derivative is 0 too: at an operand of 0, and at an exponent of 1."""
    return 0.0 in numbers or (op is ops.power and numbers[0] == 1.0)


def zero_factor(graph: Graph, edge: Edge) -> Node | None:
    """The operand whose 0 is a factor of this local derivative, if one is."""
    other = other_factor(graph, edge)
    if other is None:
        return _zero_base(graph, edge)
    return other if other.data == 0.0 else None


def _zero_base(graph: Graph, edge: Edge) -> Node | None:
    """The 0 of `0 / y` for y, and that of `x ** n` at x = 0."""
    consumer = edge.consumer
    first = graph.nodes[consumer.parents[0]]
    of_quotient = consumer.op is ops.div and edge.position == 1
    exponent = graph.nodes[consumer.parents[1]].data if consumer.op is ops.power else 0.0
    return first if first.data == 0.0 and (of_quotient or exponent != 0.0) else None
