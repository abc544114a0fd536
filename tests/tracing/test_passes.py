"""The recorded passes: their order, their numbers, the ledger, and JSON and back."""

import copy
import json
import pickle

import pytest
from hypothesis import given

import autograd_mini as am
from autograd_mini import Op, Trace, Value, topological_order, trace
from support.random_graphs import bits, graphs
from support.rows import each_row


def told(recorded):
    """The events as a reader would note them down."""
    return [
        (e.kind, e.node.name, e.consumer and e.consumer.name, e.before, e.after) for e in recorded
    ]


def test_the_events_of_a_fork():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    e = a * b
    loss = e * a
    assert told(trace(loss)) == [
        ("forward", "e", None, None, -6.0),
        ("forward", "loss", None, None, -12.0),
        ("seed", "loss", None, None, 1.0),
        ("contribution", "e", "loss", None, 2.0),
        ("contribution", "a", "loss", None, -6.0),
        ("done", "loss", None, None, 1.0),
        ("contribution", "a", "e", -6.0, -12.0),
        ("contribution", "b", "e", None, 4.0),
        ("done", "e", None, None, 2.0),
        ("done", "b", None, None, 4.0),
        ("done", "a", None, None, -12.0),
    ]


def test_a_contribution_has_its_factors():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    event = next(e for e in trace(a * b) if e.kind == "contribution")
    assert (event.position, event.upstream, event.local, event.product) == (0, 1.0, -3.0, -3.0)


@given(graphs())
def test_gradients_are_those_of_a_fresh_backward_bit_for_bit(nodes):
    root = nodes[-1]
    recorded = trace(root)
    order = topological_order(root)
    assert all(node._grad is None for node in order)  # nothing was touched
    root.backward()
    for node in order:
        eager = None if node.is_constant else node._grad
        assert bits([recorded.gradient(node)]) == bits([eager])


@given(graphs())
def test_the_events_come_in_a_possible_order(nodes):
    recorded = trace(nodes[-1])
    computed, done = set(), set()
    for event in recorded:
        if event.kind == "forward":
            results = [p for p in event.node.parents if recorded.graph.nodes[p].op]
            assert computed.issuperset(results)
            computed.add(event.node.index)
        elif event.kind == "contribution":
            assert event.consumer.index not in done and event.node.index not in done
            assert bits([event.product]) == bits([event.upstream * event.local])
            before = -0.0 if event.before is None else event.before
            assert bits([event.after]) == bits([before + event.product])
        elif event.kind == "done":
            done.add(event.node.index)
    reached = [node for node in recorded.graph.nodes if recorded.gradient(node) is not None]
    assert done == {node.index for node in reached}


@given(graphs())
def test_a_ledger_sums_to_the_gradient(nodes):
    recorded = trace(nodes[-1])
    for node in recorded.graph.nodes:
        entries = recorded.ledger(node)
        total = -0.0
        for entry in entries:
            total += entry.product
            assert bits([entry.total]) == bits([total])
        assert (recorded.gradient(node) is None) == (entries == [])
        if entries:
            assert bits([recorded.gradient(node)]) == bits([total])


def test_the_ledger_of_the_root_is_its_seed():
    (entry,) = trace(Value(2.0, "x") * 3.0).ledger("v1")
    assert (entry.consumer, entry.product, entry.total) == (None, 1.0, 1.0)
    assert repr(entry) == "Entry('seed', product=1.0, total=1.0)"


def test_gradients_before_they_are_complete():
    a = Value(3.0, "a")
    recorded = trace(a * a + a)
    totals = [recorded.gradient(a, step=k) for k in range(len(recorded) + 1)]
    assert totals[0] is None and totals[-1] == 7.0
    assert [t for t in dict.fromkeys(totals) if t is not None] == [1.0, 4.0, 7.0]


def test_walls_and_constants_have_no_events():
    a, b = Value(2.0, "a"), Value(5.0, "b")
    inner = a * 3.0
    recorded = trace(inner.detach() * b)
    assert recorded.gradient(a) is None and recorded.ledger(inner) == []
    assert {e.node.name for e in recorded if e.kind == "done"} == {"v2", "v1", "b"}


def test_names():
    w, x = Value(1.0, "w"), Value(2.0)
    second = Value(3.0, "w")
    _hidden = w * x
    out = _hidden * second
    names = [node.name for node in trace(out).graph.nodes]
    assert names == ["w", "x", "v1", "w_2", "out"]


def test_invented_names_keep_clear_of_the_users():
    y = -Value(2.0, "v1")
    assert [node.name for node in trace(-y * 3.0).graph.nodes] == ["v1", "y", "v2", "3", "v3"]
    unnamed = trace(Value(2.0, "v1").tanh().tanh())
    assert [node.name for node in unnamed.graph.nodes] == ["v1", "v2", "v3"]
    late = trace(Value(2.0).tanh() * Value(3.0, "v1") * Value(4.0, "x1") * Value(5.0, "v1"))
    names = [node.name for node in late.graph.nodes]
    assert names == ["x2", "v2", "v1", "v3", "x1", "v4", "v1_2", "v5"]


