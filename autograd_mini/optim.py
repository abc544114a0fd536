"""Update rules: how the parameters of a model change, given their gradients.

>>> from autograd_mini import Value
>>> x = Value(5.0)
>>> optimizer = SGD([x], lr=0.25)
>>> for _ in range(4):
...     loss = (x - 1.0) * (x - 1.0)
...     optimizer.zero_grad()
...     loss.backward()
...     optimizer.step()
>>> x.data
1.25

The rules are PyTorch's (`torch.optim`), and so are their names and defaults. At the end are
schedules, plain functions from the number of a step to a learning rate:

>>> optimizer.lr = cosine(step=50, steps=100, start=0.25)
>>> round(optimizer.lr, 6)
0.125
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from itertools import repeat

from autograd_mini.engine import ieee, ops
from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import Value, set_data, set_grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# -- optimizers ------------------------------------------------------------------------------------


class Optimizer:
    """What update rules share. A rule of your own is a `start` state and a method `rule`:

    >>> class SignDescent(Optimizer):
    ...     def rule(self, data, grad, state):
    ...         return data - self.lr * ieee.sign(grad), state
    >>> x = Value(3.0)
    >>> optimizer = SignDescent([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    2.5

    `rule` takes the number of a parameter, its gradient and what the rule remembers of it; it gives
    the new number and what to remember. `lr` may be changed at any time.
    """

    start: Any = None
    state_names: tuple[str, ...] = ()  # how formulas call the numbers of the state

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = _leaves(parameters)
        self.lr = lr
        self.states = [self.start] * len(self.parameters)

    def rule(self, data: float, grad: float, state: Any) -> tuple[float, Any]:
        """The new number of a parameter, and its new state."""
        raise NotImplementedError(f"{type(self).__name__} has no method rule(data, grad, state)")

    @property
    def lr(self) -> float:
        """The learning rate; a negative one is a `ValueError`."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = _at_least_zero("lr", lr)

    def step(self) -> None:
        """Change every parameter that has a gradient; an interrupt leaves all as they were."""
        pairs = zip(self.parameters, self.states, strict=True)
        changes = [  # a gradient that is not computed is not the same as zero
            (p._data, state) if p._grad is None else self.rule(p._data, p._grad, state)
            for p, state in pairs
        ]
        numbers, states = [data for data, _ in changes], [state for _, state in changes]
        # All of it in one call into C, for Python handles an interrupt before or after such a call.
        new_states = map(setattr, (self,), ("states",), (states,))
        at_once(map(set_data, self.parameters, numbers), new_states)

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        at_once(map(set_grad, self.parameters, repeat(None)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(lr={self.lr!r}, parameters={len(self.parameters)})"


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    >>> weight = Value(1.0)
    >>> optimizer = SGD([weight], lr=0.1, momentum=0.9)
    >>> optimizer
    SGD(lr=0.1, parameters=1)

    With the gradient g of a parameter p, which begins with velocity v = 0, a step is

        g ← g + weight_decay * p
        v ← momentum * v + g
        p ← p - lr * v                     or, with nesterov,  p - lr * (g + momentum * v)

    as in PyTorch's `torch.optim.SGD` with its dampening of 0. `lr` and `weight_decay` are 0 or
    more, `momentum` from 0 to below 1, above 0 for nesterov; anything else is a `ValueError`.
    Parameters without a gradient are left alone.
    """

    start = 0.0
    state_names = ("v",)  # the velocity

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = _below_one("momentum", momentum)
        self.nesterov = nesterov
        self.weight_decay = _at_least_zero("weight_decay", weight_decay)
        if nesterov and not momentum:
            raise ValueError("nesterov changes nothing without momentum; give one such as 0.9")

    def rule(self, data: float, grad: float, state: float) -> tuple[float, float]:
        # What is switched off is left out: 0 times a gradient that overflowed would be nan.
        grad = grad + self.weight_decay * data if self.weight_decay else grad
        velocity = self.momentum * state + grad if self.momentum else grad
        direction = grad + self.momentum * velocity if self.nesterov else velocity
        return data - self.lr * direction, velocity


class Adam(Optimizer):
    """Steps of about `lr` in every parameter, whatever the size of its gradients.

    >>> weight = Value(1.0)
    >>> optimizer = Adam([weight], lr=0.1)
    >>> (1000.0 * weight).backward()
    >>> optimizer.step()
    >>> round(weight.data, 6)
    0.9

    With the gradient g of a parameter p, which begins with m = v = 0, its t-th step is

        g ← g + weight_decay * p
        m ← beta1 * m + (1 - beta1) * g
        v ← beta2 * v + (1 - beta2) * g²
        p ← p - lr * mean / (sqrt(square) + eps)

        where mean = m / (1 - beta1^t) and square = v / (1 - beta2^t)

    Kingma & Ba, Adam: A Method for Stochastic Optimization (2015), algorithm 1; PyTorch's
    `torch.optim.Adam`. `lr`, `eps` and `weight_decay` are 0 or more, the betas from 0 to below 1;
    anything else is a `ValueError`. Parameters without a gradient are left alone.
    """

    start = (0, 0.0, 0.0)
    state_names = ("t", "m", "v")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        beta1, beta2 = betas
        self.betas = _below_one("beta1", beta1), _below_one("beta2", beta2)
        self.eps = _at_least_zero("eps", eps)
        self.weight_decay = _at_least_zero("weight_decay", weight_decay)

    def rule(
        self, data: float, grad: float, state: tuple[int, float, float]
    ) -> tuple[float, tuple[int, float, float]]:
        (beta1, beta2), (t, m, v) = self.betas, state
        grad = grad + self.weight_decay * data if self.weight_decay else grad
        t, m, v = t + 1, beta1 * m + (1.0 - beta1) * grad, beta2 * v + (1.0 - beta2) * grad * grad
        mean, square = m / (1.0 - beta1**t), v / (1.0 - beta2**t)
        return data - ops.div(self.lr * mean, ops.sqrt(square) + self.eps), (t, m, v)


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale the gradients down to a norm of `max_norm` if it is larger; give the norm before.

    >>> a, b = Value(1.0), Value(1.0)
    >>> (30.0 * a + 40.0 * b).backward()
    >>> clip_grad_norm([a, b], max_norm=5.0)
    50.0
    >>> round(a.grad, 6), round(b.grad, 6)
    (3.0, 4.0)

    The norm is the square root of the sum of the squares. The factor is max_norm / (norm + 1e-6),
    as in PyTorch's `clip_grad_norm_` (Pascanu et al. 2013). A norm that is inf or nan changes
    nothing: no factor would mend it. A `max_norm` below 0 is a `ValueError`.
    """
    owners = [parameter for parameter in _leaves(parameters) if parameter._grad is not None]
    grads = [parameter.grad for parameter in owners]
    norm, scaled = clipped(grads, max_norm)
    if scaled is not grads:
        at_once(map(set_grad, owners, scaled))
    return norm


def clipped(grads: list[float], max_norm: float) -> tuple[float, list[float]]:
    """The norm of some gradients, and the gradients, scaled down if it is above `max_norm`.

    >>> clipped([30.0, 40.0], max_norm=100.0)
    (50.0, [30.0, 40.0])

    `clip_grad_norm` does it to the gradients of parameters.
    """
    norm, max_norm = _norm(grads), _at_least_zero("max_norm", max_norm, infinite=True)
    if not max_norm < norm < math.inf:
        return norm, grads
    factor = max_norm / (norm + 1e-6)
    return norm, [factor * grad for grad in grads]


def _norm(numbers: list[float]) -> float:
    """Scaled by the largest, so that no square overflows."""
    largest = reduce(ieee.maximum, map(abs, numbers), 0.0)
    if not 0.0 < largest < math.inf:
        return largest
    return largest * math.sqrt(ieee.add_all(*[(number / largest) ** 2 for number in numbers]))


# -- schedules -------------------------------------------------------------------------------------


def constant(step: float, start: float) -> float:
    """The same learning rate at every step.

    >>> constant(0, start=0.1), constant(1000, start=0.1)
    (0.1, 0.1)
    """
    _progress(step, 1)
    return start


def step_decay(step: float, every: float, start: float, factor: float = 0.1) -> float:
    """`start`, multiplied by `factor` after every so many steps.

    >>> [step_decay(step, every=10, start=8.0, factor=0.5) for step in (0, 9, 10, 29)]
    [8.0, 8.0, 4.0, 2.0]
    """
    _progress(step, every)
    return start * ieee.power(factor, step // every)


def exponential_decay(step: float, start: float, factor: float) -> float:
    """`start`, multiplied by `factor` after each step.

    >>> [exponential_decay(step, start=8.0, factor=0.5) for step in (0, 1, 2)]
    [8.0, 4.0, 2.0]
    """
    return step_decay(step, 1, start, factor)


def linear(step: float, steps: float, start: float, end: float = 0.0) -> float:
    """From `start` to `end` along a straight line, then `end`.

    >>> [linear(step, steps=4, start=1.0) for step in (0, 1, 2, 3, 4, 5)]
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    done = _progress(step, steps)
    return (1.0 - done) * start + done * end


def cosine(step: float, steps: float, start: float, end: float = 0.0) -> float:
    """From `start` to `end` along half a wave of the cosine, then `end`.

    >>> [round(cosine(step, steps=4, start=1.0), 3) for step in (0, 1, 2, 3, 4, 5)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]

    Loshchilov & Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts (2017), equation 5.
    """
    done = 0.5 - 0.5 * math.cos(math.pi * _progress(step, steps))
    return (1.0 - done) * start + done * end


def warmup(step: float, steps: float) -> float:
    """A factor that rises to 1 in the first `steps` steps; another schedule is multiplied by it.

    >>> [warmup(step, steps=4) for step in (0, 1, 2, 3, 4)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    >>> warmup(1, steps=4) * constant(1, start=0.1)
    0.05

    Goyal et al., Accurate, Large Minibatch SGD (2017), section 2.2.
    """
    _progress(step, steps)
    return min(1.0, (step + 1) / steps)


def _progress(step: float, steps: float) -> float:
    """How much of the way is done, from 0 to 1."""
    if not step >= 0:
        raise ValueError(f"`step` is {step!r}; steps are counted from 0")
    if not steps > 0:
        raise ValueError(f"a schedule of {steps!r} steps is none; give a number above 0")
    return min(1.0, step / steps)


# -- what is checked -------------------------------------------------------------------------------


def _leaves(parameters: Iterable[Value]) -> list[Value]:
    if not isinstance(parameters, Iterable):
        raise TypeError(
            f"the parameters are {parameters!r}; give a list of Values such as model.parameters()"
        )
    leaves = list(parameters)
    for leaf in leaves:
        if not isinstance(leaf, Value) or not leaf.is_leaf:
            raise TypeError(f"a parameter is a Value that you made, a leaf, not {leaf!r}")
    if not leaves:
        raise ValueError("there are no parameters; give at least one, as in model.parameters()")
    if len(set(leaves)) < len(leaves):
        raise ValueError("a parameter is given twice, and would be moved twice; give each once")
    return leaves


def _at_least_zero(name: str, value: float, infinite: bool = False) -> float:
    number = ieee.number(value)
    if not (0.0 <= number < math.inf or (infinite and number == math.inf)):
        raise ValueError(f"`{name}` is {value!r}, and must be a number from 0 up")
    return number


def _below_one(name: str, value: float) -> float:
    number = ieee.number(value)
    if not 0.0 <= number < 1.0:
        raise ValueError(f"`{name}` is {value!r}, and must be a number from 0 to below 1")
    return number
