"""Which mistakes an engine has: the hypotheses with the fewest mistakes that explain its numbers.

The order of a backward pass, and how it adds up, show in expressions of + and * alone. Those decide
the whole pass first. Under what they leave, each other operation is decided by expressions of its
own. What no hypothesis explains is left unexplained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from autograd_mini.diagnosis.checker.hypotheses import (
    RIGHT_PASS,
    RIGHT_WAY,
    Pass,
    Way,
    composed_ways,
    core_hypotheses,
    is_of_a_row,
    mistaken_ways,
)
from autograd_mini.diagnosis.checker.predictions import LEFT, ORDERS, predictions, uses_of
from autograd_mini.diagnosis.checker.probes import ADD, MUL, Use, main_use
from autograd_mini.diagnosis.checker.trials import Trial
from autograd_mini.engine.ops import Op

MOST_MISTAKES = 2  # in the whole pass, + and * together; each other operation may have its own
CORE = (ADD, MUL)


class Explanation:
    """One set of mistakes that gives the numbers that were found.

    `whole` and `ways` are what is wrong with the whole pass and with each use of an operation;
    `rivals` are other ways of a use that fit as well; `unexplained` are uses that nothing fits.
    `is_complete` is False if there was no pass that fits.
    """

    def __init__(self, whole: Pass, ways: Mapping[Use, Way], order: str) -> None:
        self.whole, self.ways, self.order = whole, dict(ways), order
        self.rivals: dict[Use, list[Way]] = {}
        self.unexplained: list[Use] = []
        self.is_complete = True

    @property
    def cost(self) -> tuple[int, int]:
        """How many operations are not explained, and how many mistakes explain the others."""
        return len(self.unexplained), len(self.whole.names) + len(self.mistaken_uses())

    def mistaken_uses(self) -> list[tuple[str, Use]]:
        """The mistakes of single operations; one that all uses of a row share counts once."""
        found = []
        for use, way in self.ways.items():
            main = main_use(use[0])
            if use == main or self.ways.get(main) is not way:
                found += [(name, use) for name in way.names]
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all mistakes, each once."""
        local = [name for name, _ in self.mistaken_uses()]
        return tuple(dict.fromkeys([*self.whole.names, *local]))

    def gives(self, trial: Trial) -> bool:
        """Whether these mistakes give what a trial gave."""
        return fits([trial], self.whole, self.ways, self.order)

    def mistakes_below(self, use: Use) -> set[Use]:
        """The uses with mistakes that an operation makes, of itself or of others inside it."""
        way = self.ways.get(use, RIGHT_WAY)
        inner = [self.mistakes_below(need) for need in uses_of(way.needs, self.ways)]
        return {use for _ in way.names}.union(*inner)


def explained(core: Sequence[Trial], others: Mapping[Use, Sequence[Trial]]) -> list[Explanation]:
    """The best explanations of these trials: all that fit equally well.

    `core` are the trials with + and * only, `others` those of each other use. All have come to
    their end with right forward passes.
    """
    core, others = _wrong_first(core), {use: _wrong_first(some) for use, some in others.items()}
    uses = [use for use in CORE if any(use in trial.probe.uses for trial in core)]
    best = _best(core, others, uses, [])
    for broken in () if best else uses:  # perhaps one of the two is wrong in an unknown way
        best = best or _best_without(broken, core, others, uses)
    return best or [_last_resort(others, uses)]


