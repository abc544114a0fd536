"""How large pages are, and how soon new numbers are there after a slider has moved, as a table:

    python tests/benchmarks/page.py

The time is that of a browser, from the event of the slider until the page has been changed, and
until it has been drawn. Chromium is driven by Playwright (pip install playwright); CHROMIUM in the
environment says where it is, if not on the PATH.
"""

import os
import pathlib
import platform
import shutil
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

import autograd_mini as am  # noqa: E402
from autograd_mini import Value  # noqa: E402

MOVES = 200
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def neuron():
    return am.parse("tanh(w*x + b)", w=0.5, x=2.0, b=1.0)


def two_layers():
    """About a hundred nodes, each of them with a box: 3 inputs, 5 neurons, 1 neuron, by hand."""
    x = [Value(0.1 * (i + 1), f"x{i}") for i in range(3)]
    hidden = []
    for j in range(6):
        w = [Value(0.3 * (i - j), f"w{j}{i}") for i in range(3)]
        b = Value(0.1 * j, f"b{j}")
        hidden.append(am.tanh(w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b))
    total = Value(0.5, "c")
    for j, h in enumerate(hidden):
        total = total + Value(0.2 * j - 0.5, f"v{j}") * h
    return total


def network():
    """A network whose neurons are closed: MLP(2, [16, 16, 1]), as it is trained on moons."""
    return am.nn.MLP(2, [16, 16, 1], activation="tanh", seed=0)([0.5, -0.25])


# What moves a slider does, and the times: until the page is changed, and until it is drawn.
MEASURE = """async (moves) => {
  const slider = document.querySelector("#rows input[type=range]");
  const changed = [], drawn = [];
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  for (let i = 0; i < moves; i += 1) {
    slider.value = String(Number(slider.min) + ((i % 50) + 1) * (slider.max - slider.min) / 60);
    await frame();
    const start = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.getBoundingClientRect();  // so that the layout is done too
    changed.push(performance.now() - start);
    await frame();
    drawn.push(performance.now() - start);
  }
  return [changed, drawn];
}"""


def measured(browser, page, folder):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(page.save(pathlib.Path(folder, "page.html")).as_uri())
    changed, drawn = tab.evaluate(MEASURE, MOVES)
    tab.close()
    return (
        statistics.median(changed),
        statistics.quantiles(changed, n=20)[-1],
        statistics.median(drawn),
    )


def main():
    rows = [
        ("a neuron", neuron()),
        ("two layers by hand", two_layers()),
        ("MLP(2, [16, 16, 1])", network()),
    ]
    print(f"Python {platform.python_version()}, median of {MOVES} moves of a slider\n")
    print("graph                 nodes  steps   bytes   written in   new numbers  (95 %)     drawn")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        program = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        for name, root in rows:
            start = time.perf_counter()
            page = am.explore(root)
            seconds = time.perf_counter() - start
            nodes, steps = page._size
            changed, slow, drawn = measured(browser, page, folder)
            print(
                f"{name:20} {nodes:6} {steps:6} {len(page.html.encode()):8,}   {seconds:8.2f} s"
                f"   {changed:8.1f} ms  {slow:6.1f}  {drawn:6.1f} ms"
            )
        browser.close()


if __name__ == "__main__":
    main()
