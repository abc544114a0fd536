"""One neuron by hand: both passes in plain arithmetic, then the same from the graph."""

import math

import autograd_mini as am
from autograd_mini import Value

TARGET = 1.0


def by_hand() -> None:
    w, x, b = 0.5, 2.0, -0.4
    print("A neuron: z = tanh(w * x + b), with w = 0.5, x = 2, b = -0.4.")
    print(f"It should give {TARGET:g}; the error is e = z minus that, the loss e ** 2.")
    print("(tanh squeezes a number between -1 and 1; its slope is 1 - z * z.)\n")
    v = w * x + b
    z = math.tanh(v)
    e = z - TARGET
    print("forward:   v = w * x + b  z = tanh(v)  e          loss = e ** 2")
    print(f"           {v:<14.4f} {z:<12.4f} {e:<10.4f} {e**2:.4f}")
    d_e = 1.0 * 2.0 * e
    d_z = d_e * 1.0
    d_v = d_z * (1.0 - z * z)
    print("backward:")
    print(f"    dloss/dloss = 1, the start         {1.0:8.4f}")
    print(f"    dloss/de = dloss/dloss * 2 * e     {d_e:8.4f}")
    print(f"    dloss/dz = dloss/de * 1            {d_z:8.4f}")
    print(f"    dloss/dv = dloss/dz * (1 - z * z)  {d_v:8.4f}")
    print(f"    dloss/dw = dloss/dv * x            {d_v * x:8.4f}")
    print(f"    dloss/dx = dloss/dv * w            {d_v * w:8.4f}")
    print(f"    dloss/db = dloss/dv * 1            {d_v * 1.0:8.4f}\n")


def by_the_graph() -> None:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.4, "b")
    loss = (am.tanh(w * x + b) - TARGET) ** 2
    loss.backward()
    print(f"loss.backward() gives the same: {w.grad:.4f}, {x.grad:.4f}, {b.grad:.4f}")

    print(
        "\nA step against the gradient, w = w - 0.1 * dloss/dw, lets the loss fall. Two steps of w:"
    )
    for forget in (True, False):
        w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.4, "b")
        grads = []
        for _ in range(2):
            loss = (am.tanh(w * x + b) - TARGET) ** 2
            if forget:
                loss.zero_grad()
            loss.backward()
            grads.append(w.grad)
            w.data -= 0.1 * w.grad
        how = "with zero_grad()   " if forget else "without zero_grad()"
        print(f"  {how} w.grad is {grads[0]:.4f}, then {grads[1]:.4f}")
    print("Without it, the second number still has the first one in it: a gradient at an old w.")


def at_the_kink() -> None:
    print("\nrelu(v), in place of tanh, is v where v > 0, and 0 elsewhere. Its slope from nudges:")
    for v in (1.0, -1.0, 0.0):
        up, down = am.relu(v + 0.01) - am.relu(v), am.relu(v) - am.relu(v - 0.01)
        x = Value(v)
        am.relu(x).backward()
        print(f"  at v = {v:4g}: {up / 0.01:.0f} upwards, {down / 0.01:.0f} downwards", end="")
        print(f"; backward() says {x.grad:g}")
    print("At 0 there is a kink: a slope on each side, 0 and 1. The engine has to choose one and")
    print("takes 0, as PyTorch does; it hardly ever matters, for hardly any v is 0 exactly. Below")
    print("0 relu is flat, so nothing passes: it is like a gate that is closed.")


def main() -> None:
    by_hand()
    by_the_graph()
    at_the_kink()
    print("\nNotice: each line of the backward pass is one above it, times a local derivative.")
    print("Question: which sign has dloss/dw if it should give -1? Change TARGET in this file.")


if __name__ == "__main__":
    main()
