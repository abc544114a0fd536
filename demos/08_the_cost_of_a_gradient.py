"""The cost of a gradient: counted, and how it grows with the number of leaves."""

import autograd_mini as am
from autograd_mini import Value


def neuron(inputs: int) -> Value:
    """tanh(w0 * x0 + w1 * x1 + ... + b), with weights and bias as leaves and plain numbers as x."""
    total = Value(0.1, "b")
    for i in range(inputs):
        total = total + Value(0.01 * i, f"w{i}") * 0.5
    return am.tanh(total)


def doubled(times: int) -> Value:
    """a + a, and that twice, and so on: few nodes and many paths."""
    total = Value(1.0, "a")
    for _ in range(times):
        total = total + total
    return total


def main() -> None:
    print("A neuron with n weights and a bias: how many operations does its gradient take?\n")
    print("leaves   forward   nudge each leaf       forwards and     in forward")
    print("            pass   (n + 1 passes)        backwards        passes")
    for inputs in (1, 9, 99, 999):
        counted = am.cost(neuron(inputs))
        nudges = (counted.leaves + 1) * counted.function
        print(
            f"{counted.leaves:6}{counted.function:10,}{nudges:17,}"
            f"{counted.reverse_mode:19,}{counted.ratio:15.2f}"
        )
    print(
        "\nn + 1 forward passes are n + 1 times the work, and so for 1,000 leaves 1,001 times. The"
    )
    print(
        "backward pass goes along each edge once, whatever the number of leaves. Together with the"
    )
    print("forward pass that is at most 5 forward passes, for any expression of + - * and /.\n")

    print("It would not, if it went along each path by itself. a + a, doubled again and again:\n")
    print("doublings       paths      path by path    each edge once")
    for times in (5, 10, 20):
        counted = am.cost(doubled(times))
        print(f"{times:9}{counted.paths:12,}{counted.path_by_path:18,}{counted.reverse_mode:18,}")

    print("\nNotice: one backward pass gives the gradients of all leaves for a few forward passes.")
    print(
        "That is why networks with a billion weights can be trained at all: n is a billion there."
    )
    print("Question: what does f(x) with 1,000 results and one leaf cost this way? (Think: jvp.)")


if __name__ == "__main__":
    main()
