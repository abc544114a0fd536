"""The general backward pass: by hand, by all paths, by differences, and beside `backward()`."""

import math
import random
from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mini import Value, gradients, no_grad, topological_order, trace
from autograd_mini.engine import sweep as general
from autograd_mini.engine.sweep import CONTRIBUTION, DONE, SEED, edges_of, sweep, swept
from support.random_graphs import bits, graphs

# -- by hand ---------------------------------------------------------------------------------------

# b = a * a, c = b + a, d = c * b, where a is 3: b is 9, c is 12, d is 108. So d = a⁴ + a³.
BY_HAND = {
    "d": [(0, "c", 9.0), (1, "b", 12.0)],
    "c": [(0, "b", 1.0), (1, "a", 1.0)],
    "b": [(0, "a", 3.0), (1, "a", 3.0)],
    "a": [],
}
ORDER = ["a", "b", "c", "d"]


def test_a_graph_worked_out_by_hand():
    found = swept({"d": 1.0}, ORDER, BY_HAND.get)
    assert found == {"d": 1.0, "c": 9.0, "b": 21.0, "a": 4.0 * 27.0 + 3.0 * 9.0}


def test_the_steps_in_order():
    steps = list(sweep({"d": 2.0}, ORDER, BY_HAND.get))
    assert steps[0] == (SEED, "d", None, None, None, None, None, None, 2.0)
    contributions = [step[1:] for step in steps if step[0] == CONTRIBUTION]
    assert contributions == [
        ("c", "d", 0, 9.0, 2.0, 18.0, None, 18.0),
        ("b", "d", 1, 12.0, 2.0, 24.0, None, 24.0),
        ("b", "c", 0, 1.0, 18.0, 18.0, 24.0, 42.0),
        ("a", "c", 1, 1.0, 18.0, 18.0, None, 18.0),
        ("a", "b", 0, 3.0, 42.0, 126.0, 18.0, 144.0),
        ("a", "b", 1, 3.0, 42.0, 126.0, 144.0, 270.0),
    ]
    done = [(step[1], step[-1]) for step in steps if step[0] == DONE]
    assert done == [("d", 2.0), ("c", 18.0), ("b", 42.0), ("a", 270.0)]


def test_a_total_starts_as_its_first_contribution():
    edges = {"b": [(0, "a", -0.0)], "a": []}
    assert bits(swept({"b": 1.0}, ["a", "b"], edges.get).values()) == ["1.0", "-0.0"]


def test_a_node_that_nothing_reached_sends_nothing():
    """0 * inf would be nan: what is behind a wall is not multiplied at all."""
    edges = {"c": [(0, "a", 2.0)], "b": [(0, "a", math.inf)], "a": []}
    asked = []
    found = swept({"c": 1.0}, ["a", "b", "c"], lambda node: asked.append(node) or edges[node])
    assert found == {"c": 1.0, "a": 2.0} and asked == ["c", "a"]


def test_several_seeds():
    assert swept({"d": 1.0, "c": 10.0}, ORDER, BY_HAND.get)["c"] == 19.0


def test_edges_are_where_a_gradient_passes():
    assert edges_of(["x", "y", "x"], [None, 0.0, 2.0]) == [(1, "y", 0.0), (2, "x", 2.0)]
    assert edges_of([], ()) == []


def test_a_result_may_have_its_own_arithmetic():
    own = {"b": (lambda upstream, local: local, lambda before, product: product)}
    assert swept({"d": 1.0}, ORDER, BY_HAND.get, exceptions=own)["a"] == 3.0
    found = swept({"d": 1.0}, ORDER, BY_HAND.get, product=lambda upstream, local: local)
    assert found == {"d": 1.0, "c": 9.0, "b": 13.0, "a": 7.0}
    assert swept({"d": 1.0}, ORDER, BY_HAND.get, total=max)["a"] == 12.0 * 3.0


def test_what_flows_may_be_text():
    """Any kind of number will do, and its notation shows who is multiplied with whom."""
    found = swept(
        {"d": "1"},
        ORDER,
        BY_HAND.get,
        product=lambda upstream, local: f"{upstream}*{local:g}",
        total=lambda before, product: f"({before} + {product})",
    )
    assert found["b"] == "(1*12 + 1*9*1)"
    assert found["a"] == "((1*9*1 + (1*12 + 1*9*1)*3) + (1*12 + 1*9*1)*3)"


