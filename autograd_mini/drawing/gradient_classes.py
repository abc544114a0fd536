"""Sign and size of a gradient as one of a few classes, the same in every picture."""

from __future__ import annotations

import math

# From which size on a gradient belongs to a class; below the last one it belongs to class 1.
SIZES = ((10.0, 5), (1.0, 4), (0.1, 3), (0.01, 2))
UNUSUAL = "nan, inf"
CLASSES = ("-5", "-4", "-3", "-2", "-1", "0", "+1", "+2", "+3", "+4", "+5", UNUSUAL)
LEGEND = (
    "<= -10", "<= -1", "<= -0.1", "<= -0.01", "< 0", "0",
    "> 0", ">= 0.01", ">= 0.1", ">= 1", ">= 10", UNUSUAL,
)  # fmt: skip


def class_of(gradient: float | None) -> str:
    """The class of a gradient, by its sign and its decade; "" for one that is not computed.

    >>> [class_of(gradient) for gradient in (250.0, 1.0, -0.5, 0.03, -1e-9, 0.0, None)]
    ['+5', '+4', '-3', '+2', '-1', '0', '']
    >>> class_of(float("-inf"))
    'nan, inf'
    """
    if gradient is None:
        return ""
    if not math.isfinite(gradient):
        return UNUSUAL
    if gradient == 0.0:
        return "0"
    size = next((number for least, number in SIZES if abs(gradient) >= least), 1)
    return f"{'-' if gradient < 0.0 else '+'}{size}"
