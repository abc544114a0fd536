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
    print("are the gradients dL/da, dL/db and dL/dc. Raise a slightly: L changes by -2 times")
    print("as much. Raise b: by 4 times as much.")

    a, b, c = (Value(number, name) for name, number in numbers.items())
    L = (a * b + c) * a  # noqa: N806 (the name that it has in lectures)
    L.backward()
    print(f"\nL.backward() gives all three at once: {a.grad:g}, {b.grad:g}, {c.grad:g}.")
    print(f"  {am.nudge(L, a)}")
    cost = am.cost(L)
    back = cost.reverse_mode - cost.function
    print(f"\nWhat that costs: to compute L takes {cost.function} operations.")
    print(f"  nudging   4 * {cost.function}: L as it is, and again for each of 3 numbers")
    print(f"  backward  {cost.function} + {back}: L, a product for each operand, and a sum at a")

    print("\nNotice: for n numbers nudging takes n + 1 forward passes, each computes L. The one")
    print("backward pass takes about 1 to 4 times the operations of a forward pass, whatever n is:")
    print("it visits each operation once. 1,000 numbers: 1,001 passes, or a few. (See demo 08.)")
    print("Question: for which a is dL/da zero? Change a here, until nudges do next to nothing.")


if __name__ == "__main__":
    main()
