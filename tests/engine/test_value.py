"""The node and the two passes: what `Value` promises, each promise with a test that it can fail."""

import gc
import json
import math
import random
import re
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Op, Value, no_grad, topological_order
from autograd_mini.engine import making, ops
from autograd_mini.engine.quiet_order import quiet_order
from support.places import DATA

GOLDEN = json.loads((DATA / "golden_examples.json").read_text())


# -- published examples ----------------------------------------------------------------------------


def run(example):
    """The leaves and the result of a published program."""
    leaves = {name: Value(number, name) for name, number in example["inputs"].items()}
    names = {**vars(am), **leaves}
    exec("\n".join(example["program"]), names)
    return leaves, names[example["program"][-1].split(" = ")[0]]


@pytest.mark.parametrize("example", [e for e in GOLDEN if "program" in e], ids=lambda e: e["name"])
def test_published_examples(example):
    leaves, result = run(example)
    result.backward()
    assert result.data == pytest.approx(example["value"], rel=1e-14)
    for name, expected in example["grads"].items():
        assert leaves[name].grad == pytest.approx(expected, rel=1e-13, abs=1e-15), name


def test_the_example_of_micrograds_readme():
    leaves, g = run(next(e for e in GOLDEN if e["name"] == "micrograd README"))
    g.backward()
    numbers = (g.data, leaves["a"].grad, leaves["b"].grad)
    assert [f"{x:.4f}" for x in numbers] == ["24.7041", "138.8338", "645.5773"]


@pytest.mark.parametrize("example", next(e for e in GOLDEN if "runs" in e)["runs"], ids=str)
def test_nielsens_single_neuron_learns_as_in_his_book(example):
    w, b = Value(example["w"]), Value(example["b"])
    outputs = []
    for _ in range(example["epochs"]):
        a = (w * 1.0 + b).sigmoid()
        cost = (a - 0.0) ** 2 / 2
        outputs.append(a.data)
        cost.zero_grad()
        cost.backward()
        for parameter in (w, b):
            parameter.data -= example["eta"] * parameter.grad
    last = (w * 1.0 + b).sigmoid().data
    assert outputs[0] == pytest.approx(example["first"], rel=1e-14)
    assert last == pytest.approx(example["last"], rel=1e-10)
    assert (w.data, b.data) == pytest.approx((example["w_end"], example["b_end"]), rel=1e-10)


# -- at the door -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        (2, 2.0),
        (True, 1.0),
        (Fraction(1, 4), 0.25),
        (10**400, math.inf),
        (-(10**400), -math.inf),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.bool_(True), 1.0),
    ],
    ids=repr,
)
def test_real_numbers_are_kept_as_floats(given_, kept):
    value = Value(given_)
    assert (value.data, type(value.data)) == (kept, float)
    value.data, value.grad = 0.0, 0.0
    value.data, value.grad = given_, given_
    assert (value.data, value.grad) == (kept, kept)


@pytest.mark.parametrize("wrong", ["2", None, 1j, [1.0], np.array([1.0]), Value(1.0)], ids=repr)
def test_everything_else_is_a_type_error_that_names_it(wrong):
    leaf = Value(1.0)
    for attempt in (
        lambda: Value(wrong),
        lambda: setattr(leaf, "data", wrong),
        lambda: leaf.backward(wrong),
    ):
        with pytest.raises(TypeError, match=f"expected a real number.*{type(wrong).__name__}"):
            attempt()
    assert (leaf.data, leaf._grad) == (1.0, None)


@pytest.mark.parametrize("wrong", ["2", None, 1j, [1.0], np.array([1.0])], ids=repr)
def test_operators_refuse_what_is_no_number(wrong):
    for attempt in (
        lambda: Value(1.0) + wrong,
        lambda: wrong * Value(1.0),
        lambda: Value(1.0) < wrong,
    ):
        with pytest.raises(TypeError):
            attempt()


def test_a_label_is_a_string():
    with pytest.raises(TypeError, match="a label is a string, not 3"):
        Value(1.0, 3)


def test_numpy_scalars_on_either_side():
    x = Value(3.0)
    for result in (np.float64(2.0) * x, x * np.float64(2.0), np.int64(2) * x):
        assert isinstance(result, Value)
        assert result.data == 6.0


