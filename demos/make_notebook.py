"""Makes notebook.ipynb of the first six demos: python demos/make_notebook.py [FILE]"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
FIRST, LAST = 1, 6

START = """\
# Watch the chain rule

The first six demos in one notebook: from nudging a number to a network that learns. Each says
what to notice and ends with a question; change the numbers and run it again.

The notebook needs the package `autograd_mini`. In a clone of its repository, `pip install .`
installs it. In Colab, upload the repository as one file, `autograd_mini.zip`, and run
`%pip install ./autograd_mini.zip` first.
"""

# What a notebook can show beside the text: pictures, derivations as formulas, steps.
SEE = {
    1: 'am.draw(am.parse("(a*b + c) * a", a=2, b=-3, c=10))',
    2: 'am.explain(am.parse("u = 3*x; v = u - 4; v**2", x=2))',
    3: 'am.draw(am.parse("u = a*b; u + a", a=3, b=2), at=6, contributions=True)',
    4: 'am.draw(am.mistaken(am.mistakes["preorder"].expression(), "preorder"))',
    5: 'am.step(am.parse("z = tanh(w*x + b); e = z - 1; e**2", w=0.5, x=2, b=-0.4)).run()',
    6: 'am.draw(nn.MLP(2, [4, 1], activation="tanh", seed=1)([1.0, 0.5]), closed="neurons")',
}
END = """\
Then be asked: each question has a `check`, which says what a wrong answer was.

```python
for question in am.quiz(level=4):
    print(question)
    print(question.check(input()))
```
"""


def script_of(number: int) -> tuple[str, str, str]:
    """The title, the docstring and the code of a demo, without what makes it a script."""
    (path,) = HERE.glob(f"{number:02}_*.py")
    _, summary, code = path.read_text(encoding="utf-8").split('"""', 2)
    code = code.replace('if __name__ == "__main__":\n    main()', "main()")
    title = path.stem[3:].replace("_", " ").capitalize()
    return f"{number:02} {title}", summary, code.strip()


def notebook() -> str:
    """The notebook as JSON, the same for the same demos."""
    sources = [("markdown", START)]
    for number in range(FIRST, LAST + 1):
        title, summary, code = script_of(number)
        sources += [("markdown", f"## {title}\n\n{summary}"), ("code", code), ("code", SEE[number])]
    sources.append(("markdown", END))
    cells = [cell(place, kind, text) for place, (kind, text) in enumerate(sources)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def cell(place: int, kind: str, text: str) -> dict[str, object]:
    """One cell, without any output."""
    lines = text.strip().splitlines(keepends=True)
    made: dict[str, object] = {"cell_type": kind, "id": f"cell-{place}", "metadata": {}}
    return (
        made
        | {"source": lines}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
    )


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "notebook.ipynb"
    target.write_text(notebook(), encoding="utf-8")
    print(f"Wrote {target}")
