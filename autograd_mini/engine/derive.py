"""Derivatives as graphs, and as functions: rules speak in rows, so a gradient is a graph too."""

from __future__ import annotations

import math
import operator
import warnings
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import pairwise
from threading import Lock
from typing import Any

from autograd_mini.engine import ieee, ops
from autograd_mini.engine.contexts import Context, open_entries
from autograd_mini.engine.errors import GradcheckError, printable
from autograd_mini.engine.making import as_value
from autograd_mini.engine.quiet_order import order_above
from autograd_mini.engine.staleness import check_fresh
from autograd_mini.engine.sweep import Edge, edges_of, short_product, swept
from autograd_mini.engine.syntax import normalized
from autograd_mini.engine.value import Value, topological_order

Function = Callable[..., Any]
Number = float | Value
Point = Number | Sequence[Number]  # a number for each argument, or a single one


# -- gradients as graphs ---------------------------------------------------------------------------


def gradients(output: Value, inputs: Iterable[Value], seed: float = 1.0) -> tuple[Value, ...]:
    """The gradient of `output` with respect to each input, as a graph made by the same rules.

    >>> x = Value(3.0)
    >>> (dy,) = gradients(x**3, [x])
    >>> dy.data
    27.0
    >>> (ddy,) = gradients(dy, [x])
    >>> ddy.data
    18.0

    Such a graph is like any other: draw it, differentiate it again. Inputs may be results; one that
    the output does not depend on gives a constant 0. The numbers are those of `backward()`, bit for
    bit. Raises `StaleGraph` if a leaf was changed since the forward pass.
    """
    if isinstance(inputs, Value):
        raise TypeError("the inputs are a list: write gradients(output, [x]), with brackets")
    inputs = tuple(inputs)
    for node in (output, *inputs):
        if not isinstance(node, Value):
            raise TypeError(
                f"{node!r} is no Value: the output and the inputs are nodes, not numbers or names, "
                "as in gradients(L, [a])"
            )
    # Nothing below an input depends on it; but another input may be there, and depend on it.
    order = (
        order_above(output, inputs.__contains__) if len(inputs) == 1 else topological_order(output)
    )
    return _gradients(output, inputs, order, seed)


def _gradients(
    output: Value, inputs: Sequence[Value], order: Sequence[Value], seed: float = 1.0
) -> tuple[Value, ...]:
    check_fresh(order)
    involved = _nodes_between(order, inputs)
    between = [node for node in order if node in involved]
    edges = partial(_edges, involved)
    totals = swept({output: ieee.number(seed)}, between, edges, product=short_product)
    return tuple([as_value(totals.get(node, 0.0)) for node in inputs])


def _nodes_between(order: Sequence[Value], inputs: Sequence[Value]) -> set[Value]:
    """The nodes that depend on an input, and the inputs: the others need no gradient."""
    involved = {node for node in inputs if not node.is_constant}
    for node in order:
        if not involved.isdisjoint(node.parents):
            involved.add(node)
    return involved


def _edges(involved: Container[Value], node: Value) -> list[Edge]:
    """The edges from operands that are involved, with graphs or plain numbers as derivatives.

    Constants go into the rules as numbers, so that the derivative of x**2 is 2 * x and nothing
    about the choices that an exponent could have opened.
    """
    if node.op is None:
        return []
    parents = node.parents
    arguments = [parent._data if parent._contribute is None else parent for parent in parents]
    varying = [parent in involved for parent in parents]
    return edges_of(parents, node.op.derivatives(arguments, node, varying))


# -- functions of functions ------------------------------------------------------------------------

# The variables of the calls that are running, and how many of these each belongs to. What depends
# on one stays a graph, for grad(grad(f)): a thread that f starts sees them, too.
_variables: Counter[Value] = Counter()
_dependent: set[Value] = set()
_one_at_a_time = Lock()


def grad(f: Function, argnum: int | Iterable[int] = 0) -> Function:
    """The derivative of a function with respect to one argument, as a function.

    >>> f = lambda x: x**3
    >>> grad(f)(2.0)
    12.0
    >>> grad(grad(f))(2.0)
    12.0

    `argnum` says which argument; several of them give a tuple of derivatives. `f` takes numbers
    and is written in operators and in functions of this package. What it uses beside its arguments,
    such as the parameters of a model, counts as constant, and a warning says so: for those there is
    `gradients(L, [w])`.
    An argument that is not there is an `IndexError`, a result that is no single number a
    `TypeError`.
    """
    _check_function(f, "grad")
    places = _places(argnum)
    return lambda *arguments, **options: _derived(f, places, arguments, options)[1]


