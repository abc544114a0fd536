"""`cost`: how many operations a gradient takes, by four methods, counted on the graph itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.text.layout import indented, paragraphs
from autograd_mini.text.names import cut_name
from autograd_mini.text.numbers import count_text, counted
from autograd_mini.text.paragraphs import Sentence
from autograd_mini.text.parts import Name, Number, Words, listed
from autograd_mini.tracing.graph import caller_names

Flows = Sequence[Sequence[int]]  # for each node, the operands that its gradient is passed to

LONGEST_COUNT = 12  # digits that are written out
BLOCK = 4096  # so many leaves are followed upward at a time, which bounds the memory


def cost(v: Value) -> Cost:
    """How many operations the gradient of a value takes, by four methods, on this very graph.

    >>> a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    >>> loss = (a * b + c) * f
    >>> cost(loss)
    The gradient of loss with respect to 4 leaves, over 7 nodes and 6 edges:
    <BLANKLINE>
        method               operations  what it does
        central differences          40  the whole function twice a leaf
        forward mode                 12  up from each leaf, the edges above it
        path by path                 12  down each of 4 paths
        reverse mode                  9  down from the root, each edge once
    <BLANKLINE>
    The function takes 3 operations, so reverse mode takes 3 times as many. For a
    graph of such operations the limit is 4 times, set by * and +, however many
    leaves there are. The theorem of Baur and Strassen (1983) says 5 for + - * /.
    <BLANKLINE>
    An operation is one of + - * / or one function such as exp, of single numbers; a
    multiplication by 1 counts, and so do the operations of local derivatives.

    Central differences are (f(x + h) - f(x - h)) / 2h: for each leaf the function twice and four
    operations more. The other methods evaluate the function and the local derivatives once. Then
    they start from 1, multiply by a local derivative at every edge that they go along, and add
    where edges meet, or at a leaf whole paths.

    What is made of several operations counts them all: a dot of n pairs 2n, a sum of n terms n - 1,
    elu 4, a rule what it computes. Every result counts at least 1.

    In reverse mode a result with e operands takes e products and at most e - 1 sums, for the first
    that arrives at a node is added to nothing. So there is a bound that holds for any number of
    leaves, the cheap gradient principle: 4 for + - *, and more where rules take operations of their
    own. W. Baur and V. Strassen, The complexity of partial derivatives, Theoretical Computer
    Science 22 (1983), have 5 for + - * /; the rules here do not share what the two derivatives of a
    quotient have in common.

    Numbers do not matter: leaves may have been changed since the forward pass. What is no `Value`
    is a `TypeError`; a constant is a `ValueError`.
    """
    if not isinstance(v, Value):
        raise TypeError(f"cost takes a Value, the result to start from, not {type(v).__name__}")
    if v.is_constant:
        raise ValueError(f"{v!r} is a constant, so it has no gradients; start from a result")
    return Cost(v, str(v.label) or caller_names(depth=2).get(v, ""))


class Cost:
    """The counts of `cost`, and as its text a table of them.

    >>> counted = cost(Value(2.0) * Value(3.0))
    >>> counted.function, counted.reverse_mode, counted.ratio
    (1, 3, 3.0)

    `nodes` has constants too; `edges`, and the `paths` from the root down to leaves, are those that
    a gradient goes along. `function` and `local_derivatives` count an evaluation of them, and are
    part of the counts of the methods: `central_differences`, `forward_mode`, `path_by_path`,
    `reverse_mode`. `ratio` is that of reverse mode to the function, and at most `bound`; both are
    nan for a single leaf. All others are ints.
    """

    def __init__(self, v: Value, name: str = "") -> None:
        order = topological_order(v)
        flows = _flows(order)
        reached = {len(order) - 1, *[operand for operands in flows for operand in operands]}
        leaves = [index for index, node in enumerate(order) if node.is_leaf]
        self._name = Name(cut_name(name)) if name else "the result"
        self.nodes, self.leaves, self.edges = len(order), len(leaves), sum(map(len, flows))
        self.function = sum(map(_operations, order))
        self.local_derivatives = sum([_rules(order[index])[0] for index in reached])
        once = self.function + self.local_derivatives
        self.paths, along_paths = _along_paths(flows, leaves)
        self.central_differences = self.leaves * (2 * self.function + 4)
        self.forward_mode = once + _upward(flows, leaves)
        self.path_by_path = once + along_paths
        # At every node but the root, the first of the products that arrive is added to nothing.
        self.reverse_mode = once + 2 * self.edges - (len(reached) - 1)
        self.ratio = self.reverse_mode / self.function if self.function else math.nan
        bounds = [(_bound(order[index]), order[index].op) for index in reached]
        self.bound = max([bound for bound, op in bounds if op], default=math.nan)
        self._costly = {cut_name(op.symbol) for bound, op in bounds if op and bound == self.bound}

    @property
    def text(self) -> str:
        """The table, and what it shows, in 80 columns."""
        compared = self._compared().lines() if self.function else []
        what_counts = Sentence(_WHAT_COUNTS).lines()
        return paragraphs([self._head().lines(), self._table(), compared, what_counts])

    def __repr__(self) -> str:
        return self.text

    def _head(self) -> Sentence:
        leaves, nodes = counted(self.leaves, "leaf", "leaves"), counted(self.nodes, "node")
        end = f" with respect to {leaves}, over {nodes} and {counted(self.edges, 'edge')}:"
        return Sentence(Words("The gradient of ", self._name, end))

    def _table(self) -> list[str]:
        paths = "1 path" if self.paths == 1 else f"each of {_count(self.paths)} paths"
        methods = [
            ("central differences", self.central_differences, "the whole function twice a leaf"),
            ("forward mode", self.forward_mode, "up from each leaf, the edges above it"),
            ("path by path", self.path_by_path, f"down {paths}"),
            ("reverse mode", self.reverse_mode, "down from the root, each edge once"),
        ]
        rows = [(name, _count(count), done) for name, count, done in methods]
        return indented([("method", "operations", "what it does"), *rows], "<><")

    def _compared(self) -> Sentence:
        function = counted(self.function, "operation")
        words = Words(
            f"The function takes {function}, so reverse mode takes ", Number(self.ratio, 3),
            " times as many. For a graph of such operations the limit is ", Number(self.bound, 3),
            " times, set by ", listed(sorted(self._costly)), ", however many leaves there are. "
            "The theorem of Baur and Strassen (1983) says 5 for + - * /.",
        )  # fmt: skip
        return Sentence(words)


_WHAT_COUNTS = (
    "An operation is one of + - * / or one function such as exp, of single numbers; "
    "a multiplication by 1 counts, and so do the operations of local derivatives."
)


def _count(count: int) -> str:
    return count_text(count, LONGEST_COUNT)


# -- walks over the graph --------------------------------------------------------------------------


def _flows(order: Sequence[Value]) -> Flows:
    """For each node, in topological order, the places of the operands that it sends a gradient."""
    place = {node: index for index, node in enumerate(order)}
    flows: list[list[int]] = [[] for _ in order]
    reached = {len(order) - 1}
    for index in reversed(range(len(order))):
        if index in reached:
            pairs = zip(order[index].parents, _rules(order[index])[1], strict=True)
            flows[index] = [place[operand] for operand, passes in pairs if passes]
            reached.update(flows[index])
    return flows


def _along_paths(flows: Flows, leaves: Sequence[int]) -> tuple[int, int]:
    """How many paths lead from the root down to leaves, and the operations of going along each.

    The paths to a node, and the sum of their lengths, follow from those to its consumers, so that
    nobody has to walk along them. Numbers are dropped when they have been passed on: they can have
    thousands of digits.
    """
    ends = set(leaves)
    arriving = {len(flows) - 1: (1, 0)}  # place: (paths, sum of their lengths)
    found = operations = 0
    for index in reversed(range(len(flows))):
        count, length = arriving.pop(index, (0, 0))
        for operand in flows[index]:
            paths, lengths = arriving.get(operand, (0, 0))
            arriving[operand] = paths + count, lengths + length + count
        if count and index in ends:
            found += count
            operations += length + count - 1  # products, and the sum over the paths to this leaf
    return found, operations


def _upward(flows: Flows, leaves: Sequence[int]) -> int:
    """The operations of following each leaf upward: products at edges, sums where they meet."""
    results = [(index, operands) for index, operands in enumerate(flows) if operands]
    operations = 0
    for start in range(0, len(leaves), BLOCK):
        # below[node] has a bit for each leaf of this block that the node depends on.
        below = {leaf: 1 << bit for bit, leaf in enumerate(leaves[start : start + BLOCK])}
        for index, operands in results:
            union = 0
            for operand in operands:
                leaves_below = below.get(operand, 0)
                operations += 2 * leaves_below.bit_count()  # a product, and a sum
                union |= leaves_below
            operations -= union.bit_count()  # the first product is added to nothing
            below[index] = union
    return operations


# -- what one operation counts ---------------------------------------------------------------------


class _Tally:
    """Stands for a number in a forward function or a rule, and counts what is done with it."""

    def __init__(self) -> None:
        self.operations = 0

    def _apply(self, op: Op, arguments: Sequence[Any]) -> _Tally:
        self.operations += _forward_operations(op, len(arguments))
        return self

    def _one(self, *others: object) -> _Tally:
        self.operations += 1
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _one
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __mod__ = __rmod__ = _one
    __neg__ = __pos__ = __abs__ = _one


def _operations(node: Value) -> int:
    """The operations of the forward function of a result; 0 for leaves and constants."""
    return _forward_operations(node.op, len(node.parents)) if node.op else 0


@lru_cache(maxsize=256)
def _forward_operations(op: Op, count: int) -> int:
    tally = _Tally()
    try:
        op.forward(*[tally] * count)
    except Exception:  # made for floats only, as those of `ieee` are: it is one operation
        return 1
    return max(1, tally.operations)


def _rules(node: Value) -> tuple[int, Sequence[bool]]:
    """The operations of the local derivatives, and whether a gradient passes to each operand."""
    if node.op is None:
        return 0, ()
    return _rule_operations(node.op, tuple([not parent.is_constant for parent in node.parents]))


@lru_cache(maxsize=256)
def _rule_operations(op: Op, varying: tuple[bool, ...]) -> tuple[int, Sequence[bool]]:
    count = len(varying)
    if op.variadic:
        operations, found = _run(op.rules[0], count, variadic=True)
        found = found if isinstance(found, list | tuple) else [found] * count
    else:  # the rule of a constant does not run
        runs = [_run(rule if v else None, count) for rule, v in zip(op.rules, varying, strict=True)]
        operations, found = sum([counted for counted, _ in runs]), [local for _, local in runs]
    return operations, [v and f is not None for v, f in zip(varying, found, strict=True)]


def _run(rule: object, count: int, variadic: bool = False) -> tuple[int, Any]:
    """The operations of a rule, and what it gives; None is a stop-gradient."""
    if not callable(rule):
        return 0, rule
    tally = _Tally()
    operands = (tally,) * count
    try:
        found = rule(operands, tally) if variadic else rule(*operands, tally)
    except Exception:  # one of the user's own, for floats only
        return 1, tally
    return tally.operations, found


def _bound(node: Value) -> float:
    """How many times the operations of a result reverse mode can take on its account."""
    (rules, passes), function = _rules(node), _operations(node)
    return (function + rules + max(0, 2 * sum(passes) - 1)) / max(1, function)
