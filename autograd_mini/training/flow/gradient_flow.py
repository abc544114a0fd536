"""`gradient_flow`, and what it gives: a network's layers under the microscope."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

from autograd_mini.drawing.output import text_html
from autograd_mini.engine.value import Value
from autograd_mini.optim import _at_least_zero, clipped
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import INDENT, indented, paragraphs, wrapped
from autograd_mini.text.names import cut_name
from autograd_mini.text.numbers import counted, number_text, size_text
from autograd_mini.text.parts import listed, shortened
from autograd_mini.training.flow.anatomy import Anatomy, Model
from autograd_mini.training.flow.flow_figures import draw_flow
from autograd_mini.training.flow.flow_path import FlowPath, flow_path
from autograd_mini.training.flow.measures import LayerFlow, Spread, measured
from autograd_mini.training.flow.vanishing_gradients import advice_on_step, ratio_of, verdict_on
from autograd_mini.training.plots import Plot, bars

MOST_NAMES = 4  # of parameters, in a remark
MOST_LAYERS = 24  # in a table, half of them from each end


def gradient_flow(
    model: Model, loss: Value, lr: float = 0.1, clip: float | None = None
) -> GradientFlow:
    """How large the gradient of a loss is on its way back through the layers of a model, and why.

    >>> from autograd_mini import nn
    >>> model = nn.MLP(1, [1, 1, 1], activation="sigmoid", seed=0)
    >>> flow = gradient_flow(model, model([0.5]))
    >>> flow.verdict, [f"{factor:.2f}" for factor in flow.factors.values() if factor]
    ('vanishing', ['0.13', '0.16'])

    `model` is an `nn.Module` whose parameters are in the graph of `loss`, or a list of its
    parameters. `loss` is any `Value` computed with it, of one sample or the mean of a batch;
    nothing is run anew, and no node's `.grad` is touched. `lr` is the learning rate that updates
    are shown for, as of plain descent, after clipping all gradients to a norm of `clip`.

    A layer is known by the paths of its parameters, such as layers[0].neurons[1].w[2], and its
    activation as the one operation that follows a weighted sum. One of several operations counts to
    the layer above it.

    A loss that is no `Value` or a model that is neither is a `TypeError`; a constant, or a loss in
    which no parameter has a part, a `ValueError`; a leaf changed since then is `StaleGraph`.
    """
    if not isinstance(loss, Value):
        raise TypeError(
            f"a gradient flows from a loss, which is a Value, not {type(loss).__name__}; give what "
            "losses.mse(model(x), y) or the like returned"
        )
    if loss.is_constant:
        raise ValueError(
            f"{loss!r} is a constant, so there is no gradient to follow; compute the loss from the "
            "outputs of the model, and not under no_grad()"
        )
    limit = None if clip is None else _at_least_zero("clip", clip, infinite=True)
    return GradientFlow(Anatomy(model, loss), _at_least_zero("lr", lr), limit)


class GradientFlow:
    """The layers of a network under the microscope; `gradient_flow` makes it.

    >>> from autograd_mini import nn
    >>> model = nn.MLP(2, [3, 3, 1], activation="relu", init="he", seed=5)
    >>> flow = gradient_flow(model, model([1.0, -1.0]))
    >>> flow.layers[1]
    LayerFlow('layers[1]', 3 relu, |dL/da| 0.64, factor 1.07)
    >>> flow.layers[1].activations, flow.layers[0].dead
    (Spread(3 numbers: mean 1.1003, deviation 1.23847, norm 2.86939), ['layers[0].neurons[0]'])

    `layers` are `LayerFlow`s from the inputs to the loss, and `factors` by how much each multiplies
    the gradient on its way back: the norm of dL/da of what feeds it divided by that of its own.
    `ratio` is |dL/da| of the first layer divided by that of the last. `inputs` is the `Spread` of
    the gradients at the inputs, if these are leaves, and `norm` the norm over all parameters, which
    `clip_factor` scales to at most `clip`. `path` is the dominant path, w * σ'(z) by w * σ'(z).
    `unused` are parameters that the loss does not depend on; `outside`, those in no layer.

    `verdict` is the first of these words that fits, and `sentence` says what to do:

        "no layers"   no parameter is a weight in a weighted sum
        "not finite"  the loss or a gradient is nan or infinite
        "exploding"   `ratio` is above 10
        "dying"       all units of a layer are dead, or half of them over 5 samples or more
        "saturated"   half of the units of a layer are saturated, or more
        "cut"         no gradient comes to some layer
        "vanishing"   `ratio` is below 0.1
        "healthy"     none of these

    `LayerFlow` says what is dead and what is saturated. In the text, |...| is a norm, "a" the mean
    and deviation of the activations, |dL/dw| that of weights and biases, and "update" how much of
    these one step changes.
    """

    def __init__(self, anatomy: Anatomy, lr: float, clip: float | None) -> None:
        found = anatomy.graph.gradients()
        gradients = [found.get(node) for node in anatomy.graph.nodes]
        self.lr, self.clip = lr, clip
        self.loss = anatomy.graph.nodes[-1].data
        whole = [gradients[index] or 0.0 for index in anatomy.parameters]
        self.norm, scaled = clipped(whole, math.inf if clip is None else clip)
        self.clip_factor = 1.0 if scaled is whole else Spread(scaled).norm / self.norm
        self.layers = measured(anatomy, gradients, lr * self.clip_factor)
        self.inputs = Spread([gradients[index] or 0.0 for index in anatomy.inputs])
        self.path: FlowPath | None = flow_path(anatomy, gradients)
        self.unused, self.outside = anatomy.unused, anatomy.outside
        self.ratio = ratio_of(self.layers)
        self.verdict, self.sentence = verdict_on(self.layers, self.loss)

    @property
    def factors(self) -> dict[str, float | None]:
        """By how much each layer multiplies the gradient; None where plain numbers feed it."""
        return {layer.name: layer.factor for layer in self.layers}

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return text_html(self.text)

    # -- as text -------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The report in 80 columns."""
        samples = max([layer.samples for layer in self.layers], default=1)
        over = "one sample" if samples == 1 else f"{samples:,} samples"
        head = (
            f"The gradient on its way back through {counted(len(self.layers), 'layer')}, over "
            f"{over}, from a loss of {number_text(self.loss)}:"
        )
        remarks = [wrapped(remark) for remark in self._remarks() if remark]
        return paragraphs([wrapped(head), self._table(), *remarks, self._path_lines()])

    def _table(self) -> list[str]:
        if not self.layers:
            return []
        kinds = ("dead", "saturated")
        idle = [kind for kind in kinds if any(getattr(layer, kind) for layer in self.layers)]
        heads = ("layer", "units", "a", "|dL/da|", "factor", "|dL/dw|", "update", *idle)
        rows = [_row(layer, idle) for layer in reversed(self.layers)]
        gap = [f"... {len(rows) - MOST_LAYERS} more", *[""] * (len(heads) - 1)]
        return indented([heads, *shortened(rows, MOST_LAYERS, gap)])

    def _remarks(self) -> Iterator[str]:
        yield f"{self.verdict}: {self.sentence}"
        yield advice_on_step(self.layers, self.lr)
        if self.clip is not None:
            yield _clipped(self.norm, self.clip, self.clip_factor)
        if self.unused:
            yield f"The loss does not depend on {_few(self.unused)}."
        if self.outside:
            yield f"In no layer: {_few(self.outside)}."

    def _path_lines(self) -> list[str]:
        if self.path is None or not self.path.steps:
            return []
        title = (
            f"The dominant path, down to {self.path.end}: at each neuron σ'(z), the slope of its "
            "activation at z, times a weight; and the product so far:"
        )
        lines = [*self.path.lines(), *wrapped(self.path.ending)]
        return wrapped(title) + [INDENT + line for line in lines]

    # -- as pictures ---------------------------------------------------------------------------

    @property
    def chart(self) -> str:
        """|dL/da| of each layer as bars of text, from the loss down."""
        sizes = {cut_name(layer.name): layer.upstream.norm for layer in reversed(self.layers)}
        return "\n".join(["|dL/da| of each layer, on a scale of powers of ten:", *bars(sizes)])

    def plot(self) -> Plot:
        """The norms of each layer, and how its activations and gradients are spread; or `chart`.

        It shows itself in notebooks, and `.save("flow.png")` writes it. Drawing needs the extra
        `plot`; as text it is `chart`.
        """
        return Plot(self.chart, partial(draw_flow, self.layers, self.verdict), (12.0, 4.0))


