"""The same numbers, bit for bit, whichever way they are computed, and in every process."""

import os
import random
import subprocess
import sys

import pytest
from hypothesis import given

import autograd_mini as am
from autograd_mini import topological_order
from support.places import ROOT
from support.random_graphs import bits, graphs, random_graph

PROGRAM = """
import random
from support.random_graphs import bits, random_graph
import autograd_mini as am
for seed in range(40):
    nodes = random_graph(random.Random(seed), results=40)
    nodes[-1].backward()
    print(bits([node.data for node in nodes]), bits([node._grad for node in nodes]))
model = am.nn.MLP(3, [5, 2], activation="tanh", seed=1)
loss = am.losses.cross_entropy(model([0.1, -0.2, 0.3]), 1)
loss.backward()
print(bits([p.grad for p in model.parameters()]))
"""


@pytest.mark.slow
def test_the_same_program_gives_the_same_bits_in_twenty_processes():
    outputs = set()
    for hash_seed in range(20):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": str(hash_seed),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1 and len(outputs.pop().splitlines()) == 41


@pytest.mark.slow
@given(graphs())
def test_eager_recomputed_and_graph_gradients_agree(nodes):
    root = nodes[-1]
    order = [node for node in topological_order(root) if not node.is_constant]
    data = bits(node.data for node in order)
    root.backward()
    eager = bits(node._grad or 0.0 for node in order)
    graph = am.gradients(root, order)
    assert bits(g.data or 0.0 for g in graph) == eager
    root.recompute()
    for g in graph:
        if not g.is_constant:
            g.recompute()
    assert bits(node.data for node in order) == data
    assert bits(g.data or 0.0 for g in graph) == eager
    root.zero_grad()
    root.backward()
    assert bits(node._grad or 0.0 for node in order) == eager


@pytest.mark.slow
def test_deep_graphs_agree_too():
    for seed in range(3):
        nodes = random_graph(random.Random(seed), results=2000, tame=True)
        depth = {}
        for node in topological_order(nodes[-1]):
            depth[node] = 1 + max((depth[parent] for parent in node.parents), default=0)
        root = max(depth, key=depth.get)
        leaves = [node for node in topological_order(root) if node.is_leaf]
        root.zero_grad()
        root.backward()
        found = am.gradients(root, leaves)
        assert bits(g.data for g in found) == bits(leaf.grad for leaf in leaves)


@pytest.mark.slow
def test_the_deep_graphs_are_deep():
    v = leaf = am.Value(0.5)
    for _ in range(1500):
        v = (v * leaf + leaf).tanh()
    v.backward()
    (g,) = am.gradients(v, [leaf])
    assert bits([g.data]) == bits([leaf.grad])
    g.recompute()
    assert bits([g.data]) == bits([leaf.grad])
