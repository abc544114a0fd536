# tanh as one operation and as exp, a difference and a quotient: what the lecture adds to micrograd.
from autograd_mini.engine import Value

# %%
def neuron(activate):
    x1 = Value(2.0, label='x1')
    x2 = Value(0.0, label='x2')
    w1 = Value(-3.0, label='w1')
    w2 = Value(1.0, label='w2')
    b = Value(6.8813735870195432, label='b')
    x1w1 = x1*w1; x1w1.label = 'x1*w1'
    x2w2 = x2*w2; x2w2.label = 'x2*w2'
    x1w1x2w2 = x1w1 + x2w2; x1w1x2w2.label = 'x1*w1 + x2*w2'
    n = x1w1x2w2 + b; n.label = 'n'
    o = activate(n); o.label = 'o'
    o.backward()
    print("%.4f | %.4f %.4f %.4f %.4f" % (o.data, x1.grad, x2.grad, w1.grad, w2.grad))

neuron(lambda n: n.tanh())

# %%
def with_exp(n):
    e = (2*n).exp()
    return (e - 1) / (e + 1)

neuron(with_exp)

# %%
a = Value(2.0)
b = Value(4.0)
print((a - b).data, (a / b).data, (2 * a).data, (a * 2).data, (a + 1).data, (1 + a).data, (-a).data)
print((a**2).data, (1 - a).data, (8 / b).data, (a**-1).data)
