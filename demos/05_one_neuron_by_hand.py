"""One neuron by hand: both passes in plain arithmetic, then the same from the graph."""

import math

import autograd_mini as am
from autograd_mini import Value

TARGET = 1.0


def by_hand() -> None:
    w, x, b = 0.5, 2.0, -0.4
    print("A neuron: z = tanh(w * x + b), with w = 0.5, x = 2, b = -0.4.")
    print(f"It should give {TARGET:g}. The error is e = z - ({TARGET:g}), the loss e ** 2.\n")
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

    print("\nA step against the gradient, w = w - 0.1 * dloss/dw, lets the loss fall. Two steps:")
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
    print("Without it, the second number still has the first one in it, and the step is too long.")


def at_the_kink() -> None:
    print("\nAnother neuron: relu(v) is v above 0, and 0 below. Its slope from the nudges:")
    for v in (1.0, -1.0, 0.0):
        up, down = am.relu(v + 0.01) - am.relu(v), am.relu(v) - am.relu(v - 0.01)
        x = Value(v)
        am.relu(x).backward()
        print(f"  at v = {v:4g}: {up / 0.01:.0f} upwards, {down / 0.01:.0f} downwards", end="")
        print(f"; backward() says {x.grad:g}")
    print(
        "At 0 there is a kink, and no one slope. Every number from 0 to 1 would be a choice; here,"
    )
    print(
        "as in PyTorch, it is 0, as on the closed side. Below 0 the gate is closed: nothing passes."
    )


def main() -> None:
    by_hand()
    by_the_graph()
    at_the_kink()
    print("\nNotice: each line of the backward pass is one factor times the line above it.")
    print("Question: which sign has dloss/dw if it should give -1? Change TARGET, and see.")


if __name__ == "__main__":
    main()