@pytest.mark.parametrize(
    "cut", [float, int, math.sin, math.floor, np.sin], ids=lambda f: f.__name__
)
def test_what_would_cut_the_graph_is_a_type_error(cut):
    with pytest.raises(TypeError):
        cut(Value(1.0))


def test_the_error_for_a_cut_says_what_to_write_instead():
    with pytest.raises(TypeError, match=r"am\.sin\(v\).*v\.data"):
        math.sin(Value(1.0))


def test_comparisons_go_by_data_and_equality_by_identity():
    a, b = Value(1.0), Value(2.0)
    assert a < b and a <= b and b > a and b >= 1 and a < 2.0 and a > 0
    assert not (a > b or a >= b or b < a or b <= 1.0)
    assert a != Value(1.0) and a == a and len({a, Value(1.0), a}) == 2
    assert bool(a) and not bool(Value(0.0)) and not bool(Value(-0.0))


def test_repr_and_format():
    a = Value(2.0, "a")
    assert repr(a) == "Value(2.0, label='a')"
    b = a * 3
    assert repr(b) == "Value(6.0, op='*')"
    b.backward()
    assert repr(b) == "Value(6.0, op='*', grad=1.0)"
    assert (f"{b:.3f}", f"{b}", str(a)) == ("6.000", repr(b), repr(a))


def test_a_graph_of_any_size_has_a_short_repr():
    v = Value(1.0)
    for _ in range(5000):
        v = v + v
    assert len(repr(v)) < 60


# -- the forward pass ------------------------------------------------------------------------------

BINARY = {
    "+": (lambda x, y: x + y, "+"),
    "-": (lambda x, y: x - y, "-"),
    "*": (lambda x, y: x * y, "*"),
    "/": (lambda x, y: x / y, "/"),
    "**": (lambda x, y: x**y, "**"),
    "%": (lambda x, y: x % y, "%"),
}


@pytest.mark.parametrize("symbol", BINARY)
@pytest.mark.parametrize("sides", ["Value, Value", "Value, number", "number, Value"])
def test_every_operator_is_one_node_with_its_operands_in_order(symbol, sides):
    apply, _ = BINARY[symbol]
    x, y = (
        Value(n) if kind == "Value" else n
        for n, kind in zip((5.5, 2.0), sides.split(", "), strict=True)
    )
    result = apply(x, y)
    assert result.data == apply(5.5, 2.0)
    assert result.op.symbol == symbol
    assert [parent.data for parent in result.parents] == [5.5, 2.0]
    assert [parent.is_constant for parent in result.parents] == [type(n) is float for n in (x, y)]
    assert len(topological_order(result)) == 3


def test_every_row_with_one_argument_is_a_method_and_a_function():
    rows = [op for op in vars(ops).values() if isinstance(op, Op)]
    inner = (ops.identity, ops.leg)  # which only the engine uses
    unary = [op for op in rows if len(op.rules) == 1 and not op.variadic and op not in inner]
    assert len(unary) >= 30
    for op in unary:
        method = {"neg": "__neg__", "abs": "__abs__"}.get(op.name, op.name)
        x = Value(0.5)
        assert getattr(Value, method).__name__ == op.name
        assert f"`{op.name}` of this number" in getattr(Value, method).__doc__
        for result in (getattr(x, method)(), op(x)):
            assert result.op is op and result.parents == (x,)
            assert str(result.data) == str(op(0.5))


def test_the_same_node_twice_is_two_parents():
    a = Value(3.0)
    square = a * a
    assert square.parents == (a, a) and square.local_derivatives() == (3.0, 3.0)
    square.backward()
    assert a.grad == 6.0


def test_local_derivatives_are_none_at_constants_and_walls():
    x = Value(3.0)
    assert (x * 2).local_derivatives() == (2.0, None)
    assert x.detach().local_derivatives() == (None,)
    assert am.dot([x], [5.0], 1.0).local_derivatives() == (5.0, None, None)
    assert x.local_derivatives() == () and (x * 2).parents[1].local_derivatives() == ()


