"""The chain rule on one path: what each operation does to a change, multiplied."""

import autograd_mini as am
from autograd_mini import Value


def pass_it_down() -> None:
    x = Value(2.0, "x")
    u = 3.0 * x
    v = u - 4.0
    L = v**2  # noqa: N806 (the name that it has in lectures)
    print("x = 2, u = 3 * x = 6, v = u - 4 = 2, L = v ** 2 = 4\n")
    print("Raise x by 0.01 and follow the change, one operation at a time:")
    for node, name, before in ((u, "u", "x"), (v, "v", "u"), (L, "L", "v")):
        (local,) = [slope for slope in node.local_derivatives() if slope is not None]
        change = am.nudge(node, x).actual
        print(f"  {name} changes by {change:<7.4g} about {local:g} times the change of {before}")
    print("3 * 1 * 4 = 12 times in all. These factors are local derivatives: each is of one")
    print("operation alone, such as ∂L/∂v = 2 * v = 4. The curly ∂ says so: ∂L/∂v is of one")
    print("operation, dL/dx of all that lies between x and L.\n")

    print("The backward pass multiplies the same factors, from the result down:")
    for event in am.trace(L):
        if event.kind == "seed":
            print("  dL/dL = 1, the start: when L changes by some amount, L changes by that amount")
        if event.kind == "contribution" and event.consumer is not None:
            node, above = event.node.name, event.consumer.name
            print(
                f"  dL/d{node} = dL/d{above} * ∂{above}/∂{node}"
                f" = {event.upstream:g} * {event.local:g} = {event.product:g}"
            )


def through_sigmoids() -> None:
    print("\nA path through sigmoids, s = 1 / (1 + exp(-z)), as in many networks. Their slope is")
    print("s * (1 - s): 0.25 where s = 0.5, and less elsewhere. The best that can come through:")
    print("  sigmoids on the way      1         2         4         8")
    found = []
    for count in (1, 2, 4, 8):
        x = y = Value(0.0)
        for _ in range(count):
            y = am.sigmoid(y) - 0.5  # 0 again, where the next one is steepest too
        y.backward()
        found.append(x.grad)
    print(f"  gradient at the far end  {'  '.join([f'{slope:<8.2g}' for slope in found])}".rstrip())
    print("A network multiplies by a weight too at each step; on one path only weights of 4 and")
    print("more make up for it. So through many layers of sigmoids hardly any gradient comes to")
    print("the first, and as a number moves in proportion to its gradient, they learn slowly.")
    print("(See demo 09.)")


def main() -> None:
    pass_it_down()
    through_sigmoids()
    print("\nNotice: a node needs no view of the whole. It takes one number, dL/d(itself), that is")
    print("complete when all that use it have sent their share. It multiplies it by its own local")
    print("derivatives, for which it needs the numbers it was made from, and passes one product to")
    print("each of these. The rest of the graph it need not know; the order is backward()'s task.")
    print("Question: what is dL/dx for L = v ** 3? Answer first, then change it in this file.")


if __name__ == "__main__":
    main()
