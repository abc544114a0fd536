"""Networks: neurons in layers, layers in an MLP, and their parameters in a file.

A module is anything with parameters. It finds them in its own attributes, so that a network of your
own is a class with layers in it and a `__call__`:

>>> class Sum(Module):
...     def __init__(self):
...         self.left, self.right = Layer(2, 1, seed=0), Layer(3, 1, seed=1)
...
...     def __call__(self, x, y):
...         return self.left(x) + self.right(y)
>>> list(Sum().named_parameters())[:4]
['left.neurons[0].w[0]', 'left.neurons[0].w[1]', 'left.neurons[0].b', 'right.neurons[0].w[0]']
"""

from __future__ import annotations

import math
import os
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import product, repeat
from numbers import Real
from types import BuiltinFunctionType, FunctionType, MethodType, SimpleNamespace

from autograd_mini.engine import ops
from autograd_mini.engine.facts import FACTS
from autograd_mini.engine.making import as_value
from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import Value, set_data, set_grad
from autograd_mini.files import file_name, number_to_json, numbers_of, read_document, write_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Activation = str | Callable[[Any], Any]
    Inputs = Iterable[Value | float] | Value | float
    Seed = int | random.Random | None
    Path = tuple[Any, Any]  # (the path of the whole, the name or the index of the part in it)

# -- the choices -----------------------------------------------------------------------------------

_TITLES = {"linear": "Linear", **{op.name: row.title for op, row in FACTS.items() if row.title}}
_ACTIVATIONS: dict[Activation, Callable[[Any], Any]] = {
    "linear": lambda z: z,
    **{op.name: getattr(Value, op.name, op) for op, row in FACTS.items() if row.title},
}

# One weight of a neuron with `nin` inputs, in a layer of `nout` neurons; `source` is the chance.
_WEIGHTS: dict[str, Callable[[Any, int, int], float]] = {
    "uniform": lambda source, nin, nout: source.uniform(-1.0, 1.0),
    "xavier": lambda source, nin, nout: source.uniform(-1.0, 1.0) * math.sqrt(6.0 / (nin + nout)),
    "he": lambda source, nin, nout: source.gauss(0.0, math.sqrt(2.0 / nin)),
    "lecun": lambda source, nin, nout: source.gauss(0.0, math.sqrt(1.0 / nin)),
    "nielsen": lambda source, nin, nout: source.gauss(0.0, math.sqrt(1.0 / nin)),
    "zeros": lambda source, nin, nout: 0.0,
}


def _known(activation: Activation) -> Activation:
    if isinstance(activation, str) and activation not in _ACTIVATIONS:
        raise ValueError(
            f"unknown activation {activation!r}; choose one of {', '.join(_TITLES)}, "
            "or give a function from a Value to a Value"
        )
    if not isinstance(activation, str) and not callable(activation):
        raise TypeError(f"an activation is a name or a function, not {activation!r}")
    return activation


def _weight(init: str) -> Callable[[Any, int, int], float]:
    if not isinstance(init, str) or init not in _WEIGHTS:
        raise ValueError(f"unknown init {init!r}; choose one of {', '.join(_WEIGHTS)}")
    return _WEIGHTS[init]


def _title(activation: Activation) -> str:
    if isinstance(activation, str):
        return _TITLES.get(activation, activation)
    by_type = type(activation).__name__
    return str(getattr(activation, "__name__", getattr(activation, "name", by_type)))


def _whole(name: str, value: int, least: int) -> int:
    if not hasattr(value, "__index__"):
        raise TypeError(f"`{name}` is {value!r}, and must be a whole number, {least} or more")
    if value < least:
        raise ValueError(f"`{name}` is {value!r}, and must be {least} or more")
    return int(value)


def _source(seed: Any) -> Any:
    """Where chance comes from: the global generator, one that is shared, or one of its own."""
    if seed is None:
        return random
    if seed is random or isinstance(seed, random.Random):
        return seed
    # Python seeds -1 and 1 alike, so a negative seed would quietly repeat another one.
    return random.Random(_whole("seed", seed, least=0))


