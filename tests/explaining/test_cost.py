"""cost(v): every count worked out by hand, by brute force, or by watching a sweep at work."""

import math
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Op, Value, no_grad, topological_order
from autograd_mini.engine import ops
from autograd_mini.explaining import cost as cost_module
from autograd_mini.explaining.cost import Cost, cost
from support.random_graphs import ROWS, random_graph
from support.rows import each_row

COUNTS = (
    "function", "local_derivatives", "central_differences", "forward_mode", "path_by_path",
    "reverse_mode",
)  # fmt: skip
SIZES = ("nodes", "leaves", "edges", "paths")


def leaves(count):
    return [Value(1.0 + i, f"x{i}") for i in range(count)]


# -- counted by hand -------------------------------------------------------------------------------

a, b, c, f = leaves(4)

# (nodes, leaves, edges, paths), then (function, local derivatives, central differences, forward
# mode, path by path, reverse mode)
BY_HAND = {
    # a * b: once up and down two edges, nothing to add; 2 leaves * (2 * 1 operation + 4)
    "a product": (a * b, (3, 2, 2, 2), (1, 0, 12, 3, 3, 3)),
    "a sum": (a + b, (3, 2, 2, 2), (1, 0, 12, 3, 3, 3)),
    # two edges to one leaf: their products are added, in every method
    "a square": (a * a, (2, 1, 2, 2), (1, 0, 6, 4, 4, 4)),
    "a constant beside it": (a * 3.0, (3, 1, 1, 1), (1, 0, 6, 2, 2, 2)),
    # 1 - z * z: two operations
    "tanh": (a.tanh(), (2, 1, 1, 1), (1, 2, 6, 4, 4, 4)),
    # 1 / y and -(z / y): three
    "a quotient": (a / b, (3, 2, 2, 2), (1, 3, 12, 6, 6, 6)),
    # x ** 2: y - 1, the power, the product, and the choice for y = 0
    "a power": (a**2, (3, 1, 1, 1), (1, 4, 6, 6, 6, 6)),
    # forward 3 + 3 + 2 + 1 products; paths of 3, 3, 2 and 1 edges
    "the lecture": ((a * b + c) * f, (7, 4, 6, 4), (3, 0, 40, 12, 12, 9)),
    # (a * b) twice: forward a: edges 1 + 2 and one sum; the same for b; 4 paths of 2 edges,
    # and a sum for each leaf
    "a fork": ((lambda e: e * e)(a * b), (4, 2, 4, 4), (2, 0, 16, 10, 12, 7)),
    # 3 pairs: 6 operations, 7 edges of which one leads to a bias
    "a dot": (am.dot([a, b, c], [f, f, f], a), (5, 4, 7, 7), (6, 0, 64, 16, 16, 16)),
    "a sum of four": (am.sum([a, b, c, f]), (5, 4, 4, 4), (3, 0, 40, 7, 7, 7)),
    # a gradient comes to the wall, and to nothing behind it; the function is computed as ever
    "a wall": (a * b.exp().detach(), (5, 2, 2, 1), (3, 0, 20, 4, 4, 5)),
    "a choice": (am.where(a, b, c), (4, 3, 2, 2), (1, 2, 18, 5, 5, 5)),
    "a leaf": (a, (1, 1, 0, 1), (0, 0, 4, 0, 0, 0)),
    "mean of two": (am.mean([a, b]), (5, 2, 3, 2), (2, 1, 16, 7, 7, 6)),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_counted_by_hand(name):
    v, sizes, counts = BY_HAND[name]
    counted = cost(v)
    assert tuple(getattr(counted, size) for size in SIZES) == sizes
    assert tuple(getattr(counted, count) for count in COUNTS) == counts
    assert all(type(getattr(counted, each)) is int for each in (*SIZES, *COUNTS))


# name: (operations of the forward function, of the rules when every operand varies)
ROWS_BY_HAND = {
    "add": (1, 0), "sub": (1, 0), "mul": (1, 0), "div": (1, 3), "neg": (1, 0), "abs": (1, 1),
    "exp": (1, 0), "log": (1, 1), "log1p": (1, 2), "sqrt": (1, 1), "sin": (1, 1), "cos": (1, 2),
    "tan": (1, 2), "asin": (1, 5), "acos": (1, 6), "atan": (1, 7), "tanh": (1, 2), "erf": (1, 8),
    "sigmoid": (1, 2), "relu": (1, 1), "sign": (1, 0), "floor": (1, 0), "maximum": (1, 2),
    "where": (1, 2), "identity": (1, 0), "detach": (1, 0), "leg": (4, 2), "times": (2, 0),
    "leaky_relu": (2, 3),  # max(x, 0.01 * x); 0.01 + 0.99 * heaviside(x)
    "elu": (4, 2),  # max + expm1(min); exp(min)
    "softplus": (6, 1),  # max + log1p(exp(-abs))
    "gelu": (6, 16),  # max, erf(x * c), 0.5 *, 0.5 +, *; 5 + a clip of 2 + 1, 3 + 4 in exp, exp, +
    "clip": (2, 16),  # 5 + 5 + 6 of exceeds, floor, -, * and maximum
}  # fmt: skip


@each_row("name", ROWS_BY_HAND)
def test_rows_counted_by_hand(name):
    row = next(row for row in ROWS if row.name == name)
    operands = leaves(len(row.rules))
    counted = cost(row(*operands) + 1.0)
    assert (counted.function - 1, counted.local_derivatives) == ROWS_BY_HAND[name]


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_variadic_rows_counted_by_hand(n):
    assert cost(am.sum(leaves(n))).function == max(1, n - 1)
    assert cost(am.dot(leaves(n), leaves(n), Value(0.0))).function == 2 * n
    # the largest, kept finite, cut off; differences; the powers of the others and their sum; how
    # many others are as large; all of them, log1p, and the largest again
    forward = (n - 1) + 2 + 1 + n + (2 * n + max(1, n - 1)) + 2 * n + 3
    softmax = (n - 1) + 2 + 1 + 2 * n + n + max(1, n - 1) + n  # each is kept finite, too
    counted = cost(am.logsumexp(leaves(n)))
    assert (counted.function, counted.local_derivatives) == (forward, softmax)


def operations_in_graph(results, operands):
    """The operations of the graphs that rules make of Values, by the rows in them."""
    nodes = {}
    for result in results:
        if isinstance(result, Value):
            nodes.update(dict.fromkeys(topological_order(result)))
    made = [node for node in nodes if node.op and node not in operands]
    return sum(ROWS_BY_HAND.get(node.op.name, (1,))[0] for node in made)


@each_row("row", [r for r in ROWS if not r.variadic], ids=lambda row: row.name)
def test_a_rule_counts_the_nodes_of_the_graph_that_it_makes(row):
    operands = [Value(0.5 + 0.1 * i) for i in range(len(row.rules))]
    z = Value(row.forward(*[operand.data for operand in operands]))
    rules = [rule(*operands, z) if callable(rule) else rule for rule in row.rules]
    lengths = 12 * sum(  # `length` is a row of 13
        node.op is ops.length
        for node in {n for r in rules if isinstance(r, Value) for n in topological_order(r)}
    )
    expected = operations_in_graph(rules, operands) + lengths
    assert cost_module._rule_operations(row, (True,) * len(operands))[0] == expected


# -- brute force -----------------------------------------------------------------------------------


def edges_below(node):
    """(operand, local derivative) of each edge that a gradient goes along."""
    pairs = zip(node.parents, node.local_derivatives(), strict=True)
    return [(operand, local) for operand, local in pairs if local is not None]


def lengths_of_paths(node, length=0):
    """(leaf, number of edges) of every path, each walked along."""
    if node.is_leaf:
        yield node, length
    for operand, _ in edges_below(node):
        yield from lengths_of_paths(operand, length + 1)


def reached_from(root):
    todo, seen = [root], {root}
    while todo:
        for operand, _ in edges_below(todo.pop()):
            if operand not in seen:
                seen.add(operand)
                todo.append(operand)
    return seen


class Watched:
    """A number that counts the operations done with it."""

    products = sums = 0

    def __init__(self, number):
        self.number = number

    def __mul__(self, other):
        Watched.products += 1
        return Watched(self.number * getattr(other, "number", other))

    def __add__(self, other):
        Watched.sums += 1
        return Watched(self.number + other.number)

    @classmethod
    def counted(cls):
        found = cls.products + cls.sums
        cls.products = cls.sums = 0
        return found


def watched_reverse(root):
    """A reverse sweep on watched numbers, and the gradients of the leaves."""
    totals = {root: Watched(1.0)}
    for node in reversed(topological_order(root)):
        for operand, local in edges_below(node) if node in totals else []:
            product = totals[node] * local
            totals[operand] = totals[operand] + product if operand in totals else product
    return Watched.counted(), {n: t.number for n, t in totals.items() if n.is_leaf}


def watched_forward(root, leaf):
    """A forward sweep from one leaf, on watched numbers, and its derivative."""
    rates, reached = {leaf: Watched(1.0)}, reached_from(root)
    for node in topological_order(root):
        for operand, local in edges_below(node) if node in reached else []:
            if operand in rates:
                product = rates[operand] * local
                rates[node] = rates[node] + product if node in rates else product
    return Watched.counted(), rates[root].number if root in rates else None


def watched_paths(root):
    """Path by path, on watched numbers."""
    totals = {}

    def walk(node, factors):
        if node.is_leaf:
            product = Watched(1.0)
            for factor in factors:
                product = product * factor
            totals[node] = totals[node] + product if node in totals else product
        for operand, local in edges_below(node):
            walk(operand, [*factors, local])

    walk(root, [])
    return Watched.counted(), {node: total.number for node, total in totals.items()}


def same(x, y):
    return x == pytest.approx(y, rel=1e-6, nan_ok=True, abs=1e-9)


@given(st.integers(0, 2**32))
def test_watched_sweeps_do_as_many_operations(seed):
    root = random_graph(random.Random(seed), results=14, tame=True)[-1]
    counted = cost(root)
    once = counted.function + counted.local_derivatives
    paths = list(lengths_of_paths(root))
    order = topological_order(root)
    inputs = [node for node in order if node.is_leaf]

    reverse, gradients = watched_reverse(root)
    forward = [watched_forward(root, leaf) for leaf in inputs]
    by_paths, sums = watched_paths(root)
    assert counted.reverse_mode == once + reverse
    assert counted.forward_mode == once + sum(operations for operations, _ in forward)
    assert counted.path_by_path == once + by_paths
    assert counted.central_differences == len(inputs) * (2 * counted.function + 4)

    assert counted.paths == len(paths)
    assert (counted.nodes, counted.leaves) == (len(order), len(inputs))
    assert counted.edges == sum(len(edges_below(node)) for node in reached_from(root))

    # all three are ways to the same numbers
    assert set(sums) == set(gradients)
    for leaf, (_, rate) in zip(inputs, forward, strict=True):
        assert (rate is None) == (leaf not in gradients)
        if rate is not None and all(map(math.isfinite, (rate, sums[leaf], gradients[leaf]))):
            assert same(rate, gradients[leaf]) and same(sums[leaf], gradients[leaf])


@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3]))
def test_leaves_in_blocks_count_the_same(seed, block):
    root = random_graph(random.Random(seed), results=14)[-1]
    expected, usual = cost(root).forward_mode, cost_module.BLOCK
    try:
        cost_module.BLOCK = block
        assert cost(root).forward_mode == expected
    finally:
        cost_module.BLOCK = usual


