# A function of several leaves, its derivatives by small changes, then by hand, then a step along them.
from micrograd.engine import Value

# %%
def loss_at(da=0.0, db=0.0, dc=0.0):
    a = Value(2.0 + da)
    b = Value(-3.0 + db)
    c = Value(10.0 + dc)
    e = a * b
    d = e + c
    f = Value(-2.0)
    L = d * f
    return L.data

h = 0.001
print(round((loss_at(da=h) - loss_at()) / h, 6), round((loss_at(db=h) - loss_at()) / h, 6))

# %%
a = Value(2.0)
b = Value(-3.0)
c = Value(10.0)
e = a * b
d = e + c
f = Value(-2.0)
L = d * f
L.grad = 1.0
f.grad = d.data
d.grad = f.data
c.grad = d.grad * 1.0
e.grad = d.grad * 1.0
a.grad = e.grad * b.data
b.grad = e.grad * a.data
print(a.grad, b.grad, c.grad, f.grad)

# %%
for leaf in [a, b, c, f]:
    leaf.data += 0.01 * leaf.grad
e = a * b
d = e + c
L = d * f
print(round(L.data, 6))

# %%
a.grad = b.grad = c.grad = f.grad = 0.0
L.backward()
print(round(a.grad, 6), round(f.grad, 6), L._op, d._op, repr(a._op))
print({round(child.data, 6) for child in L._prev} == {round(d.data, 6), round(f.data, 6)})
