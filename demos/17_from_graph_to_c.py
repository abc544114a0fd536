"""From graph to C: the graph that you can step through, as a program that needs no Python."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import autograd_mini as am
from autograd_mini import Value

# What calls it: it prints the value and the derivatives by x, w and b, to the last digit.
MAIN = r"""
#include <stdio.h>
double value_and_gradient(const double inputs[1], const double parameters[2],
                          double gradient_inputs[1], double gradient_parameters[2]);
extern const double parameters_now[2];
int main(void)
{
    double x[1] = {2.0}, d_x[1], d_p[2];
    double z = value_and_gradient(x, parameters_now, d_x, d_p);
    printf("%.17g %.17g %.17g %.17g\n", z, d_x[0], d_p[0], d_p[1]);
    return 0;
}
"""


def built_and_run(source: str, compiler: str) -> list[float]:
    """What the program prints, compiled as its first lines say."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "neuron.c").write_text(source, encoding="utf-8")
        Path(folder, "main.c").write_text(MAIN, encoding="utf-8")
        flags = ["-std=c99", "-O2", "-ffp-contract=off"]
        command = [compiler, *flags, "neuron.c", "main.c", "-lm", "-o", "neuron"]
        subprocess.run(command, cwd=folder, check=True)
        done = subprocess.run([Path(folder, "neuron")], capture_output=True, text=True, check=True)
    return [float(number) for number in done.stdout.split()]


def main() -> None:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.4, "b")
    z = am.tanh(w * x + b)
    z.label = "z"
    source = am.compile(z, [x]).source("c")
    print("z = tanh(w * x + b) in C. Each line of the two passes is an operation of the graph:\n")
    passes = source[source.index("    /* Forward: the operations") : source.rindex("    return z;")]
    print(passes.rstrip(), end="\n\n")

    z.backward()
    ours = [z.data, x.grad, w.grad, b.grad]
    print("python:", *map(repr, ours))
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        print("No C compiler here, so this ends with the source: apt install gcc")
    else:
        found = built_and_run(source, compiler)
        print("C:     ", *map(repr, found))
        print(f"The same to the last bit: {found == ours}")

    print("\nNotice: the backward pass is an ordinary list of multiplications and additions. The")
    print("graph was needed to find it, and is not needed to run it.")
    print(
        "Question: which lines does z * w add, for z? Try: autograd-mini compile --language c ..."
    )


if __name__ == "__main__":
    main()
