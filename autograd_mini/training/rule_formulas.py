"""Update rules as formulas: what the code of an optimizer does, when names flow through it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any

from autograd_mini.optim import Optimizer
from autograd_mini.text.as_text import as_text
from autograd_mini.text.parts import Name, Operation


def rule_formula(optimizer: Optimizer) -> str:
    """The rule of an optimizer, as it changes a parameter p with the gradient g.

    >>> from autograd_mini import Value, optim
    >>> print(rule_formula(optim.SGD([Value(0.0)], lr=0.1)))
    p ← p - lr * g
    >>> print(rule_formula(optim.SGD([Value(0.0)], lr=0.1, momentum=0.9)))
    v ← momentum * v + g
    p ← p - lr * v

    It is not written down anywhere: it is what `rule` gives for names instead of numbers. The lines
    are done one after the other, so that the last one speaks of the new v. A rule that cannot be
    applied to names is a `ValueError`.
    """
    start = optimizer.start
    count = 0 if start is None else len(start) if isinstance(start, tuple) else 1
    known = optimizer.state_names
    invented = [f"s{place}" for place in range(1, count + 1)]
    names = [Name(name) for name in (known if len(known) == count else invented)]
    data, state = _applied(optimizer, names)
    parts = state if isinstance(state, tuple) else [state] * len(names)
    lines, new = _gradient_line(data, parts)
    for name, part in zip(names, parts, strict=True):
        lines.append((name.name, _with_names(part, new)))
        if isinstance(part, Operation) and name.name in _names_in(part):
            new[id(part)] = name
    lines.append(("p", _with_names(data, new)))
    # A velocity that is remembered and never used, as without momentum, is left out.
    used = {"p", *_names_in(*[part for _, part in lines])}
    return "\n".join([f"{name} ← {as_text(part)}" for name, part in lines if name in used])


def _gradient_line(
    data: object, states: Sequence[object]
) -> tuple[list[tuple[str, Any]], dict[int, Name]]:
    """The line of a gradient that is changed first, and then used in several places.

    Beside it what formulas are called from then on, by their identity.
    """
    own = set(map(id, states))
    inside = [x for state in states if isinstance(state, Operation) for x in state.arguments]
    formulas = list(_formulas_in([data, *inside], own))
    times = Counter(map(id, formulas))
    shared = {id(part): part for part in formulas if times[id(part)] > 1}
    for part in list(shared.values()):
        for smaller in _formulas_in(part.arguments, own):
            shared.pop(id(smaller), None)
    if len(shared) != 1 or "g" not in _names_in(*shared.values()):
        return [], {}
    ((identity, part),) = shared.items()
    return [("g", part)], {identity: Name("g")}


def _formulas_in(parts: Iterable[object], others: set[int]) -> Iterator[Operation]:
    """The formulas in these, each before those in it, but for others and what is in them."""
    for part in parts:
        if isinstance(part, Operation) and id(part) not in others:
            yield part
            yield from _formulas_in(part.arguments, others)


def _applied(optimizer: Optimizer, names: list[Name]) -> tuple[Any, Any]:
    rule = copy(optimizer)
    vars(rule).update({key: _named(key.lstrip("_"), x) for key, x in vars(optimizer).items()})
    start = optimizer.start
    state = None if start is None else tuple(names) if isinstance(start, tuple) else names[0]
    try:
        return rule.rule(Name("p"), Name("g"), state)  # type: ignore[arg-type]
    except Exception as error:
        raise ValueError(
            f"the rule of {type(optimizer).__name__} cannot be written as a formula: it raised "
            f"{type(error).__name__}: {error}; write it in operators and operations"
        ) from error


def _named(key: str, x: object) -> Any:
    """A setting under its name; what is 0 stays a number, for rules ask whether it is."""
    if type(x) is float and x:
        return Name(key)
    if isinstance(x, tuple):
        return tuple([_named(f"{key.removesuffix('s')}{place}", y) for place, y in enumerate(x, 1)])
    return x


def _with_names(part: object, names: Mapping[int, Name]) -> Any:
    if id(part) in names:
        return names[id(part)]
    if not isinstance(part, Operation):
        return part
    return Operation(part.op, tuple([_with_names(argument, names) for argument in part.arguments]))


def _names_in(*parts: object) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Name):
            yield part.name
        elif isinstance(part, Operation):
            yield from _names_in(*part.arguments)