def test_a_constants_rule_never_runs():
    def explode(*numbers):
        raise AssertionError("this rule must not run")

    risky = Op("risky", "risky({}, {})", lambda x, y: x * y, lambda x, y, z: y, explode)
    x = Value(3.0)
    result = risky(x, 2.0)
    result.backward()
    assert x.grad == 2.0 and result.local_derivatives() == (2.0, None)
    y = Value(-3.0)
    (y**2).backward()
    assert y.grad == -6.0


def test_operations_on_constants_alone_are_constants():
    constant = (Value(1.0) * 2.0).parents[1]
    result = constant * constant + 1.0
    assert result.is_constant and not result.is_leaf and result.parents == () and result.op is None
    assert constant.tanh().is_constant and (2.0 * constant).is_constant and (-constant).op is None
    assert am.dot([constant], [constant]).is_constant and am.sum([constant, 1.0]).op is None
    with pytest.raises(ValueError, match="constant"):
        result.backward()


def test_leaf_constant_result():
    x = Value(1.0)
    result = x + 1.0
    kinds = [(v.is_leaf, v.is_constant) for v in (x, result.parents[1], result)]
    assert kinds == [(True, False), (False, True), (False, False)]


def test_results_of_subclasses_are_plain_values():
    class Special(Value):
        pass

    s = Special(2.0)
    for result in (s * s, s * 2, 2 * s, s.tanh(), Value(1.0) * s):
        assert type(result) is Value
    (s * s * Value(3.0)).backward()
    assert s.grad == 12.0


def test_changing_data_after_the_forward_pass_cannot_corrupt_backward():
    x = Value(3.0)
    y = x * x
    x.data = 10.0
    y.backward()
    assert x.grad == 6.0


# -- plain numbers, which are no nodes until somebody asks -----------------------------------------


def nodes_made_by(act):
    """How many nodes come to be meanwhile."""
    made, code = [], making.node.__code__
    sys.setprofile(lambda frame, event, _: made.append(event == "call" and frame.f_code is code))
    try:
        act()
    finally:
        sys.setprofile(None)
    return sum(made)


@pytest.mark.parametrize(
    "operation",
    [lambda x: x * 2.0, lambda x: 2.0 * x, lambda x: x - 2, lambda x: 2 - x, lambda x: x.tanh()],
)
def test_an_operation_with_a_plain_number_makes_one_node(operation):
    x = Value(3.0)
    assert nodes_made_by(lambda: operation(x)) == 1


def test_a_backward_pass_makes_no_nodes_of_plain_numbers():
    x = Value(3.0)
    y = 2.0 * x + x * 5.0
    assert nodes_made_by(y.backward) == 0 and x.grad == 7.0
    assert nodes_made_by(lambda: topological_order(y)) == 2  # who asks for all nodes gets them
    assert nodes_made_by(lambda: topological_order(y)) == 0


def test_nor_does_one_after_another_that_had_to_call_a_rule():
    row = Op("own", "own({})", lambda x: x, lambda x, z: 1.0 if x > 0.0 else 2.0)
    x = Value(3.0)
    row(x).backward()
    assert nodes_made_by((x * 2.0).backward) == 0


# -- the backward pass -----------------------------------------------------------------------------


def test_a_fork_adds_up():
    a = Value(3.0)
    b = a + a
    c = b + b
    c.backward()
    assert (a.grad, b.grad, c.grad) == (4.0, 2.0, 1.0)


def test_results_are_fresh_and_leaves_accumulate():
    a = Value(2.0)
    b = a * 3
    c = b * b
    for times in (1, 2, 3):
        c.backward()
        assert (a.grad, b.grad, c.grad) == (36.0 * times, 12.0, 1.0)


def test_two_losses_that_share_a_subgraph():
    a = Value(2.0)
    shared = a * a
    (shared * 3).backward()
    (shared * 1).backward()
    assert a.grad == 16.0


def test_zero_grad_clears_everything_below():
    a = Value(2.0)
    b = a * a
    b.backward()
    b.zero_grad()
    assert (a._grad, b._grad) == (None, None) and (a.grad, b.grad) == (0.0, 0.0)


def test_not_computed_is_not_zero():
    a, b = Value(2.0), Value(0.0)
    c = a * b
    assert a._grad is None and a.grad == 0.0
    c.backward()
    assert a._grad == 0.0 and "grad=0.0" in repr(a)
    a.grad = None
    assert a._grad is None


