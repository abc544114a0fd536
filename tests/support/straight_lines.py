"""Lines and numbers for the tests that compare a language with Python, and how they are compared.

GRAPHS in the environment says how many random graphs to try: 200 if nothing is said.
"""

import itertools
import os
import random
import struct

from autograd_mini import Value
from autograd_mini.program.chain_rule import with_gradient
from autograd_mini.program.linear import linearised
from support.random_graphs import random_graph

GRAPHS = int(os.environ.get("GRAPHS", "200"))
ARGUMENTS = 10 * GRAPHS  # for each primitive row

SPECIAL = [0.0, 5e-324, 2.2250738585072014e-308, 1e-160, 1e-9, 0.1, 0.5, 0.84375, 1.0, 1.25, 1.5]
SPECIAL += [2.0, 2.5, 3.0, 6.0, 7.0, 22.5, 700.0, 709.8, 710.4, 745.2, 1e16, 1e22, 1e160, 1e308]
SPECIAL += [1.7976931348623157e308, float("inf"), 0.5063351966958648]  # Math.tanh is 3 floats off
SPECIAL = [sign * x for x in SPECIAL for sign in (1.0, -1.0)] + [float("nan")]


def lines_of(output, inputs):
    """The line of the output, and that of the output and its gradient."""
    gradient, _ = with_gradient(output, inputs)
    return linearised([output], inputs), gradient


def neuron():
    """tanh(w * x + b) with one name for everything that a user names."""
    x, w, b = Value(2.0, "x"), Value(-0.5, "w"), Value(0.1, "b")
    y = (w * x + b).tanh()
    y.label = "y"
    return lines_of(y, [x])


def named(label):
    """A small graph whose leaves, result and output all have this label."""
    x, w = Value(2.0, label), Value(3.0, label)
    product = w * x
    product.label = label
    y = (product + w).tanh()
    y.label = label
    return lines_of(y, [x])


def one_step(op):
    """A line that is one operation on inputs."""
    inputs = [Value(0.5, f"x{i}") for i in range(len(op.rules))]
    return linearised([op(*inputs)], inputs)


def arguments(op, count):
    """Special ones in all pairs, then random ones, from a small range and from all bit patterns."""
    chance, many = random.Random(op.name), len(op.rules)
    special = list(itertools.product(SPECIAL, repeat=min(many, 2)))
    found = [(*row, *chance.choices(SPECIAL, k=many - len(row))) for row in special]
    return found + [tuple([_number(chance) for _ in range(many)]) for _ in range(count)]


def _number(chance):
    kind = chance.randrange(6)
    if kind == 0:
        return struct.unpack("d", chance.randbytes(8))[0]
    if kind == 1:
        return chance.randint(-20, 20) / 2
    if kind == 2:
        return chance.uniform(-720.0, 720.0)
    if kind == 3:
        return chance.uniform(-1.0, 1.0)
    return chance.choice([-1, 1]) * 10 ** chance.uniform(-6, 3)


def graph_of(seed, tame=False):
    """(output, inputs, value line, gradient line) of a random graph; some leaves are inputs."""
    chance = random.Random(seed)
    nodes = random_graph(chance, results=15, tame=tame)
    leaves = [node for node in nodes if node.is_leaf]
    inputs = leaves[: chance.randint(0, len(leaves))]
    return nodes[-1], inputs, *lines_of(nodes[-1], inputs)


def slots_of(line, numbers):
    """The number in each slot of a line."""
    slots = [*numbers, *[leaf.data for leaf in line.parameters], *line.constants]
    for op, operands in line.steps:
        slots.append(op.forward(*[slots[operand] for operand in operands]))
    return slots


def ulps(x, y):
    """How many floats lie between two numbers; none from nan to nan, 0.0 and -0.0 are one apart."""
    if x != x or y != y:
        return 0 if x != x and y != y else 2**63
    return abs(_place(x) - _place(y))


def _place(x):
    place = struct.unpack("q", struct.pack("d", x))[0]
    return place if place >= 0 else -(2**63) - place - 1