# -- modules ---------------------------------------------------------------------------------------


class Module:
    """Something with parameters: the leaves among its attributes, in lists and modules too.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).backward()
    >>> [parameter.grad for parameter in line.parameters()]
    [3.0, 1.0]

    Attributes whose names begin with an underscore do not count; a `Value` that is no parameter, or
    a module that contains this one, goes there. Where a result, a set or a circle would lose
    parameters, it is a `ValueError` to ask for them.
    """

    __call__: Callable[..., Any]  # of those that are networks

    def named_parameters(self) -> dict[str, Value]:
        """The parameters by their paths, in order; the path says where in the module they are.

        >>> list(Layer(1, 2).named_parameters())
        ['neurons[0].w[0]', 'neurons[0].b', 'neurons[1].w[0]', 'neurons[1].b']

        A parameter in several places stands under the first.
        """
        found = _leaves(self)
        names = {_text(path): parameter for parameter, path in found.items()}
        if len(names) < len(found):
            raise ValueError("two parameters have the same path; rename the attributes they are in")
        return names

    def parameters(self) -> list[Value]:
        """The parameters, in order, each once.

        >>> len(MLP(2, [16, 16, 1]).parameters())
        337
        """
        return list(_leaves(self))

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters.

        >>> neuron = Neuron(1)
        >>> neuron.b.grad = 3.0
        >>> neuron.zero_grad()
        >>> neuron.b.grad
        0.0
        """
        at_once(map(set_grad, self.parameters(), repeat(None)))

    def label_parameters(self) -> None:
        """Label every parameter with its path, by which pictures know layers and neurons.

        >>> neuron = Neuron(2)
        >>> neuron.w[1].label = "mine"
        >>> neuron.label_parameters()
        >>> neuron.w[1].label
        'w[1]'

        `Neuron`, `Layer` and `MLP` have done it when they are made.
        """
        for path, parameter in self.named_parameters().items():
            parameter.label = path


def _leaves(module: Module) -> dict[Value, Path]:
    found: dict[Value, Path] = {}
    _collect(module, None, found, {id(module)})
    return found


def _collect(whole: Any, path: Path | None, found: dict[Value, Path], above: set[int]) -> None:
    """Add the leaves in the parts of a whole; `above` are the ids of all that it is in."""
    for key, part in _parts(whole):
        if isinstance(part, Value):
            if not part.is_leaf:
                raise ValueError(_no_parameter((path, key), part))
            found.setdefault(part, (path, key))
        elif type(part) not in _PLAIN and _may_hold_parameters((path, key), part):
            if id(part) in above:
                raise ValueError(
                    f"{_text((path, key))} leads back to what it is in; give its attribute a name "
                    "that begins with an underscore, as in _parent, for then it does not count"
                )
            above.add(id(part))
            _collect(part, (path, key), found, above)
            above.discard(id(part))


_PLAIN = {int, float, str, bool, type(None), FunctionType, MethodType, BuiltinFunctionType, type}


def _parts(whole: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(whole, dict):
        return whole.items()
    if isinstance(whole, (list, tuple, deque)):
        return enumerate(whole)
    if type(whole).__name__ == "ndarray":
        return [(index, whole[index]) for index in product(*map(range, whole.shape))]
    found = dict(getattr(whole, "__dict__", ()))
    for name in _names_in_class(type(whole)):  # type: ignore[arg-type]
        if hasattr(whole, name):
            found.setdefault(name, getattr(whole, name))
    return [(name, part) for name, part in found.items() if name[0] != "_"]


@cache
def _names_in_class(kind: type) -> list[str]:
    """The names of the slots of a class, and of the Values and modules among its attributes."""
    names: list[str] = []
    for base in kind.__mro__[: -2 if issubclass(kind, Module) else -1]:
        slots = base.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
        for name, part in base.__dict__.items():
            if isinstance(part, (Value, Module, list, tuple, dict)) and name not in _OF_CLASSES:
                names.append(name)
    return names


_OF_CLASSES = {"__slots__", "__match_args__", "__dataclass_fields__", "__annotations__"}


def _may_hold_parameters(path: Path, part: Any) -> bool:
    """Whether to look into it; a `ValueError` where parameters would be lost."""
    if isinstance(part, (Module, list, tuple, dict, deque, SimpleNamespace)):
        return True
    if isinstance(part, set | frozenset):
        if any(isinstance(each, Value | Module) for each in part):
            raise ValueError(f"{_text(path)} is a set, which has no order; keep them in a list")
        return False
    if type(part).__name__ == "ndarray":
        return bool(part.dtype == object)
    if hasattr(part, "__dataclass_fields__"):
        return True
    if any(isinstance(each, Value) for each in getattr(part, "__dict__", {}).values()):
        kind = type(part).__name__
        raise ValueError(
            f"{_text(path)} is a {kind} with Values in it, and no Module; write class {kind}"
            "(Module), or begin its name with an underscore if they are no parameters"
        )
    return False


def _no_parameter(path: Path, part: Value) -> str:
    kind = "a constant" if part.is_constant else "a result"
    return (
        f"{_text(path)} is {part!r}, {kind} and no parameter: only what is made of a number can be "
        "trained, as in Value(0.1 * random.gauss(0, 1)). Where it is meant to be computed, begin "
        "its name with an underscore"
    )


def _text(path: Path) -> str:
    """Written only where names are asked for: training asks for the parameters, twice a step."""
    outer, key = path
    part = f".{key}" if isinstance(key, str) else f"[{key!r}]"
    return _text(outer) + part if outer else part.removeprefix(".")


# -- networks --------------------------------------------------------------------------------------


def _inputs(module: Module, inputs: Inputs, nin: int) -> Sequence[Any]:
    """The inputs in a row, as many as there must be; one by itself is a row of one."""
    if isinstance(inputs, (list, tuple)):
        row: Sequence[Any] = inputs
    elif isinstance(inputs, (Value, Real)):
        row = (inputs,)
    elif isinstance(inputs, Iterable) and not isinstance(inputs, (str, bytes, dict)):
        row = list(inputs)
    else:
        raise TypeError(f"{module!r} takes a list of inputs, not {inputs!r}")
    if len(row) != nin:
        raise ValueError(f"{module!r} takes {nin} inputs, but was given {len(row)}")
    return row


class Neuron(Module):
    """activation(b + w0*x0 + w1*x1 + ...): a weight `w` for each input, a bias `b`.

    >>> neuron = Neuron(2, activation="tanh", seed=0)
    >>> neuron
    TanhNeuron(2)
    >>> [w.data for w in neuron.w], neuron.b
    ([0.6888437030500962, 0.515908805880605], Value(0.0, label='b'))
    >>> neuron([1.0, 0.5]).op
    Op('tanh')

    `nonlin=False` stands for `activation="linear"`, as in micrograd; `MLP` explains the others. The
    neuron stands in a layer of `nout`, which init="xavier" asks for. A wrong number of inputs is a
    `ValueError`.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Activation = "relu",
        init: str = "uniform",
        seed: Seed = None,
        nout: int = 1,
    ) -> None:
        weight, source = _weight(init), _source(seed)
        self.w = [Value(weight(source, nin, nout)) for _ in range(_whole("nin", nin, least=1))]
        self.b = Value(source.gauss(0.0, 1.0) if init == "nielsen" else 0.0)
        self.activation = _known(activation) if nonlin else "linear"
        self.label_parameters()

    def __call__(self, inputs: Inputs) -> Any:
        if type(inputs) is not list or len(inputs) != len(self.w):  # or else it is as from a layer
            inputs = list(_inputs(self, inputs, len(self.w)))
        activate: Any = _ACTIVATIONS.get(self.activation, self.activation)
        return activate(ops.dot.apply((*self.w, *inputs, self.b)))

    def __repr__(self) -> str:
        return f"{_title(self.activation)}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side, all with the same inputs; called, a layer gives the list of outputs.

    >>> layer = Layer(2, 3, init="zeros")
    >>> layer
    Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)]
    >>> [output.data for output in layer([1.0, 2.0])]
    [0.0, 0.0, 0.0]

    A single neuron gives its output by itself, without a list, as in micrograd; and a layer of one
    input takes that by itself. So layers of one fit together:

    >>> narrow = Layer(1, 1, init="zeros")
    >>> narrow(narrow(2.0))
    Value(0.0, op='relu')

    The arguments are those of `Neuron`. A wrong number of inputs is a `ValueError`.
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,
        *,
        activation: Activation = "relu",
        init: str = "uniform",
        seed: Seed = None,
    ) -> None:
        source: Any = _source(seed)
        self.neurons = [
            Neuron(nin, nonlin, activation=activation, init=init, seed=source, nout=nout)
            for _ in range(_whole("nout", nout, least=1))
        ]
        self.label_parameters()

    def __call__(self, inputs: Inputs) -> Any:
        row = _inputs(self, inputs, self.nin)
        values = [x if type(x) is Value else as_value(x) for x in row]  # once for all neurons
        outputs = [neuron(values) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    @property
    def nin(self) -> int:
        """The number of inputs.

        >>> Layer(2, 3).nin
        2
        """
        return len(self.neurons[0].w)

    def __repr__(self) -> str:
        neurons = self.neurons
        if len(neurons) <= _FEW:
            return f"Layer of [{', '.join(map(repr, neurons))}]"
        return f"Layer({len(neurons)} {_kind(self)} neurons of {self.nin} inputs)"


class MLP(Module):
    """A multi-layer perceptron: layers one after the other, each fed with the outputs of the last.

    >>> model = MLP(2, [16, 16, 1], seed=0)
    >>> model
    MLP(2 -> 16 ReLU -> 16 ReLU -> 1 Linear, 337 parameters)
    >>> model.layers[0].neurons[1].w[0]
    Value(-0.15885683833831, label='layers[0].neurons[1].w[0]')
    >>> model([1.0, 2.0])
    Value(1.671507710280141, op='dot')

    `activation` is "linear", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "tanh",
    "sigmoid", or a function from a Value to a Value. One stands for the hidden layers, while the
    last layer is linear, or has the `output` activation; a list has one for each layer, the last
    included, and beside it an `output` is a `ValueError`. A network with one output gives a
    `Value`, one with several a list.

    `init` is where the weights begin; biases begin at 0, but for "nielsen".

        "uniform"  evenly between -1 and 1, as in micrograd
        "xavier"   evenly between ±sqrt(6 / (nin + nout)) (Glorot & Bengio 2010)
        "he"       normal, of standard deviation sqrt(2 / nin) (He et al. 2015)
        "lecun"    normal, of standard deviation sqrt(1 / nin) (LeCun et al. 1998)
        "nielsen"  as "lecun", with standard normal biases (Nielsen 2015, chapter 3)
        "zeros"    0

    `seed`, an int from 0 up, leaves the global generator alone; without it, the weights are drawn
    from `random` in micrograd's order. An unknown name is a `ValueError`.
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: Activation | Sequence[Activation] = "relu",
        *,
        output: Activation | None = None,
        init: str = "uniform",
        seed: Seed = None,
    ) -> None:
        source: Any = _source(seed)
        kinds = _one_for_each(activation, output, nouts)
        self.layers = [
            Layer(before, after, activation=kind, init=init, seed=source)
            for before, after, kind in zip([nin, *nouts[:-1]], nouts, kinds, strict=True)
        ]
        self.label_parameters()

    def __call__(self, inputs: Inputs) -> Any:
        outputs: Any = inputs
        for layer in self.layers:
            outputs = layer(outputs)
        return outputs

    def __repr__(self) -> str:
        layers = self.layers
        if len([neuron for layer in layers for neuron in layer.neurons]) <= _FEW:
            return f"MLP of [{', '.join(map(repr, layers))}]"
        stages = [f"{len(layer.neurons)} {_kind(layer)}" for layer in layers]
        amount = len(self.parameters())
        return f"MLP({' -> '.join([str(layers[0].nin), *stages])}, {amount} parameters)"


_FEW = 4  # so many neurons are still read one by one


def _kind(layer: Layer) -> str:
    return "/".join(dict.fromkeys(_title(neuron.activation) for neuron in layer.neurons))


def _one_for_each(
    activation: Any, output: Activation | None, nouts: Sequence[int]
) -> list[Activation]:
    if not isinstance(nouts, (list, tuple)):
        raise TypeError(f"`nouts` is {nouts!r}, and must be a list of widths such as [16, 16, 1]")
    if not nouts:
        raise ValueError("`nouts` is empty; give the width of one layer at least, such as [1]")
    last = "linear" if output is None else _known(output)
    if not isinstance(activation, (list, tuple)):
        return [_known(activation)] * (len(nouts) - 1) + [last]
    if output is not None:
        raise ValueError(
            f"output={output!r} beside a list of activations, which has the last layer's already; "
            "give one activation for the hidden layers and the output's, or the list alone"
        )
    if len(activation) != len(nouts):
        raise ValueError(
            f"{len(activation)} activations for {len(nouts)} layers; "
            "give one for each layer, the last included, or a single one for the hidden layers"
        )
    return list(activation)


# -- parameters in a file --------------------------------------------------------------------------

_FORMAT, _VERSION = "autograd_mini parameters", 1


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """Write the parameters of a model to a file, as JSON, bit for bit.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "model.json")
    ...     save(Neuron(1, init="zeros"), file)
    ...     print(file.read_text())
    {
     "format": "autograd_mini parameters",
     "version": 1,
     "parameters": {
      "w[0]": 0.0,
      "b": 0.0
     }
    }
    <BLANKLINE>

    The names are paths, as `named_parameters()` gives them, not the labels. Only numbers are kept:
    to load them, make a model of the same shape. A file that is there already is replaced in one
    step, or stays as it was if anything goes wrong. A path to something else than a file, be it a
    symbolic link to one, is a `ValueError`; a file that is read-only is a `PermissionError`.
    """
    name = file_name(path)
    parameters = {key: number_to_json(value._data) for key, value in _named(model).items()}
    write_document(name, _FORMAT, _VERSION, {"parameters": parameters})


def load(model: Module, path: str | os.PathLike[str]) -> None:
    """Give the parameters of a model the numbers in a file that `save` wrote.

    >>> import pathlib, tempfile
    >>> trained, fresh = MLP(2, [3, 1]), MLP(2, [3, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(trained, pathlib.Path(folder, "model.json"))
    ...     load(fresh, pathlib.Path(folder, "model.json"))
    >>> [p.data for p in fresh.parameters()] == [p.data for p in trained.parameters()]
    True

    The file must fit: it names each parameter of the model once and nothing else. If it does not,
    that is a `ValueError` that says why, and the model stays as it was. Gradients are left alone.
    """
    name, parameters = file_name(path), _named(model)
    try:
        document = read_document(name, _FORMAT, _VERSION, ["parameters"])
        numbers = numbers_of(document["parameters"], list(parameters), '"parameters"')
    except ValueError as error:
        raise ValueError(f"{name!r} does not fit {model!r}, left as it was: {error}") from error
    # In one call into C: Ctrl-C comes before it or after it.
    at_once(map(set_data, parameters.values(), numbers))


def _named(model: Module) -> dict[str, Value]:
    if not isinstance(model, Module):
        raise TypeError(f"a model is a Module such as MLP(2, [16, 1]), not {model!r}")
    named = model.named_parameters()
    hidden = set(model.parameters()) - set(named.values())
    if hidden:
        raise ValueError(
            f"{len(hidden)} parameters of {model!r} have no path; keep them in attributes without "
            "a leading underscore, in lists, tuples or dicts of those, or in modules"
        )
    return named
