"""Draws the pictures of the README again: python demos/pictures/redraw.py [FOLDER]"""

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
    (out,) = model(x)
    out.label, x[0].label, x[1].label = "out", "x[0]", "x[1]"
    out.backward()
    return out


def pictures() -> dict[str, am.Drawing]:
    """The pictures by the names of their files."""
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
    for name, picture in pictures().items():
        print(f"Wrote {picture.save(folder / f'{name}.svg')}")


if __name__ == "__main__":
    main()
