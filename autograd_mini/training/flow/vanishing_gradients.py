"""What is the matter with a gradient, in a word and in a sentence that says what to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from autograd_mini.text.as_text import as_text
from autograd_mini.text.numbers import number_text, size_text
from autograd_mini.text.parts import listed
from autograd_mini.training.flow.measures import LayerFlow

VANISHING, EXPLODING = 0.1, 10.0  # |dL/da| of the first layer, divided by that of the last
MANY = 0.5  # of the units of a layer
ENOUGH = 5  # samples, before a unit that is closed on all of them counts as dead
SMALLEST = 1e-280  # a gradient that is 0 below such a small one has vanished, and was not cut
MOST_LISTED = 4  # layers with dead units
LARGE_UPDATE = 0.1  # of the parameters, in one step


def ratio_of(layers: Sequence[LayerFlow]) -> float:
    """|dL/da| of the first layer divided by that of the last; 1 where nothing can be said."""
    last = layers[-1].upstream.norm if layers else 0.0
    return layers[0].upstream.norm / last if last else 1.0


def verdict_on(layers: Sequence[LayerFlow], loss: float) -> tuple[str, str]:
    """The verdict on layers, from the inputs to the loss: a word, and a sentence.

    >>> verdict_on([], 1.0)
    ('no layers', 'No layer was found: ...')
    """
    judged = ((word, judge(layers, loss)) for word, judge in _JUDGES.items())
    word, sentence = next((word, sentence) for word, sentence in judged if sentence)
    note = "" if word in _ABOUT_UNITS else _dead_units(layers)
    return word, f"{sentence} {note}".rstrip()


def _not_finite(layers: Sequence[LayerFlow], loss: float) -> str:
    if not math.isfinite(loss):
        return (
            f"The loss is {number_text(loss)}, and no gradient of it means anything. anomaly() "
            "names the operation that it began in."
        )
    bad = [layer.name for layer in layers if not math.isfinite(layer.upstream.norm)]
    if not bad:
        return ""
    return (
        f"The gradient is nan or infinite from {bad[-1]} on down. am.why(loss, parameter) says "
        "where it began; smaller weights, or a smaller learning rate before, keep it finite."
    )


def _dying(layers: Sequence[LayerFlow], loss: float) -> str:
    bad = [x for x in layers if len(x.dead) >= (MANY if x.samples >= ENOUGH else 1.0) * x.units]
    if not bad:
        return ""
    worst = max(bad, key=lambda layer: len(layer.dead) / layer.units)
    below = "no gradient gets past it" if len(worst.dead) == worst.units else "they learn nothing"
    samples = "every sample" if worst.samples > 1 else "this sample"
    return (
        f"{_share(worst.dead, worst)} dead, 0 on {samples}, and so {below}. Try leaky_relu, "
        "which is never closed, init='he', biases above 0, or a smaller learning rate."
    )


def _saturated(layers: Sequence[LayerFlow], loss: float) -> str:
    bad = [layer for layer in layers if len(layer.saturated) >= MANY * layer.units]
    if not bad:
        return ""
    worst = max(bad, key=lambda layer: len(layer.saturated) / layer.units)
    start = f"{_share(worst.saturated, worst)} saturated: {worst.activation} is flat there"
    if worst is layers[-1] and len(bad) == 1:
        return (
            f"{start}. That is as it should be where outputs are right, and slow where they are "
            "wrong: a cross-entropy on the outputs before the activation has no such factor."
        )
    return f"{start}. Try smaller weights (init='xavier'), inputs nearer to 0, or a smaller step."


def _cut(layers: Sequence[LayerFlow], loss: float) -> str:
    norms = [math.inf, *[layer.upstream.norm for layer in reversed(layers)]]
    if 0.0 not in norms or norms[norms.index(0.0) - 1] < SMALLEST:
        return ""
    first = layers[-norms.index(0.0)].name
    return (
        f"No gradient comes to {first}, nor below. am.why(loss, parameter) names the operation "
        "that stops it; where the loss is as small as can be, nothing is wrong."
    )


def _vanishing(layers: Sequence[LayerFlow], loss: float) -> str:
    ratio = ratio_of(layers)
    if ratio >= VANISHING:
        return ""
    portion = size_text(ratio) if ratio else "less than 1e-300"
    return (
        f"{_change(layers, f'shrinks to {portion} of itself,')}: the first layers learn too "
        "slowly. Try relu or gelu with init='he', tanh with init='xavier', or fewer layers."
    )


def _exploding(layers: Sequence[LayerFlow], loss: float) -> str:
    ratio = ratio_of(layers)
    if ratio <= EXPLODING:
        return ""
    return (
        f"{_change(layers, f'grows to {size_text(ratio)} times itself,')}: a step that suits one "
        "layer throws another away. Try smaller weights (init='he' for relu, 'xavier' for others), "
        "clipping, or fewer layers."
    )


def _healthy(layers: Sequence[LayerFlow], loss: float) -> str:
    if len(layers) == 1:
        return "There is one layer, so the gradient has no way to vanish or explode."
    return f"{_change(layers, 'keeps its size within a factor of 10:')}."


def _change(layers: Sequence[LayerFlow], what: str) -> str:
    way = f"From {layers[-1].name} down to {layers[0].name}"
    return f"{way} the gradient {what} × {size_text(mean_factor(layers))} a layer"


def _dead_units(layers: Sequence[LayerFlow]) -> str:
    dead = [f"{len(layer.dead)} of {layer.units} in {layer.name}" for layer in layers if layer.dead]
    if len(dead) > MOST_LISTED:
        dead = [*dead[: MOST_LISTED - 1], f"more in {len(dead) - MOST_LISTED + 1} other layers"]
    return f"Dead on these samples: {as_text(listed(dead))}." if dead else ""


_NO_LAYERS = (
    "No layer was found: no parameter is a weight in a weighted sum. A layer is a dot, or products "
    "and sums, of parameters and what comes in."
)
_JUDGES: dict[str, Callable[[Sequence[LayerFlow], float], str]] = {
    "no layers": lambda layers, loss: "" if layers else _NO_LAYERS,
    "not finite": _not_finite,
    "exploding": _exploding,
    "dying": _dying,
    "saturated": _saturated,
    "cut": _cut,
    "vanishing": _vanishing,
    "healthy": _healthy,
}
_ABOUT_UNITS = ("no layers", "not finite", "dying")


def _share(idle: Sequence[str], layer: LayerFlow) -> str:
    if layer.units == 1:
        return f"The only unit of {layer.name} is"
    return f"{len(idle)} of {layer.units} units of {layer.name} are"


def mean_factor(layers: Sequence[LayerFlow]) -> float:
    """The factor of one layer, on the average that multiplies; 1 for a single one."""
    reached = [layer for layer in layers if layer.upstream.norm]  # the others: below any float
    steps = len(reached) - 1
    return float(ratio_of(reached) ** (1.0 / steps)) if steps > 0 else 1.0


def advice_on_step(layers: Sequence[LayerFlow], lr: float) -> str:
    """A word on the learning rate, where one step would change a layer by a tenth or more."""
    large = [layer for layer in layers if LARGE_UPDATE < layer.update_ratio < math.inf]
    if not large:
        return ""
    worst = max(large, key=lambda layer: layer.update_ratio)
    return (
        f"At a learning rate of {number_text(lr)} one step changes the parameters of {worst.name} "
        f"by {size_text(worst.update_ratio)} times their size: lower it, or clip."
    )
