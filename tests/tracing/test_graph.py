"""A graph as data: what is read off the nodes, and where names come from."""

import functools
import gc
import types
import weakref
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given

from autograd_mini import Op, Value, clip, no_grad, sigmoid, topological_order, where
from autograd_mini import sum as add_up
from autograd_mini.engine import ops
from autograd_mini.tracing.graph import Graph, caller_names, graph_of
from support.random_graphs import bits, graphs
from support.rows import each_row

LOSS = Value(1.0)  # a global that the tests below can find
LOSS_AGAIN = LOSS
_HIDDEN = Value(2.0)
SHADOWED = Value(3.0)


def read(root: Value) -> Graph:
    return graph_of(root, caller_names(2))


def last(root: Value):
    return graph_of(root).nodes[-1]


# -- what is read ----------------------------------------------------------------------------------


def test_a_product_is_read_with_everything():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    product = a * b
    product.backward()
    first, second, result = graph_of(product).nodes
    assert [node.index for node in (first, second, result)] == [0, 1, 2]
    assert (first.name, first.data, first.grad, first.op) == ("a", 2.0, -3.0, None)
    assert (first.is_leaf, first.is_constant, first.is_stale) == (True, False, False)
    assert (first.parents, first.local_derivatives) == ((), ())
    assert (result.name, result.data, result.grad, result.op) == ("", -6.0, 1.0, ops.mul)
    assert (result.is_leaf, result.is_constant, result.is_stale) == (False, False, False)
    assert (result.parents, result.local_derivatives) == ((0, 1), (-3.0, 2.0))


def test_a_gradient_that_was_not_computed_is_none():
    a = Value(2.0)
    result = a * 3.0
    assert [node.grad for node in graph_of(result).nodes] == [None, None, None]
    a.grad = 0.0
    assert [node.grad for node in graph_of(result).nodes] == [0.0, None, None]


def test_constants_are_told_from_leaves():
    with no_grad():
        made = Value(2.0) * 3.0
    leaf, constant, inner, given_, _root = graph_of(Value(5.0) * 4.0 + made).nodes
    assert (leaf.is_leaf, leaf.is_constant) == (True, False)
    assert (constant.is_leaf, constant.is_constant, constant.data) == (False, True, 4.0)
    assert (inner.is_leaf, inner.is_constant) == (False, False)
    assert (given_.is_leaf, given_.is_constant, given_.op) == (False, True, None)


def test_a_wall_is_told_from_a_constant():
    x = Value(2.0)
    graph = graph_of(x.detach() * 3.0)
    wall, product = graph.nodes[1], graph.nodes[3]
    assert [(edge.local, edge.stops_gradient) for edge in graph.edges_to(wall)] == [(None, True)]
    found = [(edge.local, edge.stops_gradient) for edge in graph.edges_to(product)]
    assert found == [(3.0, False), (None, False)]


