"""What a second `backward()` does: on the same result, and on another one that shares a part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd_mini.diagnosis.checker import trials
from autograd_mini.diagnosis.checker.engine_report import WARNING, Finding
from autograd_mini.diagnosis.checker.predictions import Outcome
from autograd_mini.diagnosis.checker.probes import Probe, probe
from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op
from autograd_mini.tracing.graph import Node

ADDS = "a second call adds to the gradients of the leaves, as in PyTorch"
STARTS_ANEW = "a second call starts anew and gives the same gradients"
KEPT = (
    "results keep the gradient of one backward() and pass it on again in the next. Before another "
    "call, build the expression anew, or set the gradients of all its nodes to 0."
)
ODD = (
    "a second backward() on the same nodes goes wrong, even when their gradients are set to 0 "
    "before. Build the expression anew for each call."
)


class _Call:
    """A second call: `how` it was made, on which probe, what may come of it and what came."""

    def __init__(self, one: Probe, how: str, allowed: Sequence[Outcome], found: Outcome) -> None:
        self.one, self.how, self.allowed, self.found = one, how, allowed, found

    @property
    def is_fine(self) -> bool:
        return any(trials.same(self.found, outcome) for outcome in self.allowed)

    def finding(self, sentence: str) -> Finding:
        """The finding, with the first leaf that has none of the gradients that it may have."""
        leaf = next(
            name
            for name, found in self.found.items()
            if not any(trials.close(found, outcome[name]) for outcome in self.allowed)
        )
        right, *others = [outcome[leaf] for outcome in self.allowed]
        witness, numbers = f"{self.one.text}, {self.how}", (right, self.found[leaf], tuple(others))
        return Finding(WARNING, sentence, (WARNING,), witness, f"d{leaf}", *numbers)


def called_twice(engine_class: type[Any], rows: Sequence[Op]) -> tuple[Finding | None, str]:
    """What is wrong with a second call, if anything, and in a few words what it does.

    `rows` are those of + and * that the class does rightly.
    """
    try:
        with trials.watch("a second backward()"):
            calls = list(_calls(engine_class, rows))
        wrong = [call for call in calls if not call.is_fine]
        if wrong:
            sentence = KEPT if _is_cured(engine_class, wrong[0].one) else ODD
            return wrong[0].finding(sentence), ""
    except trials.Stopped as stopped:
        return None, f"a second call stops with {stopped.reason}"
    return None, ADDS if trials.same(calls[0].found, calls[0].allowed[0]) else STARTS_ANEW


def _calls(engine_class: type[Any], rows: Sequence[Op]) -> Iterator[_Call]:
    one, part, whole = map(probe, _expressions(rows))
    values, first = _called(engine_class, one)
    double = {name: 2.0 * gradient for name, gradient in first.items()}
    yield _Call(one, "backward() twice", [double, first], _call(values, one))
    values, first = _called(engine_class, one)
    if _set_to_zero(values, one, lambda node: node.is_leaf):
        how = "backward(), then the gradients of the leaves set to 0, then backward()"
        yield _Call(one, how, [first], _call(values, one))
    yield _shared(engine_class, part, whole)


def _shared(engine_class: type[Any], part: Probe, whole: Probe) -> _Call:
    """A call from a result inside an expression, then one from the whole of it."""
    of_part, of_whole = [_called(engine_class, one)[1] for one in (part, whole)]
    both = {name: of_part[name] + of_whole[name] for name in of_whole}
    values = trials.built(engine_class, whole)
    _call(values[:-1], whole)
    how = "backward() from d, then from the whole"
    return _Call(whole, how, [both, of_whole], _call(values, whole))


def _expressions(rows: Sequence[Op]) -> tuple[str, str, str]:
    """An expression, and another with a part of it."""
    if ops.add in rows and ops.mul in rows:
        return "a*b + c", "c = a*b; c + a", "c = a*b; d = c + a; d*c"
    if ops.add in rows:
        return "(a + b) + c", "c = a + b; c + a", "c = a + b; d = c + a; d + c"
    return "(a * b)*c", "c = a*b; c*a", "c = a*b; d = c*a; d*c"


def _called(engine_class: type[Any], one: Probe) -> tuple[list[Any], Outcome]:
    values = trials.built(engine_class, one)
    return values, _call(values, one)


def _call(values: list[Any], one: Probe) -> Outcome:
    trials.call_backward(values)
    return trials.gradients_in(values, one)


def _is_cured(engine_class: type[Any], one: Probe) -> bool:
    """Whether the second call is like the first if all gradients are 0 again."""
    values, first = _called(engine_class, one)
    if not _set_to_zero(values, one, lambda node: not node.is_constant):
        return False
    return trials.same(_call(values, one), first)


def _set_to_zero(values: list[Any], one: Probe, chosen: Callable[[Node], bool]) -> bool:
    """Set the gradients of some nodes to 0; False if the class does not allow it."""
    try:
        for node in filter(chosen, one.graph.nodes):
            values[node.index].grad = 0.0
    except Exception:
        return False
    return True
