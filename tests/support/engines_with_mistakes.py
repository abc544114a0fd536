"""Engines as students write them, with the mistakes that one asks for, in two styles.

`closures(...)` is in the manner of micrograd: each operation makes a function that passes the
gradient on. `stored(...)` keeps the local derivatives beside the operands. Both take the names of
mistakes, the words of the VARIANTS of these, and a few habits that are no mistakes:

    composed    - and / and the minus sign are made of +, * and **
    in_sets     the operands are kept in a set for the walk over the graph
    rightmost   the walk goes through the operands from right to left
    recursive   the walk is a recursive function; else it keeps a stack of its own
    fresh       backward() sets the gradients of all nodes to 0 first
    none        gradients start as None

Nothing here uses the package.
"""

import math
from collections import deque

VARIANTS = {
    "recurse_per_path": ["edge_by_edge", "distinct", "by_level", "distinct by_level"],
    "first_path_only": ["way_down"],
    "set_parents": ["pairs"],
    "log_of_log": ["one_over_log"],
}
ONLY_STORED = ["edge_by_edge", "way_down"]
HABITS = ["composed", "in_sets", "rightmost", "recursive", "fresh", "none"]


def closures(*wrong):
    """An engine in the manner of micrograd, with these mistakes and habits."""
    return type("Value", (Closures,), {"wrong": wrong})


def stored(*wrong):
    """An engine that keeps local derivatives, with these mistakes and habits."""
    return type("Value", (Stored,), {"wrong": wrong})


# -- wrong rules -----------------------------------------------------------------------------------


def derivative_of_tanh(wrong, x, z):
    if "tanh_of_input" in wrong:
        return 1 - x**2
    return 1 - z if "tanh_no_square" in wrong else 1 - z**2


def derivative_of_power(wrong, x, n):
    if "power_no_n" in wrong:
        return x ** (n - 1)
    return n * x**n if "power_no_minus_one" in wrong else n * x ** (n - 1)


def derivative_of_log(wrong, x):
    if "log_of_log" in wrong:
        return 1 / math.log(x) if "one_over_log" in wrong else math.log(x)
    return 1 / x


def derivative_of_denominator(wrong, x, y):
    if "quotient_no_numerator" in wrong:
        return -1 / y**2
    return x / y**2 if "quotient_sign" in wrong else -x / y**2


def logistic(x):
    return 1 / (1 + math.exp(-x))


# -- in the manner of micrograd --------------------------------------------------------------------