def test_seed_scales_and_keeps_signs():
    a, b = Value(2.0), Value(-3.0)
    (a * b).backward(-0.5)
    assert (a.grad, b.grad) == (1.5, -1.0)


def test_a_leaf_is_its_own_gradient():
    a = Value(2.0)
    a.backward()
    a.backward(2.0)
    assert a.grad == 3.0


def test_signed_zeros_survive():
    a = Value(1.0)
    (a * -0.0).backward()
    assert math.copysign(1.0, a.grad) == -1.0


def test_nothing_flows_behind_a_wall():
    a, b = Value(2.0), Value(5.0)
    inner = a * 3
    c = inner.detach() * b
    c.backward()
    assert (a._grad, inner._grad, b.grad) == (None, None, 6.0)
    assert c.parents[0].grad == 5.0  # the wall itself has a gradient


def test_a_result_that_was_reached_before_and_is_behind_a_wall_now_is_not_computed():
    a = Value(2.0)
    inner = a * 3
    inner.backward()
    (inner.detach() * a).backward()
    assert inner._grad is None and a.grad == 3.0 + 6.0


def test_an_infinite_local_derivative_behind_a_wall_does_no_harm():
    a, b = Value(0.0), Value(1.0)
    c = a.sqrt().detach() + b
    c.backward()
    assert a._grad is None and b.grad == 1.0


def test_a_zero_upstream_still_tells_of_a_nan():
    a = Value(0.0)
    (a.sqrt() * 0.0).backward()
    assert math.isnan(a.grad)


def test_backward_of_a_constant_says_why():
    with no_grad():
        c = Value(1.0) * 2
    with pytest.raises(ValueError, match=r"is a constant, made under no_grad\(\)"):
        c.backward()


def test_a_rule_that_raises_changes_nothing():
    def broken(x, z):
        raise ZeroDivisionError

    a = Value(2.0)
    middle = Op("broken", "broken({})", lambda x: x, broken)(a)
    loss = middle * a
    a.grad, loss.grad = 7.0, 5.0
    with pytest.raises(ZeroDivisionError):
        loss.backward()
    assert (a.grad, middle._grad, loss.grad) == (7.0, None, 5.0)


def test_a_graph_can_be_gone_through_by_hand_as_with_micrograd():
    a, b = Value(2.0), Value(3.0)
    product = a * b
    wall = a.detach()
    total = product + wall + 1.0
    assert (a._prev, a._op, product._prev, product._op) == (set(), "", {a, b}, "*")
    assert (a * a)._prev == {a} and a.tanh()._op == "tanh"
    product.grad = 10.0
    product._backward()
    product._backward()
    assert (a.grad, b.grad) == (60.0, 40.0)  # each time it is called
    total.grad = wall.grad = 1.0
    wall._backward()
    total._backward()
    a._backward()
    assert (a.grad, total.parents[1]._grad) == (60.0, None)


# -- order and depth -------------------------------------------------------------------------------


def test_the_topological_order_is_depth_first_from_left_to_right():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = a * b
    d = 2.0 - c
    e = d * a
    assert topological_order(e) == [d.parents[0], a, b, c, d, e]


def recursive_post_order(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order


STEPS = [
    lambda x, y: x + y,
    lambda x, y: x * y,
    lambda x, y: x - y,
    lambda x, y: x.tanh(),
    lambda x, y: x.relu(),
    lambda x, y: x * 0.5,
]


@st.composite
def graphs(draw):
    """A random graph: every result takes any two earlier nodes, so forks and `a * a` are common."""
    nodes = [Value(draw(st.floats(-2, 2))) for _ in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(1, 25))):
        x, y = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        nodes.append(draw(st.sampled_from(STEPS))(x, y))
    return nodes


@given(graphs())
def test_the_order_is_that_of_the_plain_recursive_walk(nodes):
    assert topological_order(nodes[-1]) == recursive_post_order(nodes[-1])


@pytest.mark.slow
@given(graphs())
def test_the_order_without_marks_is_the_same(nodes):
    assert quiet_order(nodes[-1]) == topological_order(nodes[-1])


