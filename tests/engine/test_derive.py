"""Gradients as graphs and as functions, against `backward()`, mpmath and finite differences."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Op, Value, topological_order
from autograd_mini.engine import errors, ops
from support.examples import one_in
from support.random_graphs import bits, graphs
from support.rows import each_row

# -- gradients -------------------------------------------------------------------------------------


def assert_gradients_are_those_of_backward(nodes):
    root = nodes[-1]
    order = [node for node in topological_order(root) if not node.is_constant]
    root.zero_grad()
    root.backward()
    eager = [0.0 if node._grad is None else node._grad for node in order]
    graph = [g.data for g in am.gradients(root, order)]
    assert bits(graph) == bits(eager)


@given(graphs())
def test_gradient_graphs_have_the_bits_of_backward(nodes):
    assert_gradients_are_those_of_backward(nodes)


@one_in(10)
@given(graphs(results=1500, tame=True))
def test_gradient_graphs_of_deep_graphs(nodes):
    assert_gradients_are_those_of_backward(nodes)


@given(graphs(results=12))
def test_recompute_of_a_gradient_graph_follows_its_leaves(nodes):
    root, leaf = nodes[-1], nodes[0]
    (g,) = am.gradients(root, [leaf])
    if g.is_constant:
        return
    leaf.data = 0.75
    g.recompute()
    root.recompute()
    root.zero_grad()
    root.backward()
    # A sum of several seeds keeps its shape, so the bits are the same as for a fresh graph.
    assert bits([g.data]) == bits([leaf.grad])


def test_gradients_of_results_and_of_what_is_not_there():
    a, b, c = Value(2.0), Value(-3.0), Value(1.0)
    inner = a * b
    outer = inner * a
    d_inner, d_a, d_c = am.gradients(outer, [inner, a, c])
    assert (d_inner.data, d_a.data, d_c.data) == (2.0, -12.0, 0.0)
    assert d_c.is_constant and d_inner is a  # a seed of 1 and a single contribution make no node


def test_gradients_leave_every_grad_alone():
    a = Value(2.0)
    b = a * a
    a.grad, b.grad = 7.0, 8.0
    am.gradients(b * a, [a])
    assert (a.grad, b.grad) == (7.0, 8.0)


def test_seed_and_walls():
    a = Value(3.0)
    assert am.gradients(a * a, [a], seed=0.5)[0].data == 3.0
    (g,) = am.gradients(a.detach() * 2.0 + 1.0, [a])
    assert g.data == 0.0 and g.is_constant


def test_the_gradient_of_a_square_is_two_nodes_and_a_constant():
    x = Value(3.0)
    (g,) = am.gradients(x**2, [x])
    assert [node.op.symbol for node in topological_order(g) if node.op] == ["**", "*"]
    assert g.data == 6.0


def test_third_order_of_a_mixed_expression():
    def f(x, y, lib):
        return lib.exp(x * y) * lib.sin(x) / (1 + y * y) + lib.tanh(x**3 - y)

    def third(at):
        x = Value(at)
        (d,) = am.gradients(f(x, Value(0.3), am), [x])
        (dd,) = am.gradients(d, [x])
        return am.gradients(dd, [x])[0].data

    mpmath.mp.dps = 40
    for at in (-1.3, -0.2, 0.4, 1.1):
        expected = mpmath.diff(lambda x: f(x, mpmath.mpf(0.3), mpmath), at, 3)
        assert third(at) == pytest.approx(float(expected), rel=1e-12)


# -- grad and its family ---------------------------------------------------------------------------


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def test_grad_gives_plain_numbers():
    assert am.grad(rosenbrock)(-1.2, 1.0) == pytest.approx(-215.6)
    value, (dx, dy) = am.value_and_grad(rosenbrock, (0, 1))(-1.2, 1.0)
    assert (value, dx, dy) == (pytest.approx(24.2), pytest.approx(-215.6), pytest.approx(-88.0))
    assert all(type(number) is float for number in (value, dx, dy))


def test_grad_of_grad_of_grad():
    f = am.grad(am.grad(am.grad(lambda x: x**5)))
    assert f(2.0) == 5 * 4 * 3 * 2.0**2
    assert type(f(2.0)) is float


def test_variables_are_not_confused():
    # d/dx of x * (d/dy of (x + y)) is 1; a tool that confuses the two variables says 2
    assert am.grad(lambda x: x * am.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    # the inner variable takes the outer one's value, and is another variable all the same
    assert am.grad(lambda x: am.grad(lambda y: x * y)(x))(3.0) == 1.0
    assert am.grad(lambda x: x * am.grad(lambda y: y * y)(x))(3.0) == 12.0


def test_a_parameter_outside_counts_as_constant_and_a_warning_names_it():
    w = Value(5.0, "w")
    for call in (am.grad(lambda x: w * x), lambda x: am.value_and_grad(lambda y: w * y)(x)[1]):
        with pytest.warns(
            UserWarning, match=r"label='w'.*use gradients\(f\(x\), \[x\]\)"
        ) as caught:
            derivative = call(2.0)
        assert type(derivative) is float and derivative == 5.0 and w._grad is None
        assert caught[0].filename == __file__
    assert am.grad(lambda x: w.data * x)(2.0) == 5.0  # meant, and said: no warning
    outer = am.grad(lambda x: am.grad(lambda y: y * y * x)(x))  # x is the outer argument: none
    assert outer(3.0) == 12.0


def test_an_inner_derivative_that_has_nothing_of_the_outer_variable_is_a_plain_number():
    found = []

    def f(x):
        found.append(am.grad(lambda y: y * y)(3.0))
        found.append(am.grad(lambda y: y * x)(3.0))
        return found[0] * x

    assert am.grad(f)(5.0) == 6.0
    assert type(found[0]) is float and isinstance(found[1], Value)


def test_what_has_no_gradient_says_so():
    with pytest.raises(TypeError, match=r"f gave a list of 2.*jacobian"):
        am.grad(lambda x: [x, x])(1.0)
    with pytest.raises(IndexError, match="argnum 1 of a call with 1 arguments"):
        am.grad(lambda x: x, 1)(1.0)
    assert am.grad(lambda x: 3.0)(1.0) == 0.0


def test_arguments_can_be_counted_from_the_end():
    assert am.grad(lambda x, y: x * x * y, argnum=-2)(3.0, 5.0) == 30.0
    assert am.grad(lambda x, y: x * x * y, argnum=(-1, -2))(3.0, 5.0) == (9.0, 30.0)
    for argnum in (2, -3):
        with pytest.raises(IndexError, match=f"argnum {argnum} of a call with 2 arguments"):
            am.grad(lambda x, y: x * y, argnum)(3.0, 5.0)


def test_a_single_input_is_told_to_go_into_a_list():
    x = Value(3.0)
    with pytest.raises(TypeError, match=r"write gradients\(output, \[x\]\), with brackets"):
        am.gradients(x * x, x)


def test_the_inputs_may_be_a_generator():
    x, y = Value(3.0), Value(5.0)
    assert [g.data for g in am.gradients(x * y, (node for node in (x, y)))] == [5.0, 3.0]


def test_an_exception_in_f_leaves_no_variable_behind():
    with pytest.raises(ZeroDivisionError):
        am.grad(lambda x: x * (1 // 0))(1.0)
    assert type(am.grad(lambda x: x * x)(Value(2.0))) is float


def test_an_inner_derivative_in_another_thread_belongs_to_the_outer_one():
    def in_a_thread(f, x):
        with ThreadPoolExecutor() as pool:
            return pool.submit(am.grad(f), x).result()

    assert am.grad(lambda x: in_a_thread(lambda y: y**3, x))(1.0) == 6.0
    assert am.grad(lambda x: in_a_thread(lambda y: y * y * x, x))(1.0) == 4.0


def test_what_runs_in_another_thread_is_not_an_outer_call():
    inside, done = threading.Event(), threading.Event()

    def slow(x):
        inside.set()
        assert done.wait(10)
        return x * x

    with ThreadPoolExecutor() as pool:
        other = pool.submit(am.grad(slow), 3.0)
        assert inside.wait(10)
        assert type(am.grad(lambda x: x * x)(Value(2.0))) is float
        done.set()
        assert other.result() == 6.0


def count_of_nodes_walked(monkeypatch, steps):
    """How many nodes the derivative through so many gradient steps looks at."""
    from autograd_mini.engine import derive

    seen = 0

    def counting(root, stops, walk=derive.order_above):
        nonlocal seen
        order = walk(root, stops)
        seen += len(order)
        return order

    def descent(x):
        for _ in range(steps):
            x = x - 0.01 * am.grad(lambda y: am.sin(y) * y)(x)
        return x

    with monkeypatch.context() as patch:
        patch.setattr(derive, "order_above", counting)
        am.grad(descent)(1.3)
    return seen


def test_differentiating_through_gradient_steps_is_linear(monkeypatch):
    few, many = (count_of_nodes_walked(monkeypatch, steps) for steps in (20, 80))
    assert many <= 4.2 * few


def test_a_derivative_through_gradient_steps_is_that_of_their_product():
    def descent(x):
        for _ in range(30):
            x = x - 0.1 * am.grad(lambda y: y**4 / 4)(x)
        return x

    x, expected = 0.9, 1.0
    for _ in range(30):
        expected *= 1 - 0.1 * 3 * x * x
        x -= 0.1 * x**3
    assert am.grad(descent)(0.9) == pytest.approx(expected, rel=1e-13)


def test_gradients_stop_at_a_single_input():
    x = Value(2.0, "x")
    y = x * x
    loss = y * y
    assert am.gradients(loss, [y])[0].data == 8.0
    both = am.gradients(loss * x, [y, x])  # x is below y, too
    assert [g.data for g in both] == [16.0, 80.0]


@each_row(
    ("call", "expected"),
    [
        (lambda: am.grad(lambda x, y: x * y, argnum=[0, 1])(2.0, 3.0), (3.0, 2.0)),
        (lambda: am.grad(lambda x, k=1.0: x * k)(2.0, k=7.0), 7.0),
        (lambda: am.value_and_grad(lambda x, k: x * k)(2.0, k=7.0), (14.0, 7.0)),
        (lambda: am.jacobian(lambda x: x * x)(3.0), [[6.0]]),
        (lambda: am.hessian(lambda x, k: k * x * x)(3.0, k=5.0), [[10.0]]),
        (lambda: am.grad(lambda x, y: x * y, iter([0, 1]))(2.0, 3.0), (3.0, 2.0)),
        (lambda: am.grad(lambda x, y: x * y, np.int64(1))(2.0, 3.0), 2.0),
        (lambda: am.jacobian(lambda x: np.array([x, x * x]))(3.0), [[1.0], [6.0]]),
        (lambda: am.jvp(lambda x, y: x * y, np.array([1.0, 2.0]), np.ones(2)), (2.0, 3.0)),
        (lambda: am.grad(lambda x, y: 1 / x * y, 1)(0.0, 1.0), math.inf),
        (lambda: am.grad(lambda x, n: x * sum(range(n)), 0)(2.0, 4), 6.0),
        (lambda: am.nudge(Value(2.0, "a") * 3.0, "a").predicted, 0.03),
    ],
)
def test_calls_as_users_write_them(call, expected):
    assert call() == expected


W = Value(2.0, "w")


@each_row(
    ("call", "sentence"),
    [
        (lambda: am.gradients(W * 2, ["w"]), r"'w' is no Value.*gradients\(L, \[a\]\)"),
        (lambda: am.gradients(3.0, [W]), r"3\.0 is no Value.*gradients\(L, \[a\]\)"),
        (lambda: am.gradients(W * 2, [2.0]), r"2\.0 is no Value"),
        (lambda: am.grad(W * 2, W), r"grad takes a function, not Value\(4.*gradients\(L, \[a\]\)"),
        (lambda: am.value_and_grad(W), "value_and_grad takes a function"),
        (lambda: am.jacobian([W]), "jacobian takes a function"),
        (lambda: am.hessian(W), "hessian takes a function"),
        (lambda: am.nudge(W * 2, "v"), "no leaf is labelled 'v'; there are: w"),
        (lambda: am.grad(am.sin, "x"), "argnum is 'x', and must be the place of an argument"),
        (lambda: am.grad(am.sin, 0.5), r"argnum is 0\.5"),
        (lambda: am.grad(am.sin, None), "argnum is None"),
        (lambda: am.grad(am.sin, True), "argnum is True"),
        (lambda: am.jvp(3, 2.0, 1.0), "jvp takes a function, not 3"),
        (lambda: am.gradcheck(W, 2.0), "gradcheck takes a function, not Value"),
        (lambda: am.grad(lambda x: None)(2.0), "f gave None: its return is missing"),
        (lambda: am.nudge(W, 3), "nudge takes a Value and one of its leaves"),
        (lambda: am.nudge(3.0, "a"), "nudge takes a Value and one of its leaves"),
        (lambda: am.gradcheck(am.log, 1e-7), "of log .*leaves the domain of f: give a smaller eps"),
        (lambda: am.gradcheck(lambda x: am.sqrt(x), 1e-9), "of f .*leaves the domain"),
    ],
)
def test_wrong_calls_are_told_what_to_write(call, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        call()


def test_jacobian_hessian_and_jvp_agree_with_each_other():
    def f(x, y):
        return [am.sin(x) * y, x / y, x**y]

    at = (1.3, 0.7)
    matrix = am.jacobian(f)(*at)
    expected = [[math.cos(1.3) * 0.7, math.sin(1.3)], [1 / 0.7, -1.3 / 0.49],
                [0.7 * 1.3**-0.3, 1.3**0.7 * math.log(1.3)]]  # fmt: skip
    assert matrix == [pytest.approx(row) for row in expected]
    values, slopes = am.jvp(f, at, (2.0, -3.0))
    assert slopes == pytest.approx([2 * a - 3 * b for a, b in expected])
    assert values == [v.data for v in f(Value(1.3), Value(0.7))]
    h = am.hessian(rosenbrock)(-1.2, 1.0)
    assert h == [pytest.approx([2 - 400 * (1 - 3 * 1.44), 480.0]), pytest.approx([480.0, 200.0])]


@given(graphs(results=15, tame=True))
def test_forward_and_reverse_mode_agree(nodes):
    leaves, root = [node for node in nodes if node.is_leaf], nodes[-1]
    smooth = all(abs(n.data) < 1e3 for n in nodes)
    reverse = [g.data for g in am.gradients(root, leaves)]
    from autograd_mini.engine.derive import _slopes

    for leaf, expected in zip(leaves, reverse, strict=True):
        slope = _slopes([root], {leaf: 1.0}).get(root, 0.0)
        found = slope.data if isinstance(slope, Value) else slope
        if smooth and abs(expected) < 1e6:
            assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_jvp_of_wrong_lengths_and_single_numbers():
    assert am.jvp(lambda x: x * x, 3.0, 1.0) == (9.0, 6.0)
    with pytest.raises(ValueError, match="jvp at 2 numbers in a direction of 1"):
        am.jvp(lambda x, y: x, (1.0, 2.0), (1.0,))


# -- gradcheck -------------------------------------------------------------------------------------


def test_gradcheck_accepts_what_is_right():
    assert am.gradcheck(rosenbrock, (-1.2, 1.0)) is True
    assert am.gradcheck(lambda x: x.exp() * 1e6, 3.0)
    assert am.gradcheck(lambda x: x * x, 1e8)


@pytest.mark.parametrize("factor", [1.001, 0.999, -1.0, 0.0])
def test_gradcheck_refuses_a_wrong_rule_and_names_the_argument(factor):
    wrong = Op(
        "wrong", "wrong({}, {})", lambda x, y: x * y, lambda x, y, z: y, lambda x, y, z: factor * x
    )

    def product(x, y):
        return wrong(x, y)

    with pytest.raises(
        am.GradcheckError, match=r"product with respect to argument 1, at 5\.0"
    ) as caught:
        am.gradcheck(product, (3.0, 5.0))
    assert (
        "3.0" in str(caught.value)
        or "2.99999" in str(caught.value)
        or "3.00000" in str(caught.value)
    )
    assert "kink" not in str(caught.value)
    assert isinstance(caught.value, ValueError) and isinstance(
        caught.value, errors.AutogradMiniError
    )


@pytest.mark.parametrize(
    ("f", "x"),
    [(am.relu, 0.0), (am.relu, 3e-7), (am.floor, 1.0), (lambda x: abs(x - 1.0), 1.0 + 2e-7),
     (lambda x: am.maximum(x, 2 * x), -4e-7)],
)  # fmt: skip
def test_gradcheck_notices_a_kink_inside_the_step(f, x):
    with pytest.raises(am.GradcheckError, match="has a kink within 1e-06 of this point"):
        am.gradcheck(f, x)


def test_gradcheck_does_not_take_a_bend_for_a_kink():
    wrong = Op("wrong", "wrong({})", lambda x: x * x * 1e4, lambda x, z: 1.9e4 * x)
    with pytest.raises(am.GradcheckError) as caught:
        am.gradcheck(lambda x: wrong(x), 1.0)
    assert "kink" not in str(caught.value)


def test_gradcheck_accepts_a_difference_of_just_as_much_as_is_allowed():
    assert am.gradcheck(lambda x: x * 2.0, 0.0, atol=0.0, rtol=0.0)
    wrong = Op("wrong", "wrong({})", lambda x: 2.0 * x, 2.5)
    assert am.gradcheck(lambda x: wrong(x), 0.0, atol=0.5, rtol=0.0)
    assert am.gradcheck(lambda x: wrong(x), 0.0, atol=0.0, rtol=0.25)
    with pytest.raises(am.GradcheckError):
        am.gradcheck(lambda x: wrong(x), 0.0, atol=0.25, rtol=0.1)


@pytest.mark.parametrize("slope", [5.0, 1.001, -1.001, -5.0])
def test_a_kink_does_not_excuse_a_slope_that_neither_side_has(slope):
    wrong = Op("wrong", "wrong({})", abs, slope)
    with pytest.raises(am.GradcheckError) as caught:
        am.gradcheck(lambda x: wrong(x), 0.0)
    assert "kink" not in str(caught.value)


@pytest.mark.parametrize(
    ("x", "is_inside"), [(8e-7, True), (-8e-7, True), (1.05e-6, False), (-1.05e-6, False)]
)
def test_a_kink_counts_just_inside_of_the_step_and_not_just_outside(x, is_inside):
    wrong = Op("wrong", "wrong({})", abs, 0.5)
    with pytest.raises(am.GradcheckError) as caught:
        am.gradcheck(lambda x: wrong(x), x, rtol=1e-3)
    assert ("kink" in str(caught.value)) == is_inside


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e6 / 3.0])
def test_a_kink_of_any_size_excuses_what_one_side_has_and_nothing_beyond(scale):
    def complaint(slope):
        wrong = Op("wrong", "wrong({})", lambda x: scale * abs(x), slope)
        with pytest.raises(am.GradcheckError) as caught:
            am.gradcheck(lambda x: wrong(x), 0.0)
        return str(caught.value)

    assert "kink" in complaint(scale) and "kink" in complaint(-scale)
    assert "kink" not in complaint(1.001 * scale) and "kink" not in complaint(-1.001 * scale)


def test_gradcheck_notices_nan():
    broken = Op("broken", "broken({})", lambda x: x, lambda x, z: float("nan"))
    with pytest.raises(am.GradcheckError, match="nan"):
        am.gradcheck(lambda x: broken(x), 1.0)


# -- nudge -----------------------------------------------------------------------------------------


def test_nudge_compares_the_change_with_its_prediction():
    a, b = Value(2.0, "a"), Value(-3.0)
    loss = a * a * b
    found = am.nudge(loss, a, 0.1)
    assert found.actual == pytest.approx(-3 * (2.1**2 - 4.0)) and found.predicted == pytest.approx(
        -1.2
    )
    assert (found.before, found.gradient) == (-12.0, -12.0)
    assert (a.data, a._grad, loss.data) == (2.0, None, -12.0)
    assert repr(found).startswith("a +0.1 changes the result by -1.23, from -12 to -13.23;")


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_nudging_a_linear_function_is_exact(x, by):
    a = Value(x)
    found = am.nudge(a * 4.0, a, by)
    assert found.actual == pytest.approx(found.predicted, abs=1e-14)


def test_a_nudge_is_by_any_real_number():
    a = Value(2.0)
    found = am.nudge(a * a, a, Fraction(1, 2))
    assert (found.by, type(found.by), found.actual, found.predicted) == (0.5, float, 2.25, 2.0)
    with pytest.raises(TypeError, match="expected a real number"):
        am.nudge(a * a, a, "0.5")


def test_only_leaves_can_be_nudged():
    a = Value(2.0)
    with pytest.raises(ValueError, match="is no leaf"):
        am.nudge(a * a, a * a)


# -- stale graphs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "build",
    [
        lambda x: x * x,
        lambda x: x + 1.0,
        lambda x: x - x,
        lambda x: abs(x),
        lambda x: am.sum([x, x]),
    ],
)
@pytest.mark.parametrize("now", [3.5, math.nan])
def test_a_changed_leaf_makes_a_graph_stale(build, now):
    x = Value(3.0, "x")
    y = build(x) * 2.0
    x.data = now
    if repr(build(Value(3.0)).data) == repr(build(Value(now)).data):
        return  # x - x: what was computed is still true
    for read in (lambda: am.gradients(y, [x]), lambda: am.nudge(y, x)):
        with pytest.raises(am.StaleGraph, match=r"label='x'.*recompute\(\)"):
            read()
    y.recompute()
    am.gradients(y, [x])


def test_a_sign_change_that_the_result_cannot_show_is_noticed():
    x = Value(3.0)
    y = x * x
    x.data = -3.0
    with pytest.raises(am.StaleGraph):
        am.gradients(y, [x])


def test_a_nan_or_a_zero_that_was_there_before_is_not_stale():
    x = Value(math.nan)
    y = (x * 2.0).relu() + -0.0
    x.data = float("nan")
    am.gradients(y, [x])


def test_a_changed_result_is_stale_too():
    x = Value(3.0)
    y = x * x
    y.data = 10.0
    with pytest.raises(am.StaleGraph):
        am.gradients(y * 2.0, [x])


def test_rows_answer_in_graphs_too():
    for op in (ops.tanh, ops.power, ops.atan2):
        arguments = [Value(0.5), Value(2.0)][: len(op.rules)]
        z = op(*arguments)
        for rule in op.rules:
            on_graph = rule(*arguments, z)
            on_numbers = rule(*[a.data for a in arguments], z.data)
            assert on_graph.data == on_numbers


# -- second derivatives at kinks, and of powers ----------------------------------------------------


def second(f, x):
    return am.grad(am.grad(f))(x)


@each_row(
    ("f", "x", "expected"),
    [
        (am.relu, 0.0, 0.0),
        (am.relu, 2.0, 0.0),
        (abs, 0.0, 0.0),
        (abs, -3.0, 0.0),
        (am.leaky_relu, 0.0, 0.0),
        (lambda x: am.maximum(x, 1.0) ** 2, 0.5, 0.0),
        (lambda x: am.maximum(x, 1.0) ** 2, 1.5, 2.0),
        (lambda x: am.clip(x, -1.0, 1.0) ** 3, 1.0, 6.0),  # as inside: the interval is closed
        (lambda x: am.clip(x, -1.0, 1.0) ** 3, 1.1, 0.0),
        (lambda x: am.where(am.heaviside(x), x**3, x**2), 2.0, 12.0),
        (lambda x: am.where(am.heaviside(x), x**3, x**2), -2.0, 2.0),
        (lambda x: am.floor(x) * x, 2.5, 0.0),
        (lambda x: x**2, 0.0, 2.0),
        (lambda x: x**2, -3.0, 2.0),
        (lambda x: x**1, 0.0, 0.0),
        (lambda x: x**0, 0.0, 0.0),
        (lambda x: x**3, 0.0, 0.0),
        (lambda x: x**-1, 2.0, 0.25),
        (lambda x: x**2.5, 4.0, 2.5 * 1.5 * 2.0),
        (lambda x: 2.0**x, 3.0, 8.0 * math.log(2.0) ** 2),
        (lambda x: x**x, 2.0, 4.0 * ((1 + math.log(2.0)) ** 2 + 0.5)),
        (lambda x: x % 2.0 * x, 3.5, 2.0),
        (lambda x: am.softmax([x, 0.0])[0], 0.0, 0.0),
        (lambda x: am.logsumexp([x, 0.0]), 0.0, 0.25),
        (lambda x: am.dot([x, x], [x, 3.0], x), 2.0, 2.0),
        (am.sqrt, 0.0, -math.inf),
        (am.log, 0.0, -math.inf),
    ],
)
def test_second_derivatives(f, x, expected):
    found = second(f, x)
    assert found == pytest.approx(expected, rel=1e-12) and math.isnan(found) == math.isnan(expected)


def test_mixed_second_derivatives_of_a_power():
    matrix = am.hessian(lambda x, y: x**y)(1.5, 2.5)
    mpmath.mp.dps = 40
    for i in range(2):
        for j in range(2):
            order = tuple((i == k) + (j == k) for k in range(2))
            expected = mpmath.diff(lambda x, y: x**y, (1.5, 2.5), order)
            assert matrix[i][j] == pytest.approx(float(expected), rel=1e-12)
