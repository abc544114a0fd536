# A neuron whose gradients are passed on node by node, then along an order made by hand.
from micrograd.engine import Value

# %%
x1 = Value(2.0)
x2 = Value(0.0)
w1 = Value(-3.0)
w2 = Value(1.0)
b = Value(6.8813735870195432)
x1w1 = x1 * w1
x2w2 = x2 * w2
x1w1x2w2 = x1w1 + x2w2
n = x1w1x2w2 + b
o = n.relu()
o.grad = 1.0
o._backward()
n._backward()
b._backward()
x1w1x2w2._backward()
x2w2._backward()
x1w1._backward()
print(x1.grad, x2.grad, w1.grad, w2.grad)

# %%
for v in [x1, x2, w1, w2, b, x1w1, x2w2, x1w1x2w2, n, o]:
    v.grad = 0.0

topo = []
visited = set()
def build_topo(v):
    if v not in visited:
        visited.add(v)
        for child in v._prev:
            build_topo(child)
        topo.append(v)
build_topo(o)
print(len(topo), topo[-1] is o)
o.grad = 1.0
for node in reversed(topo):
    node._backward()
print(x1.grad, x2.grad, w1.grad, w2.grad)

# %%
o._backward()  # once more: it adds
print(n.grad)
a = Value(3.0)
b = a + a
b.backward()
print('%.1f' % a.grad)

# %%
a = Value(-2.0)
b = Value(3.0)
d = a * b
e = a + b
f = d * e
f.backward()
print(a.grad, b.grad)
