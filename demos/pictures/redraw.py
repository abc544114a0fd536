"""Draws the pictures of the README and the demos again: python demos/pictures/redraw.py [FOLDER]"""

from __future__ import annotations

import sys
from pathlib import Path

import autograd_mini as am
from autograd_mini import Value, nn


def fork() -> am.Value:
    """A neuron that uses its weight twice, so that two contributions meet at w."""
    w, x, b = Value(-0.5, "w"), Value(2.0, "x"), Value(1.0, "b")
    y = am.tanh(w * x + w * b)
    y.label = "y"
    y.backward()
    return y


def network() -> am.Value:
    """A small network on one sample; its layers and neurons are known by their parameters."""
    model = nn.MLP(2, [4, 4, 1], seed=1)
    x = [Value(1.0), Value(-2.0)]
    out = model(x)
    out.label, x[0].label, x[1].label = "out", "x[0]", "x[1]"
    out.backward()
    return out


def expression(text: str, **numbers: float) -> am.Value:
    """An expression with its gradients."""
    result = am.parse(text, **numbers)
    result.label = result.label or "L"
    result.backward()
    return result


def slope_of_a_cube() -> am.Value:
    """The gradient of x**3 as a graph, with a gradient of its own: the second derivative."""
    x = Value(2.0, "x")
    (slope,) = am.gradients(x**3, [x])
    slope.label = "slope"
    slope.backward()
    return slope


def digits() -> am.Value:
    """A network for images of 8 x 8 pixels, on one that is grey."""
    out = am.sum(nn.MLP(64, [30, 10], activation="tanh", seed=1)([Value(0.5)] * 64))
    out.label = "sum"
    return out


def moons() -> am.Value:
    """The network of the moons, on one point."""
    out = nn.MLP(2, [16, 1], activation="tanh", seed=1)([Value(1.0, "x0"), Value(0.5, "x1")])
    out.label = "out"
    out.backward()
    return out


def chain(activation: str, depth: int, weight: float) -> am.Value:
    """One neuron after the other, each with one weight."""
    model = nn.MLP(1, [1] * depth, activation=[activation] * depth, init="zeros")
    for layer in model.layers:
        layer.neurons[0].w[0].data = weight
    out = model([Value(0.5, "x")])
    out.label = "out"
    out.backward()
    return out


def momentum() -> am.Value:
    """A step of an update rule, which is a graph like any other."""
    numbers = {"momentum": 0.9, "v": 2.0, "g": 1.0, "lr": 0.1, "p": 3.0}
    result = am.parse("new_v = momentum*v + g; p - lr*new_v", **numbers)
    result.label = "new_p"
    return result


def bell() -> am.Value:
    """An operation of one's own in a graph."""
    op = am.Op("bell", "bell({})", lambda x: am.exp(-(x * x)), lambda x, z: -2.0 * x * z)
    x, y = Value(0.5, "x"), Value(-1.5, "y")
    result = op(x) * (x + y)
    result.label = "L"
    result.backward()
    return result


def for_demos() -> dict[str, am.Drawing]:
    """A picture for each demo, by the names of their files."""
    order = expression("u = a*a; v = 5*u; v + u", a=3)
    doubled = expression("b = a+a; c = b+b; d = c+c; d+d", a=1)
    return {
        "01": am.draw(expression("(a*b + c) * a", a=2, b=-3, c=10)),
        "02": am.draw(expression("u = 3*x; v = u - 4; v**2", x=2)),
        "03": am.draw(expression("u = a*b; u + a", a=3, b=2), contributions=True, highlight="a"),
        "04": am.draw(order, at=8),
        "05": am.draw(expression("z = tanh(w*x + b); e = z - 1; e**2", w=0.5, x=2, b=-0.4)),
        "06": am.draw(moons(), closed="layers"),
        "08": am.draw(doubled, gradients=False, local_derivatives=False),
        "09": am.draw(chain("sigmoid", 4, 1.0), colour=True, closed="neurons"),
        "10": am.draw(chain("linear", 4, 12.0), colour=True, closed="neurons"),
        "11": am.draw(expression("z = sigmoid(x); y = tanh(x); z + y + relu(x)", x=0.5)),
        "12": am.draw(momentum(), gradients=False, local_derivatives=False),
        "13": am.draw(digits(), closed="layers"),
        "14": am.draw(slope_of_a_cube()),
        "15": am.draw(am.mistaken(expression("a*a + a", a=0.5), "overwrite")),
        "16": am.draw(bell()),
        "17": am.draw(expression("z = tanh(w*x + b)", w=0.5, x=2, b=-0.4), theme="print"),
        "18": am.draw(moons(), closed="layers", colour=True),
    }


def pictures() -> dict[str, am.Drawing]:
    """The pictures of the README, by the names of their files."""
    mistake = am.mistakes["preorder"].expression()
    return {
        "neuron": am.draw(fork()),
        "moment": am.draw(fork(), at=11),
        "colours": am.draw(fork(), colour=True),
        "network": am.draw(network(), closed="neurons"),
        "mistake": am.draw(am.mistaken(mistake, "preorder")),
    }


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, picture in {**pictures(), **for_demos()}.items():
        print(f"Wrote {picture.save(folder / f'{name}.svg')}")


if __name__ == "__main__":
    main()
