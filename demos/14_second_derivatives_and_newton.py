"""Second derivatives and Newton: the gradient of the gradient, compiled, finds a valley's floor."""

import autograd_mini as am
from autograd_mini import Value


def valley(x: Value, y: Value) -> Value:
    """Rosenbrock's function: a narrow, bent valley with its floor at (1, 1)."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def program_for_newton() -> am.Program:
    """One program for the value, the two first derivatives and the three second ones."""
    x, y = Value(0.0, "x"), Value(0.0, "y")
    f = valley(x, y)
    f_x, f_y = am.gradients(f, [x, y])  # graphs, made of the same operations as f
    f_xx, f_xy = am.gradients(f_x, [x, y])  # so they can be differentiated again
    (f_yy,) = am.gradients(f_y, [y])
    return am.compile([f, f_x, f_y, f_xx, f_xy, f_yy], [x, y])


def newton_step(program: am.Program, x: float, y: float) -> tuple[float, float, float]:
    """To the bottom of the parabola that has the same first and second derivatives here."""
    f, f_x, f_y, f_xx, f_xy, f_yy = program(x, y)
    determinant = f_xx * f_yy - f_xy * f_xy
    step_x = (f_yy * f_x - f_xy * f_y) / determinant
    step_y = (f_xx * f_y - f_xy * f_x) / determinant
    return f, x - step_x, y - step_y


def main() -> None:
    program = program_for_newton()
    print(f"{program.operations} operations for the value, the gradient and the Hessian.\n")

    x, y = -1.2, 1.0
    for step in range(7):
        f, new_x, new_y = newton_step(program, x, y)
        print(f"Newton, step {step}: x {x:8.5f}   y {y:8.5f}   height {f:.3e}")
        x, y = new_x, new_y

    down_x, down_y = -1.2, 1.0
    for _ in range(10_000):
        f, f_x, f_y, *_ = program(down_x, down_y)
        down_x, down_y = down_x - 0.001 * f_x, down_y - 0.001 * f_y
    print(f"\nPlain descent after 10,000 steps: x {down_x:.5f}   y {down_y:.5f}   height {f:.3e}")

    print("\nNotice: a second derivative is the gradient of a gradient. It tells how far to go, so")
    print("six steps do what ten thousand small ones cannot.")
    print("Question: what does a Newton step do on top of a hill? Start it at x = 0, y = 1.")


if __name__ == "__main__":
    main()
