# The networks of the package, by its own names.
import random
from micrograd.engine import Value
from micrograd.nn import Neuron, Layer, MLP

# %%
random.seed(1)
model = MLP(3, [4, 4, 1])
print(len(model.parameters()), round(model([2.0, 3.0, -1.0]).data, 6))

# %%
xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
ys = [1.0, -1.0, -1.0, 1.0]
for k in range(3):
    ypred = [model(x) for x in xs]
    loss = sum((yout - ygt)**2 for ygt, yout in zip(ys, ypred))
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data += -0.01 * p.grad
    print(k, round(loss.data, 6))

# %%
print(MLP(2, [2, 1]), Layer(2, 1), Neuron(1, nonlin=False), len(Layer(2, 3)([1.0, 2.0])))
print(len(Neuron(2).parameters()), round(Layer(2, 1)([0.0, 0.0]).data, 6))
