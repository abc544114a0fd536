"""Rows of numbers, in whatever form a user has them, as one buffer of floats for the program."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain
from reprlib import repr as short
from typing import TYPE_CHECKING, Any

from autograd_mini.engine import ieee

if TYPE_CHECKING:
    Numbers = array[float] | memoryview[float]


def buffered(rows: object, width: int) -> tuple[Numbers, int]:
    """The numbers of all rows, one row after the other, and how many rows there are.

    >>> buffered([(1, 2.5), (3, 4.0)], 2)
    (array('d', [1.0, 2.5, 3.0, 4.0]), 2)

    `rows` is an iterable of rows of `width` numbers, such as a list of tuples, or anything with the
    buffer protocol: `array.array`, `memoryview`, NumPy's arrays. A buffer may have one dimension,
    row after row; one of floats is not copied. Where a row is one number, the number will do. What
    does not fit is a `ValueError`; what is no number is a `TypeError`.
    """
    if isinstance(rows, str | bytes | bytearray | dict):
        raise TypeError(f"the rows are a list such as [(1.0, 2.0)], not {short(rows)}")
    view = _view(rows)
    if view is not None and view.format == "d" and view.c_contiguous and view.nbytes:
        return view.cast("B").cast("d"), _count(view.shape or (), width)
    items = _items(rows)
    if _all_have(items, width):
        return _doubles(list(chain.from_iterable(items)), width), len(items)
    is_flat = not any(hasattr(item, "__len__") for item in items)
    if is_flat and (width == 1 or hasattr(rows, "tolist")):
        return _doubles(items, width), _count((len(items),), width)
    raise ValueError(_complaint(items, width))


def _view(rows: Any) -> memoryview | None:
    try:
        return memoryview(rows)
    except TypeError:
        return None


def _count(shape: Sequence[int], width: int) -> int:
    """How many rows a buffer of this shape has."""
    if len(shape) == 2 and shape[1] == width:
        return shape[0]
    if len(shape) == 1 and width and shape[0] % width == 0:
        return shape[0] // width
    raise ValueError(
        f"the rows are a buffer of shape {tuple(shape)}, but {_wanted(width)}: "
        f"make it (number of rows, {width}), or one dimension, row after row"
    )


def _items(rows: Any) -> list[Any]:
    try:
        return list(rows.tolist() if hasattr(rows, "tolist") else rows)
    except (TypeError, NotImplementedError):
        raise TypeError(f"the rows are a list such as [(1.0, 2.0)], not {short(rows)}") from None


def _all_have(items: Sequence[Any], width: int) -> bool:
    try:
        return set(map(len, items)) <= {width}
    except TypeError:
        return False


def _complaint(items: Sequence[Any], width: int) -> str:
    for index, row in enumerate(items):
        if not hasattr(row, "__len__"):
            return f"row {index} is {short(row)}, but {_wanted(width)}"
        if len(row) != width:
            return f"row {index}, {short(row)}, has a length of {len(row)}, but {_wanted(width)}"
    raise AssertionError("there is nothing to complain of")


def _wanted(width: int) -> str:
    if width == 0:
        return "this program has no inputs, so each row is empty, ()"
    inputs = "1 input" if width == 1 else f"{width} inputs"
    return f"this program has {inputs}, so each row has a length of {width}"


def _doubles(numbers: list[Any], width: int) -> array[float]:
    if set(map(type, numbers)) <= {float, int}:
        try:
            return array("d", numbers)
        except OverflowError:  # an int too large for a float, which is inf
            pass
    return array("d", [_number(x, index // width) for index, x in enumerate(numbers)])


def _number(x: object, row: int) -> float:
    try:
        return ieee.number(x)
    except TypeError:
        hint = ", which has to be spread out: (*features, label)" * isinstance(x, list | tuple)
        raise TypeError(f"row {row} contains {short(x)}, no real number{hint}") from None