def _wrong_first(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that rule out most hypotheses first."""
    return sorted(trials, key=lambda trial: (trial.is_right, trial.probe.size))


def _best_without(
    broken: Use, core: Sequence[Trial], others: Mapping[Use, Sequence[Trial]], uses: Sequence[Use]
) -> list[Explanation]:
    """The best explanations of what does without a use that is wrong when it stands alone."""
    rest = [trial for trial in core if broken not in trial.probe.uses]
    single = [trial for trial in core if trial.probe.uses == {broken} and trial.probe.is_single]
    best = _best(rest, others, [use for use in uses if use != broken], [broken]) if rest else []
    return [one for one in best if not all(map(one.gives, single))]


def _last_resort(others: Mapping[Use, Sequence[Trial]], uses: Sequence[Use]) -> Explanation:
    """What single operations say of themselves where no pass fits."""
    single = {use: [t for t in trials if t.probe.is_single] for use, trials in others.items()}
    last = _decided(
        Explanation(RIGHT_PASS, dict.fromkeys(uses, RIGHT_WAY), LEFT), single, len(single)
    )
    last.is_complete = False
    for use, way in list(last.ways.items()):
        if not all(map(is_of_a_row, way.names)):  # one operation alone is no evidence for it
            last.ways[use] = RIGHT_WAY
            last.unexplained.append(use)
    return last


def _best(
    core: Sequence[Trial],
    others: Mapping[Use, Sequence[Trial]],
    uses: Sequence[Use],
    broken: list[Use],
) -> list[Explanation]:
    sound = {
        use: [trial for trial in trials if not trial.probe.uses.intersection(broken)]
        for use, trials in others.items()
    }
    best: list[Explanation] = []
    for cost in range(MOST_MISTAKES + 1):
        if best and best[0].cost <= (len(broken), cost):
            break
        for start in _fitting(core, uses, cost):
            if best and best[0].cost == (len(broken), cost) and _has(best, start.names):
                continue  # the same mistakes in another variant
            start.unexplained += broken
            most = best[0].cost[0] if best else len(others) + len(broken)
            found = _decided(start, sound, most)
            if not best or found.cost < best[0].cost:
                best = [found]
            elif found.cost == best[0].cost and not _has(best, found.names):
                best.append(found)
    return best


def _has(explanations: Sequence[Explanation], names: Sequence[str]) -> bool:
    return any(set(one.names) == set(names) for one in explanations)


def _fitting(core: Sequence[Trial], uses: Sequence[Use], cost: int) -> list[Explanation]:
    """The hypotheses with so many mistakes that fit, in the simplest order that any fits in."""
    # A root that holds a 1 after backward() had the right seed.
    has_seed = bool(core) and all(trial.root_gradient == 1.0 for trial in core)
    for order in ORDERS:
        found = [
            Explanation(whole, ways, order)
            for whole, ways in core_hypotheses(cost, tuple(uses))
            if not (has_seed and "seed" in whole.changes) and fits(core, whole, ways, order)
        ]
        if found:
            return found
    return []


def fits(trials: Iterable[Trial], whole: Pass, ways: Mapping[Use, Way], order: str) -> bool:
    """Whether an engine that goes backwards like this gives what all of these trials gave."""
    return all(
        any(map(trial.gives, predictions(trial.probe, whole, ways, order))) for trial in trials
    )


def _decided(found: Explanation, others: Mapping[Use, Sequence[Trial]], most: int) -> Explanation:
    """An explanation of the core with a way for each other use, as far as one fits.

    If more than `most` are left unexplained, the rest is not looked at.
    """
    for use in sorted(others, key=_place):
        if len(found.unexplained) > most:
            break
        fitting = _fitting_ways(found, use, others[use])
        if fitting:
            found.ways[use], *rivals = fitting
            found.rivals |= {use: rivals} if rivals else {}
        else:
            found.unexplained.append(use)
    return found


def _place(use: Use) -> tuple[int, bool]:
    """Operations before those that are made of them in some engines."""
    return _depth(use[0]), use != main_use(use[0])


@cache
def _depth(row: Op) -> int:
    needs = [need for way in composed_ways(row) for need in way.needs]
    return 1 + max(map(_depth, needs)) if needs else 0


def _fitting_ways(found: Explanation, use: Use, trials: Sequence[Trial]) -> list[Way]:
    """The ways of one use with the fewest mistakes of its own that fit its trials."""

    def fit(way: Way) -> bool:
        return fits(trials, found.whole, found.ways | {use: way}, found.order)

    main = main_use(use[0])
    inherited = [found.ways[main]] if main in found.ways else []
    for way in (*inherited, RIGHT_WAY, *composed_ways(use[0])):
        if fit(way):
            return [way]
    for count in (1, 2):
        fitting = [way for way in mistaken_ways(use) if len(way.names) == count and fit(way)]
        if fitting:  # of those with the same names the first
            return list({way.names: way for way in reversed(fitting)}.values())[::-1]
    return []
