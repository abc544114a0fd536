"""`anomaly`: stop at the first number that is nan or infinite, and say where it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite, isnan

from autograd_mini.engine import contexts, ops
from autograd_mini.engine.errors import AnomalyError
from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.engine.sweep import edges_of, sweep
from autograd_mini.engine.value import Value
from autograd_mini.explaining.operations import remedy_of
from autograd_mini.text import formula
from autograd_mini.text.notation import INDENT, WIDTH, product, tidy, wrapped
from autograd_mini.tracing import source_lines
from autograd_mini.tracing.graph import caller_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.engine.sweep import Edge
    from autograd_mini.tracing.source_lines import Where

    Names = Mapping[Value, str]
    Numbers = Sequence[float]  # of the operands of an operation, and its own at the end

MOST_OPERANDS = 6  # that a message spells out
LONGEST_OPERAND = 30


def anomaly() -> contexts.Context:
    """Record source lines, and raise `AnomalyError` at the first nan or inf of either pass.

    >>> x = Value(0.0, "x")
    >>> with anomaly():
    ...     y = x.log()
    Traceback (most recent call last):
    autograd_mini.engine.errors.AnomalyError: the forward pass came to -inf: log(x) = log(0) = -inf
        file "<doctest ...>", line 2
            y = x.log()
    log goes to infinity at 0. Keep x above 0, as in log(maximum(x, 1e-12)).

    Build the graph inside, and call `backward()` or `recompute()` there too. They raise before any
    number is published: data and gradients stay as they were. Leaves and constants may be nan or
    inf; the first operation that makes such a number raises.

    It holds for the current thread or task and ends with the block, however the block ends. It is a
    decorator too, and goes together with `no_grad()`. Source lines stay with the nodes afterwards.
    """
    return contexts.Context(watcher=_Anomalies())


class _Anomalies(contexts.Watcher):
    """Raises at numbers that are not finite."""

    def operation(self, op: Op, parents: Sequence[Value], numbers: Numbers) -> Where | None:
        where = source_lines.where_written()
        if not isfinite(numbers[-1]):
            raise _forward_error(op, parents, numbers, where)
        return where

    def forward_pass(self, data: Mapping[Value, float]) -> None:
        for node, number in data.items():
            if not isfinite(number):
                operands = [data.get(parent, parent._data) for parent in node.parents]
                where = contexts.where_recorded(node)
                raise _forward_error(_op(node), node.parents, [*operands, number], where)

    def backward_pass(self, order: Sequence[Value], totals: Mapping[Value, float]) -> None:
        seed = totals[order[-1]]
        if not isfinite(seed):
            raise _seed_error(seed)
        if not all(map(isfinite, totals.values())):
            raise _edge_error(*_first_contribution(order, seed))
        for node, total in totals.items():
            if node.is_leaf and node._grad is not None and not isfinite(node.grad + total):
                raise _leaf_error(node, total)


def _op(node: Value) -> Op:
    assert node.op is not None
    return node.op


# -- the forward pass ------------------------------------------------------------------------------


def _forward_error(
    op: Op, parents: Sequence[Value], numbers: Numbers, where: Where | None
) -> AnomalyError:
    names = _names_outside()
    head = f"the forward pass came to {numbers[-1]}"
    reason = _given(parents, numbers, names) or _born(op, parents, numbers, names)
    lines = _equation(head, _sides(op, parents, numbers, names))
    return _error("forward", numbers[-1], lines, where, reason)


def _given(parents: Sequence[Value], numbers: Numbers, names: Names) -> str:
    """What there is to say of an operand that was not finite before; else ""."""
    for position, (parent, number) in enumerate(zip(parents, numbers, strict=False), 1):
        if not isfinite(number):
            name = _name(parent, names) or f"operand {position:,}"
            how = "computed outside of anomaly()" if parent.op else "given so"
            return f"Before that, {name} was {number} already: it was {how}."
    return ""


def _born(op: Op, parents: Sequence[Value], numbers: Numbers, names: Names) -> str:
    """How finite numbers made one that is not, and what to do."""
    operands = _letters(parents, numbers, names)
    remedy = remedy_of(op, operands)
    if isnan(numbers[-1]):
        return f"{_undefined(op, operands)} {remedy}"
    facts = facts_of(op)
    if facts.pole and facts.pole(*numbers[:-1]):
        where = f"{op.name} goes to infinity at {_exact(numbers[0])}."
        return f"{where if len(parents) == 1 else 'That divides by 0.'} {remedy}"
    near_0 = remedy if facts.form == "quotient" else ""
    return f"{_BEYOND} {facts.overflow or near_0 or _SMALLER}"


def _undefined(op: Op, operands: Sequence[str]) -> str:
    domain = facts_of(op).domain
    if domain:
        return f"{op.symbol} is defined for {domain.format(x=operands[0])}."
    return f"{op.name} made that of finite numbers; those on the way to it may be too large."


def _remedy(op: Op, parents: Sequence[Value], numbers: Numbers, names: Names) -> str:
    return remedy_of(op, _letters(parents, numbers, names))


def _letters(parents: Sequence[Value], numbers: Numbers, names: Names) -> list[str]:
    """The first two operands by their names, else as x and y."""
    operands = [(_operand(p, x, names), _exact(x)) for p, x in zip(parents, numbers, strict=False)]
    return [
        letter if operand == number else operand
        for letter, (operand, number) in zip("xy", operands, strict=False)
    ]


_BEYOND = "That is beyond 1.8e308, where floats end."
_SMALLER = "Use smaller numbers: scaled inputs, smaller weights, a smaller learning rate."
_EXPONENT = "An exponent that needs no gradient is better a plain number."


# -- the backward pass -----------------------------------------------------------------------------


def _first_contribution(
    order: Sequence[Value], seed: float
) -> tuple[Value, int, float, float, float | None]:
    """The first that is not finite, or makes a total that is not, as `backward()` adds them up.

    (consumer, position of the operand, upstream, local, the sum before, None where there was none)
    """
    steps = sweep({order[-1]: seed}, order, _edges)
    for _, _, consumer, position, local, upstream, _, before, after in steps:
        if not isfinite(after):
            return consumer, position, upstream, local, before
    raise AssertionError("called only where a total is not finite")


def _edges(node: Value) -> list[Edge]:
    return edges_of(node.parents, node.local_derivatives())


def _edge_error(
    consumer: Value, position: int, upstream: float, local: float, before: float | None
) -> AnomalyError:
    names, numbers, where = _names_outside(), _numbers(consumer), contexts.where_recorded(consumer)
    number, sides = upstream * local, product([_exact(upstream), _exact(local)])
    what = "upstream * local"
    if isfinite(number) and before is not None:
        number, sides = before + number, f"{_exact(before)} + {_exact(number)}"
        what = f"the sum so far + {what}"
    lines = [
        *_equation(f"the backward pass came to {number}", [what, sides, str(number)]),
        f"{INDENT}from {_definition(consumer, numbers, names)}",
        f"{INDENT}down to {_target(consumer, position, numbers, names)}",
    ]
    reason = _given(consumer.parents, numbers, names)
    reason = reason or _steep(consumer, position, upstream, local, numbers, names)
    return _error("backward", number, lines, where, reason)


def _target(consumer: Value, position: int, numbers: Numbers, names: Names) -> str:
    number = numbers[position]
    written = _operand(consumer.parents[position], number, names)
    is_number = written == _exact(number)
    return f"operand {position + 1:,}, which is {written}" if is_number else written


def _numbers(consumer: Value) -> Numbers:
    """Those that the local derivatives were made of."""
    return consumer._numbers


def _steep(
    consumer: Value, position: int, upstream: float, local: float, numbers: Numbers, names: Names
) -> str:
    """How finite operands made a product or a sum that is not finite, and what to do."""
    op = _op(consumer)
    remedy = _remedy(op, consumer.parents, numbers, names)
    if not isfinite(numbers[-1]):
        return "The forward pass came to that outside of anomaly(): run it inside as well."
    if isfinite(local):
        return f"{_BEYOND} {_SMALLER}"
    if op is ops.power and position == 1:
        return f"The derivative by the exponent takes the log of the base. {remedy} {_EXPONENT}"
    if isnan(local):
        return f"{op.symbol} has no derivative there. {remedy}"
    zero = " 0 * inf is no number, so a where after it comes too late." if upstream == 0.0 else ""
    return f"{op.symbol} is infinitely steep there.{zero} {remedy}"


def _seed_error(seed: float) -> AnomalyError:
    head = f"the backward pass starts from {seed}: that is the seed that backward() was given"
    return _error("backward", seed, [head], None, "Give it a finite one, or none.")


def _leaf_error(leaf: Value, total: float) -> AnomalyError:
    name, number = _name(leaf, _names_outside()) or "a leaf", leaf.grad + total
    sides = f"{_exact(leaf.grad)} + {_exact(total)} = {number}"
    head = f"the backward pass came to {number} in the gradient of {name}: {sides}"
    reason = "The first is from earlier passes; call zero_grad() before each one."
    return _error("backward", number, [head], None, reason)


# -- texts -----------------------------------------------------------------------------------------


def _error(
    direction: str, number: float, lines: Sequence[str], where: Where | None, reason: str
) -> AnomalyError:
    written = [cut for line in lines for cut in wrapped(line, 2 * len(INDENT))]
    written += [*_source_lines(where), *wrapped(reason.strip())]
    return AnomalyError("\n".join(written), direction, number, source_lines.source_text(where))


def _source_lines(where: Where | None) -> list[str]:
    """Where an operation was written, and in a second line, if the first is full, its text."""
    if where is None:
        return []
    source = INDENT + source_lines.source_text(where)
    if len(source) <= WIDTH:
        return [source]
    return [INDENT + source_lines.place_text(where), 2 * INDENT + source_lines.line_text(where)]


def _names_outside() -> Names:
    """The variables that hold a `Value` where the package was called from."""
    return caller_names(source_lines.frames_inside() + 1)


def _name(node: Value, names: Names) -> str:
    name = str(node.label) or names.get(node, "")
    return formula.name_text(tidy(name)) if name else ""


def _operand(node: Value, number: float, names: Names) -> str:
    """The name of an operand, else how it was made of named ones, if short, else its number."""
    name = _name(node, names)
    named = [_name(parent, names) for parent in node.parents]
    if name or node.op is None or len(named) > 2 or not any(named):
        return name or _exact(number)
    pairs = zip(named, node.parents, strict=True)
    made = formula.applied(node.op, [part or _exact(parent._data) for part, parent in pairs])
    return made if len(made) <= LONGEST_OPERAND else _exact(number)


def _definition(node: Value, numbers: Numbers, names: Names) -> str:
    name = _name(node, names)
    sides = _sides(_op(node), node.parents, numbers, names)
    return " = ".join([name, *sides] if name else sides)


def _sides(op: Op, parents: Sequence[Value], numbers: Numbers, names: Names) -> list[str]:
    """An operation in symbols, in numbers, and its result."""
    pairs = zip(parents, numbers[:-1], strict=True)
    symbols = [_operand(parent, number, names) for parent, number in pairs]
    if len(parents) > MOST_OPERANDS:
        sides = [f"{op.name}({symbols[0]}, ..., {symbols[-1]}) of {len(parents):,} operands"]
    else:
        sides = [formula.applied(op, symbols), formula.applied(op, [*map(_exact, numbers[:-1])])]
    return [*dict.fromkeys(sides), _exact(numbers[-1])]


def _equation(head: str, sides: Sequence[str]) -> list[str]:
    """Equal sides behind a colon, or beneath it where they are too long."""
    line = f"{head}: {' = '.join(sides)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{head}:", f"{INDENT}{sides[0]}", *[f"{INDENT}= {side}" for side in sides[1:]]]


def _exact(number: float) -> str:
    """A number to six digits, unless that looks like a whole one that it is not.

    >>> _exact(0.1 + 0.2), _exact(1.0 + 1e-9)
    ('0.3', '1.000000001')
    """
    text = formula.number_text(number)
    return repr(number) if re.fullmatch(r"-?\d+", text) and float(text) != number else text
