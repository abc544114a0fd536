"""Nudge and notice: a gradient is what a small change of a number does to the result."""

import autograd_mini as am
from autograd_mini import Value


def computed(a: float, b: float, c: float) -> float:
    return (a * b + c) * a


def main() -> None:
    numbers = {"a": 2.0, "b": -3.0, "c": 10.0}
    before = computed(**numbers)
    print(f"L = (a * b + c) * a is {before:g}, with a = 2, b = -3, c = 10.\n")
    print("Nudge one number, leave the others, compute L again. How much has L changed?\n")
    print("  nudged by     change of L     change of L / nudge")
    for name in numbers:
        for by in (0.1, 0.01, 0.001):
            nudged = {**numbers, name: numbers[name] + by}
            change = computed(**nudged) - before
            print(f"  {name}  {by:<8g}{change:14.6f}{change / by:20.3f}")
    print("\nThe smaller the nudge, the nearer the last column comes to -2, 4 and 2. These numbers")
    print(
        "are the gradients dL/da, dL/db and dL/dc: L changes so many times as much as the number."
    )

    a, b, c = (Value(number, name) for name, number in numbers.items())
    L = (a * b + c) * a  # noqa: N806 (the name that it has in lectures)
    L.backward()
    print(f"\nL.backward() gives all three at once: {a.grad:g}, {b.grad:g}, {c.grad:g}.")
    print(f"  {am.nudge(L, b)}")

    print("\nNotice: nudging computes L once as it is and once more for each number: n + 1 forward")
    print(
        "passes for n numbers. Forwards and backwards once, for all of them together, costs about"
    )
    print("as much as 2 to 5 forward passes, however many numbers there are. A small network has")
    print("thousands: so a few passes instead of thousands. (Demo 08 counts them.)")
    print(
        "Question: which a would make dL/da zero? Change 2.0 in this file until the nudges agree."
    )


if __name__ == "__main__":
    main()
