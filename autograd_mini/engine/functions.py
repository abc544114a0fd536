"""Functions around rows of the table, and functions made of rows."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_mini.engine import ops

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def where(condition: Any, a: Any, b: Any) -> Any:
    """`a` where the condition is nonzero, `b` where it is zero: a choice inside the graph.

    >>> from autograd_mini import heaviside
    >>> where(heaviside(3.0 - 1.0), 10.0, 20.0)
    10.0

    nan where the condition is nan. A Python bool is a `TypeError`: it is decided once and for all,
    while a condition made of operations is decided again when the graph runs on other numbers.
    """
    if type(condition).__name__ in ("bool", "bool_"):
        raise TypeError(
            f"where({condition!r}, ...) is decided already, and would stay so on other numbers; "
            "instead of where(x > 1, a, b) write where(heaviside(x - 1), a, b)"
        )
    return ops.where(condition, a, b)


def clip(x: Any, low: Any, high: Any) -> Any:
    """The number itself within the bounds, and the bound that it is beyond.

    >>> clip(3.0, low=0.0, high=1.0)
    1.0
    """
    return ops.clip(x, low, high)


def sum(values: Iterable[Any]) -> Any:
    """The sum of the values, added from left to right, as one node; 0.0 where there are none.

    >>> sum([1.0, 2.0, 4.0])
    7.0
    """
    values = tuple(values)
    return ops.add_all.apply(values) if values else 0.0


def mean(values: Iterable[Any]) -> Any:
    """The arithmetic mean of the values.

    >>> mean([1.0, 2.0, 6.0])
    3.0

    No value at all is a `ValueError`.
    """
    values = _at_least_one(values, "mean")
    return ops.div(ops.add_all.apply(values), len(values))


def dot(weights: Iterable[Any], inputs: Iterable[Any], bias: Any = 0.0) -> Any:
    """bias + w0*x0 + w1*x1 + ..., from left to right, as one node: the pre-activation of a neuron.

    >>> dot([2.0, 3.0], [10.0, 100.0], bias=1.0)
    321.0

    Different numbers of weights and inputs are a `ValueError`.
    """
    weights, inputs = tuple(weights), tuple(inputs)
    if len(weights) != len(inputs):
        raise ValueError(
            f"dot of {len(weights)} weights and {len(inputs)} inputs: give as many of each"
        )
    if weights and type(bias) is float:  # a node now, before there is a tuple to be made again
        bias = getattr(weights[0], "_constant", float)(bias)
    return ops.dot.apply((*weights, *inputs, bias))


def logsumexp(values: Iterable[Any]) -> Any:
    """log(exp(x0) + exp(x1) + ...), as one node and without overflow: a smooth maximum.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599

    No value at all is a `ValueError`.
    """
    return ops.logsumexp.apply(_at_least_one(values, "logsumexp"))


def softmax(values: Iterable[Any]) -> list[Any]:
    """exp(x) of each value over the sum of them all: positive numbers that add up to 1.

    >>> softmax([1000.0, 1000.0])
    [0.5, 0.5]

    No value at all is a `ValueError`.
    """
    return ops.softmax_of(_at_least_one(values, "softmax"))


def _at_least_one(values: Iterable[Any], name: str) -> tuple[Any, ...]:
    values = tuple(values)
    if not values:
        raise ValueError(f"{name} of no values is not defined; give at least one")
    return values
