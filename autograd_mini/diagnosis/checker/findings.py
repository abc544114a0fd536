"""From explanations to findings: each mistake with the smallest expression that shows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, filterfalse
from typing import Any

from autograd_mini.diagnosis.checker.engine_report import Finding
from autograd_mini.diagnosis.checker.explanations import Explanation, fits
from autograd_mini.diagnosis.checker.hypotheses import Pass, Way, is_of_a_row, mistaken_ways
from autograd_mini.diagnosis.checker.probes import Use, alone, main_use
from autograd_mini.diagnosis.checker.trials import Trial, close
from autograd_mini.diagnosis.mistakes import mistakes
from autograd_mini.engine.ops import Op
from autograd_mini.text.as_text import as_text
from autograd_mini.text.numbers import number_text
from autograd_mini.text.parts import listed


def operator_name(row: Op) -> str:
    """An operator as it is listed; the minus sign is told from subtraction."""
    return "-x" if row.name == "neg" else row.symbol


def _operators(rows: Sequence[Op]) -> str:
    """Operators in a sentence, each once."""
    return as_text(listed(list(dict.fromkeys(map(operator_name, rows)))))


def shown(
    kind: str, sentence: str, trial: Trial, names: Sequence[str] = (), what: str = ""
) -> Finding:
    """A finding with a trial as its witness, and the first leaf that is wrong."""
    leaf = trial.wrong_leaves[0]
    witness, right, found = what or trial.probe.text, trial.probe.right[leaf], trial.gradients[leaf]
    return Finding(kind, sentence, tuple(names), witness, f"d{leaf}", right, found)


def wrong_forward(trial: Trial, what: str = "") -> Finding:
    """A finding about a wrong number of the forward pass."""
    sentence = "a wrong number, so the gradients were not judged here."
    witness, right, found = what or trial.probe.text, trial.probe.data, trial.data
    return Finding("wrong_data", sentence, (), witness, "the result", right, found)


def findings_of(explanations: Sequence[Explanation], trials: Sequence[Trial]) -> Iterator[Finding]:
    """What the trials that came to their end have shown."""
    best = explanations[0]
    wrong = sorted([t for t in trials if not t.is_right], key=simplest_first)
    if not best.is_complete:
        yield shown("unexplained", _fact(trials), wrong[0])
        wrong = [trial for trial in wrong if trial.probe.is_single]
    if best.is_complete or _some_use_is_right(trials, wrong):
        yield from [_mistake(name, explanations, wrong) for name in best.names]
        yield from _unexplained_uses(best, wrong)


def simplest_first(trial: Trial) -> tuple[int, ...]:
    """A key to sort trials by."""
    return trial.probe.size


def _some_use_is_right(trials: Sequence[Trial], wrong: Sequence[Trial]) -> bool:
    """Whether there is an operation that is right when it stands alone."""
    uses = {use for trial in trials for use in trial.probe.uses}
    return not uses <= {use for trial in wrong for use in trial.probe.uses}


def _fact(trials: Sequence[Trial]) -> str:
    """What there is to say about gradients that no known mistakes give."""
    pairs = [(t.gradients[name], right) for t in trials for name, right in t.probe.right.items()]
    if not any(found for found, _ in pairs):
        return "no gradient comes to any leaf, though the root has one."
    if all(math.isnan(found) for found, _ in pairs):
        return "every gradient is nan."
    ratio = next((found / right for found, right in pairs if right), 1.0)
    if all(close(found, ratio * right) for found, right in pairs):
        return f"every gradient is {number_text(ratio)} times what it should be."
    return "no known mistake of the backward pass, nor any two of them, gives these gradients."


def _unexplained_uses(best: Explanation, wrong: Sequence[Trial]) -> Iterator[Finding]:
    for use in best.unexplained:
        if use != main_use(use[0]) and main_use(use[0]) in best.unexplained:
            continue
        sentence = f"the gradient of {alone(use)} is wrong in a way that no known mistake explains."
        if best.whole.names:
            sentence += " It may follow from what is named above: mend that first."
        seen = [trial for trial in wrong if use in trial.probe.uses]
        if seen:
            yield shown("unexplained", sentence, min(seen, key=simplest_first))


# -- the known mistakes ----------------------------------------------------------------------------


def _mistake(name: str, explanations: Sequence[Explanation], wrong: Sequence[Trial]) -> Finding:
    best = explanations[0]
    names = [name, *_rivals(name, explanations)]
    sentence = mistakes[name].sentence if len(names) == 1 else ""
    uses = list(dict.fromkeys([use for local, use in best.mistaken_uses() if local == name]))
    if uses and not is_of_a_row(name):
        operators = _operators([use[0] for use in uses])
        sentence = f"{sentence} Only {operators} {'does' if len(uses) == 1 else 'do'} so.".strip()
    sentence += "".join([f" {part}" for part in _consequences(name, best, wrong)])
    trial = _witness(name, uses, best, wrong)
    if trial is None:
        return Finding("mistake", sentence, tuple(names))
    return shown("mistake", sentence, trial, names)


def _rivals(name: str, explanations: Sequence[Explanation]) -> list[str]:
    """The mistakes that another explanation has in place of this one."""
    best, *others = explanations
    found = []
    for other in others:
        if set(best.names) - set(other.names) == {name}:
            found += [rival for rival in other.names if rival not in best.names]
    for use, ways in best.rivals.items():
        if name in best.ways[use].names:
            found += [rival for way in ways for rival in way.names if rival not in best.names]
    return list(dict.fromkeys(found))


def _consequences(name: str, best: Explanation, wrong: Sequence[Trial]) -> Iterator[str]:
    """The operations that are wrong because they are made of one that is."""
    for use, way in best.ways.items():
        below = best.mistakes_below(use)
        if use != main_use(use[0]) or not way.needs or not below:
            continue
        if name not in best.ways[next(iter(below))].names:
            continue
        seen = [trial for trial in wrong if use in trial.probe.uses]
        if seen:
            yield _consequence(use, best, seen)


def _consequence(use: Use, best: Explanation, seen: Sequence[Trial]) -> str:
    """What it means for an operation to be wrong as if it were made of a wrong one."""
    operator = operator_name(use[0])
    single = [trial for trial in seen if trial.probe.uses == {use}]
    direct = [
        way.names[0]
        for way in mistaken_ways(use)
        if len(way.names) == 1 and fits(single, best.whole, best.ways | {use: way}, best.order)
    ]
    inner = _operators([row for row, _ in sorted(best.mistakes_below(use), key=str)])
    sentence = f"{operator} is wrong too, as it is if it is made of {inner}"
    return f"{sentence}; if not, it is {' or '.join(direct)}." if direct else f"{sentence}."


def _witness(
    name: str, uses: Sequence[Use], best: Explanation, wrong: Sequence[Trial]
) -> Trial | None:
    """The smallest wrong trial that this mistake alone explains, or at least has a part in."""
    own = [trial for trial in wrong if not uses or trial.probe.uses.intersection(uses)]
    only = _with_parts(best, lambda part: part == name)
    without = _with_parts(best, lambda part: part != name)
    explained = filter(only.gives, own)
    partly = filterfalse(without.gives, own)
    return next(chain(explained, partly, own), None)


def _with_parts(best: Explanation, wanted: Callable[[str], bool]) -> Explanation:
    """An explanation with some of its mistakes."""

    def chosen(parts: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
        return [part for part in parts if wanted(part[0])]

    ways = {
        use: Way(*chosen(way.parts), made_of=way.made_of, needs=way.needs)
        for use, way in best.ways.items()
    }
    return Explanation(Pass(*chosen(best.whole.parts)), ways, best.order)
