"""`anomaly`: stop at the first number that is nan or infinite, and say where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, isnan
from typing import Any

from autograd_mini.engine import contexts, ops
from autograd_mini.engine.errors import AnomalyError
from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.engine.sweep import edges_of, sweep
from autograd_mini.engine.value import Value
from autograd_mini.text import sentences
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import INDENT, WIDTH
from autograd_mini.text.names import cut_name
from autograd_mini.text.numbers import DIGITS
from autograd_mini.text.paragraphs import Announced, Paragraph, Sentence, lines_of
from autograd_mini.text.parts import Equation, Long, Name, Number, Operation, Words, add_up, product
from autograd_mini.tracing import source_lines
from autograd_mini.tracing.graph import caller_names

Names = Mapping[Value, str]
Numbers = Sequence[float]  # of the operands of an operation, and its own at the end
Reason = list[Words | str]  # sentences; "" is none

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
    return contexts.Context(observer=_Anomalies())


class _Anomalies(contexts.Observer):
    """Raises at numbers that are not finite."""

    def operation(
        self, op: Op, parents: Sequence[Value], numbers: Numbers
    ) -> source_lines.Where | None:
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
            raise _edge_error(order, seed)
        for node, total in totals.items():
            if node.is_leaf and node._grad is not None and not isfinite(node.grad + total):
                raise _leaf_error(node, total)


def _op(node: Value) -> Op:
    assert node.op is not None
    return node.op


class _Result:
    """A result that an error speaks of: its operation, its operands, their numbers and its own."""

    def __init__(self, op: Op, parents: Sequence[Value], numbers: Numbers) -> None:
        self.op, self.parents, self.numbers, self.names = op, parents, numbers, _names_outside()

    def operand(self, position: int) -> Name | Operation | None:
        """The name of an operand, else how it was made of named ones, if that is short."""
        node = self.parents[position]
        name, named = _name(node, self.names), [_name(p, self.names) for p in node.parents]
        if name or node.op is None or len(named) > 2 or not any(named):
            return name
        pairs = zip(named, node.parents, strict=True)
        made = Operation(node.op, tuple([part or _exact(parent._data) for part, parent in pairs]))
        return made if len(as_text(made)) <= LONGEST_OPERAND else None

    def sides(self) -> list[Any]:
        """The operation in symbols, in numbers, and its result."""
        *operands, result = map(_exact, self.numbers)
        symbols = [self.operand(position) or number for position, number in enumerate(operands)]
        if len(operands) > MOST_OPERANDS:
            return [Long(self.op, symbols[0], symbols[-1], len(symbols)), result]
        return [Operation(self.op, tuple(symbols)), Operation(self.op, tuple(operands)), result]

    def letters(self) -> list[Any]:
        """The first two operands by their names, else as x and y."""
        places = enumerate("xy"[: len(self.parents)])
        return [self.operand(position) or Name(letter) for position, letter in places]

    def remedy(self) -> Words | str:
        return sentences.remedy(self.op, self.letters())

    def given(self) -> Reason:
        """What there is to say of an operand that was not finite before."""
        for position, (parent, number) in enumerate(zip(self.parents, self.numbers, strict=False)):
            if not isfinite(number):
                name = _name(parent, self.names) or f"operand {position + 1:,}"
                how = "computed outside of anomaly()" if parent.op else "given so"
                return [Words("Before that, ", name, " was ", number, f" already: it was {how}.")]
        return []


# -- the forward pass ------------------------------------------------------------------------------


def _forward_error(
    op: Op, parents: Sequence[Value], numbers: Numbers, where: source_lines.Where | None
) -> AnomalyError:
    made = _Result(op, parents, numbers)
    block = Announced(Words("the forward pass came to ", numbers[-1]), Equation(*made.sides()))
    return _error("forward", numbers[-1], [block], where, made.given() or _began(made))


def _began(made: _Result) -> Reason:
    """How finite numbers made one that is not, and what to do."""
    numbers, facts = made.numbers, facts_of(made.op)
    if isnan(numbers[-1]):
        return [_undefined(made), made.remedy()]
    if facts.pole and facts.pole(*numbers[:-1]):
        where = Words(f"{made.op.name} goes to infinity at ", _exact(numbers[0]), ".")
        return [where if len(made.parents) == 1 else "That divides by 0.", made.remedy()]
    near_0 = made.remedy() if facts.form == "quotient" else ""
    return [_BEYOND, facts.overflow or near_0 or _SMALLER]


def _undefined(made: _Result) -> Words | str:
    if facts_of(made.op).domain:
        return Words(sentences.domain(made.op, made.letters()[0]), ".")
    return f"{made.op.name} made that of finite numbers; those on the way to it may be too large."


_BEYOND = "That is beyond 1.8e308, where floats end."
_SMALLER = "Use smaller numbers: scaled inputs, smaller weights, a smaller learning rate."
_EXPONENT = "An exponent that needs no gradient is better a plain number."


# -- the backward pass -----------------------------------------------------------------------------


def _edge_error(order: Sequence[Value], seed: float) -> AnomalyError:
    """At the first contribution that is not finite, or makes a total that is not."""
    steps = sweep({order[-1]: seed}, order, lambda n: edges_of(n.parents, n.local_derivatives()))
    first = next(step for step in steps if not isfinite(step[-1]))
    _, _, consumer, position, local, upstream, number, before, _ = first
    made = _Result(_op(consumer), consumer.parents, consumer._numbers)
    sides = product([_exact(upstream), _exact(local)])
    what: Any = product([Name("upstream"), Name("local")])
    if isfinite(number) and before is not None:
        number, sides = before + number, add_up([_exact(before), _exact(number)])
        what = Words("the sum so far + ", what)
    name, target = _name(consumer, made.names), _exact(made.numbers[position])
    made_so = Equation(*([name] if name else []), *made.sides())
    operand = made.operand(position) or Words(f"operand {position + 1:,}, which is ", target)
    block = [
        Announced(Words("the backward pass came to ", number), Equation(what, sides, number)),
        Sentence(Words("from ", made_so), start=4, hang=8),
        Sentence(Words("down to ", operand), start=4, hang=8),
    ]
    reason = made.given() or _steep(made, position, upstream, local)
    return _error("backward", number, block, contexts.where_recorded(consumer), reason)


def _steep(made: _Result, position: int, upstream: float, local: float) -> Reason:
    """How finite operands made a product or a sum that is not finite, and what to do."""
    if not isfinite(made.numbers[-1]):
        return ["The forward pass came to that outside of anomaly(): run it inside as well."]
    if isfinite(local):
        return [_BEYOND, _SMALLER]
    symbol, remedy = made.op.symbol, made.remedy()
    if made.op is ops.power and position == 1:
        return ["The derivative by the exponent takes the log of the base.", remedy, _EXPONENT]
    if isnan(local):
        return [f"{symbol} has no derivative there.", remedy]
    zero = "0 * inf is no number, so a where after it comes too late." if upstream == 0.0 else ""
    return [f"{symbol} is infinitely steep there.", zero, remedy]


def _seed_error(seed: float) -> AnomalyError:
    why = ": that is the seed that backward() was given"
    head = Sentence(Words("the backward pass starts from ", seed, why))
    return _error("backward", seed, [head], None, ["Give it a finite one, or none."])


def _leaf_error(leaf: Value, total: float) -> AnomalyError:
    name, number = _name(leaf, _names_outside()) or "a leaf", leaf.grad + total
    whole = Equation(add_up([_exact(leaf.grad), _exact(total)]), number)
    head = Words("the backward pass came to ", number, " in the gradient of ", name, ": ", whole)
    reason = "The first is from earlier passes; call zero_grad() before each one."
    return _error("backward", number, [Sentence(head, hang=8)], None, [reason])


# -- texts -----------------------------------------------------------------------------------------


def _error(
    direction: str,
    number: float,
    block: Sequence[Paragraph],
    where: source_lines.Where | None,
    reason: Reason,
) -> AnomalyError:
    told = Words(*[piece for said in reason if said != "" for piece in (" ", said)][1:])
    lines = [*lines_of(block), *_source_lines(where), *Sentence(told).lines()]
    return AnomalyError("\n".join(lines), direction, number, source_lines.source_text(where))


def _source_lines(where: source_lines.Where | None) -> list[str]:
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


def _name(node: Value, names: Names) -> Name | None:
    name = str(node.label) or names.get(node, "")
    return Name(cut_name(name)) if name else None


def _exact(number: float) -> Any:
    """A number, to more digits than six where these look like a whole one that it is not.

    >>> as_text(_exact(0.1 + 0.2)), as_text(_exact(1.0 + 1e-9))
    ('0.3', '1.000000001')
    """
    found = {digits: float(f"{number:.{digits}g}") for digits in range(DIGITS, 18)}
    if found[DIGITS] % 1.0 != 0.0 or abs(number) >= 1e6:
        return number
    return Number(number, min([digits for digits, shown in found.items() if shown == number]))
