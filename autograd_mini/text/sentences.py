"""What is said about gradients, a function for each sentence; several views say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_mini.engine.facts import FACTS, facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.text import parts
from autograd_mini.text.numbers import times
from autograd_mini.text.parts import Derivative, Equation, Name, Piece, Words, listed
from autograd_mini.tracing.graph import Graph, Node

# -- what something is -----------------------------------------------------------------------------


def definition(graph: Graph, node: Node) -> Equation:
    """How a result was made: e = a * b."""
    return Equation(parts.title_of(node), parts.made_of(graph, node))


def definition_with_number(graph: Graph, node: Node) -> Equation:
    """The same with its number: e = a * b = -6."""
    return Equation(parts.title_of(node), parts.made_of(graph, node), node.data)


def given(numbers: Sequence[Any]) -> Words:
    """The numbers that a calculation starts from."""
    return Words("with ", parts.separated(numbers))


def numbers_of(numbers: Mapping[str, float]) -> Words:
    """Numbers by their names, in a sentence.

    >>> from autograd_mini.text.as_text import as_text
    >>> as_text(numbers_of({"a": 3.0, "b": -5.0}))
    'a = 3 and b = -5'
    """
    return listed([Equation(Name(name), number) for name, number in numbers.items()])


# -- what happens ----------------------------------------------------------------------------------


def computing(name: Name) -> Words:
    """That a result is computed."""
    return Words("compute ", name)


def passing(consumer: Name, name: Name) -> Words:
    """That a contribution flows down an edge."""
    return Words("from ", consumer, " to ", name)


def finished(name: Name) -> Words:
    """That all has come to a node, and been passed on."""
    return Words(name, " is done")


# -- how a gradient comes about --------------------------------------------------------------------


def start(name: Name) -> Words:
    """Why the backward pass starts with 1."""
    return Words("the start: ", name, " changes as ", name, " does")


def seed(symbol: Derivative, name: Name) -> Words:
    """With what it starts, and why."""
    return Words(Equation(symbol, 1.0), ", ", start(name), ".")


def use(name: Name, consumers: Sequence[tuple[Name, int]]) -> Words:
    """How often something is used, and where."""
    used = sum([count for _, count in consumers])
    several = len(consumers) > 1
    places = [
        Words(consumer, f" ({times(count)})") if count > 1 and several else consumer
        for consumer, count in consumers
    ]
    end = "; the contributions add up" if used > 1 else ""
    return Words(name, f" is used {times(used)}, in ", listed(places), end)


def occurrences(marked: Sequence[Name], name: Name, consumer: Name) -> Words:
    """What the small numbers mean, where something is an operand more than once."""
    return Words(
        listed(marked), " stand for the places of ", name, " in ", consumer, ", from left to right."
    )


def all_gradients(found: Sequence[Equation]) -> Words:
    """The gradients that were asked for."""
    return Words("Altogether: ", listed(found), ".")


# -- why nothing comes -----------------------------------------------------------------------------


def closed_gate(op: Op, x: Name, z: Name) -> Words:
    """Why an operation whose local derivative is 0 sends a 0 back."""
    facts = facts_of(op)
    if facts.closed:
        reason = filled(facts.closed, x=x, z=z)
    elif facts.kind == "step":
        reason = Words(f"{op.name} is flat between its jumps")
    else:
        return Words(z, " does not react to ", x, " here: a 0 comes back from ", z, ".")
    return Words(reason, ". The gate is closed: a 0 comes back from ", z, ".")


def stop(op: Op, consumer: Name) -> Words:
    """An operation that lets no gradient through."""
    return Words(consumer, f" ({op.name}, a stop-gradient)")


def behind_a_stop(consumer: Name) -> Words:
    """A result that no gradient comes to."""
    return Words(consumer, " (behind a stop-gradient)")


def stopped(consumers: Sequence[Words]) -> Words:
    """That no gradient comes back from these."""
    more = [f"{len(consumers) - 4:,} others"] if len(consumers) > 4 else []
    return Words("No gradient comes back from ", listed([*consumers[:4], *more]), ".")


def between(root: Name, end: Name | str) -> Words:
    """The way of the gradient."""
    return Words("from ", root, " down to ", end)


def independent(gradient: Derivative, root: Name, name: Name) -> Words:
    """That a result was not computed from something."""
    return Words(
        Equation(gradient, 0.0), ": no path leads ", between(root, name), ", so ", root,
        " does not depend on it.",
    )  # fmt: skip


def no_way(gradient: Derivative, name: Name, reason: Words) -> Words:
    """That every way to something is stopped."""
    return Words(Equation(gradient, 0.0), ": no path leads down to ", name, ". ", reason)


def constant(name: str) -> Words:
    """What a constant is; as a number it has no brackets."""
    return Words(name, " is a constant")


def is_constant(name: str) -> Words:
    """That a constant gets no gradient."""
    return Words(constant(name), ": it cannot change, so it gets no gradient.")


# -- answers, and mistakes -------------------------------------------------------------------------


def right_answer(stated: Piece) -> Words:
    """That an answer is right."""
    return Words(stated, " is right.")


def wrong_answer(stated: Piece, right: Piece) -> Words:
    """That an answer is wrong, and what is right."""
    return Words(stated, " is wrong; right is ", right, ".")


def wrong_gradient(symbol: Piece, found: float, right: float) -> Words:
    """What a mistake has made of a gradient."""
    return Words(Equation(symbol, found), " instead of ", right)


# -- from facts ------------------------------------------------------------------------------------


def filled(pattern: str, **by_letter: Piece) -> Words:
    """A text of the facts, with parts in the places of their letters.

    >>> from autograd_mini.text.as_text import as_text
    >>> as_text(filled("{x} is not above 0", x=Name("a + b")))
    '(a + b) is not above 0'
    """
    pieces = re.split(r"\{(\w+)\}", pattern)
    return Words(*[by_letter[piece] if place % 2 else piece for place, piece in enumerate(pieces)])


def domain(op: Op, x: Piece) -> Words:
    """Where an operation is defined, of which that is known."""
    return Words(f"{op.symbol} is defined for ", filled(facts_of(op).domain, x=x))


def remedy(op: Op, operands: Sequence[Any]) -> Words | str:
    """What keeps these operands out of trouble; "" where nothing is known.

    >>> from autograd_mini.engine import ops
    >>> from autograd_mini.text.as_text import as_text
    >>> as_text(remedy(ops.sqrt, [Name("x")]))
    'Keep x above 0, as in sqrt(maximum(x, 1e-12)).'
    """
    facts, letters = facts_of(op), dict(zip("xy", operands, strict=False))
    if facts.remedy is None:
        return ""
    return Words("Keep ", filled(facts.keep, **letters), ", as in ", facts.remedy(*operands), ".")


# The rows that are used in rules more than by people, who have to be told what they mean.
HELPERS = [op for op, facts in FACTS.items() if facts.kind == "step"]


def meaning(op: Op) -> str:
    """What an operation that rules use means."""
    letters = ", ".join("xyz"[: len(op.rules)])
    return f"{op.name}({letters}) is {facts_of(op).meaning}."
