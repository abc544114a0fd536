"""One training step of a small GPT on scalar nodes, and the engine that such programs bring along.

After the 200-line GPT that Andrej Karpathy published in February 2026 (microgpt), in words of our
own: one layer, 16 wide, 4 heads, 27 letters, root-mean-square norms, relu, no biases.
The model is written once, for any class of nodes that has `+ - * / **`, `exp`, `log` and `relu`.
"""

import random

WIDTH, HEADS, LETTERS, LONGEST, TOKENS = 16, 4, 27, 16, 9


class PlainValue:
    """Data, gradient, operands and local derivatives in four slots; `backward` multiplies."""

    __slots__ = ("children", "data", "grad", "local_grads")

    def __init__(self, data, children=(), local_grads=()):
        self.data, self.grad = data, 0.0
        self.children, self.local_grads = children, local_grads

    def __add__(self, other):
        other = other if isinstance(other, PlainValue) else PlainValue(other)
        return PlainValue(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, PlainValue) else PlainValue(other)
        return PlainValue(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, power):
        return PlainValue(self.data**power, (self,), (power * self.data ** (power - 1),))

    def exp(self):
        from math import exp

        z = exp(self.data)
        return PlainValue(z, (self,), (z,))

    def log(self):
        from math import log

        return PlainValue(log(self.data), (self,), (1.0 / self.data,))

    def relu(self):
        return PlainValue(max(0.0, self.data), (self,), (float(self.data > 0.0),))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, local in zip(node.children, node.local_grads, strict=True):
                child.grad += local * node.grad


class TinyGPT:
    """The model on one class of nodes; `dot` is used for the rows of matrices where it is given."""

    def __init__(self, value, dot=None):
        chance = random.Random(42)
        self.dot = dot or (lambda row, x: sum(w * u for w, u in zip(row, x, strict=True)))

        def matrix(rows, columns):
            return [[value(chance.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)]

        self.letters, self.places = matrix(LETTERS, WIDTH), matrix(LONGEST, WIDTH)
        self.query, self.key, self.value, self.out = [matrix(WIDTH, WIDTH) for _ in range(4)]
        self.up, self.down = matrix(4 * WIDTH, WIDTH), matrix(WIDTH, 4 * WIDTH)
        self.head = matrix(LETTERS, WIDTH)
        parts = (self.letters, self.places, self.query, self.key, self.value, self.out)
        parts += (self.up, self.down, self.head)
        self.parameters = [p for part in parts for row in part for p in row]
        self.tokens = [chance.randrange(LETTERS) for _ in range(TOKENS + 1)]

    def times(self, matrix, x):
        return [self.dot(row, x) for row in matrix]

    def normed(self, x):
        scale = (sum(u * u for u in x) / len(x) + 1e-5) ** -0.5
        return [u * scale for u in x]

    def softmax(self, x):
        peak = max(u.data for u in x)
        powers = [(u - peak).exp() for u in x]
        total = sum(powers)
        return [power / total for power in powers]

    def attended(self, x, keys, values):
        query = self.times(self.query, x)
        keys.append(self.times(self.key, x))
        values.append(self.times(self.value, x))
        size, found = WIDTH // HEADS, []
        for start in range(0, WIDTH, size):
            part = slice(start, start + size)
            scores = [self.dot(query[part], key[part]) / size**0.5 for key in keys]
            weights = self.softmax(scores)
            columns = zip(*[value[part] for value in values], strict=True)
            found += [sum(w * u for w, u in zip(weights, c, strict=True)) for c in columns]
        return self.times(self.out, found)

    def logits(self, token, place, keys, values):
        pairs = zip(self.letters[token], self.places[place], strict=True)
        x = self.normed([a + b for a, b in pairs])
        x = [a + b for a, b in zip(x, self.attended(self.normed(x), keys, values), strict=True)]
        hidden = [u.relu() for u in self.times(self.up, self.normed(x))]
        x = [a + b for a, b in zip(x, self.times(self.down, hidden), strict=True)]
        return self.times(self.head, x)

    def loss(self):
        keys, values, losses = [], [], []
        for place, (token, target) in enumerate(zip(self.tokens, self.tokens[1:], strict=False)):
            probabilities = self.softmax(self.logits(token, place, keys, values))
            losses.append(-probabilities[target].log())
        return sum(losses) * (1.0 / TOKENS)

    def step(self):
        loss = self.loss()
        loss.backward()
        for parameter in self.parameters:
            parameter.data -= 0.01 * parameter.grad
            parameter.grad = 0.0
        return loss.data