def value_and_grad(f: Function, argnum: int | Iterable[int] = 0) -> Function:
    """A function that gives (value, derivative) of `f` at once; see `grad`.

    >>> value_and_grad(lambda x, y: x * y, argnum=(0, 1))(2.0, 5.0)
    (10.0, (5.0, 2.0))
    """
    _check_function(f, "value_and_grad")
    places = _places(argnum)
    return lambda *arguments, **options: _derived(f, places, arguments, options)


def _places(argnum: int | Iterable[int]) -> int | tuple[int, ...]:
    """The place of the argument that varies, or the places of several."""
    several = isinstance(argnum, Iterable) and not isinstance(argnum, str)
    places = list(argnum) if several else [argnum]  # type: ignore[arg-type]
    if not all(hasattr(place, "__index__") and not isinstance(place, bool) for place in places):
        raise TypeError(f"argnum is {argnum!r}, and must be the place of an argument, or (0, 1)")
    whole = tuple(map(operator.index, places))  # type: ignore[arg-type]
    return whole if several else whole[0]


def _derived(
    f: Function, argnum: int | Sequence[int], arguments: Sequence[Any], options: Mapping[str, Any]
) -> tuple[Any, Any]:
    call = _Call(f, arguments, (argnum,) if isinstance(argnum, int) else argnum, options)
    output = _one_value(call.output)
    value = call.close(output)
    leaf = None if isinstance(value, Value) else call.captured_leaf(output)
    if leaf is not None:
        warnings.warn(
            f"f uses {leaf!r}, which is no argument of it: it counts as constant here, and no "
            "gradient will come to it through this result, a plain number. Give it as an argument, "
            "or use gradients(f(x), [x]), which gives graphs; or .data, if that is meant",
            stacklevel=3,
        )
    found = tuple([call.close(gradient) for gradient in call.gradients(output)])
    return value, found[0] if isinstance(argnum, int) else found


def jvp(f: Function, at: Point, direction: Point) -> tuple[Any, Any]:
    """(value, derivative along `direction`) of `f`, in one pass upward: forward mode.

    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 10.0))
    (10.0, 25.0)

    `at` and `direction` hold one number for each argument, or are single numbers. If `f` gives a
    list, so are both results. Different lengths are a `ValueError`.
    """
    _check_function(f, "jvp")
    arguments, rates = _as_tuple(at), _as_tuple(direction)
    if len(arguments) != len(rates):
        raise ValueError(
            f"jvp at {len(arguments)} numbers in a direction of {len(rates)}: give as many of each"
        )
    call = _Call(f, arguments, range(len(arguments)))
    several = isinstance(call.output, list | tuple)
    outputs: Sequence[Any] = call.output if several else [call.output]
    slopes = _slopes(outputs, dict(zip(call.variables, rates, strict=True)))
    values = [call.close(as_value(output)) for output in outputs]
    derivatives = [call.close(as_value(slopes.get(output, 0.0))) for output in outputs]
    return (values, derivatives) if several else (values[0], derivatives[0])


def jacobian(f: Function) -> Function:
    """The matrix of derivatives of a function: one row for each of its results.

    >>> jacobian(lambda x, y: [x * y, x + y])(2.0, 5.0)
    [[5.0, 2.0], [1.0, 1.0]]
    """

    _check_function(f, "jacobian")

    def matrix(*arguments: Any, **options: Any) -> list[list[Any]]:
        call = _Call(f, arguments, range(len(arguments)), options)
        several = isinstance(call.output, list | tuple)
        outputs = map(as_value, call.output if several else [call.output])
        return [[call.close(g) for g in call.gradients(output)] for output in outputs]

    return matrix


def hessian(f: Function) -> Function:
    """The matrix of second derivatives of a function of numbers.

    >>> hessian(lambda x, y: x**2 * y)(3.0, 5.0)
    [[10.0, 6.0], [6.0, 0.0]]
    """
    _check_function(f, "hessian")
    return lambda *arguments, **options: jacobian(grad(f, tuple(range(len(arguments)))))(
        *arguments, **options
    )


def _check_function(f: object, name: str) -> None:
    if not callable(f):
        raise TypeError(
            f"{name} takes a function, not {f!r}; for the gradient of a Value write "
            "gradients(L, [a]), or L.backward() and then a.grad"
        )


