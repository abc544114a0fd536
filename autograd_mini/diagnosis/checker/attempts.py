"""All trials of one class, and what each of its operations did in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd_mini.diagnosis.checker.probes import (
    Probe,
    Use,
    expected_uses,
    other_uses,
    pass_probes,
    probes_of,
)
from autograd_mini.diagnosis.checker.trials import Trial, tried


class Attempts:
    """All trials of one class.

    `missing` are the uses that it does not have, `unsupported` expressions that it refuses of a use
    that it has. `broken` are uses that raise or compute another number, with the trial that shows
    it. `of_use` are the trials of each other use, `core` those with + and * only; all of these came
    to their end with right forward passes. Those that did not are in `failed`.
    """

    def __init__(self, engine_class: type[Any]) -> None:
        self.engine_class = engine_class
        self.missing: list[Use] = []
        self.unsupported: list[str] = []
        self.broken: dict[Use, Trial] = {}
        self.failed: list[Trial] = []
        self.of_use: dict[Use, list[Trial]] = {}
        for use in [*expected_uses(), *other_uses(engine_class)]:
            self._try_alone(use)
        for use, trials in self.of_use.items():
            trials += self._try_all([one for one in probes_of(use) if len(one.uses) > 1])
        self.core = self._try_all(pass_probes())

    def _try_alone(self, use: Use) -> None:
        trials = [tried(self.engine_class, one) for one in probes_of(use) if one.uses == {use}]
        refused = [trial for trial in trials if trial.stopped and trial.stopped.is_missing]
        if len(refused) == len(trials):
            self.missing.append(use)
            return
        self.unsupported += [trial.probe.expression for trial in refused]
        others = [trial for trial in trials if trial not in refused]
        failures = [trial for trial in others if _fails_forward(trial)]
        if failures:
            self.broken[use] = failures[0]
        else:
            self.of_use[use] = self._finished(others)

    def _try_all(self, probes: Sequence[Probe]) -> list[Trial]:
        """The trials that came to their end, of probes with nothing missing or broken in them."""
        possible = [one for one in probes if one.uses <= self.of_use.keys()]
        return self._finished([tried(self.engine_class, one) for one in possible])

    def _finished(self, trials: Iterable[Trial]) -> list[Trial]:
        found: list[Trial] = []
        for trial in trials:
            failed = trial.stopped or not trial.has_right_data
            (self.failed if failed else found).append(trial)
        return found

    @property
    def finished(self) -> list[Trial]:
        """The trials that came to their end."""
        return [*self.core, *[trial for trials in self.of_use.values() for trial in trials]]


def _fails_forward(trial: Trial) -> bool:
    if trial.stopped:
        return trial.stopped.stage == "forward"
    return not trial.has_right_data