# -- the limit -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_ratio_is_never_above_the_bound():
    close = 0
    for seed in range(1000):
        counted = cost(random_graph(random.Random(seed), results=seed % 20 + 5)[-1])
        assert 0.0 < counted.ratio <= counted.bound
        assert counted.ratio == counted.reverse_mode / counted.function
        close += counted.ratio > 0.9 * counted.bound
    assert close > 10  # it is no idle bound


@given(st.lists(st.sampled_from("+-*"), min_size=1, max_size=30), st.randoms())
def test_plus_minus_and_times_stay_within_four(signs, chance):
    nodes = leaves(3)
    for sign in signs:
        x, y = chance.choice(nodes), chance.choice(nodes)
        nodes.append({"+": x + y, "-": x - y, "*": x * y}[sign])
    counted = cost(nodes[-1])
    assert counted.bound == 4.0 and counted.ratio <= 4.0


def test_the_limit_is_reached_where_all_edges_lead_to_one_leaf():
    v = x = Value(1.0)
    for _ in range(1000):
        v = x * v
    assert cost(v).ratio == cost(v).bound == 4.0
    assert cost(x / x).ratio == cost(x / x).bound == 7.0
    assert cost(x**x).ratio == cost(x**x).bound == 13.0


def test_reverse_mode_does_not_mind_how_many_leaves_there_are():
    def chain(inputs):
        v = inputs[0]
        for i in range(100):
            v = v * inputs[i % len(inputs)] + inputs[-i % len(inputs)]
        return v

    few, many = cost(chain(leaves(2))), cost(chain(leaves(100)))
    assert (few.function, few.edges) == (many.function, many.edges) == (200, 400)
    assert many.reverse_mode <= few.reverse_mode <= many.reverse_mode + 98
    assert many.central_differences == 50 * few.central_differences
    assert many.forward_mode > 20 * few.forward_mode / 2


