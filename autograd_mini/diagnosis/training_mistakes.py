"""Mistakes of the training loop, each shown by a short run beside the right one."""

from __future__ import annotations

from autograd_mini import losses
from autograd_mini.diagnosis.mistakes import Catalogue, Known
from autograd_mini.engine import functions
from autograd_mini.engine.value import Value
from autograd_mini.text.layout import columns
from autograd_mini.text.numbers import number_text

POINTS = ((1.0, 3.0), (2.0, 5.0), (3.0, 7.0))  # of the line y = 2x + 1
LEARNING_RATE = 0.1
STEPS = 7  # as many columns as a terminal has room for
LOSS_DIGITS = 4


class TrainingMistake(Known):
    """One way to get the training loop wrong, though every gradient in it is right.

    >>> training_mistakes["ascent"]
    ascent: the gradient is added to the parameters instead of subtracted, so the
        loss climbs.
    The loss of the line w*x + b on three points, learning rate 0.1:
    step       0      1        2        3        4        5        6
    right  27.67 0.3319 0.005267 0.001304 0.001198 0.001141 0.001087
    ascent 27.67  123.1    547.6     2436  1.084e4  4.823e4  2.146e5
    """

    def losses(self, steps: int = STEPS) -> list[float]:
        """The losses of a run with this mistake, before each step.

        >>> training_mistakes["zero_before_step"].losses(3) == [training_run(3)[0]] * 3
        True
        """
        return training_run(steps, self.name)

    def __repr__(self) -> str:
        rows = {"step": range(STEPS), "right": training_run(), self.name: self.losses()}
        cells = [
            [name, *[number_text(number, LOSS_DIGITS) for number in numbers]]
            for name, numbers in rows.items()
        ]
        title = f"The loss of the line w*x + b on three points, learning rate {LEARNING_RATE}:"
        return "\n".join([*self.lines(), title, *columns(cells, gap=1)])


def training_run(steps: int = STEPS, mistake: str = "") -> list[float]:
    """Plain gradient descent on a line, with one mistake or none: the losses before each step."""
    w, b = Value(0.0, "w"), Value(0.0, "b")
    found = []
    for _ in range(steps):
        slope = w.data if mistake == "unnoticed_cut" else w
        loss = functions.mean([losses.mse([slope * x + b], y) for x, y in POINTS])
        found.append(loss.data)
        if mistake != "no_zero_grad":
            loss.zero_grad()
            w.grad = 0.0  # which a cut has taken out of the graph
        loss.backward()
        if mistake == "zero_before_step":
            loss.zero_grad()
        sign = 1.0 if mistake == "ascent" else -1.0
        for parameter in (w, b):
            parameter.data += sign * LEARNING_RATE * parameter.grad
    return found


training_mistakes = Catalogue(
    TrainingMistake(
        "no_zero_grad",
        "the gradients are not set to zero before backward(), so those of all earlier steps are "
        "in them, and the steps overshoot.",
    ),
    TrainingMistake(
        "zero_before_step",
        "the gradients are set to zero after backward() and before the step, so nothing moves.",
    ),
    TrainingMistake(
        "ascent",
        "the gradient is added to the parameters instead of subtracted, so the loss climbs.",
    ),
    TrainingMistake(
        "unnoticed_cut",
        "a number (.data) is used where the Value should be, so w gets no gradient and never "
        "moves, while b does what it can.",
    ),
)