class _Call:
    """A call of f, with variables in place of the arguments at `positions`.

    The argument of an outer grad() goes through a row of its own, so that what f does to its
    variable is not confused with what it does to the same number otherwise. The other floats become
    constants, so that f computes with them as it would if they varied.
    """

    def __init__(
        self,
        f: Function,
        arguments: Sequence[Any],
        positions: Iterable[int],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        inside = [as_value(x) if type(x) is float else x for x in arguments]
        for x in arguments:
            if isinstance(x, Value):
                _depends_on_running(x)  # now, while what it was made from is known
        with _recorded():
            for i in positions:
                if not -len(inside) <= i < len(inside):
                    reason = f"argnum {i} of a call with {len(inside)} arguments: there is none"
                    reason += "; what varies goes by position" if options else ""
                    raise IndexError(reason)
                is_node = isinstance(arguments[i], Value)
                inside[i] = ops.identity(inside[i]) if is_node else Value(arguments[i])
            self.variables = [inside[i] for i in positions]
            with _running(self.variables):
                output = f(*inside, **(options or {}))
                if hasattr(output, "tolist") and not isinstance(output, Value):  # of NumPy
                    output = output.tolist()
                self.output = list(output) if isinstance(output, Iterator) else output

    def gradients(self, output: Value) -> tuple[Value, ...]:
        """Those with respect to the variables, none of which can be below another."""
        order = order_above(output, self.variables.__contains__)
        return _gradients(output, self.variables, order)

    def captured_leaf(self, output: Value) -> Value | None:
        """A leaf that f has not from its arguments."""
        order = order_above(output, self.variables.__contains__)
        return next((n for n in order if n.is_leaf and n not in self.variables), None)

    def close(self, result: Value) -> Any:
        """A plain number; or a graph, if the variable of an outer call is in it."""
        return result if _depends_on_running(result) else result.data


def _recorded() -> AbstractContextManager[object]:
    """Within it results have a history, even where a no_grad() outside of it is in force."""
    return Context(records=True) if open_entries else nullcontext()


@contextmanager
def _running(variables: Iterable[Value]) -> Iterator[None]:
    with _one_at_a_time:
        _variables.update(variables)
    try:
        yield
    finally:
        with _one_at_a_time:
            _variables.subtract(variables)
            for variable in variables:
                if not _variables[variable]:
                    del _variables[variable]
            if not _variables:
                _dependent.clear()


def _depends_on_running(result: Value) -> bool:
    """Whether the variable of a running call is below; what depends on one is not asked again."""
    waiting, seen = [result] if _variables else [], set()
    while waiting:
        node = waiting.pop()
        if node in _variables or node in _dependent:
            _dependent.add(result)
            return True
        if node not in seen:
            seen.add(node)
            waiting.extend(reversed(node.parents))
    return False


def _one_value(output: object) -> Value:
    if isinstance(output, list | tuple):
        raise TypeError(f"f gave a list of {len(output)}, which has no gradient; try jacobian(f)")
    if output is None:
        raise TypeError("f gave None: its return is missing")
    return as_value(output)


def _as_tuple(x: Point) -> tuple[Any, ...]:
    found: Any = x.tolist() if hasattr(x, "tolist") and not isinstance(x, Value) else x
    return tuple(found) if isinstance(found, list | tuple) else (found,)


def _slopes(outputs: Sequence[Any], slopes: dict[Value, Any]) -> dict[Value, Any]:
    """The slopes of all that depends on the variables, whose slopes are given."""
    with _recorded():
        everything = ops.add_all(*outputs, *slopes)
    for node in topological_order(everything):
        if node in slopes:
            continue
        terms = [short_product(slopes[parent], local) for _, parent, local in _edges(slopes, node)]
        if terms:
            slopes[node] = ops.add_all(*terms) if len(terms) > 1 else terms[0]
    return slopes


# -- checking --------------------------------------------------------------------------------------


def gradcheck(
    f: Function, at: Point, eps: float = 1e-6, atol: float = 1e-8, rtol: float = 1e-5
) -> bool:
    """Compare the gradient of `f` with central differences; True if they agree.

    >>> gradcheck(lambda x, y: (x * y).tanh(), (0.5, 2.0))
    True

    `at` holds one number for each argument of `f`, or is a single number. The step is
    eps * max(1, |x|), and a difference of atol + rtol * |expected| is allowed. Otherwise it raises
    `GradcheckError`, which names the argument and both numbers, and says when a kink of `f` lies
    within the step.
    """
    _check_function(f, "gradcheck")
    point = [ieee.number(x) for x in _as_tuple(at)]
    call = _Call(f, point, range(len(point)))
    received = [gradient.data for gradient in call.gradients(_one_value(call.output))]
    for i, x in enumerate(point):
        along, step = partial(_at, f, point, i), eps * max(1.0, abs(x))
        expected = (along(x + step) - along(x - step)) / (2.0 * step)
        if not abs(received[i] - expected) <= atol + rtol * abs(expected):
            name = f.name if isinstance(f, ops.Op) else getattr(f, "__name__", "<lambda>")
            complaint = (
                f"the derivative of {'f' if name == '<lambda>' else name} with respect to argument "
                f"{i}, at {x!r}: central differences give {expected!r}, the rules give "
                f"{received[i]!r}"
            )
            if not math.isfinite(expected) and math.isfinite(along(x)):
                complaint += f"; the step of {step:g} leaves the domain of f: give a smaller eps"
            elif _crosses_kink(along, x, step, received[i]):
                kink = f"f has a kink within {step:g} of this point, where differences do not tell"
                complaint += f"; {kink}"
            raise GradcheckError(complaint)
    return True


def _at(f: Function, point: list[float], position: int, x: float) -> float:
    numbers = [*point[:position], x, *point[position + 1 :]]
    return as_value(f(*map(Value, numbers))).data


def _crosses_kink(f: Callable[[float], float], x: float, step: float, received: float) -> bool:
    """Whether the slope jumps somewhere inside the step, past the derivative that the rules gave.

    The step is cut in 16. A smooth bend changes the slope a little from each piece to the next;
    at a kink two neighbours account for nearly all of the change.
    """
    ends = [f(x + step * k / 8.0) for k in range(-8, 9)]
    slopes = [(b - a) * 8.0 / step for a, b in pairwise(ends)]
    jumps = [abs(b - a) for a, b in pairwise(slopes)]
    total = ieee.add_all(*jumps)
    largest = max(a + b for a, b in pairwise(jumps))
    slack = 1e-6 * total
    return largest > 0.75 * total and min(slopes) - slack <= received <= max(slopes) + slack


class Nudge:
    """What `nudge` found: `before`, `after`, and the `actual` and `predicted` change."""

    def __init__(
        self, by: float, before: float, after: float, gradient: float, *names: str
    ) -> None:
        self.by, self.before, self.after = by, before, after
        self.gradient, self.actual, self.predicted = gradient, after - before, gradient * by
        self._names = names

    def __repr__(self) -> str:
        leaf, result = self._names
        return (
            f"{leaf} {self.by:+g} changes {result} by {self.actual:.6g}, "
            f"from {self.before:.6g} to {self.after:.6g}; "
            f"the gradient {self.gradient:.6g} predicted {self.predicted:.6g}"
        )


def nudge(v: Value, leaf: Value | str, by: float = 0.01) -> Nudge:
    """How much `v` really changes when a leaf does, and how much the gradient predicts.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> nudge(a * b, a)
    a +0.01 changes the result by -0.03, from -6 to -6.03; the gradient -3 predicted -0.03

    Nothing is altered: neither the leaf nor any gradient. The leaf may be given by its label. A
    node that is no leaf is a `ValueError`; a leaf changed since the forward pass is `StaleGraph`.
    """
    if not isinstance(v, Value) or not isinstance(leaf, Value | str):
        raise TypeError(f"nudge takes a Value and one of its leaves, not {v!r} and {leaf!r}")
    if isinstance(leaf, str):
        leaf = _leaf_of(v, leaf)
    if not leaf.is_leaf:
        raise ValueError(f"{leaf!r} is no leaf, which could be changed by itself; nudge a leaf")
    by = ieee.number(by)
    (gradient,) = gradients(v, [leaf])
    data = {leaf: leaf.data + by}
    for node in topological_order(v):
        if node.op:
            data[node] = node.op.forward(*[data.get(p, p.data) for p in node.parents])
    names = printable(leaf.label) or "the leaf", printable(v.label) or "the result"
    return Nudge(by, v.data, data.get(v, v.data), gradient.data, *names)


def _leaf_of(v: Value, label: str) -> Value:
    leaves = {node.label: node for node in topological_order(v) if node.is_leaf and node.label}
    label = next((known for known in leaves if normalized(known) == normalized(label)), label)
    if label not in leaves:
        known = ", ".join(map(printable, leaves)) or "none has a label"
        raise ValueError(f"no leaf is labelled {label!r}; there are: {known}")
    return leaves[label]
