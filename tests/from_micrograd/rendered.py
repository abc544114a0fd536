# The picture in a file, by the program dot.
from graphviz import Digraph
from micrograd.engine import Value

# %%
a = Value(2.0)
b = Value(-3.0)
o = (a * b + 10.0).relu()
o.backward()

def draw_dot(root):
    dot = Digraph(format='svg', graph_attr={'rankdir': 'LR'})
    nodes = [root, *root._prev]
    for n in nodes:
        uid = str(id(n))
        dot.node(name=uid, label="{ data %.4f | grad %.4f }" % (n.data, n.grad), shape='record')
        if n._op:
            dot.node(name=uid + n._op, label=n._op)
            dot.edge(uid + n._op, uid)
    for n in root._prev:
        dot.edge(str(id(n)), str(id(root)) + root._op)
    return dot

# %%
dot = draw_dot(o)
print(dot.render('gout'))
with open('gout.svg') as file:
    print(file.read().count('<ellipse'))