def _row(layer: LayerFlow, idle: Sequence[str]) -> list[str]:
    name, units = cut_name(layer.name), f"{layer.units} {layer.activation}"
    mean, deviation = layer.activations.mean, layer.activations.deviation
    about = size_text(mean) + (f" ± {size_text(deviation)}" if len(layer.activations) > 1 else "")
    factor = size_text(None) if layer.factor is None else f"× {size_text(layer.factor)}"
    upstream, gradients = size_text(layer.upstream.norm), size_text(layer.gradients.norm)
    counts = [str(len(getattr(layer, kind)) or "") for kind in idle]
    return [name, units, about, upstream, factor, gradients, percent(layer.update_ratio), *counts]


def percent(share: float) -> str:
    """A share in percent, to two digits.

    >>> percent(0.0123), percent(12.3)
    ('1.2 %', '1200 %')
    """
    return f"{size_text(100.0 * share)} %"


def _clipped(norm: float, clip: float, factor: float) -> str:
    whole, limit = number_text(norm), number_text(clip)
    if factor == 1.0:
        return f"Clipping to a norm of {limit} leaves the gradient of norm {whole} as it is."
    return (
        f"Clipping scales the gradient of all parameters by {size_text(factor)}, from a norm of "
        f"{whole} to {limit}. The factors between layers stay as they are."
    )


def _few(names: Sequence[str]) -> str:
    shown = [cut_name(name) for name in names[:MOST_NAMES]]
    more = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    return as_text(listed([*shown, *more]))