def test_on_a_tree_paths_and_forward_mode_cost_the_same():
    products = leaves(16)
    while len(products) > 1:
        products = [x * y for x, y in zip(products[::2], products[1::2], strict=True)]
    counted = cost(products[0])
    assert (counted.paths, counted.edges) == (16, 30)
    assert counted.forward_mode == counted.path_by_path == 15 + 16 * 4
    assert counted.reverse_mode == 15 + 30


# -- large -----------------------------------------------------------------------------------------


def doubled(times):
    v = Value(1.0, "x")
    for _ in range(times):
        v = v + v
    return v


@pytest.mark.parametrize("times", [1, 2, 10, 30, 1000])
def test_a_fork_at_every_step(times):
    counted = cost(doubled(times))
    assert (counted.paths, counted.edges, counted.function) == (2**times, 2 * times, times)
    # as many products as a path has edges, for each path, and a sum less than there are paths
    assert counted.path_by_path == times + 2**times * times + 2**times - 1
    assert counted.reverse_mode == counted.forward_mode == times + 2 * times + times


@pytest.mark.slow
def test_a_hundred_thousand_nodes():
    counted = cost(doubled(30_000))
    assert counted.paths == 2**30_000 and counted.reverse_mode == 120_000
    assert "down each of about 10^9031 paths" in counted.text
    v = x = Value(1.0)
    for _ in range(25_000):
        v = v + x.detach() * 1.0
    counted = cost(v)
    assert (counted.nodes, counted.paths, counted.edges) == (100_001, 1, 75_000)


