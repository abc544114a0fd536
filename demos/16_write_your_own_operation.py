"""Write your own operation: one row of the table, and it works everywhere at once."""

import autograd_mini as am
from autograd_mini import GradcheckError, Op, Value

# How it is written, how it is computed, how it changes with its argument. In a rule, x is the
# argument and z is the result. This is the bell curve: its slope is -2 x times its height.
bell = Op("bell", "bell({})", lambda x: am.exp(-(x * x)), lambda x, z: -2.0 * x * z)

# One with two arguments has a rule for each. The squares of both, added:
squares = Op(
    "squares",
    "squares({}, {})",
    lambda x, y: x * x + y * y,
    lambda x, y, z: 2.0 * x,
    lambda x, y, z: 2.0 * y,
)

# And one that is wrong: the 2 has been forgotten.
wrong = Op("wrong", "wrong({})", lambda x: am.exp(-(x * x)), lambda x, z: -x * z)


def main() -> None:
    x, y = Value(0.5, "x"), Value(-1.5, "y")
    L = bell(x) * squares(x, y)  # noqa: N806 (the name that it has in lectures)
    L.label = "L"
    L.backward()
    print(f"L = bell(x) * squares(x, y) = {L.data:.6f}, dL/dx = {x.grad:.6f}\n")
    print(f"{am.draw(L)}\n")

    print(
        "Is it right? Against differences:", am.gradcheck(bell, 0.5), am.gradcheck(squares, (3, 4))
    )
    try:
        am.gradcheck(wrong, 0.5)
    except GradcheckError as error:
        print(f"And the wrong one: {str(error).replace(': ', ':' + chr(10) + '    ')}\n")

    print(
        "A rule speaks in operators and other rows, so it can be applied to names, to numbers and"
    )
    print(
        "to graphs. That gives the derivation, higher derivatives and programs without more work:\n"
    )
    print("\n".join(am.explain(bell(x), x).text.splitlines()[-3:]))
    print(f"    the second derivative of bell at 0: {am.grad(am.grad(bell))(0.0):g}")
    program = am.compile(bell(x), [x], target="python")
    print(f"    as a program: {program!r}, {program(0.5):.6f} at 0.5")

    print("\nNotice: backward(), the picture, the derivation and the program all read the one row.")
    print("Question: what is the rule of softsign, x / (1 + |x|)? Write it, and ask am.gradcheck.")


if __name__ == "__main__":
    main()
