"""`compare_flows`: the same network with other activations, beginnings or depths, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import zip_longest

from autograd_mini.drawing.output import text_html
from autograd_mini.engine.value import Value
from autograd_mini.text.layout import indented, paragraphs
from autograd_mini.text.names import cut_name
from autograd_mini.text.numbers import size_text
from autograd_mini.training.flow.anatomy import Model
from autograd_mini.training.flow.flow_figures import draw_comparison
from autograd_mini.training.flow.gradient_flow import GradientFlow, gradient_flow, percent
from autograd_mini.training.flow.vanishing_gradients import mean_factor
from autograd_mini.training.plots import Plot

Compared = GradientFlow | tuple[Model, Value]


def compare_flows(
    flows: Mapping[str, Compared], lr: float = 0.1, clip: float | None = None
) -> FlowComparison:
    """The gradient flows of several networks side by side.

    >>> from autograd_mini import nn
    >>> def flow(activation):
    ...     model = nn.MLP(2, [8] * 5 + [1], activation, init="xavier", seed=1)
    ...     return model, model([1.0, 0.5])
    >>> compare_flows({name: flow(name) for name in ("sigmoid", "tanh")})
    |dL/da| of each layer, from the loss down:
    <BLANKLINE>
                        sigmoid     tanh
        layers[5]             1        1
        layers[4]           1.4      1.4
        layers[3]          0.32      1.2
        layers[2]         0.083      1.3
        layers[1]         0.015     0.96
        layers[0]        0.0031     0.73
    <BLANKLINE>
        each layer       × 0.32   × 0.94
        dead units            –        –
        saturated             –        –
        norm of all         1.9      3.2
        first update   0.0063 %    5.8 %
        verdict       vanishing  healthy

    Each is a `GradientFlow`, or a pair (model, loss) of which `gradient_flow` makes one, with this
    learning rate and this clipping. Networks of different depths are lined up at the loss. None at
    all is a `ValueError`, and what is no flow a `TypeError`.
    """
    if not isinstance(flows, Mapping):
        raise TypeError(
            'to compare, give a dict by name, such as {"tanh": (model, loss)}, '
            f"not {type(flows).__name__}"
        )
    if not flows:
        raise ValueError('there is nothing to compare; give a dict such as {"tanh": (model, loss)}')
    return FlowComparison({name: _flow(flow, lr, clip) for name, flow in flows.items()})


def _flow(flow: Compared, lr: float, clip: float | None) -> GradientFlow:
    if isinstance(flow, GradientFlow):
        return flow
    if not isinstance(flow, tuple | list) or len(flow) != 2:
        raise TypeError(
            f"to compare, give a GradientFlow or a pair (model, loss), not {type(flow).__name__}"
        )
    model, loss = flow
    return gradient_flow(model, loss, lr, clip)


class FlowComparison:
    """Gradient flows side by side, by name, in `flows`; `compare_flows` makes it.

    >>> from autograd_mini import nn
    >>> model = nn.MLP(1, [1, 1], "tanh", init="xavier", seed=0)
    >>> both = compare_flows({"once": (model, model([0.5]))})
    >>> both.flows["once"].verdict
    'healthy'

    In the table, "each layer" is the factor of one layer, on the average that multiplies; "norm of
    all" the norm of the gradient of all parameters; "first update", how much of the parameters of
    the first layer one step of plain descent changes.
    """

    def __init__(self, flows: Mapping[str, GradientFlow]) -> None:
        self.flows = dict(flows)

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return text_html(self.text)

    @property
    def text(self) -> str:
        """The table."""
        flows = list(self.flows.values())
        rows = [("", *[cut_name(name) for name in self.flows]), *_layer_rows(flows)]
        below = [(name, *map(cell, flows)) for name, cell in _cells(flows).items()]
        lines = indented([*rows, *below])
        title = "|dL/da| of each layer, from the loss down:"
        return paragraphs([[title], lines[: len(rows)], lines[len(rows) :]])

    def plot(self) -> Plot:
        """|dL/da| by layer, a line for each network, lined up at the loss.

        It shows itself in notebooks, and `.save("flows.png")` writes it. Drawing needs the extra
        `plot`; as text it is the table.
        """
        layers = {f"{name}: {flow.verdict}": flow.layers for name, flow in self.flows.items()}
        return Plot(self.text, partial(draw_comparison, layers), (7.0, 4.5))


def _layer_rows(flows: Sequence[GradientFlow]) -> list[tuple[str, ...]]:
    """A row for each layer, lined up at the loss."""
    columns = [[size_text(layer.upstream.norm) for layer in flow.layers[::-1]] for flow in flows]
    rows = list(zip_longest(*columns, fillvalue=""))
    names = {tuple([cut_name(layer.name) for layer in flow.layers[::-1]]) for flow in flows}
    if len(names) > 1:  # then they go by their places
        names = {("last layer", *[f"last - {place}" for place in range(1, len(rows))])}
    return [(name, *row) for name, row in zip(names.pop(), rows, strict=True)]


def _cells(flows: Sequence[GradientFlow]) -> dict[str, Callable[[GradientFlow], str]]:
    """What there is to say of each flow below its layers."""
    cells: dict[str, Callable[[GradientFlow], str]] = {
        "each layer": lambda flow: f"× {size_text(mean_factor(flow.layers))}",
        "dead units": lambda flow: _idle(flow, "dead"),
        "saturated": lambda flow: _idle(flow, "saturated"),
        "norm of all": lambda flow: size_text(flow.norm),
    }
    if any(flow.clip is not None for flow in flows):
        cells["clipped to"] = lambda flow: size_text(flow.norm * flow.clip_factor)
    cells["first update"] = lambda flow: percent(flow.layers[0].update_ratio) if flow.layers else ""
    cells["verdict"] = lambda flow: flow.verdict
    return cells


def _idle(flow: GradientFlow, kind: str) -> str:
    idle = sum([len(getattr(layer, kind)) for layer in flow.layers])
    units = sum([layer.units for layer in flow.layers])
    return f"{idle} of {units}" if idle else "–"