def test_invented_names_count_results_and_leaves_apart():
    total = (Value(2.0) * Value(3.0) + 4.0) * Value(5.0)
    names = [node.name or "4" for node in trace(total * total).graph.nodes]
    assert names == ["x1", "x2", "v1", "4", "v2", "x3", "total", "v3"]


def test_an_unknown_node_says_which_there_are():
    recorded = trace(Value(2.0, "a") * Value(3.0, "b"))
    with pytest.raises(ValueError, match=r"'q' is not in this graph; its nodes are a, b, v1"):
        recorded.node("q")
    with pytest.raises(ValueError, match="is not in this graph"):
        recorded.ledger(Value(2.0))


def test_what_cannot_be_traced():
    x = Value(2.0)
    y = x * x
    x.data = 3.0
    with pytest.raises(am.StaleGraph):
        trace(y)
    with pytest.raises(ValueError, match="is a constant"):
        trace((x * 2.0).parents[1])
    with pytest.raises(TypeError, match="not float"):
        trace(2.0)


def test_it_is_a_sequence():
    recorded = trace(Value(2.0, "a") * 3.0)
    assert len(recorded) == len(list(recorded)) == len(recorded.events) == 5
    assert recorded[0] is recorded.events[0] and recorded[-1].kind == "done"
    assert repr(recorded) == "Trace(5 events of 3 nodes)"


@given(graphs())
def test_json_and_back(nodes):
    recorded = trace(nodes[-1])
    text = recorded.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    again = Trace.from_json(text)
    assert again.to_json() == text
    assert list(map(repr, again)) == list(map(repr, recorded))
    for node in recorded.graph.nodes:
        if not node.is_constant:
            assert bits([again.gradient(node.name)]) == bits([recorded.gradient(node)])
        assert again.graph.nodes[node.index].op is node.op


def test_an_operation_of_ones_own_comes_back_by_name():
    cube = Op("cube", "{}³", lambda x: x**3, lambda x, z: 3.0 * x * x)
    again = Trace.from_json(trace(cube(Value(2.0, "x"))).to_json())
    assert again.root.op.name == "cube" and again.gradient("x") == 12.0
    with pytest.raises(ValueError, match="read from a file"):
        again.root.op(2.0)


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": 3}'])
def test_other_json_is_refused(text):
    with pytest.raises(ValueError, match="this is no trace"):
        Trace.from_json(text)


@pytest.mark.slow
def test_a_hundred_thousand_nodes_without_recursion():
    n = 50_000
    v = leaf = Value(1.0)
    for _ in range(n):
        v = v * leaf + leaf
    recorded = trace(v)
    # At leaf = 1, v after k rounds is k + 1, so each round adds (k + 1) + 1 to the derivative.
    assert recorded.gradient(leaf) == 1 + n * (n - 1) // 2 + 2 * n
    assert len(recorded) == 2 * n + 1 + 4 * n + (2 * n + 1)


# -- files of traces -------------------------------------------------------------------------------


def test_a_trace_can_be_pickled_and_copied():
    a = Value(2.0, "a")
    found = am.trace((a * a + 1.0).tanh())
    again = pickle.loads(pickle.dumps(found))
    assert again.to_json() == found.to_json() and again.gradient("a") == found.gradient("a")
    for twin in (copy.copy(found), copy.deepcopy([found])[0]):
        assert twin.gradient(a) == found.gradient(a)
    wrong = am.mistaken(a * a, "overwrite")
    assert pickle.loads(pickle.dumps(wrong)).gradient("a") == wrong.gradient("a") == 2.0


DAMAGED = [
    ({"version": 2}, "this trace has version 2; this one reads version 1"),
    ({"version": None}, "version None"),
    ({"nodes": [{}]}, "this trace is damaged: KeyError: 'name'"),
    ({"nodes": 3}, "damaged"),
    ({"events": [[1]]}, "damaged"),
    ({"events": [["forward", 99, None, None, None, None, None, None, None]]}, "damaged"),
]


@each_row(("change", "sentence"), DAMAGED)
def test_a_damaged_trace_is_a_value_error(change, sentence):
    a = Value(2.0, "a")
    document = json.loads(am.trace(a * a).to_json()) | change
    with pytest.raises(ValueError, match=sentence):
        am.Trace.from_json(json.dumps(document))


@each_row(
    ("label", "asked"),
    [("µ", "μ"), ("μ", "µ"), ("𝑥", "x"), ("é", "e\u0301"), ("w_1", "w_1")],  # noqa: RUF001
)
def test_a_name_that_only_looks_different_is_found(label, asked):
    x = Value(3.0, label)
    y = x * x
    assert am.trace(y).gradient(asked) == 6.0
    assert am.step(y).node(asked).data == 3.0
    assert am.nudge(y, asked).gradient == 6.0
    assert am.diagnose(y, {asked: 6.0}).is_right
    am.draw(y, highlight=asked)
    assert am.explain(y, asked).text == am.explain(y, x).text