class Closures:
    wrong = ()

    def __init__(self, data, children=()):
        self.data = data
        self.grad = None if "none" in self.wrong else 0.0
        self._children = tuple(children)
        if "set_parents" in self.wrong:
            self._children = tuple(dict.fromkeys(children))
        self._backward = lambda: None

    def _value(self, x):
        return x if isinstance(x, Closures) else type(self)(x)

    def _receive(self, out, local):
        upstream = out.grad or 0.0
        amount = upstream * local
        if "no_upstream" in self.wrong:
            amount = local
        if "add_upstream" in self.wrong:
            amount = upstream + local
        if "overwrite" in self.wrong or self.grad is None:
            self.grad = amount
        elif "first_path_only" not in self.wrong or not self.grad:
            self.grad += amount

    def _innermost(self):
        node = self
        while node._children and "outer_at_wrong_point" in self.wrong:
            node = node._children[0]
        return node.data

    def _made(self, data, children, *locals_):
        out = type(self)(data, children)

        def _backward():
            uses = list(zip(children, locals_, strict=True))
            if "pairs" in self.wrong:
                uses = dict.fromkeys(uses)
            elif "set_parents" in self.wrong:
                uses = dict(uses).items()
            for child, local in uses:
                child._receive(out, local)

        out._backward = _backward
        return out

    def __add__(self, other):
        other = self._value(other)
        return self._made(self.data + other.data, (self, other), 1.0, 1.0)

    def __mul__(self, other):
        other = self._value(other)
        locals_ = (other.data, self.data)
        if "product_not_swapped" in self.wrong:
            locals_ = (self.data, other.data)
        return self._made(self.data * other.data, (self, other), *locals_)

    def __pow__(self, n):
        assert isinstance(n, int | float), "only numbers as exponents"
        local = derivative_of_power(self.wrong, self._innermost(), n)
        return self._made(self.data**n, (self,), local)

    def __neg__(self):
        return self * -1 if "composed" in self.wrong else self._made(-self.data, (self,), -1.0)

    def __sub__(self, other):
        if "composed" in self.wrong:
            return self + (-other)
        other = self._value(other)
        second = 1.0 if "subtraction_sign" in self.wrong else -1.0
        return self._made(self.data - other.data, (self, other), 1.0, second)

    def __truediv__(self, other):
        if "composed" in self.wrong:
            return self * other**-1
        other = self._value(other)
        x, y = self.data, other.data
        second = derivative_of_denominator(self.wrong, x, y)
        return self._made(x / y, (self, other), 1 / y, second)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return other + (-self) if "composed" in self.wrong else self._value(other) - self

    def __rtruediv__(self, other):
        return other * self**-1 if "composed" in self.wrong else self._value(other) / self

    def exp(self):
        x = self._innermost()
        local = x if "exp_of_input" in self.wrong else math.exp(x)
        return self._made(math.exp(self.data), (self,), local)

    def log(self):
        local = derivative_of_log(self.wrong, self._innermost())
        return self._made(math.log(self.data), (self,), local)

    def tanh(self):
        x = self._innermost()
        local = derivative_of_tanh(self.wrong, x, math.tanh(x))
        return self._made(math.tanh(self.data), (self,), local)

    def sigmoid(self):
        x = self._innermost()
        z = x if "sigmoid_of_input" in self.wrong else logistic(x)
        return self._made(logistic(self.data), (self,), z * (1 - z))

    def relu(self):
        is_open = self._innermost() > 0 or "relu_ungated" in self.wrong
        return self._made(max(self.data, 0.0), (self,), 1.0 if is_open else 0.0)

    def sin(self):
        return self._made(math.sin(self.data), (self,), math.cos(self._innermost()))

    def _operands(self):
        return walked(self._children, self.wrong)

    def backward(self):
        nodes = nodes_in_order(self, Closures._operands, self.wrong)
        if "fresh" in self.wrong:
            for node in nodes:
                node.grad = None if "none" in self.wrong else 0.0
        self.grad = seed(self)
        for node in nodes:
            node._backward()


# -- the local derivatives kept beside the operands ------------------------------------------------


