"""The fork: a number that is used twice has two ways to change the result, and they add up."""

import autograd_mini as am
from autograd_mini import Value


def main() -> None:
    a, b = Value(3.0, "a"), Value(2.0, "b")
    u = a * b
    L = u + a  # noqa: N806 (the name that it has in lectures)
    print("u = a * b = 6, L = u + a = 9, with a = 3, b = 2. L uses a twice: in u, and itself.\n")

    in_u, itself = 3.01 * 2.0 + 3.0, 3.0 * 2.0 + 3.01
    print(f"Raise only the a in u by 0.01:    L changes by {in_u - 9.0:.2f}, which is 2 * 0.01")
    print(f"Raise only the other a by 0.01:   L changes by {itself - 9.0:.2f}, which is 1 * 0.01")
    print(f"Raise a, so both at once:         L changes by {am.nudge(L, a).actual:.2f}, the sum\n")

    print("The backward pass comes to a twice, each time with a contribution, and adds:")
    for entry in am.trace(L).ledger("a"):
        assert entry.consumer is not None
        product = f"{entry.upstream:g} * {entry.local:g} = {entry.product:g}"
        print(f"  from {entry.consumer.name}: {product}   the total is {entry.total:g}")
    wrong = am.mistaken(L, "overwrite").gradient("a") or 0.0
    right = am.trace(L).gradient("a") or 0.0
    print(f"a.grad += contribution   gives dL/da = {right:g}, as the nudge says")
    print(f"a.grad  = contribution   gives dL/da = {wrong:g}: the second overwrites the first")

    print("\nBut a leaf, a number that you made, goes on adding in the next backward pass too. (A")
    print("result such as u starts anew in each.)")
    for text in ("L.backward()", "a second one"):
        L.backward()
        print(f"  after {text:16} a.grad = {a.grad:g}")
    L.zero_grad()
    print(f"  after {'L.zero_grad()':16} a.grad = {a.grad:g}")
    L.backward()
    print(f"  after {'one more':16} a.grad = {a.grad:g}, right again")
    print("zero_grad() is for that: it forgets the gradients of all numbers below L. In training")
    print("it comes before each backward(); else a step would follow all old gradients too.")

    print("\nNotice: += because all ways from a number to the result count, and changes add up.")
    print("In one pass, a node that is used once is right with = too: few tests find that mistake.")
    print("Question: what is dL/da for L = a + a + a? And with = for +=? Try it in this file.")


if __name__ == "__main__":
    main()