def test_a_walk_may_ask_a_node_that_walks_the_graph_itself():
    class Asks(Value):
        @property
        def parents(self):
            if not orders:
                orders.append(None)
                orders[:] = [topological_order(root)]
            return ()

    orders, leaf = [], Asks(2.0)
    first = Value(1.0)
    root = (first * leaf + first) * leaf
    order = topological_order(root)
    assert len(set(order)) == len(order) == 5 and orders == [order]


def test_a_walk_goes_once_through_the_operands_of_a_wide_node():
    class Counted(tuple):
        begun = 0

        def __iter__(self):
            Counted.begun += 1
            return super().__iter__()

    leaf = Value(1.0)
    total = am.sum([leaf * 2.0 for _ in range(10)])
    total._many = Counted(total._many)
    assert len(topological_order(total)) == 22 and Counted.begun == 1


@given(graphs())
def test_the_gradient_is_the_sum_over_all_paths(nodes):
    """An oracle that knows nothing of orders: forward-mode derivatives from the leaves up."""
    root = nodes[-1]
    for leaf in [node for node in recursive_post_order(root) if node.is_leaf]:
        root.zero_grad()
        root.backward()
        tangent = {}
        for node in recursive_post_order(root):
            terms = [
                local * tangent[parent]
                for parent, local in zip(node.parents, node.local_derivatives(), strict=False)
                if local is not None
            ]
            tangent[node] = 1.0 if node is leaf else math.fsum(terms)
        assert leaf.grad == pytest.approx(tangent[root], rel=1e-9, abs=1e-9)


def chain(length):
    leaf = Value(1.0)
    v = leaf
    for _ in range(length):
        v = v + leaf
    return leaf, v


@pytest.mark.slow
def test_a_chain_of_a_million_nodes_is_built_swept_and_freed():
    assert sys.getrecursionlimit() <= 10_000
    gc.disable()  # only to save time: nothing here is garbage
    try:
        leaf, v = chain(1_000_000)
        v.backward()
        assert (v.data, leaf.grad) == (1_000_001.0, 1_000_001.0)
        del v
    finally:
        gc.enable()


@pytest.mark.slow
def test_recompute_and_zero_grad_need_no_recursion_either():
    leaf, v = chain(100_000)
    v.backward()
    leaf.data = 2.0
    v.recompute()
    v.zero_grad()
    assert (v.data, leaf.grad) == (200_002.0, 0.0)


@pytest.mark.slow
def test_a_graph_leaves_nothing_for_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        a = Value(2.0)
        b = ((a * a).tanh() + am.dot([a, a], [1.0, a], 0.5)).relu() ** 2
        b.backward()
        b.recompute()
        del a, b
        assert gc.collect() == 0
    finally:
        gc.enable()


# -- recompute -------------------------------------------------------------------------------------


@given(graphs(), st.floats(-2, 2))
def test_recompute_is_what_a_fresh_forward_pass_gives(nodes, number):
    leaf, root = nodes[0], nodes[-1]
    order = recursive_post_order(root)
    leaf.data = number
    root.recompute()
    for node in order:
        if node.op:
            assert repr(node.data) == repr(node.op(*[parent.data for parent in node.parents]))
    root.zero_grad()
    root.backward()
    for node in filter(lambda node: node.op, order):
        fresh = node.op.derivatives([parent.data for parent in node.parents], node.data)
        pairs = zip(node.parents, node.local_derivatives(), fresh, strict=True)
        assert all(repr(a) == repr(b) for parent, a, b in pairs if not parent.is_constant)


def test_recompute_leaves_gradients_alone():
    x = Value(3.0)
    y = x * x
    y.backward()
    x.data = 5.0
    y.recompute()
    assert (y.data, x.grad, y.grad) == (25.0, 6.0, 1.0)


# -- no_grad (more in test_contexts.py) ------------------------------------------------------------


def test_no_grad_makes_results_constants_and_leaves_stay_leaves():
    w = Value(2.0)
    with no_grad():
        inside = w.tanh() * w
        assert Value(1.0).is_leaf  # what a user makes is a leaf everywhere
    assert inside.is_constant and not (w * 3.0).is_constant


# -- interrupts ------------------------------------------------------------------------------------


def is_interruptible(code):
    """Our code, but for a `with` of a lock: an interrupt cannot come there, while a tracer can."""
    name = re.search(r"engine.(value|order|staleness|contexts|<written>)", code.co_filename)
    return name and code.co_name != "in_turn"


