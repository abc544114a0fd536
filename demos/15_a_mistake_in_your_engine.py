"""A mistake in your engine, found: a small engine as people write their first, and its report."""

from __future__ import annotations

import math

import autograd_mini as am


class Value:
    """An engine as in many notebooks. It trains, somewhat, though it is wrong in two ways."""

    def __init__(self, data, parents=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self._backward = lambda: None

    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad = out.grad
            other.grad = out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        out = Value(math.tanh(self.data), (self,))

        def _backward():
            self.grad = (1 - out.data) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        order = []

        def build(node):
            if node not in order:
                for parent in node.parents:
                    build(parent)
                order.append(node)

        build(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


def main() -> None:
    x = Value(0.5)
    y = (x * x).tanh()
    y.backward()
    print(f"The engine says that the slope of tanh(x*x) at 0.5 is {x.grad:.4f}.")
    print(f"Finite differences: {(math.tanh(0.501**2) - math.tanh(0.499**2)) / 0.002:.4f}.\n")
    print(am.check_engine(Value))
    print("\nNotice: no line of the engine was read; its numbers give its mistakes away.")
    print("Question: which lines must be changed? Do it, and run this again.")


if __name__ == "__main__":
    main()