# -- by all paths, in exact numbers ----------------------------------------------------------------


@st.composite
def exact_graphs(draw):
    """{node: its edges}, in topological order, the root last; some nodes are not reached."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    edges = {0: []}
    for node in range(1, chance.randint(2, 7)):
        operands = [chance.randrange(node) for _ in range(chance.randint(0, 3))]
        edges[node] = [
            (position, operand, Fraction(chance.choice([-3, -2, 2, 3]), chance.choice([1, 4])))
            for position, operand in enumerate(operands)
        ]
    return edges


def paths(edges, node, end):
    """The product along each path from a node down to another."""
    if node == end:
        yield Fraction(1)
    for _, operand, local in edges[node]:
        for rest in paths(edges, operand, end):
            yield local * rest


@given(exact_graphs())
def test_a_gradient_is_the_sum_over_all_paths(edges):
    root = max(edges)
    found = swept({root: Fraction(1)}, list(edges), edges.get)
    for node in edges:
        assert found.get(node, 0) == sum(paths(edges, root, node))
        assert (node in found) == any(True for _ in paths(edges, root, node))


# -- wrong orders, each as somebody would write it -------------------------------------------------


class Grads(dict):
    """Gradients that start at 0, and the one line of every engine."""

    def __init__(self, edges):
        super().__init__(dict.fromkeys(edges, Fraction(0)))
        self[max(edges)] = Fraction(1)

    def send(self, node, edge):
        self[edge[1]] += self[node] * edge[2]


def every_path(edges, grads, node):
    for edge in edges[node]:
        grads.send(node, edge)
    for _, operand, _ in edges[node]:
        every_path(edges, grads, operand)


def every_path_edge_by_edge(edges, grads, node):
    for edge in edges[node]:
        grads.send(node, edge)
        every_path_edge_by_edge(edges, grads, edge[1])


def every_path_of_distinct(edges, grads, node):
    for edge in edges[node]:
        grads.send(node, edge)
    for operand in {operand: None for _, operand, _ in edges[node]}:
        every_path_of_distinct(edges, grads, operand)


def every_path_by_level(edges, grads, node):
    queue = deque([node])
    while queue:
        node = queue.popleft()
        for edge in edges[node]:
            grads.send(node, edge)
            queue.append(edge[1])


def depth_first(edges, grads, node, seen=None):
    seen = set() if seen is None else seen
    if node not in seen:
        seen.add(node)
        for edge in edges[node]:
            grads.send(node, edge)
        for _, operand, _ in edges[node]:
            depth_first(edges, grads, operand, seen)


def first_way_down(edges, grads, node, seen=None):
    seen = {node} if seen is None else seen
    for edge in edges[node]:
        if edge[1] not in seen:
            seen.add(edge[1])
            grads.send(node, edge)
            first_way_down(edges, grads, edge[1], seen)


def breadth_first(edges, grads, node):
    queue, seen = deque([node]), {node}
    while queue:
        node = queue.popleft()
        for edge in edges[node]:
            grads.send(node, edge)
            if edge[1] not in seen:
                seen.add(edge[1])
                queue.append(edge[1])


def operands_first(edges, grads, node):
    for node in sorted(edges):
        for edge in edges[node]:
            grads.send(node, edge)


def consumers_first(edges, grads, node):
    for node in sorted(edges, reverse=True):
        for edge in edges[node]:
            grads.send(node, edge)


AS_WRITTEN = {
    every_path: general.EVERY_PATH,
    every_path_edge_by_edge: general.EVERY_PATH_EDGE_BY_EDGE,
    every_path_of_distinct: {**general.EVERY_PATH, "operands": "distinct"},
    every_path_by_level: {**general.EVERY_PATH, "walk": "queue"},
    depth_first: general.DEPTH_FIRST,
    first_way_down: general.FIRST_WAY_DOWN,
    breadth_first: general.BREADTH_FIRST,
    operands_first: general.OPERANDS_FIRST,
    consumers_first: general.CONSUMERS_FIRST,
}


@pytest.mark.parametrize("written", AS_WRITTEN, ids=lambda written: written.__name__)
@given(edges=exact_graphs())
def test_each_order_does_what_somebody_who_writes_it_so_would_get(written, edges):
    root, expected = max(edges), Grads(edges)
    written(edges, expected, root)
    found = swept({root: Fraction(1)}, list(edges), edges.get, visits=AS_WRITTEN[written])
    assert {node: found.get(node, 0) for node in edges} == expected


@pytest.mark.slow
@pytest.mark.parametrize("written", AS_WRITTEN, ids=lambda written: written.__name__)
def test_no_order_is_too_deep(written):
    edges = {node: [(0, node - 1, 1)] for node in range(1, 100_001)} | {0: []}
    order = sorted(edges)
    found = swept({order[-1]: 7}, order, edges.get, visits=AS_WRITTEN[written])
    assert found[0] == (0 if written is operands_first else 7)


@pytest.mark.parametrize("written", AS_WRITTEN, ids=lambda written: written.__name__)
def test_the_edges_of_a_node_are_asked_for_once(written):
    asked = []
    swept(
        {"d": 1.0},
        ORDER,
        lambda node: asked.append(node) or BY_HAND[node],
        visits=AS_WRITTEN[written],
    )
    assert sorted(asked) == ORDER


# -- beside backward() -----------------------------------------------------------------------------


def edges_from(node):
    return edges_of(node.parents, node.local_derivatives())


@given(graphs())
def test_backward_gives_the_same_bits_and_so_does_a_trace(nodes):
    """Two loops, one chain rule: what `backward()` adds up is what the sweep shows."""
    root, order = nodes[-1], topological_order(nodes[-1])
    steps = list(sweep(totals := {root: 1.0}, order, edges_from))
    recorded = trace(root)
    root.backward()
    assert bits(totals.get(node) for node in order) == bits(node._grad for node in order)
    events = [event for event in recorded if event.kind != "forward"]
    assert [event.kind for event in events] == [kind for kind, *_ in steps]
    place = {node: index for index, node in enumerate(order)}
    assert [event.node.index for event in events] == [place[step[1]] for step in steps]
    for field, name in enumerate(("position", "local", "upstream", "product", "before"), 3):
        assert bits(getattr(e, name) for e in events) == bits(step[field] for step in steps)
    assert bits(event.after for event in events) == bits(step[-1] for step in steps)


@pytest.mark.slow
def test_a_million_nodes_in_a_chain():
    x = node = Value(0.5)
    for _ in range(1_000_000):
        node = -node
    assert swept({node: 1.0}, topological_order(node), edges_from)[x] == 1.0


@given(graphs(results=12, tame=True))
def test_gradients_make_no_node_for_what_is_not_asked_for(nodes):
    """The rules of operands that lead to no input do not run."""
    root, leaves = nodes[-1], [node for node in topological_order(nodes[-1]) if node.is_leaf]
    together = gradients(root, leaves)
    for leaf, gradient in zip(leaves, together, strict=True):
        (alone,) = gradients(root, [leaf])
        assert bits([alone.data]) == bits([gradient.data])


def test_a_rule_that_is_not_needed_does_not_run():
    x, y = Value(2.0), Value(3.0)
    with no_grad():
        fixed = Value(4.0) * 2.0
    assert gradients(x * y, [fixed])[0].data == 0.0
    assert gradients(fixed, [fixed])[0].data == 1.0


# -- by differences --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_central_differences_agree(seed):
    chance = random.Random(seed)
    numbers = [chance.uniform(0.2, 1.5) for _ in range(3)]
    choices = [chance.random() for _ in range(12)]

    def last_of(nodes, functions):
        """The same random expression, of plain numbers or of `Value`s."""
        for choice in choices:
            x, y = nodes[int(choice * 97) % len(nodes)], nodes[int(choice * 89) % len(nodes)]
            nodes.append(
                [x * y, x + y * 0.5, functions.sin(x), functions.exp(x * -0.5)][
                    int(choice * 83) % 4
                ]
            )
        return nodes[-1]

    class OfValues:
        sin, exp = Value.sin, Value.exp

    leaves = [Value(number) for number in numbers]
    root = last_of(list(leaves), OfValues)
    found = swept({root: 1.0}, topological_order(root), edges_from)
    for place, leaf in enumerate(leaves):
        up, down = ([x + h * (k == place) for k, x in enumerate(numbers)] for h in (1e-5, -1e-5))
        slope = (last_of(up, math) - last_of(down, math)) / 2e-5
        assert found.get(leaf, 0.0) == pytest.approx(slope, rel=1e-6, abs=1e-8)