class Stored:
    wrong = ()

    def __init__(self, data):
        self.data = data
        self.grad = None if "none" in self.wrong else 0.0
        self.inputs = []

    def wrapped(self, x):
        return x if isinstance(x, Stored) else type(self)(x)

    def result(self, data, *inputs):
        out = type(self)(data)
        if "pairs" in self.wrong:
            out.inputs = list(dict.fromkeys(inputs))
        elif "set_parents" in self.wrong:
            out.inputs = list(dict(inputs).items())
        else:
            out.inputs = list(inputs)
        return out

    def bottom(self):
        node = self
        if "outer_at_wrong_point" in self.wrong:
            while node.inputs:
                node = node.inputs[0][0]
        return node.data

    def __add__(self, other):
        other = self.wrapped(other)
        return self.result(self.data + other.data, (self, 1.0), (other, 1.0))

    __radd__ = __add__

    def __mul__(self, other):
        other = self.wrapped(other)
        x, y = self.data, other.data
        if "product_not_swapped" in self.wrong:
            return self.result(x * y, (self, x), (other, y))
        return self.result(x * y, (self, y), (other, x))

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1 if "composed" in self.wrong else self.result(-self.data, (self, -1.0))

    def __sub__(self, other):
        other = self.wrapped(other)
        if "composed" in self.wrong:
            return self + other * -1
        sign = 1.0 if "subtraction_sign" in self.wrong else -1.0
        return self.result(self.data - other.data, (self, 1.0), (other, sign))

    def __rsub__(self, other):
        return self.wrapped(other) - self

    def __truediv__(self, other):
        other = self.wrapped(other)
        if "composed" in self.wrong:
            return self * other**-1
        x, y = self.data, other.data
        below = derivative_of_denominator(self.wrong, x, y)
        return self.result(x / y, (self, 1 / y), (other, below))

    def __rtruediv__(self, other):
        return self.wrapped(other) / self

    def __pow__(self, n):
        if not isinstance(n, int | float):
            return NotImplemented
        local = derivative_of_power(self.wrong, self.bottom(), n)
        return self.result(self.data**n, (self, local))

    def function(self, f, slope):
        return self.result(f(self.data), (self, slope(self.bottom())))

    def exp(self):
        return self.function(math.exp, lambda x: x if "exp_of_input" in self.wrong else math.exp(x))

    def log(self):
        return self.function(math.log, lambda x: derivative_of_log(self.wrong, x))

    def sin(self):
        return self.function(math.sin, math.cos)

    def tanh(self):
        return self.function(math.tanh, lambda x: derivative_of_tanh(self.wrong, x, math.tanh(x)))

    def sigmoid(self):
        def slope(x):
            s = x if "sigmoid_of_input" in self.wrong else logistic(x)
            return s * (1 - s)

        return self.function(logistic, slope)

    def relu(self):
        def slope(x):
            return 1.0 if x > 0 or "relu_ungated" in self.wrong else 0.0

        return self.function(lambda x: max(x, 0.0), slope)

    def operands(self):
        return walked([node for node, _ in self.inputs], self.wrong)

    def give(self, node, local):
        node.take(self.flowing(local))

    def flowing(self, local):
        if "no_upstream" in self.wrong:
            return local
        upstream = self.grad or 0.0
        return local + upstream if "add_upstream" in self.wrong else local * upstream

    def take(self, amount):
        if self.grad is None or "overwrite" in self.wrong:
            self.grad = amount
        elif "first_path_only" in self.wrong and "way_down" not in self.wrong:
            self.grad = self.grad or amount
        else:
            self.grad = self.grad + amount

    def edge_by_edge(self):
        for node, local in self.inputs:
            self.give(node, local)
            node.edge_by_edge()

    def way_down(self, seen):
        for node, local in self.inputs:
            if node not in seen:
                seen.add(node)
                self.give(node, local)
                node.way_down(seen)

    def backward(self):
        nodes = nodes_in_order(self, Stored.operands, self.wrong)
        if "fresh" in self.wrong:
            for node in nodes:
                node.grad = 0.0
        self.grad = seed(self)
        if "edge_by_edge" in self.wrong:
            self.edge_by_edge()
        elif "way_down" in self.wrong:
            self.way_down({self})
        else:
            for node in nodes:
                for operand, local in node.inputs:
                    node.give(operand, local)


# -- the walk over the graph -----------------------------------------------------------------------


def seed(root):
    if "seed_output" in root.wrong:
        return root.data
    return 0.0 if "seed_zero" in root.wrong else 1.0


def walked(operands, wrong):
    """The operands in the order in which the walk goes through them."""
    if "in_sets" in wrong:
        operands = set(operands)
    elif "distinct" in wrong:
        operands = dict.fromkeys(operands)
    return list(operands)[:: -1 if "rightmost" in wrong else 1]


def nodes_in_order(root, operands, wrong):
    """The nodes in the order in which they pass their gradients on."""
    if "recurse_per_path" in wrong:
        return level_by_level(root, operands) if "by_level" in wrong else down(root, operands)
    if "preorder" in wrong:
        return list(dict.fromkeys(down(root, operands)))
    if "breadth_first" in wrong:
        return list(dict.fromkeys(level_by_level(root, operands)))
    order = (recursive_order if "recursive" in wrong else order_with_a_stack)(root, operands)
    return order if "postorder" in wrong else order[::-1]


def down(node, operands):
    """Every node as often as paths lead to it."""
    found = [node]
    for operand in operands(node):
        found += down(operand, operands)
    return found


def level_by_level(root, operands):
    queue, found = deque([root]), []
    while queue:
        node = queue.popleft()
        found.append(node)
        queue.extend(operands(node))
    return found


def recursive_order(root, operands):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for operand in operands(node):
                visit(operand)
            order.append(node)

    visit(root)
    return order


def order_with_a_stack(root, operands):
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(operand, False) for operand in reversed(operands(node))]
    return order
