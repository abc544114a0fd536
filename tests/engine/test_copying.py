"""copy, deepcopy and pickle of leaves, graphs and models."""

import copy
import importlib
import math
import pickle
from itertools import pairwise

import pytest
from hypothesis import given

import autograd_mini as am
from autograd_mini import AnomalyError, ExpressionError, Value, topological_order
from autograd_mini.engine.copying import EarlierModules
from support.random_graphs import bits, graphs


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_a_leaf_is_duplicated_whole_and_independent(duplicate):
    leaf = Value(2.0, "w")
    leaf.grad = 3.0
    other = duplicate(leaf)
    assert other is not leaf and other.is_leaf
    assert (other.data, other.grad, other.label) == (2.0, 3.0, "w")
    other.data, other.grad = 5.0, 6.0
    assert (leaf.data, leaf.grad) == (2.0, 3.0)
    (other * other).backward()
    assert other.grad == 16.0


def test_copy_shares_the_operands_and_deepcopy_does_not():
    a = Value(3.0, "a")
    square = a * a
    shallow, deep = copy.copy(square), copy.deepcopy(square)
    assert shallow.parents == (a, a)
    assert deep.parents[0] is deep.parents[1] is not a
    deep.backward()
    assert (a._grad, deep.parents[0].grad) == (None, 6.0)
    shallow.backward()
    assert a.grad == 6.0


@given(graphs())
def test_a_deep_copy_is_the_same_graph_of_other_nodes(nodes):
    root = nodes[-1]
    root.backward()
    twin = copy.deepcopy(root)
    ours, theirs = topological_order(root), topological_order(twin)
    assert not set(ours) & set(theirs)
    index = {node: i for i, node in enumerate(ours)}
    twin_index = {node: i for i, node in enumerate(theirs)}
    for a, b in zip(ours, theirs, strict=True):
        assert [index[p] for p in a.parents] == [twin_index[p] for p in b.parents]
        assert (a.op, a.label, a.is_leaf, a.is_constant) == (
            b.op,
            b.label,
            b.is_leaf,
            b.is_constant,
        )
        assert bits([a.data, a._grad]) == bits([b.data, b._grad])
        assert bits(a.local_derivatives()) == bits(b.local_derivatives())
    leaf = next(node for node in theirs if node.is_leaf)
    leaf.data = 0.125
    twin.recompute()
    assert all(
        repr(node.data) == before
        for node, before in zip(ours, bits(n.data for n in ours), strict=True)
    )


def test_two_results_that_share_nodes_share_them_in_the_copy():
    a = Value(2.0)
    shared = a * a
    first, second = copy.deepcopy([shared + 1.0, shared * 3.0])
    assert first.parents[0] is second.parents[0]


@pytest.mark.slow
def test_a_deep_copy_needs_no_recursion():
    v = leaf = Value(1.0)
    for _ in range(50_000):
        v = v + leaf
    twin = copy.deepcopy(v)
    twin.backward()
    assert topological_order(twin)[0].grad == 50_001.0 and leaf._grad is None


def test_a_subclass_keeps_its_class_and_attributes():
    class Named(Value):
        pass

    leaf = Named(1.0)
    leaf.unit = "cm"
    for other in (copy.copy(leaf), copy.deepcopy(leaf)):
        assert type(other) is Named and other.unit == "cm"


def test_a_constant_stays_a_constant():
    constant = (Value(1.0) * 2.0).parents[1]
    for other in (copy.deepcopy(constant), pickle.loads(pickle.dumps(constant))):
        assert other.is_constant and other.data == 2.0


def test_a_result_cannot_be_pickled_and_says_what_to_do():
    with pytest.raises(TypeError, match=r"is a result.*pickle the leaves"):
        pickle.dumps(Value(2.0) * 3.0)


def test_a_list_of_nodes_in_forward_order_is_copied_in_linear_time(monkeypatch):
    from autograd_mini.engine import copying

    walked = []

    def counting(root, is_leaf, walk=copying.order_above):
        walked.append(len(walk(root, is_leaf)))
        return walk(root, is_leaf)

    monkeypatch.setattr(copying, "order_above", counting)
    nodes = [Value(1.0)]
    for _ in range(300):
        nodes.append(nodes[-1] * 0.5)
    twins = copy.deepcopy({"nodes": nodes})["nodes"]
    assert sum(walked) <= 4 * len(nodes)
    assert all(twin.parents[:1] == (before,) for before, twin in pairwise(twins))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_models_can_be_copied_and_pickled(duplicate):
    model = am.nn.MLP(2, [3, 1], activation="tanh", seed=1)
    twin = duplicate(model)
    assert bits([twin([0.5, -1.0]).data]) == bits([model([0.5, -1.0]).data])
    twin.parameters()[0].data = 99.0
    assert model.parameters()[0].data != 99.0


class OwnState(Value):
    def __getstate__(self):
        return {"number": self._data}

    def __setstate__(self, state):
        self.__init__(state["number"])


class OwnReduce(Value):
    def __reduce__(self):
        return OwnReduce, (self._data,)


@pytest.mark.parametrize("kind", [OwnState, OwnReduce])
@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_subclasses_may_have_their_own_way(kind, copied):
    twin = copied(kind(3.0))
    assert type(twin) is kind and twin.data == 3.0
    (twin * twin).backward()
    assert twin.grad == 6.0


def test_a_copy_has_the_same_constants():
    result = Value(3.0) * 2.0
    assert copy.copy(result).parents[1] is result.parents[1]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_leaf_is_pickled_in_every_protocol_and_without_a_walks_mark(protocol):
    leaf = Value(2.0, "w")
    before = pickle.dumps(leaf, protocol)
    topological_order(leaf * 3.0)
    assert pickle.dumps(leaf, protocol) == before
    (leaf * leaf).backward()
    twin = pickle.loads(pickle.dumps(leaf, protocol))
    assert (twin.data, twin.grad, twin.label) == (2.0, 4.0, "w") and not hasattr(twin, "_total")


@pytest.mark.parametrize("name", EarlierModules.NAMES)
def test_a_module_that_an_earlier_version_had_says_that_its_pickles_are_lost(name):
    with pytest.raises(ImportError, match="pickled by an earlier version of autograd_mini"):
        importlib.import_module(name)


@pytest.mark.parametrize(
    "error",
    [
        AnomalyError("it came to inf", direction="forward", number=1.0),
        AnomalyError("it came to inf", "backward", 1.0, source="here"),
        ExpressionError("`?` is no operator", "a ? b", column=3),
    ],
    ids=repr,
)
def test_an_error_is_pickled_whole(error):
    twin = pickle.loads(pickle.dumps(error))
    assert (str(twin), vars(twin)) == (str(error), vars(error))


def test_an_anomaly_says_in_which_pass_it_came_to_what_and_where():
    error = AnomalyError("it came to inf", "backward", math.inf, "file.py:3")
    assert (error.direction, error.number, error.source) == ("backward", math.inf, "file.py:3")
    assert (str(error), AnomalyError("nan", "forward", 1.0).source) == ("it came to inf", "")
