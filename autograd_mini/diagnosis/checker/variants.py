"""More ways to make a known mistake, and the usual ways to make one operation of others."""

from __future__ import annotations

from collections.abc import Callable

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op
from autograd_mini.engine.sweep import EVERY_PATH
from autograd_mini.engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.diagnosis.wrong_passes import Changes


_BY_LEVEL = {**EVERY_PATH, "walk": "queue"}
_DISTINCT = {"operands": "distinct"}  # one that stands twice is gone to once

MORE_VARIANTS: dict[str, list[Changes]] = {
    "recurse_per_path": [
        {"visits": {**EVERY_PATH, **_DISTINCT}},
        {"visits": _BY_LEVEL},
        {"visits": {**_BY_LEVEL, **_DISTINCT}},
    ],
    "first_path_only": [{"total": "before or product"}],
}


# -- operations that are made of others ------------------------------------------------------------


def _exponentials(build: Any, x: Any) -> Any:
    up, down = build(ops.exp, x), build(ops.exp, build(ops.neg, x))
    return build(ops.div, build(ops.sub, up, down), build(ops.add, up, down))


def _exponential_of_twice(build: Any, x: Any) -> Any:
    power = build(ops.exp, build(ops.mul, x, 2.0))
    return build(ops.div, build(ops.sub, power, 1.0), build(ops.add, power, 1.0))


def _logistic(build: Any, x: Any) -> Any:
    power = build(ops.exp, build(ops.neg, x))
    return build(ops.div, 1.0, build(ops.add, power, 1.0))


MADE_OF: dict[Op, list[tuple[Callable[..., Any], list[Op]]]] = {
    ops.neg: [(lambda build, x: build(ops.mul, x, -1.0), [ops.mul])],
    ops.sub: [
        (lambda build, x, y: build(ops.add, x, _minus(build, y)), [ops.add, ops.neg]),
        (lambda build, x, y: build(ops.add, x, _times_minus_one(build, y)), [ops.add, ops.mul]),
    ],
    ops.div: [
        (lambda build, x, y: build(ops.mul, x, _inverse(build, y)), [ops.mul, ops.power]),
    ],
    ops.tanh: [
        (_exponential_of_twice, [ops.exp, ops.mul, ops.sub, ops.add, ops.div]),
        (_exponentials, [ops.exp, ops.neg, ops.sub, ops.add, ops.div]),
    ],
    ops.sigmoid: [(_logistic, [ops.exp, ops.neg, ops.add, ops.div])],
    ops.sqrt: [(lambda build, x: build(ops.power, x, 0.5), [ops.power])],
    ops.tan: [
        (
            lambda build, x: build(ops.div, build(ops.sin, x), build(ops.cos, x)),
            [ops.sin, ops.cos, ops.div],
        )
    ],
}


def _minus(build: Any, y: Any) -> Any:
    return build(ops.neg, y) if isinstance(y, Value) else -y


def _times_minus_one(build: Any, y: Any) -> Any:
    return build(ops.mul, y, -1.0) if isinstance(y, Value) else -y


def _inverse(build: Any, y: Any) -> Any:
    return build(ops.power, y, -1.0) if isinstance(y, Value) else 1.0 / y