def interrupted_at(line_event, action):
    """Run `action` and raise KeyboardInterrupt at its n-th line; whether it was interrupted."""
    seen = 0

    def tracer(frame, event, argument):
        nonlocal seen
        if event == "line" and re.search(
            r"engine.(value|order|staleness|contexts|<written>)", frame.f_code.co_filename
        ):
            seen += 1
            if seen == line_event:
                raise KeyboardInterrupt
        return tracer

    sys.settrace(tracer)
    try:
        action()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def several_leaves():
    leaves = [Value(float(i + 1)) for i in range(8)]
    v = am.dot(leaves[:4], leaves[4:], 0.5).tanh()
    for leaf in leaves:
        v = v * leaf + leaf.sigmoid()
    return leaves, v


@pytest.mark.slow
def test_an_interrupt_at_any_line_of_backward_leaves_no_mixture():
    _, v = several_leaves()
    order = topological_order(v)
    v.backward()
    line, outcomes = 1, set()
    while True:
        before = [node._grad for node in order]
        after = [
            g * 2 if node.is_leaf and g is not None else g
            for node, g in zip(order, before, strict=True)
        ]
        interrupted = interrupted_at(line, v.backward)
        now = [node._grad for node in order]
        assert now in (before, after), f"a mixture at line event {line}"
        outcomes.add(now == after)
        for node, grad in zip(order, before, strict=True):
            node._grad = grad
        if not interrupted:
            break
        line += 1
    assert line > 200 and outcomes == {True, False}


@pytest.mark.slow
def test_an_interrupt_at_any_line_of_recompute_leaves_no_mixture():
    leaves, v = several_leaves()
    order = topological_order(v)
    old = [leaf.data for leaf in leaves]

    def state():
        return [(node.data, node._numbers, node.local_derivatives()) for node in order if node.op]

    before = state()
    for leaf in leaves:
        leaf.data += 0.25
    v.recompute()
    after = state()
    line = 1
    while True:
        for leaf, number in zip(leaves, old, strict=True):
            leaf.data = number
        v.recompute()
        for leaf in leaves:
            leaf.data += 0.25
        interrupted = interrupted_at(line, v.recompute)
        assert state() in (before, after), f"a mixture at line event {line}"
        if not interrupted:
            break
        line += 1
    assert line > 100


@pytest.mark.slow
def test_real_signals_leave_no_mixture():
    """Ctrl-C from another thread, at random moments, in a process of its own."""
    program = """
import _thread, random, threading, time
from autograd_mini import Value
leaves = [Value(1.0) for _ in range(8)]
v = leaves[0]
for i in range(3000):
    v = v * 0.999 + leaves[i % 8]
v.backward()
once = [leaf.grad for leaf in leaves]
for leaf in leaves:
    leaf.grad = 0.0
random.seed(0)
sweeps = interrupts = 0
while interrupts < 40:
    timer = threading.Timer(random.uniform(0, 0.006), _thread.interrupt_main)
    try:
        timer.start()
        while True:
            v.backward()
    except KeyboardInterrupt:
        interrupts += 1
    counts = [round(leaf.grad / total) for leaf, total in zip(leaves, once)]
    assert len(set(counts)) == 1, counts
    for leaf in leaves:
        leaf.grad = 0.0
print("ok")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "ok\n", done.stderr


# -- the same bits every time ----------------------------------------------------------------------


@pytest.mark.slow
@given(graphs(), st.integers(-8, 8))
def test_a_seed_scaled_by_a_power_of_two_scales_every_gradient_exactly(nodes, exponent):
    root = nodes[-1]
    leaves = [node for node in topological_order(root) if node.is_leaf]
    root.backward()
    once = [leaf._grad for leaf in leaves]
    root.zero_grad()
    root.backward(2.0**exponent)
    for leaf, grad in zip(leaves, once, strict=True):
        scaled = None if grad is None else grad * 2.0**exponent
        tiny = grad is not None and 0 < abs(grad) < 1e-290  # scaling is not exact among subnormals
        assert tiny or leaf._grad == scaled


def test_random_is_left_alone():
    random.seed(5)
    expected = random.random()
    random.seed(5)
    several_leaves()[1].backward()
    assert random.random() == expected
