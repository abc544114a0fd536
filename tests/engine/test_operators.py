"""Python's operators for what flows through rows in place of a number: each asks for its row."""

import pytest

from autograd_mini.engine import ops
from autograd_mini.engine.operators import Operators


class Asked(Operators):
    """Gives what it was asked for."""

    def _apply(self, op, arguments):
        return op, arguments


X = Asked()


@pytest.mark.parametrize(
    ("asked", "row", "arguments"),
    [
        (lambda: X + 2.0, ops.add, (X, 2.0)),
        (lambda: 2.0 + X, ops.add, (2.0, X)),
        (lambda: X - 2.0, ops.sub, (X, 2.0)),
        (lambda: 2.0 - X, ops.sub, (2.0, X)),
        (lambda: X * 2.0, ops.mul, (X, 2.0)),
        (lambda: 2.0 * X, ops.mul, (2.0, X)),
        (lambda: X / 2.0, ops.div, (X, 2.0)),
        (lambda: 2.0 / X, ops.div, (2.0, X)),
        (lambda: X**2.0, ops.power, (X, 2.0)),
        (lambda: 2.0**X, ops.power, (2.0, X)),
        (lambda: X % 2.0, ops.mod, (X, 2.0)),
        (lambda: 2.0 % X, ops.mod, (2.0, X)),
        (lambda: -X, ops.neg, (X,)),
        (lambda: abs(X), ops.absolute, (X,)),
    ],
)
def test_each_operator_asks_for_its_row_with_the_operands_in_order(asked, row, arguments):
    assert asked() == (row, arguments)


def test_a_plus_sign_changes_nothing():
    assert +X is X


def test_a_class_has_to_say_how_it_applies_a_row():
    with pytest.raises(NotImplementedError):
        Operators() + 2.0