@pytest.mark.slow
def test_many_leaves():
    inputs = leaves(10_000)
    counted = cost(am.sum([x * x for x in inputs]))
    assert counted.function == 10_000 + 9_999
    assert counted.forward_mode - counted.function == 10_000 * (2 + 1 + 1)
    v = inputs[0]
    for x in inputs:
        v = v * x
    # leaf k has 10,000 - k edges above it; the first, where the chain starts, one more and a sum
    upward = sum(10_000 - k for k in range(10_000)) + 1 + 1
    assert cost(v).forward_mode == 10_000 + upward


# -- what is asked for -----------------------------------------------------------------------------


def test_what_has_no_gradient_is_an_error():
    with pytest.raises(TypeError, match="cost takes a Value, the result to start from, not float"):
        cost(2.0)
    with no_grad():
        constant = a * b
    with pytest.raises(ValueError, match=r"Value\(2.0\) is a constant, so it has no gradients"):
        cost(constant)


def test_numbers_do_not_matter_and_nothing_is_altered():
    x = Value(3.0, "x")
    v = (x * x + 2.0).tanh() ** 3
    before = cost(v).text
    for number in (0.0, math.nan, math.inf, -1.0):
        x.data = number
        assert cost(v).text == before
    assert [node._grad for node in topological_order(v)] == [None] * 7


def test_operations_of_ones_own():
    x = Value(2.0)
    cube = Op("cube", "{}³", lambda x: x * x * x, lambda x, z: 3.0 * x * x)
    picky = Op("picky", "picky({})", lambda x: math.sin(x), lambda x, z: math.cos(x))
    choosy = Op("choosy", "choosy({})", lambda x: x + 1.0 if x > 0.0 else x, lambda x, z: 1 / x**2)
    wall = Op("wall", "wall({})", lambda x: +abs(x) % 3.0, lambda x, z: None)
    spread = Op(
        "spread", lambda n: " ~ ".join(["{}"] * n), lambda *x: x[0], lambda x, z: [math.exp(x[0])],
        variadic=True,
    )  # fmt: skip
    over = Op(
        "over", "{} over {}", lambda x, y: x / y, lambda x, y, z: 1 / y, lambda x, y, z: -z / y
    )
    assert (cost(over(x, x)).function, cost(over(x, x)).local_derivatives) == (1, 3)
    half = Op("half", lambda n: "half" + "{}" * n, lambda *x: x[0], lambda x, z: [0.5, None],
              variadic=True)  # fmt: skip
    assert (cost(half(x, x)).edges, cost(half(x, x)).function) == (1, 1)
    found = [cost(op(x)) for op in (cube, picky, choosy, wall, spread)]
    assert [(each.function, each.local_derivatives) for each in found] == [
        (2, 2), (1, 1), (1, 2), (3, 0), (1, 1),
    ]  # fmt: skip
    assert [each.edges for each in found] == [1, 1, 1, 0, 1]


