"""Update rules raced: the same network from the same start, trained by each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from autograd_mini import optim
from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import Value, set_data
from autograd_mini.nn import Module
from autograd_mini.text.layout import INDENT, columns, paragraphs
from autograd_mini.text.numbers import number_text
from autograd_mini.training.fit import fit
from autograd_mini.training.history import History, shown_places
from autograd_mini.training.plots import Figure, Plot, curves, draw_curves
from autograd_mini.training.rule_formulas import rule_formula
from autograd_mini.training.samples import Loss


@dataclass
class Rule:
    """A rule in a race: how to make its optimizer, and its schedule, if it has one."""

    make: Callable[[Sequence[Value]], optim.Optimizer]
    schedule: Callable[[int, int], float] | None = None  # (epoch, epochs) to a learning rate
    schedule_text: str = ""


RULES: dict[str, Rule] = {
    "plain": Rule(lambda p: optim.SGD(p, lr=0.1)),
    "momentum": Rule(lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
    "Nesterov": Rule(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)),
    "Adam": Rule(lambda p: optim.Adam(p, lr=0.02)),
    "momentum, cosine": Rule(
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
        lambda epoch, epochs: optim.cosine(epoch, epochs, start=0.1),
        "lr = cosine from 0.1 to 0",
    ),
    "plain, steps": Rule(
        lambda p: optim.SGD(p, lr=0.5),
        lambda epoch, epochs: optim.step_decay(epoch, max(1, epochs // 3), start=0.5, factor=0.3),
        "lr = 0.5, times 0.3 after each third",
    ),
}


def race(
    model: Module,
    data: Iterable[Any],
    rules: Mapping[str, Rule] = RULES,
    epochs: int = 30,
    batch_size: int | None = 10,
    seed: int = 0,
    loss: Loss | str | None = None,
) -> Race:
    """Train the same network from the same start by each update rule, and compare.

    >>> from autograd_mini import datasets, nn
    >>> model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    >>> some = {"plain": RULES["plain"], "Adam": RULES["Adam"]}
    >>> race(model, datasets.xor(), some, epochs=60, batch_size=4)
    plain
        p ← p - lr * g
    Adam
        t ← t + 1
        m ← beta1 * m + (1 - beta1) * g
        v ← beta2 * v + (1 - beta2) * g * g
        p ← p - lr * (m / (1 - beta1 ** t)) / (sqrt(v / (1 - beta2 ** t)) + eps)
    <BLANKLINE>
    loss of epoch       1       16       31       45       60   right
    plain              0.7    0.694    0.692    0.691    0.689   25.0%
    Adam               0.7    0.679     0.62    0.504    0.332  100.0%

    `rules` are those of `RULES`, or your own. The samples come in the same order for all. The model
    is as it was before when all have run.
    """
    if not rules:
        raise ValueError("there are no rules to race; give some, or none for those of RULES")
    parameters = model.parameters()
    start = [parameter.data for parameter in parameters]
    histories: dict[str, History] = {}
    formulas: dict[str, str] = {}
    for name, rule in rules.items():
        optimizer = rule.make(parameters)
        formulas[name] = rule_formula(optimizer)
        if rule.schedule is not None:
            formulas[name] += f"\n{rule.schedule_text}"
        try:
            histories[name] = fit(
                model, data, loss, optimizer, epochs, batch_size, seed=seed, quiet=True,
                schedule=_scheduled(rule, epochs),
            )  # fmt: skip
        finally:
            at_once(map(set_data, parameters, start))  # one call into C: all or none
    return Race(histories, formulas)


def _scheduled(rule: Rule, epochs: int) -> Callable[[int], float] | None:
    schedule = rule.schedule
    return None if schedule is None else lambda epoch: schedule(epoch, epochs)


class Race(Plot):
    """What `race` found: `histories` and `formulas` by the names of the rules."""

    def __init__(self, histories: Mapping[str, History], formulas: Mapping[str, str]) -> None:
        self.histories, self.formulas = histories, formulas
        self._losses = {name: history.loss for name, history in histories.items()}
        lines = []
        for name, formula in formulas.items():
            lines += [name, indent(formula, INDENT)]
        super().__init__(paragraphs([lines, self._table()]), self._drawn, size=(6.4, 4.0))

    def _table(self) -> list[str]:
        shown = shown_places(max(map(len, self.histories.values())), 5)
        rows = [["loss of epoch", *[str(place + 1) for place in shown], "right"]]
        for name, history in self.histories.items():
            there = [number_text(history.loss[place], 3) for place in shown if place < len(history)]
            right = f"{history.accuracy[-1]:.1%}" if history.accuracy else "–"
            rows.append([name, *there, *["–"] * (len(shown) - len(there)), right])
        return columns(rows, gap=3)

    @property
    def chart(self) -> str:
        """The losses as curves of text, on a logarithmic scale."""
        return curves("loss", self._losses, logarithmic=True)

    def _drawn(self, figure: Figure) -> None:
        draw_curves(figure.subplots(), "loss", self._losses, logarithmic=True)
