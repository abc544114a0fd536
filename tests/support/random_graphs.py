"""Random graphs for every test that compares two ways to the same numbers.

The numbers are often awkward (signed zeros, ties, subnormals, 1e308, inf, nan), the same node is
often both operands, and old nodes are used again, so that gradients meet at forks.
"""

import random

from hypothesis import strategies as st

from autograd_mini import Op, Value
from autograd_mini.engine import ops

AWKWARD = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    5e-324,
    -5e-324,
    1e-308,
    1e308,
    -1e308,
    1e-160,
    1e160,
    700.0,
]
AWKWARD += [float("inf"), float("-inf"), float("nan")]
ROWS = sorted((op for op in vars(ops).values() if isinstance(op, Op)), key=lambda op: op.name)


def random_graph(chance: random.Random, results: int = 30, tame: bool = False) -> list[Value]:
    """Nodes in order of creation, leaves first; `tame` numbers keep most gradients finite."""
    nodes = [Value(_number(chance, tame), f"x{i}") for i in range(chance.randint(1, 4))]
    while len(nodes) < results:
        nodes.append(_result(chance, nodes, tame))
    return nodes


def _number(chance, tame):
    if not tame and chance.random() < 0.3:
        return chance.choice(AWKWARD)
    return chance.choice([-1, 1]) * 10 ** chance.uniform(-2, 0.5)


def _result(chance, nodes, tame):
    op = chance.choice(ROWS)
    count = chance.choice([1, 3, 5]) if op.variadic else len(op.rules)
    arguments = [
        _number(chance, tame) if chance.random() < 0.15 else chance.choice(nodes[-6:])
        for _ in range(count)
    ]
    if not any(isinstance(argument, Value) for argument in arguments):
        arguments[0] = nodes[-1]
    if count > 1 and chance.random() < 0.2:
        arguments[1] = arguments[0]
    result = op(*arguments)
    return result if isinstance(result, Value) and not result.is_constant else nodes[0] + 1.0


def graphs(results: int = 30, tame: bool = False) -> st.SearchStrategy[list[Value]]:
    """A hypothesis strategy; the seed in a failing example rebuilds its graph."""
    return st.integers(0, 2**32).map(lambda seed: random_graph(random.Random(seed), results, tame))


def bits(numbers) -> list[str]:
    """Numbers for comparison: nan equals nan, and 0.0 differs from -0.0."""
    return [repr(number) for number in numbers]