def test_edges_stand_in_the_order_of_the_operands():
    a, b, c = Value(0.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    graph = graph_of(where(a, b, c))
    edges = graph.edges_to(graph.nodes[-1])
    assert [(edge.node.name, edge.position, edge.local) for edge in edges] == [
        ("a", 0, None), ("b", 1, 0.0), ("c", 2, 1.0),
    ]  # fmt: skip
    assert {edge.consumer for edge in edges} == {graph.nodes[-1]}


def test_a_node_used_twice_has_two_edges():
    a = Value(3.0, "a")
    graph = graph_of(a - a)
    found = [(e.node.name, e.position, e.local) for e in graph.edges_to(graph.nodes[-1])]
    assert found == [("a", 0, 1.0), ("a", 1, -1.0)]
    assert len(graph.nodes) == 2


def test_numbers_stay_those_of_the_moment():
    x = Value(3.0, "x")
    y = x * x
    graph = graph_of(y)
    y.backward()
    x.data = 7.0
    x.label = "renamed"
    y.recompute()
    assert [(node.name, node.data, node.grad) for node in graph.nodes] == [
        ("x", 3.0, None), ("", 9.0, None),
    ]  # fmt: skip
    assert graph.nodes[1].local_derivatives == (3.0, 3.0)


def test_whole_numbers_of_a_users_operation_become_floats():
    twice = Op("twice", "twice({})", lambda x: int(2 * x), lambda x, z: 2)
    node = last(twice(Value(3.0)))
    assert [type(number) for number in (node.data, *node.local_derivatives)] == [float, float]


@pytest.mark.slow
def test_a_deep_graph_is_read_without_recursion():
    x = Value(1.0)
    for _ in range(20_000):
        x = -x
    assert len(graph_of(x).nodes) == 20_001


@given(graphs())
def test_the_graph_is_what_the_nodes_say(nodes):
    root = nodes[-1]
    root.backward()
    order = topological_order(root)
    graph = graph_of(root)
    assert len(graph.nodes) == len(order)
    for node, value in zip(graph.nodes, order, strict=True):
        assert bits([node.data, node.grad]) == bits([value.data, value._grad])
        assert [order[index] for index in node.parents] == list(value.parents)
        assert bits(node.local_derivatives) == bits(value.local_derivatives())
        assert bits(edge.local for edge in graph.edges_to(node)) == bits(node.local_derivatives)
        assert (node.name, node.op) == (value.label, value.op)
        assert not node.is_stale


# -- what was changed ------------------------------------------------------------------------------

LEFT_BEHIND = {  # an operation, the number before and after
    "the derivative changed, not the result": (lambda x: x * x, 3.0, -3.0),
    "the result changed, not the derivative": (lambda x: x + 1.0, 3.0, 4.0),
    "a sign": (lambda x: -x, 3.0, -3.0),
    "the sign of a zero": (lambda x: x * 2.0, 0.0, -0.0),
    "the sign of a zero, in a sum": (lambda x: -x, 0.0, -0.0),
    "a number became nan": (lambda x: x.exp(), 1.0, float("nan")),
    "nan became a number": (lambda x: x - 1.0, float("nan"), 1.0),
    "any number of operands": (lambda x: add_up([x, x, 1.0]), 1.0, 2.0),
    "behind a wall": (lambda x: x.detach(), 1.0, 2.0),
    "a flat function, past its jump": (lambda x: x.floor(), 1.2, 2.2),
    "three operands": (lambda x: clip(x, 0.0, 1.0), 0.5, 0.6),
}


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_a_result_left_behind_is_stale_until_it_is_computed_again(name):
    operation, before, after = LEFT_BEHIND[name]
    x = Value(before)
    result = operation(x)
    assert not last(result).is_stale
    x.data = after
    assert last(result).is_stale
    result.recompute()
    assert not last(result).is_stale


STILL_RIGHT = {
    "the same number again": (lambda x: x * x, 3.0, 3.0),
    "nan again": (lambda x: x * x, float("nan"), float("nan")),
    "nan again, in a sum": (lambda x: x + 1.0, float("nan"), float("nan")),
    "a flat function, between two jumps": (lambda x: x.floor(), 1.2, 1.4),
}


@pytest.mark.parametrize("name", STILL_RIGHT)
def test_what_is_still_right_is_not_stale(name):
    operation, before, after = STILL_RIGHT[name]
    x = Value(before)
    result = operation(x)
    x.data = after
    assert not last(result).is_stale


def test_a_result_changed_by_hand_is_stale():
    x = Value(3.0)
    product, total = x * 2.0, x + 2.0
    product.data = total.data = 7.0
    assert last(product).is_stale and last(total).is_stale


def test_only_the_results_next_to_the_change_are_stale():
    x, w = Value(3.0, "x"), Value(2.0, "w")
    inner = sigmoid(x)
    root = inner * w
    x.data = 4.0
    assert [node.is_stale for node in graph_of(root).nodes] == [False, True, False, False]


# -- names -----------------------------------------------------------------------------------------


def names_of(root: Value) -> list[str]:
    return [node.name for node in graph_of(root, caller_names(2)).nodes]


def test_locals_name_nodes():
    a = Value(2.0)
    total = a + 1.0
    assert names_of(total * 2.0) == ["a", "", "total", "", ""]


def test_arguments_and_variables_of_an_enclosing_function_name_nodes():
    def inner(weight):
        return names_of(weight * bias)

    bias = Value(1.0)
    assert inner(Value(2.0)) == ["weight", "bias", ""]


def test_globals_name_nodes_and_locals_come_first():
    assert names_of(LOSS * 2.0)[0] == "LOSS"
    mine = LOSS
    assert names_of(mine * 2.0)[0] == "mine"


def test_of_two_names_the_first_counts():
    first = Value(2.0)
    second = first
    assert names_of(second * 1.0)[0] == "first"
    late, early = None, Value(3.0)
    late = early
    assert names_of(late * 1.0)[0] == "late"  # it appears first, though it was assigned later


def test_an_explicit_label_wins():
    a = Value(2.0, "the label")
    assert names_of(a * 1.0)[0] == "the label"
    a.label = ""
    assert names_of(a * 1.0)[0] == "a"


def test_names_with_an_underscore_never_count():
    _local = Value(2.0)
    __private = Value(2.0)
    assert names_of(_local * _HIDDEN + __private)[:2] == ["", ""]
    assert names_of(__private * 1.0)[0] == ""
    visible = _local
    assert names_of(visible * 1.0)[0] == "visible"


def test_a_name_that_points_elsewhere_now_is_not_used():
    a = Value(2.0)
    root = a * 3.0
    old, a = a, Value(5.0)
    assert names_of(root) == ["old", "", "root"]
    assert [value.data for value in (old, a)] == [2.0, 5.0]


def test_a_global_behind_a_local_variable_is_not_named_by_it():
    node = SHADOWED

    def reader(SHADOWED, LISTED):  # noqa: N803 (they hide the globals)
        return names_of(_OTHERS[0] * SHADOWED * LISTED[0])

    _OTHERS[:] = LISTED[:] = [node]
    assert reader(Value(9.0), [4.0]) == ["", "SHADOWED", "", "", ""]
    assert reader(9.0, [Value(4.0)]) == ["", "", "", "LISTED[0]", ""]


_OTHERS: list[Value] = []
LISTED: list[Value] = []


# -- names inside of things ------------------------------------------------------------------------


class Thing:
    def __init__(self, **attributes):
        vars(self).update(attributes)


class Slotted:
    __slots__ = ("w",)

    def __init__(self, w):
        self.w = w


class Key(str):
    __slots__ = ()


class Params(list):
    """A list with methods of its own, which must not run."""


SOUGHT = Value(7.0)
PLACES = {  # what holds the node, and how the node is written then
    "list": ([1.0, SOUGHT], "held[1]"),
    "tuple": ((SOUGHT,), "held[0]"),
    "rows": ([[], [SOUGHT]], "held[1][0]"),
    "dict": ({"b": SOUGHT}, "held['b']"),
    "a key that is no name": ({"it's": SOUGHT}, 'held["it\'s"]'),
    "dict of lists": ({"w": [0.0, SOUGHT]}, "held['w'][1]"),
    "attribute": (Thing(scale=SOUGHT), "held.scale"),
    "list in an object": (Thing(w=[SOUGHT]), "held.w[0]"),
    "object in a list": ([None, Thing(b=SOUGHT)], "held[1].b"),
    "namespace": (types.SimpleNamespace(x=SOUGHT), "held.x"),
    "exception": (RuntimeError(), "held.x"),
    "network of one's own": (
        Thing(layers=[Thing(neurons=[Thing(), Thing(w=[None, SOUGHT])])]),
        "held.layers[0].neurons[1].w[1]",
    ),
    "behind data": ([[0.5] * 64 for _ in range(990)] + [SOUGHT], "held[990]"),
}
PLACES["exception"][0].x = SOUGHT
NO_PLACES = {
    "seven steps": [[[[[[[SOUGHT]]]]]]],
    "private attribute": Thing(_w=SOUGHT),
    "private, further in": Thing(_inner=Thing(w=SOUGHT)),
    "private key": {"_w": SOUGHT},
    "no name": Thing(**{"a b": SOUGHT, "0": SOUGHT}),
    "a word of the language": Thing(**{"class": SOUGHT}),
    "another key": {0: SOUGHT, None: SOUGHT, ("a",): SOUGHT},
    "a long key": {"k" * 101: SOUGHT},
    "a key of one's own": {Key("k"): SOUGHT},
    "set": {SOUGHT},
    "class": type("Config", (), {"w": SOUGHT}),
    "object of such a class": type("Config", (), {"w": SOUGHT})(),
    "module": types.ModuleType("settings"),
    "function": lambda: 0,
    "slots": Slotted(SOUGHT),
    "a list of one's own": Params([SOUGHT]),
    "a dict of one's own": OrderedDict(w=SOUGHT),
    "array": np.array([SOUGHT]),
    "far behind": [0.5] * 1000 + [SOUGHT],
    "in a result": SOUGHT * 2.0,
}
NO_PLACES["module"].w = NO_PLACES["function"].w = SOUGHT


@pytest.mark.parametrize("place", PLACES)
def test_a_node_inside_of_something_is_written_as_python_does(place):
    scope = {"held": PLACES[place][0], "caller_names": caller_names}
    exec("found = caller_names()", scope)
    assert scope["found"][SOUGHT] == PLACES[place][1]
    assert eval(PLACES[place][1], scope) is SOUGHT


@each_row("place", NO_PLACES)
def test_a_node_in_other_places_has_no_name(place):
    scope = {"held": NO_PLACES[place], "caller_names": caller_names}
    exec("found = caller_names()", scope)
    assert SOUGHT not in scope["found"]


def test_shorter_paths_come_first_then_locals_then_the_order_of_the_scope():
    deep = Thing(inner=[LOSS_INSIDE["b"]])
    assert names_of(deep.inner[0] * 1.0)[0] == "LOSS_INSIDE['b']"
    rows = [deep.inner[0]]
    assert names_of(rows[0] * 1.0)[0] == "rows[0]"
    again = list(rows)
    assert names_of(again[0] * 1.0)[0] == "rows[0]"
    plain = again[0]
    assert names_of(plain * 1.0)[0] == "plain"


LOSS_INSIDE = {"b": Value(1.0)}


def test_what_stands_twice_in_a_thing_goes_by_the_first_place():
    w = Value(1.0)
    pair = [w, w]
    del w
    assert names_of(pair[1] * 1.0)[0] == "pair[0]"


def test_a_place_is_read_at_this_moment():
    w = [Value(1.0), Value(2.0)]
    root = w[0] * w[1]
    assert names_of(root)[:2] == ["w[0]", "w[1]"]
    w.reverse()
    assert names_of(root)[:2] == ["w[1]", "w[0]"]
    w[0] = None
    assert names_of(root)[:2] == ["w[1]", ""]


def test_what_contains_itself_ends():
    loop, ring, knot = [], {}, Thing()
    loop += [loop, knot]
    ring["ring"] = ring
    knot.self, knot.loop, knot.w = knot, loop, Value(1.0)
    knot.ring = ring
    assert names_of(knot.w * 1.0)[0] == "knot.w"


def alarm(*arguments):
    raise RuntimeError("this is the user's to run")


TRAPS = """__getattr__ __hash__ __eq__ __bool__ __len__ __iter__ __getitem__ __repr__ __class__
    __getattribute__ __dict__""".split()


@pytest.mark.parametrize("trap", TRAPS)
def test_nothing_of_the_users_runs(trap):
    kind = type("Trap", (), {trap: property(alarm) if trap in ("__class__", "__dict__") else alarm})
    touchy = kind.__new__(kind)
    if trap != "__dict__":
        object.__setattr__(touchy, "w", SOUGHT)
    scope = {"touchy": touchy, "more": [touchy], "caller_names": caller_names}
    exec("found = caller_names()", scope)
    # Where the class has its own way of looking up, only that could tell what `touchy.w` is.
    assert (SOUGHT in scope["found"]) is (trap not in ("__getattribute__", "__dict__"))


def test_no_class_of_classes_runs():
    meta = type("Meta", (type,), dict.fromkeys(("__hash__", "__eq__", "__getattribute__"), alarm))
    thing = object.__new__(meta.__new__(meta, "Strange", (), {}))
    object.__setattr__(thing, "w", SOUGHT)
    scope = {"thing": thing, "things": [thing], "caller_names": caller_names}
    exec("found = caller_names()", scope)
    assert scope["found"] == {SOUGHT: "thing.w"}


def test_an_attribute_behind_a_property_is_not_what_is_stored():
    class Undeletable:
        __get__ = __delete__ = alarm

    class Guarded:
        w, v = property(alarm), Undeletable()

    class Cached:
        @functools.cached_property
        def w(self):
            return alarm()

    guarded, cached = Guarded(), Cached()
    for stored in (vars(guarded), vars(cached)):
        stored.update(w=Value(3.0), v=Value(4.0))
    _stored = [*vars(guarded).values(), *vars(cached).values()]
    del stored
    assert names_of(add_up(_stored)) == ["", "", "cached.w", "cached.v", ""]


def test_what_is_in_many_places_is_looked_at_once():
    common = Thing(parts=[Thing() for _ in range(900)])
    holders = [Thing(common=common) for _ in range(50)]
    far = Thing(a=Thing(a=Thing(a=Thing(w=Value(1.0)))))
    del common
    assert caller_names()[far.a.a.a.w] == "far.a.a.a.w" and len(holders) == 50


@pytest.mark.slow
def test_a_search_has_an_end_and_near_things_come_first():
    many = [[Thing(w=[Value(0.0)] * 3) for _ in range(999)] for _ in range(20)]
    near = Thing(w=Value(1.0))
    names = caller_names()
    assert names[near.w] == "near.w"
    assert len(names) < 10_000 and many[19][998].w[0] not in names


def test_variables_that_are_no_values_are_left_alone():
    class Lazy:
        @property
        def __class__(self):
            raise RuntimeError("not connected")

    lazy, text, a = Lazy(), "a", Value(1.0)
    assert names_of(a * 1.0)[0] == "a"
    assert (type(lazy), text) == (Lazy, "a")


def test_a_subclass_of_value_is_named():
    class Parameter(Value):
        pass

    w = Parameter(1.0)
    assert names_of(w * 1.0)[0] == "w"


def test_names_that_no_user_wrote_do_not_count():
    scope = {"Value": Value, "caller_names": caller_names}
    exec("globals()['@invented'] = globals()['.0'] = Value(2.0); found = caller_names()", scope)
    assert scope["found"] == {}


def test_depth_says_how_far_up_to_look():
    def middle():
        own = Value(1.0)
        return own, caller_names(1), caller_names(2)

    outer = Value(2.0)
    own, near, far = middle()
    assert near[own] == "own" and outer not in near
    assert far[outer] == "outer"


def test_above_the_first_caller_there_are_no_names():
    assert caller_names(100_000) == {}


@pytest.mark.slow
def test_no_frame_is_kept():
    class Big:
        pass

    def scope():
        big, v = Big(), Value(1.0)
        return weakref.ref(big), read(v)

    gc.collect()
    gc.disable()
    try:
        big, graph = scope()
        assert big() is None and graph.nodes[0].name == "v"
    finally:
        gc.enable()
