# The picture, drawn with the package graphviz: the notebook on tracing, and the lecture's labels.
from graphviz import Digraph
from micrograd.engine import Value

# %%
def trace(root):
    nodes, edges = set(), set()
    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)
    build(root)
    return nodes, edges

def draw_dot(root, format='svg', rankdir='LR'):
    assert rankdir in ['LR', 'TB']
    nodes, edges = trace(root)
    dot = Digraph(format=format, graph_attr={'rankdir': rankdir})
    for n in nodes:
        dot.node(name=str(id(n)), label = "{ data %.4f | grad %.4f }" % (n.data, n.grad), shape='record')
        if n._op:
            dot.node(name=str(id(n)) + n._op, label=n._op)
            dot.edge(str(id(n)) + n._op, str(id(n)))
    for n1, n2 in edges:
        dot.edge(str(id(n1)), str(id(n2)) + n2._op)
    return dot

# %%
x = Value(1.0)
y = (x * 2 + 1).relu()
y.backward()
dot = draw_dot(y)
nodes, edges = trace(y)
print(len(nodes), len(edges), dot.source.count('label="{ data'), dot.source.count(' -> '))

# %%
import random
from micrograd import nn

random.seed(1337)
n = nn.Neuron(2)
x = [Value(1.0), Value(-2.0)]
y = n(x)
dot = draw_dot(y, rankdir='TB')
print(y.data >= 0.0, 'rankdir=TB' in dot.source, n)
