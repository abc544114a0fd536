"""Losses: the textbook's formulas with 50 digits, their slopes, and labels that do not fit."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp, mpf

from autograd_mini import Value, losses, topological_order
from autograd_mini.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge,
    mse,
    quadratic,
)
from support.rows import each_row

mp.dps = 50

# -- the same from mathematics ---------------------------------------------------------------------


def exact_squares(outputs: list[float], targets: list[float]) -> Any:
    pairs = zip(outputs, targets, strict=True)
    return mp.fsum((mpf(output) - mpf(target)) ** 2 for output, target in pairs)


def exact_binary(logit: float, label: float) -> Any:
    """-log of the probability of the label, for both outcomes, weighted."""
    surprise_of_1, surprise_of_0 = (mp.log1p(mp.exp(mpf(z))) for z in (-logit, logit))
    return mpf(label) * surprise_of_1 + (1 - mpf(label)) * surprise_of_0


def exact_softmax(logits: list[float]) -> list[Any]:
    powers = [mp.exp(mpf(logit)) for logit in logits]
    return [power / mp.fsum(powers) for power in powers]


def exact_cross_entropy(logits: list[float], label: int) -> Any:
    return -mp.log(exact_softmax(logits)[label])


def slopes(loss: Callable[[Any], Any], outputs: list[float]) -> list[float]:
    values = [Value(output) for output in outputs]
    loss(values).backward()
    return [value.grad for value in values]


TINY = 1e-320  # below the smallest normal float, digits are lost
moderate = st.floats(-50, 50)
logit_sizes = st.floats(-1e4, 1e4) | st.sampled_from([1e4, -1e4, 0.0, 40.0, -40.0, 800.0, -800.0])


# -- squared errors --------------------------------------------------------------------------------


def test_squared_errors_by_hand() -> None:
    assert mse([1.0, 2.0, 4.0], [0.0, 4.0, 3.0]) == 2.0
    assert quadratic([1.0, 2.0, 4.0], [0.0, 4.0, 3.0]) == 3.0
    assert slopes(lambda o: mse(o, [0.0, 5.0]), [1.0, 2.0]) == [1.0, -3.0]
    assert slopes(lambda o: quadratic(o, [0.0, 5.0]), [1.0, 2.0]) == [1.0, -3.0]
    assert slopes(lambda o: mse(o, [5.0]), [2.0]) == [-6.0]
    assert slopes(lambda o: quadratic(o, 5.0), [2.0]) == [-3.0]


@given(st.lists(st.tuples(moderate, moderate), min_size=1, max_size=6))
def test_squared_errors_and_their_slopes(pairs: list[tuple[float, float]]) -> None:
    outputs, targets = map(list, zip(*pairs, strict=True))
    exact, n = exact_squares(outputs, targets), len(pairs)
    assert mse(outputs, targets) == pytest.approx(float(exact / n), rel=1e-14, abs=TINY)
    assert quadratic(outputs, targets) == pytest.approx(float(exact / 2), rel=1e-14, abs=TINY)
    differences = [output - target for output, target in pairs]
    twice = [2 * difference / n for difference in differences]
    assert slopes(lambda o: mse(o, targets), outputs) == pytest.approx(twice, rel=1e-14, abs=TINY)
    assert slopes(lambda o: quadratic(o, targets), outputs) == pytest.approx(
        differences, rel=1e-14, abs=TINY
    )


@pytest.mark.parametrize("loss", [mse, quadratic])
def test_a_class_stands_for_one_there_and_zero_elsewhere(loss: Callable[[Any, Any], Any]) -> None:
    numpy = pytest.importorskip("numpy")
    outputs = [0.25, 0.5, -1.0]
    for label in range(3):
        one_hot = [0.0, 0.0, 0.0]
        one_hot[label] = 1.0
        assert loss(outputs, label) == loss(outputs, one_hot)
        assert loss(outputs, numpy.int64(label)) == loss(outputs, numpy.array(one_hot))
    assert loss([3.0], 1) == loss(3.0, 1.0) == loss(3.0, [1.0]) == loss([3.0], (1.0,)) != 0.0


def test_targets_may_be_values() -> None:
    target = Value(5.0)
    mse([Value(2.0)], [target]).backward()
    assert target.grad == 6.0
    quadratic([1.0], target).backward()
    assert target.grad == 6.0 + 4.0


def test_squared_errors_too_large_for_a_float_are_inf() -> None:
    assert mse(1e200, 0.0) == mse([1e200, 0.0], [0.0, 0.0]) == quadratic(1e200, 0.0) == math.inf


# -- classes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "label", "loss", "slope"),
    [
        (0.25, 1, 0.75, -1.0),
        (0.25, -1, 1.25, 1.0),
        (0.25, 0, 1.25, 1.0),
        (-3.0, 1, 4.0, -1.0),
        (-3.0, -1, 0.0, 0.0),
        (-3.0, 0, 0.0, 0.0),
        (1.0, 1, 0.0, 0.0),  # at the kink, relu'(0) = 0
        (-1.0, -1, 0.0, 0.0),
        (1e4, 1, 0.0, 0.0),
        (-1e4, True, 10001.0, -1.0),
        (-1e4, 1.0, 10001.0, -1.0),
        (2.0, -0.0, 3.0, 1.0),
    ],
)
def test_hinge(score: float, label: float, loss: float, slope: float) -> None:
    assert hinge(score, label) == hinge([score], label) == loss
    assert slopes(lambda outputs: hinge(outputs, label), [score]) == [slope]


@given(logit_sizes, st.sampled_from([0, 1]))
@example(1e4, 0)
@example(-1e4, 1)
@example(40.0, 1)
@example(-40.0, 0)
def test_binary_cross_entropy(logit: float, label: int) -> None:
    exact = float(exact_binary(logit, label))
    assert binary_cross_entropy_with_logits(logit, label) == pytest.approx(
        exact, rel=1e-15, abs=TINY
    )
    [slope] = slopes(lambda o: binary_cross_entropy_with_logits(o, label), [logit])
    wrong = 1 / (1 + mp.exp(mpf(logit if label else -logit)))  # the probability of the other one
    assert slope == pytest.approx(float(-wrong if label else wrong), rel=1e-14, abs=TINY)


@pytest.mark.parametrize(
    ("logit", "label", "loss", "slope"),
    [
        (math.inf, 0.5, math.inf, 0.5),
        (-math.inf, 0.5, math.inf, -0.5),
        (math.inf, 0.25, math.inf, 0.75),
        (math.inf, 1, 0.0, 0.0),
        (-math.inf, 0, 0.0, 0.0),
        (math.inf, 0, math.inf, 1.0),
        (-math.inf, 1, math.inf, -1.0),
    ],
)
def test_binary_cross_entropy_of_an_infinite_logit(
    logit: float, label: float, loss: float, slope: float
) -> None:
    assert binary_cross_entropy_with_logits(logit, label) == loss
    assert slopes(lambda o: binary_cross_entropy_with_logits(o, label), [logit]) == [slope]


@given(logit_sizes, st.floats(0.001, 0.999))
def test_binary_cross_entropy_of_a_probability(logit: float, label: float) -> None:
    exact = float(exact_binary(logit, label))
    assert binary_cross_entropy_with_logits(logit, label) == pytest.approx(
        exact, rel=1e-12, abs=TINY
    )
    [slope] = slopes(lambda o: binary_cross_entropy_with_logits(o, label), [logit])
    difference = float(1 / (1 + mp.exp(-mpf(logit))) - mpf(label))
    assert slope == pytest.approx(difference, rel=1e-14, abs=1e-15)


@given(st.lists(logit_sizes, min_size=2, max_size=6), st.integers(0, 5))
@example([1e4, -1e4, 0.0], 0)
@example([1e4, -1e4, 0.0], 1)
@example([1e4, 1e4], 1)
def test_cross_entropy(logits: list[float], label: int) -> None:
    label %= len(logits)
    exact, size = float(exact_cross_entropy(logits, label)), max(map(abs, logits))
    assert cross_entropy(logits, label) == pytest.approx(exact, rel=1e-15, abs=5e-16 * (1 + size))
    expected = [float(p - (i == label)) for i, p in enumerate(exact_softmax(logits))]
    received = slopes(lambda outputs: cross_entropy(outputs, label), logits)
    assert received == pytest.approx(expected, rel=1e-14, abs=3e-16)


def test_cross_entropy_of_large_logits_by_hand() -> None:
    assert cross_entropy([1e4, -1e4], 0) == 0.0
    assert cross_entropy([1e4, -1e4], 1) == 2e4
    assert cross_entropy([1e308, -1e308], 1) == math.inf
    assert slopes(lambda outputs: cross_entropy(outputs, 1), [1e4, -1e4]) == [1.0, -1.0]


def test_two_logits_are_as_good_as_their_difference() -> None:
    for first, second in ((0.5, -1.5), (3.0, 3.0), (-7.0, 2.0)):
        expected = binary_cross_entropy_with_logits(second - first, 1)
        assert cross_entropy([first, second], 1) == pytest.approx(expected, rel=1e-14, abs=2e-15)


# -- all of them -----------------------------------------------------------------------------------

CASES: dict[str, tuple[Callable[[Any], Any], list[float]]] = {
    "mse": (lambda outputs: mse(outputs, [0.5, 2.0]), [1.0, -1.0]),
    "mse of one": (lambda outputs: mse(outputs, 0.5), [1.0]),
    "mse of a class": (lambda outputs: mse(outputs, 1), [0.3, 0.2, 0.9]),
    "quadratic": (lambda outputs: quadratic(outputs, [0.5, 2.0]), [1.0, -1.0]),
    "hinge, wrong": (lambda outputs: hinge(outputs, 1), [-0.4]),
    "hinge, right": (lambda outputs: hinge(outputs, -1), [-1.7]),
    "binary, 0": (lambda outputs: binary_cross_entropy_with_logits(outputs, 0), [0.7]),
    "binary, 1": (lambda outputs: binary_cross_entropy_with_logits(outputs, 1), [0.7]),
    "binary, between": (lambda outputs: binary_cross_entropy_with_logits(outputs, 0.25), [0.7]),
    "cross entropy": (lambda outputs: cross_entropy(outputs, 2), [0.3, -1.2, 0.9]),
}


@pytest.mark.parametrize("name", CASES)
def test_slopes_are_those_of_nearby_losses(name: str) -> None:
    loss, outputs = CASES[name]
    for i, slope in enumerate(slopes(loss, outputs)):
        above = loss([x + 1e-5 * (i == j) for j, x in enumerate(outputs)])
        below = loss([x - 1e-5 * (i == j) for j, x in enumerate(outputs)])
        assert (above - below) / 2e-5 == pytest.approx(slope, abs=1e-9)


@each_row("name", CASES)
@each_row("kind", [list, tuple, iter])
def test_plain_numbers_give_the_same_number(name: str, kind: Callable[[Any], Any]) -> None:
    loss, outputs = CASES[name]
    number = loss(kind(outputs))
    assert type(number) is float
    assert loss(kind([Value(output) for output in outputs])).data == number
    if len(outputs) == 1:
        assert loss(outputs[0]) == loss(Value(outputs[0])).data == number


def test_outputs_from_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    for loss, outputs in CASES.values():
        assert loss(numpy.array(outputs)) == loss(outputs)


NODES: dict[str, dict[str, int]] = {
    "mse": {"sub": 2, "dot": 1, "div": 1},
    "mse of one": {"sub": 1, "mul": 1},
    "mse of a class": {"sub": 3, "dot": 1, "div": 1},
    "quadratic": {"sub": 2, "dot": 1, "mul": 1},
    "hinge, wrong": {"sub": 1, "relu": 1},
    "hinge, right": {"add": 1, "relu": 1},
    "binary, 0": {"softplus": 1},
    "binary, 1": {"neg": 1, "softplus": 1},
    "binary, between": {"softplus": 2, "neg": 1, "mul": 2, "add": 1},
    "cross entropy": {"logsumexp": 1, "sub": 1},
}


@pytest.mark.parametrize("name", CASES)
def test_a_loss_is_few_nodes(name: str) -> None:
    loss, outputs = CASES[name]
    order = topological_order(loss([Value(output) for output in outputs]))
    assert Counter(node.op.name for node in order if node.op) == NODES[name]


def test_a_loss_of_your_own_reads_like_one() -> None:
    def absolute(output: Value, target: float) -> Value:
        return abs(output - target)

    assert slopes(lambda outputs: absolute(outputs[0], 1.0), [3.0]) == [1.0]


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: mse([1.0, 2.0], [1.0]), ValueError, "2 outputs and 1 targets; give as many of each"),
    (lambda: mse([1.0], [1.0, 2.0]), ValueError, "1 outputs and 2 targets"),
    (lambda: quadratic(1.0, []), ValueError, "1 outputs and 0 targets"),
    (lambda: mse([], []), ValueError, "there are no outputs"),
    (lambda: mse([1.0, 2.0], 2), ValueError, "there are 2 outputs, for the classes 0 to 1; 2 is"),
    (lambda: mse([1.0, 2.0], -1), ValueError, "-1 is none of them"),
    (lambda: mse([1.0, 2.0], 0.5), TypeError, "a class is an int from 0 to 1, not 0.5"),
    (lambda: mse([1.0, 2.0], Value(1.0)), TypeError, "an int from 0 to 1, not Value(1.0)"),
    (lambda: mse([1.0], "1"), TypeError, "expected a real number such as 2.0, not '1'"),
    (lambda: hinge([1.0, 2.0], 1), ValueError, "hinge takes one output, not 2; for several there"),
    (lambda: hinge(1.0, 2), ValueError, "the label of hinge is 1 or -1 (0 is taken as -1), not 2"),
    (lambda: hinge(1.0, math.nan), ValueError, "not nan"),
    (lambda: hinge(1.0, "1"), TypeError, "expected a real number"),  # type: ignore[arg-type]
    (lambda: hinge("1", 1), TypeError, "expected a real number"),
    (lambda: binary_cross_entropy_with_logits([0.0, 0.0], 1), ValueError,
     "binary_cross_entropy_with_logits takes one output, not 2"),
    (lambda: binary_cross_entropy_with_logits(0.0, -1), ValueError,
     "the label is 0, 1 or a probability between them, not -1"),
    (lambda: binary_cross_entropy_with_logits(0.0, 1.5), ValueError, "not 1.5"),
    (lambda: binary_cross_entropy_with_logits(0.0, math.nan), ValueError, "not nan"),
    (lambda: cross_entropy([1.0], 0), ValueError, "cross_entropy of a single logit is always 0"),
    (lambda: cross_entropy(Value(1.0), 0), ValueError, "use binary_cross_entropy_with_logits"),
    (lambda: cross_entropy([1.0, 2.0], 2), ValueError, "for the classes 0 to 1; 2 is none of them"),
    (lambda: cross_entropy([1.0, 2.0], -1), ValueError, "-1 is none of them"),
    (lambda: cross_entropy([1.0, 2.0], 1.0), TypeError, "an int from 0 to 1, not 1.0"),  # type: ignore[arg-type]
    (lambda: cross_entropy([], 0), ValueError, "there are no outputs; give at least one"),
]  # fmt: skip


@each_row(("act", "kind", "sentence"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_does_not_fit_is_refused_in_a_sentence(
    act: Callable[[], Any], kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=re.escape(sentence)):
        act()


def test_the_losses_of_the_house() -> None:
    functions = {name for name, thing in vars(losses).items() if callable(thing) and name[0] != "_"}
    assert functions - {"Iterable"} == {
        "mse", "quadratic", "hinge", "binary_cross_entropy_with_logits", "cross_entropy",
    }  # fmt: skip
