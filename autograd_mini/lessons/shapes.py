"""What questions are about: expressions by level, written down as shapes, with numbers drawn.

In a shape, {*|+} stands for one of these signs or numbers; each name that no step makes is a leaf.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Container, Mapping, Sequence
from random import Random

from autograd_mini.diagnosis.diagnose import leaves_of, with_numbers
from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.parsing import expression_names, parse
from autograd_mini.engine.value import Value, topological_order

# Numbers to do by hand. 0 and 1 would hide what a factor or a term does.
WHOLE = (2.0, 3.0, 4.0, 5.0, -2.0, -3.0, -4.0, -5.0)
HALVES = (0.5, 1.5, -0.5, -1.5)
LARGEST = 1000.0  # that anybody should have to multiply

ATTEMPTS = 200  # drawings, until the numbers tell all mistakes
ATTEMPTS_WITH_THE_SAME_NUMBERS = 12  # where only what is asked differs


class Shape:
    """An expression without its numbers; those in `fixed` are given.

    >>> import random
    >>> rng = random.Random(1)
    >>> shape = Shape("u = a {*|+} b; L = u * {2|3}", b=4).pick(rng)
    >>> shape.text
    'u = a * b; L = u * 2'
    >>> shape.draw(rng)
    Value(-16.0, label='L', op='*')
    """

    attempts = ATTEMPTS

    def __init__(self, text: str, /, **fixed: float) -> None:
        self.text, self.fixed = text, fixed

    def pick(self, rng: Random) -> Shape:
        """The same with one of the signs or numbers at each place."""
        text = re.sub(r"\{(.*?)\}", lambda found: rng.choice(found[1].split("|")), self.text)
        return Shape(text, **self.fixed)

    def draw(self, rng: Random) -> Value:
        """Its graph, with numbers."""
        free = [name for name in expression_names(self.text) if name not in self.fixed]
        numbers = dict(zip(free, numbers_for(free, rng), strict=True)) | self.fixed
        root = parse(self.text, **numbers)
        choose_results(root, rng, free)
        return root


class Level:
    """All shapes of a level."""

    attempts = ATTEMPTS

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = shapes

    def pick(self, rng: Random) -> Shape:
        """One of them, with its signs."""
        return rng.choice(self.shapes).pick(rng)


class Given:
    """An expression that somebody gave, with its own numbers, or with `others`."""

    def __init__(self, root: Value, others: bool = False) -> None:
        self.root, self.others = root, others
        self.attempts = ATTEMPTS if others else ATTEMPTS_WITH_THE_SAME_NUMBERS

    def pick(self, rng: Random) -> Given:
        """Itself: there is nothing to choose."""
        return self

    def draw(self, rng: Random) -> Value:
        """A copy of its graph, with its own numbers or others."""
        if not self.others:
            return copy.deepcopy(self.root)
        leaves = leaves_of(self.root)
        root = with_numbers(self.root, numbers_for(leaves, rng))
        choose_results(root, rng, [leaf.label for leaf in leaves])
        return root


# Where a question takes its expression from; `attempts` is how often it is worth to draw one.
Source = Shape | Level | Given


def numbers_for(names: Sequence[object], rng: Random) -> list[float]:
    """A friendly number for each; all different, as long as there are enough."""
    enough = [*WHOLE, *HALVES] * (len(names) // 12 + 1)
    whole = rng.sample(WHOLE, min(len(names), len(WHOLE)))
    if rng.random() < 0.6 and len(whole) == len(names):
        return whole
    return rng.sample(enough, len(names))


def choose_results(root: Value, rng: Random, free: Container[str]) -> None:
    """Let tanh, sigmoid and exp have results such as 0.5, where a free bias can do that.

    Then their slopes can be worked out without a table; the bias is whatever leads there.
    """
    for node in topological_order(root):
        bias, facts = _bias(node), facts_of(node.op)
        if bias is None or facts.inverse is None or bias.label not in free:
            continue
        rest = node.parents[0].data - bias.data if bias is not node.parents[0] else 0.0
        bias.data = facts.inverse(rng.choice(facts.by_hand)) - rest
        root.recompute()


def _bias(node: Value) -> Value | None:
    """The leaf that is the operand of this function, or is added last to make it."""
    if not facts_of(node.op).by_hand:
        return None
    operand = node.parents[0]
    if facts_of(operand.op).form in ("sum", "dot"):
        operand = operand.parents[-1]
    return operand if operand.is_leaf else None


def is_friendly(root: Value) -> bool:
    """Whether all numbers are of a size that one would do by hand."""
    sizes = [abs(node.data) for node in topological_order(root)]
    return all(math.isfinite(size) and size <= LARGEST for size in sizes)


# -- the shapes ------------------------------------------------------------------------------------


def _shapes(*texts: str) -> list[Shape]:
    return [Shape(text) for text in texts]


LEVELS: Mapping[int, Sequence[Shape]] = {
    1: _shapes(  # one path
        "u = {2|3|4|-2|-3} * a; L = u ** 2",
        "u = a ** 2; L = {3|5|-2} * u",
        "u = a ** 2; v = {3|4|-2} * u; L = v {+|-} {5|7}",
        "u = {5|7} - a; L = u ** {2|3}",
        "u = a {+|-} {2|3|4}; v = u ** 2; L = v / {2|4}",
        "u = {2|3} * a; v = u - {4|5|7}; L = v ** 2",
        "u = a ** 3; v = {5|8} - u; L = {2|-3} * v",
    ),
    2: _shapes(  # products and sums of several leaves
        "u = a * b; L = u {+|-} c",
        "u = a * b; v = u {+|-} c; L = v * d",
        "u = a {+|-} b; v = c {+|-} d; L = u * v",
        "u = a * b; v = c * d; L = u {+|-} v",
        "u = a {+|-} b; v = u ** 2; L = c * v",
        "u = a * b; v = u ** 2; L = v {+|-} c",
        "u = a - b; L = u / c",
        "u = a / b; L = u * c",
        "u = a / b; v = u {+|-} c; L = v * d",
    ),
    3: _shapes(  # a neuron
        "u = w * x; v = u + b; L = {tanh|sigmoid}(v)",
        "u = w * x; v = u + b; z = {tanh|sigmoid|relu}(v); L = c * z",
        "u = w * x; v = u + b; z = {tanh|sigmoid|relu}(v); e = z - y; L = e ** 2",
        "v = dot([w, c], [x, d], b); L = {tanh|sigmoid}(v)",
        "v = dot([w, c], [x, d], b); z = {tanh|relu}(v); L = z * y",
        "u = w * x; v = u + b; z = exp(v); L = c * z",
        "u = w * x; z = log(u); L = c * z",
    ),
    4: _shapes(  # forks: something is used twice
        "u = a * b; L = u {+|-} a",
        "u = a * a; L = {a + u|a - u|u - a}",
        "u = a * b; v = u {+|-} c; L = v * a",
        "u = a {+|-} b; v = a * b; L = u * v",
        "u = w * x; v = w * c; y = u {+|-} v; L = y ** 2",
        "u = a * b; v = a ** 2; L = u {+|-} v",
        "u = a / b; v = a * b; L = u {+|-} v",
        "u = w * x; v = u + b; z = {tanh|sigmoid}(v); L = z * w",
    ),
    5: _shapes(  # shared results, where the order matters
        "u = a * b; v = u * u; L = v {+|-} u",
        "u = a * a; v = u {+|-} b; L = v * u",
        "u = a * b; v = u {+|-} a; L = u * v",
        "u = a {+|-} b; v = u * a; L = v * u",
        "u = a * b; v = u {+|-} c; e = u * v; L = e {+|-} u",
        "u = a * a; v = u * u; e = a + u; L = v {+|-} e",
        "u = a * b; v = u + u; e = v {+|-} a; L = e * u",
        "u = a {+|-} b; v = u * a; e = u * b; d = v {+|-} e; L = d * u",
    ),
    6: _shapes(  # all of it, and kinks, closed gates, small slopes
        "u = a * b; v = relu(u); e = v - c; L = e * u",
        "u = a - b; v = relu(u); e = v * b; L = e {+|-} a",
        "u = maximum(a, b); v = u * a; L = v {+|-} b",
        "u = a * b; v = abs(u); L = v * a",
        "u = w * x; v = u + b; z = {tanh|sigmoid}(v); e = z * w; L = e {+|-} z",
        "u = w * x; v = u + b; z = sigmoid(v); d = w * z; e = d + c; L = sigmoid(e)",
        "u = w * x; v = u + b; z = sigmoid(v); d = {2|3} * z; e = d + c; y = tanh(e); L = y * z",
        "u = w * x; v = u + b; z = relu(v); e = z - y; d = e ** 2; L = d + w",
        "u = a * b; v = u * u; e = relu(v); d = e {+|-} u; L = d * a",
    ),
}

# Where a gradient is zero, and why, by level; numbers that make it so are fixed.
ZEROS: Mapping[int, Sequence[Shape]] = {
    1: [
        Shape("u = a {+|-} {2|3}; v = u * 0; L = v {+|-} {4|5}"),
        Shape("u = a + {0.25|0.75}; v = floor(u); L = v ** 2"),  # between two jumps
        Shape("u = abs(a); L = {2|3|-4} * u", a=0.0),
        Shape("u = a {+|-} {2|3}; L = relu(u)"),
    ],
    2: [
        Shape("u = a * b; L = u {+|-} c", b=0.0),
        Shape("u = a {+|-} b; v = u * c; L = v {+|-} d", c=0.0),
        Shape("u = a {+|-} b; v = abs(c); L = u {+|-} v", c=0.0),
        Shape("u = a * b; v = relu(u); L = v {+|-} c"),
        Shape("u = {maximum|minimum}(a, b); L = u * c"),
    ],
    3: [
        Shape("u = w * x; v = u + b; L = relu(v)"),
        Shape("u = w * x; v = u + b; z = relu(v); L = c * z"),
        Shape("u = w * x; v = u + b; z = tanh(v); L = c * z", b=50.0),
        Shape("u = w * x; v = u + b; z = tanh(v); L = z ** 2", b=-60.0),
        Shape("u = w * x; v = u + b; z = relu(v); e = z - y; L = e ** 2", x=0.0),
    ],
    4: [
        Shape("u = a * b; v = a * c; L = u - v", b=3.0, c=3.0),
        Shape("u = a ** 2; v = {4|6|-4} * a; L = u - v"),
        Shape("u = a * b; v = {maximum|minimum}(u, c); L = b * v"),
        Shape("u = a + b; v = relu(u); L = v * c"),
    ],
    5: [
        Shape("u = a + b; v = u ** 2; e = {4|6|-6} * u; L = v - e"),
        Shape("u = a * b; v = u * c; e = u * d; L = v + e", c=2.0, d=-2.0),
        Shape("u = a - b; v = relu(u); e = v * v; L = e + v"),
        Shape("u = a * b; v = u + c; L = v * d", d=0.0),
    ],
    6: [
        Shape("u = a - b; v = relu(u); L = v * c", a=3.0, b=3.0),
        Shape("u = a * b; v = detach(u); L = v * c"),
        Shape("u = clip(a, -1, 1); v = u * b; L = v + c"),
        Shape("u = a * b; v = u * c; e = u * d; L = v - e", c=4.0, d=4.0),
        Shape("u = w * x; v = u + b; z = sigmoid(v); L = z * c", b=60.0),
        Shape("e = heaviside(a); u = where(e, b, c); L = u * d"),
    ],
}


def level_named(level: int, table: Mapping[int, Sequence[Shape]] = LEVELS) -> Level:
    """The shapes of a level; another one is a `ValueError` that says which there are.

    >>> level_named(7)
    Traceback (most recent call last):
    ValueError: there is no level 7; they are 1 (one path) to 6 (all of it, with kinks)
    """
    if isinstance(level, bool) or level not in table:
        raise ValueError(
            f"there is no level {level!r}; they are 1 (one path) to 6 (all of it, with kinks)"
        )
    return Level(table[level])