# -- the text --------------------------------------------------------------------------------------


def mlp():
    model = am.nn.MLP(2, [16, 16, 1], seed=0)
    loss = am.losses.hinge(model([0.5, -1.0]), 1)
    return cost(loss)


TEXTS = {
    mlp: """
The gradient of loss with respect to 337 leaves, over 407 nodes and 643 edges:

    method               operations  what it does
    central differences     434,056  the whole function twice a leaf
    forward mode              5,302  up from each leaf, the edges above it
    path by path              8,182  down each of 1,057 paths
    reverse mode              1,558  down from the root, each edge once

The function takes 642 operations, so reverse mode takes 2.43 times as many. For
a graph of such operations the limit is 3.03 times, set by dot, however many
leaves there are. The theorem of Baur and Strassen (1983) says 5 for + - * /.

An operation is one of + - * / or one function such as exp, of single numbers; a
multiplication by 1 counts, and so do the operations of local derivatives.
""",
    lambda: cost(a / b**2): """
The gradient of the result with respect to 2 leaves, over 5 nodes and 3 edges:

    method               operations  what it does
    central differences          16  the whole function twice a leaf
    forward mode                 12  up from each leaf, the edges above it
    path by path                 12  down each of 2 paths
    reverse mode                 12  down from the root, each edge once

The function takes 2 operations, so reverse mode takes 6 times as many. For a
graph of such operations the limit is 7 times, set by /, however many leaves
there are. The theorem of Baur and Strassen (1983) says 5 for + - * /.

An operation is one of + - * / or one function such as exp, of single numbers; a
multiplication by 1 counts, and so do the operations of local derivatives.
""",
    lambda: cost(a): """
The gradient of x0 with respect to 1 leaf, over 1 node and 0 edges:

    method               operations  what it does
    central differences           4  the whole function twice a leaf
    forward mode                  0  up from each leaf, the edges above it
    path by path                  0  down 1 path
    reverse mode                  0  down from the root, each edge once

An operation is one of + - * / or one function such as exp, of single numbers; a
multiplication by 1 counts, and so do the operations of local derivatives.
""",
}


@pytest.mark.parametrize("make", TEXTS, ids=["mlp", "quotient", "leaf"])
def test_the_text(make):
    counted = make()
    assert counted.text == repr(counted) == str(counted) == TEXTS[make].strip()


@given(st.integers(0, 2**32), st.text(max_size=60))
def test_the_text_fits_and_says_the_numbers(seed, label):
    root = random_graph(random.Random(seed), results=40)[-1]
    root.label = label
    counted = cost(root)
    lines = counted.text.splitlines()
    assert max(map(len, lines)) <= 80 and lines == [line.rstrip() for line in lines]
    assert counted.text.replace("\n", "").isprintable()
    rows = re.findall(r"^    (\w+ \w+(?: \w+)?) +([\d,]+)  ", counted.text, re.MULTILINE)
    expected = {
        name.replace("_", " "): getattr(counted, name)
        for name in COUNTS[2:]
        if getattr(counted, name) < 10**12
    }
    assert {name: int(count.replace(",", "")) for name, count in rows} == expected


@pytest.mark.parametrize("times", [36, 37, 38, 39, 40, 41, 100])
def test_the_text_of_large_counts_fits(times):
    assert max(map(len, cost(doubled(times)).text.splitlines())) <= 80


def test_the_name_is_the_label_or_that_of_the_variable():
    y = a * b
    assert "gradient of y with" in cost(y).text
    y.label = "loss"
    assert "gradient of loss with" in cost(y).text
    y.label = "two\nwords"
    assert "gradient of (two\N{REPLACEMENT CHARACTER}words) with" in cost(y).text
    assert "gradient of the result with" in Cost(a * b).text
