"""Update rules: PyTorch's, written again from its documentation, and numbers computed by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd_mini import Value, nn, optim
from autograd_mini.optim import (
    SGD,
    Adam,
    Optimizer,
    clip_grad_norm,
    constant,
    cosine,
    exponential_decay,
    linear,
    step_decay,
    warmup,
)
from support.interrupts import interrupted_everywhere
from support.rows import each_row

Grads = list[float | None]


def run(optimizer: Optimizer, rows: list[Grads]) -> list[list[float]]:
    """The parameters after each step, with the gradients of one row for each step."""
    path = []
    for row in rows:
        for parameter, grad in zip(optimizer.parameters, row, strict=True):
            parameter._grad = grad
        optimizer.step()
        path.append([parameter.data for parameter in optimizer.parameters])
    return path


def single(make: Callable[[list[Value]], Optimizer], grads: Grads) -> list[float]:
    """The same for one parameter, which begins at 1."""
    return [data for [data] in run(make([Value(1.0)]), [[grad] for grad in grads])]


# -- by hand ---------------------------------------------------------------------------------------

BY_HAND: dict[str, tuple[Callable[[list[Value]], Optimizer], Grads, list[float]]] = {
    # 1 - 0.1 * 1, then - 0.1 * 2, then + 0.1 * 1
    "sgd": (lambda p: SGD(p, 0.1), [1.0, 2.0, -1.0], [0.9, 0.7, 0.8]),
    # the velocities are 1, 1.9, 2.71
    "momentum": (lambda p: SGD(p, 0.1, 0.9), [1.0, 1.0, 1.0], [0.9, 0.71, 0.439]),
    # the directions are 1 + 0.9 * 1 = 1.9, 1 + 0.9 * 1.9 = 2.71, 1 + 0.9 * 2.71 = 3.439
    "nesterov": (lambda p: SGD(p, 0.1, 0.9, True), [1.0, 1.0, 1.0], [0.81, 0.539, 0.1951]),
    # 1 - 0.1 * (1 + 0.5 * 1), 0.85 - 0.1 * (2 + 0.5 * 0.85), 0.6075 - 0.1 * (-1 + 0.5 * 0.6075)
    "decay": (lambda p: SGD(p, 0.1, weight_decay=0.5), [1.0, 2.0, -1.0], [0.85, 0.6075, 0.677125]),
    # the velocities are 1.5, 0.5 * 1.5 + 2.425 = 3.175, 0.5 * 3.175 - 0.73375 = 0.85375
    "momentum and decay": (
        lambda p: SGD(p, 0.1, momentum=0.5, weight_decay=0.5),
        [1.0, 2.0, -1.0],
        [0.85, 0.5325, 0.447125],
    ),
    # with a constant gradient, every step is lr * g / (abs(g) + eps)
    "adam, constant": (lambda p: Adam(p, 0.1, eps=0.0), [-3.0, -3.0, -3.0], [1.1, 1.2, 1.3]),
    # computed with 40 digits
    "adam": (
        lambda p: Adam(p, lr=0.1),
        [1.0, 2.0, -1.0],
        [0.90000000099999999, 0.80348179902816564, 0.76147286896818611],
    ),
    "adam with everything": (
        lambda p: Adam(p, lr=0.1, betas=(0.5, 0.75), eps=0.5, weight_decay=0.25),
        [1.0, 2.0, -1.0],
        [0.92857142857142857, 0.84838118047094304, 0.83012033230603544],
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_three_steps_by_hand(name: str) -> None:
    make, grads, expected = BY_HAND[name]
    assert single(make, grads) == pytest.approx(expected, rel=1e-14, abs=0)


def test_the_defaults_are_pytorchs() -> None:
    adam = Adam([Value(1.0)])
    assert (adam.lr, adam.betas, adam.eps, adam.weight_decay) == (1e-3, (0.9, 0.999), 1e-8, 0.0)
    sgd = SGD([Value(1.0)], 0.5)
    assert (sgd.momentum, sgd.nesterov, sgd.weight_decay) == (0.0, False, 0.0)


# -- PyTorch's documentation, line by line ---------------------------------------------------------


class TorchSGD:
    def __init__(self, lr: float, mu: float, nesterov: bool, decay: float) -> None:
        self.lr, self.mu, self.nesterov, self.decay = lr, mu, nesterov, decay
        self.b: float | None = None

    def step(self, p: float, g: float) -> float:
        if self.decay != 0:
            g = g + self.decay * p
        if self.mu != 0:
            self.b = g if self.b is None else self.mu * self.b + (1 - 0.0) * g  # dampening is 0
            g = g + self.mu * self.b if self.nesterov else self.b
        return p - self.lr * g


class TorchAdam:
    def __init__(self, lr: float, betas: tuple[float, float], eps: float, decay: float) -> None:
        self.lr, self.betas, self.eps, self.decay = lr, betas, eps, decay
        self.m, self.v, self.t = 0.0, 0.0, 0

    def step(self, p: float, g: float) -> float:
        self.t += 1
        g = g + self.decay * p
        self.m = self.m + (g - self.m) * (1 - self.betas[0])
        self.v = self.v * self.betas[1] + (1 - self.betas[1]) * g * g
        step_size = self.lr / (1 - self.betas[0] ** self.t)
        correction = math.sqrt(1 - self.betas[1] ** self.t)
        return p - step_size * (self.m / (math.sqrt(self.v) / correction + self.eps))


def compare(
    make: Callable[[list[Value]], Optimizer], reference: TorchSGD | TorchAdam, grads: Grads
) -> None:
    """Step by step from the same number, for rounding errors grow where a gradient is near 0."""
    before = 1.0
    for grad, after in zip(grads, single(make, grads), strict=True):
        expected = before if grad is None else reference.step(before, grad)
        assert after == pytest.approx(expected, rel=1e-9, abs=1e-9)
        before = after


some_grads = st.lists(
    st.none() | st.floats(-100, 100).map(lambda x: round(x, 6)), min_size=1, max_size=8
)
below_one = st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.999])
small = st.sampled_from([0.0, 1e-3, 0.1, 1.0])


@given(some_grads, small, below_one, st.booleans(), small)
@example([None, 1.0, None, 2.0, -1.0], 0.1, 0.9, False, 0.0)
def test_sgd_is_pytorchs(
    grads: Grads, lr: float, momentum: float, nesterov: bool, decay: float
) -> None:
    nesterov = nesterov and momentum > 0
    reference = TorchSGD(lr, momentum, nesterov, decay)
    compare(lambda p: SGD(p, lr, momentum, nesterov, decay), reference, grads)


@given(some_grads, small, below_one, below_one, st.sampled_from([1e-3, 0.1]), small)
@example([None, 1.0, None, 2.0, -1.0], 0.1, 0.9, 0.999, 1e-8, 0.0)
def test_adam_is_pytorchs(
    grads: Grads, lr: float, beta1: float, beta2: float, eps: float, decay: float
) -> None:
    reference = TorchAdam(lr, (beta1, beta2), eps, decay)
    compare(lambda p: Adam(p, lr, (beta1, beta2), eps, decay), reference, grads)


# -- what all rules share --------------------------------------------------------------------------

MAKERS: dict[str, Callable[[list[Value]], Optimizer]] = {
    "sgd": lambda p: SGD(p, 0.1),
    "momentum": lambda p: SGD(p, 0.1, 0.9, weight_decay=0.1),
    "nesterov": lambda p: SGD(p, 0.1, 0.9, True),
    "adam": lambda p: Adam(p, 0.1, weight_decay=0.1),
}
each_rule = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@each_rule
def test_parameters_do_not_mix(make: Callable[[list[Value]], Optimizer]) -> None:
    rows: list[Grads] = [[1.0, -2.0], [3.0, 0.5], [-1.0, -1.0]]
    together = run(make([Value(1.0), Value(1.0)]), rows)
    assert [first for first, _ in together] == single(make, [row[0] for row in rows])
    assert [second for _, second in together] == single(make, [row[1] for row in rows])


@each_rule
def test_a_parameter_without_a_gradient_is_left_alone(
    make: Callable[[list[Value]], Optimizer],
) -> None:
    [first], *_ = run(make([Value(1.0)]), [[None]])
    assert first == 1.0
    # and its state too: a step without a gradient is no step
    assert single(make, [None, 2.0, None, None, -1.0])[-1] == single(make, [2.0, -1.0])[-1]
    # while a gradient of zero is one
    assert single(make, [2.0, 0.0])[-1] != single(make, [2.0])[-1] or make is MAKERS["sgd"]


@each_rule
def test_the_learning_rate_may_be_changed(make: Callable[[list[Value]], Optimizer]) -> None:
    optimizer = make([Value(1.0)])
    optimizer.lr = 0.0
    assert run(optimizer, [[1.0]]) == [[1.0]]
    optimizer.lr = 0.5
    [[changed]] = run(optimizer, [[1.0]])
    assert optimizer.lr == 0.5 and changed != 1.0


@each_rule
def test_a_nan_shows_and_does_not_raise(make: Callable[[list[Value]], Optimizer]) -> None:
    for grad in (math.nan, math.inf, 1e200, -1e308):
        assert not math.isnan(single(make, [grad])[0]) or not math.isfinite(grad)
    assert math.isnan(single(make, [math.nan])[0])


def test_plain_descent_keeps_nothing_from_an_overflow() -> None:
    x = Value(1.0)
    optimizer = SGD([x], lr=0.1)
    run(optimizer, [[math.nan]])
    x.data = 1.0
    assert run(optimizer, [[1.0]]) == [[0.9]]


def test_what_is_switched_off_does_not_touch_infinity() -> None:
    assert single(lambda p: SGD(p, 0.1), [-math.inf, 1.0]) == [math.inf, math.inf]


def test_adam_without_eps_at_zero_is_nan_as_in_pytorch() -> None:
    assert math.isnan(single(lambda p: Adam(p, eps=0.0), [0.0])[0])


@each_rule
def test_zero_grad_forgets(make: Callable[[list[Value]], Optimizer]) -> None:
    x, other = Value(1.0), Value(2.0)
    optimizer = make([x])
    (x * other).backward()
    optimizer.zero_grad()
    assert (x._grad, x.data, other._grad) == (None, 1.0, 1.0)


@each_rule
def test_every_rule_finds_the_bottom_of_a_bowl(make: Callable[[list[Value]], Optimizer]) -> None:
    x, y = Value(1.0), Value(-1.0)
    optimizer = make([x, y])
    for _ in range(300):
        optimizer.zero_grad()
        (x * x + 0.5 * y * y).backward()
        optimizer.step()
    assert abs(x.data) < 1e-2 and abs(y.data) < 1e-2


def test_a_step_lowers_the_loss_of_a_network() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    optimizer = SGD(model.parameters(), lr=0.01)

    def loss() -> Value:
        output = model([0.5, -0.5])
        return (output - 1.0) * (output - 1.0)

    before = loss()
    before.backward()
    optimizer.step()
    assert 0.0 < loss().data < before.data


def test_a_rule_of_your_own() -> None:
    class Halving(Optimizer):
        start = 1.0

        def rule(self, data: float, grad: float, state: float) -> tuple[float, float]:
            return data - self.lr * state * grad, state / 2.0

    assert single(lambda p: Halving(p, 0.5), [1.0, 1.0, None, 1.0]) == [0.5, 0.25, 0.25, 0.125]
    with pytest.raises(NotImplementedError, match="Optimizer has no method rule"):
        single(lambda p: Optimizer(p, 0.5), [1.0])


def test_parameters_may_come_from_a_generator() -> None:
    x = Value(1.0)
    assert run(SGD((p for p in [x]), 0.1), [[1.0]]) == [[0.9]] == [[x.data]]


def test_the_repr_says_how_many() -> None:
    assert repr(SGD([Value(1.0), Value(2.0)], 0.5)) == "SGD(lr=0.5, parameters=2)"
    assert repr(Adam([Value(1.0)])) == "Adam(lr=0.001, parameters=1)"


# -- interrupts ------------------------------------------------------------------------------------


@each_rule
def test_an_interrupted_step_is_done_or_not_done(make: Callable[[list[Value]], Optimizer]) -> None:
    x, y = Value(1.0), Value(2.0)
    optimizer = make([x, y])
    x.grad, y.grad = 3.0, -4.0
    before = [x.data, y.data], optimizer.states
    other = make([Value(1.0), Value(2.0)])
    after = run(other, [[3.0, -4.0]])[0], other.states
    count = 0
    for _ in interrupted_everywhere(optimizer.step, optim):
        count += 1
        assert ([x.data, y.data], optimizer.states) in (before, after)
        (x.data, y.data), optimizer.states = before
    assert count > 8 and ([x.data, y.data], optimizer.states) == after


def test_a_rule_that_raises_changes_nothing() -> None:
    class Fragile(Optimizer):
        def rule(self, data: float, grad: float, state: Any) -> tuple[float, Any]:
            return 1.0 / grad, "seen"

    x, y = Value(1.0), Value(2.0)
    optimizer = Fragile([x, y], 1.0)
    with pytest.raises(ZeroDivisionError):
        run(optimizer, [[4.0, 0.0]])
    assert (x.data, y.data, optimizer.states) == (1.0, 2.0, [None, None])


def test_interrupted_clipping_is_done_or_not_done() -> None:
    x, y = Value(1.0), Value(2.0)
    seen = set()
    x.grad, y.grad = 30.0, 40.0
    for _ in interrupted_everywhere(lambda: clip_grad_norm([x, y], 1.0), optim):
        seen.add((x.grad, y.grad))
        x.grad, y.grad = 30.0, 40.0
    assert len(seen) <= 2 and (30.0, 40.0) in seen
    assert x.grad == pytest.approx(0.6) and y.grad == pytest.approx(0.8)


# -- clipping --------------------------------------------------------------------------------------


def with_grads(grads: Grads) -> list[Value]:
    values = [Value(0.0) for _ in grads]
    for value, grad in zip(values, grads, strict=True):
        value._grad = grad
    return values


def exact_norm(grads: list[float]) -> float:
    """The square root of the exact sum of squares, to more digits than a float has."""
    total = sum((Fraction(grad) ** 2 for grad in grads), start=Fraction(0))
    scaled = math.isqrt(int(total * 4**1100))  # the root, times 2**1100
    return float(Fraction(scaled, 2**1100))


@given(
    st.lists(st.none() | st.floats(-1e150, 1e150), max_size=6), st.just(0.0) | st.floats(0.001, 1e3)
)
@example([3.0, 4.0], 5.0)
@example([1e200, -1e200], 1.0)
@example([3e-200, 4e-200], 0.0)
@example([], 1.0)
@example([None, 2.0], 1.0)
def test_clipping(grads: Grads, max_norm: float) -> None:
    values = with_grads(grads) or [Value(0.0)]
    known = [grad for grad in grads if grad is not None]
    norm = clip_grad_norm(values, max_norm)
    assert norm == pytest.approx(exact_norm(known), rel=1e-14, abs=1e-320)
    after = [value._grad for value in values]
    if norm <= max_norm:
        assert after == (grads or [None])
        return
    factor = max_norm / (norm + 1e-6)
    assert after == [None if grad is None else factor * grad for grad in grads]
    assert exact_norm([grad for grad in after if grad is not None]) <= max_norm * (1 + 1e-14)


def test_clipping_twice_changes_no_more_than_once() -> None:
    values = with_grads([300.0, -400.0, 0.25])
    clip_grad_norm(values, 1.0)
    once = [value.grad for value in values]
    assert clip_grad_norm(values, 1.0) < 1.0
    assert [value.grad for value in values] == once


@pytest.mark.parametrize("grads", [[math.nan, 30.0], [30.0, math.nan], [math.inf, 30.0],
                                   [30.0, -math.inf], [math.inf, math.nan]])  # fmt: skip
def test_a_norm_that_is_not_finite_changes_nothing(grads: Grads) -> None:
    values = with_grads(grads)
    norm = clip_grad_norm(values, 1.0)
    assert [repr(value.grad) for value in values] == list(map(repr, grads))
    assert repr(norm) == ("nan" if any(map(math.isnan, grads)) else "inf")  # type: ignore[arg-type]


def test_an_infinite_bound_only_measures() -> None:
    values = with_grads([30.0, 40.0])
    assert clip_grad_norm(values, math.inf) == 50.0
    assert [value.grad for value in values] == [30.0, 40.0]


# -- schedules -------------------------------------------------------------------------------------

SCHEDULES: list[tuple[Callable[[float], float], dict[float, float]]] = [
    (lambda step: constant(step, 0.3), {0: 0.3, 7: 0.3}),
    (lambda step: step_decay(step, 10, 1.0), {0: 1.0, 9.5: 1.0, 10: 0.1, 20: 0.01, 39: 0.001}),
    (lambda step: step_decay(step, 2, 8.0, 0.5), {1: 8.0, 2: 4.0, 3: 4.0, 4: 2.0}),
    (lambda step: exponential_decay(step, 8.0, 0.5), {0: 8.0, 1: 4.0, 3: 1.0, 10**6: 0.0}),
    (lambda step: exponential_decay(step, 1.0, 2.0), {3: 8.0, 10**6: math.inf}),
    (lambda step: linear(step, 4, 1.0), {0: 1.0, 1: 0.75, 3: 0.25, 4: 0.0, 9: 0.0}),
    (lambda step: linear(step, 10, 0.1, 0.3), {0: 0.1, 5: 0.2, 10: 0.3, 11: 0.3}),
    (lambda step: cosine(step, 4, 1.0), {0: 1.0, 1: 0.5 + 0.125**0.5, 2: 0.5, 4: 0.0, 9: 0.0}),
    (lambda step: cosine(step, 3, 1.0, 0.2), {0: 1.0, 1: 0.8, 2: 0.4, 3: 0.2, 4: 0.2}),
    (lambda step: warmup(step, 4), {0: 0.25, 1: 0.5, 3: 1.0, 4: 1.0, 99: 1.0}),
]


@pytest.mark.parametrize(("schedule", "points"), SCHEDULES)
def test_schedules(schedule: Callable[[float], float], points: dict[float, float]) -> None:
    for step, expected in points.items():
        assert schedule(step) == pytest.approx(expected, rel=1e-14, abs=1e-16)


@given(st.integers(1, 1000), st.floats(0, 1e3), st.floats(0, 1e3))
def test_schedules_begin_and_end_exactly(steps: int, start: float, end: float) -> None:
    for schedule in (linear, cosine):
        assert schedule(0, steps, start, end) == start
        assert schedule(steps, steps, start, end) == schedule(2 * steps, steps, start, end) == end


# -- what is refused -------------------------------------------------------------------------------


def one() -> list[Value]:
    return [Value(1.0)]


def shared() -> list[Value]:
    return one() * 2


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: SGD(one(), -0.1), ValueError, "`lr` is -0.1, and must be a number from 0 up"),
    (lambda: SGD(one(), math.nan), ValueError, "`lr` is nan"),
    (lambda: SGD(one(), math.inf), ValueError, "`lr` is inf"),
    (lambda: SGD(one(), "0.1"), TypeError, "expected a real number such as 2.0, not '0.1'"),  # type: ignore[arg-type]
    (lambda: setattr(SGD(one(), 0.1), "lr", -1), ValueError, "`lr` is -1"),
    (lambda: SGD(one(), 0.1, 1.0), ValueError, "`momentum` is 1.0, and must be a number from 0 to"),
    (lambda: SGD(one(), 0.1, -0.5), ValueError, "`momentum` is -0.5"),
    (lambda: SGD(one(), 0.1, nesterov=True), ValueError, "nesterov changes nothing without"),
    (lambda: SGD(one(), 0.1, weight_decay=-1), ValueError, "`weight_decay` is -1"),
    (lambda: Adam(one(), -0.1), ValueError, "`lr` is -0.1"),
    (lambda: Adam(one(), betas=(1.0, 0.5)), ValueError, "`beta1` is 1.0"),
    (lambda: Adam(one(), betas=(0.5, -0.1)), ValueError, "`beta2` is -0.1"),
    (lambda: Adam(one(), eps=-1e-8), ValueError, "`eps` is -1e-08"),
    (lambda: Adam(one(), weight_decay=math.nan), ValueError, "`weight_decay` is nan"),
    (lambda: SGD([], 0.1), ValueError, "there are no parameters; give at least one"),
    (lambda: SGD([1.0], 0.1), TypeError, "a parameter is a Value that you made, a leaf, not 1.0"),  # type: ignore[list-item]
    (lambda: SGD([Value(1.0) * 2.0], 0.1), TypeError, "a leaf, not Value(2.0, op='*')"),
    (lambda: SGD([Value(1.0).detach()], 0.1), TypeError, "a leaf, not Value(1.0"),
    (lambda: SGD(Value(1.0), 0.1), TypeError, "the parameters are Value(1.0); give a list"),  # type: ignore[arg-type]
    (lambda: Adam(nn.MLP(1, [1])), TypeError, "such as model.parameters()"),  # type: ignore[arg-type]
    (lambda: SGD(shared(), 0.1), ValueError, "a parameter is given twice, and would be moved"),
    (lambda: clip_grad_norm([], 1.0), ValueError, "there are no parameters"),
    (lambda: clip_grad_norm(one(), -1.0), ValueError, "`max_norm` is -1.0"),
    (lambda: clip_grad_norm(one(), math.nan), ValueError, "`max_norm` is nan"),
    (lambda: cosine(-1, 10, 0.1), ValueError, "`step` is -1; steps are counted from 0"),
    (lambda: constant(-1, 0.1), ValueError, "`step` is -1"),
    (lambda: step_decay(-1, 10, 0.1), ValueError, "`step` is -1"),
    (lambda: exponential_decay(math.nan, 0.1, 0.5), ValueError, "`step` is nan"),
    (lambda: linear(0, 0, 0.1), ValueError, "a schedule of 0 steps is none"),
    (lambda: warmup(0, -3), ValueError, "a schedule of -3 steps is none"),
    (lambda: step_decay(0, 0, 0.1), ValueError, "a schedule of 0 steps is none"),
]  # fmt: skip


@each_row(("act", "kind", "sentence"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_does_not_fit_is_refused_in_a_sentence(
    act: Callable[[], Any], kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=re.escape(sentence)):
        act()
