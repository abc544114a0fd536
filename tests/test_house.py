"""The order of the house: who may import whom, how much there may be, what must be documented."""

import builtins
import doctest
import importlib
import inspect
import pathlib
import re
import statistics
import subprocess
import sys
import types

import pytest

import autograd_mini as am
import size
from support import goldens
from support.places import GOLDEN_FILES, PACKAGE, ROOT, TESTS

# The public functions, those of today and those that are promised: no module or folder right in the
# package may bear such a name, for importing it would put the module in the function's place.
FUNCTIONS = set(
    """
    no_grad gradients grad value_and_grad jvp jacobian hessian gradcheck nudge topological_order
    parse
    trace step debug explain why cost mistakes mistaken diagnose check_engine anomaly draw draw_dot
    explore compile fit accuracy gradient_flow compare_flows decision_boundary quiz worksheet
    iris digits moons circles spirals xor split save load
    mse quadratic hinge binary_cross_entropy_with_logits cross_entropy clip_grad_norm
    """.split()
)

FILES = sorted(PACKAGE.rglob("*.py"))


def test_no_room_bears_the_name_of_a_public_function():
    rooms = {path.stem for path in PACKAGE.iterdir()}
    functions = FUNCTIONS | {name for name in public_names() if callable(getattr(am, name))}
    assert not rooms & functions


def test_no_module_name_twice():
    """Every command has a file of its own, which is called like the room's that it is for."""
    outside = [path.stem for path in FILES if path.parent.name != "cli" and path.stem != "__init__"]
    assert sorted(outside) == sorted(set(outside))


FOLLOWED = """
import sys
from autograd_mini import Op, Value
cube = Op("cube", "{}³", lambda x: x * x * x, lambda x, z: 3.0 * x * x)
a, b, files = Value(2.0), Value(3.0), set()
sys.setprofile(lambda frame, event, _: files.add(frame.f_code.co_filename))
c = a * b + 2 * a
c.backward()
a.grad
cube(a).backward()  # the first call of a fresh row
sys.setprofile(None)
print(*files, sep="\\n")
"""


def lines_of(*files):
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_engine_can_be_read_in_one_sitting():
    done = subprocess.run(
        [sys.executable, "-c", FOLLOWED], capture_output=True, text=True, check=True, cwd=ROOT
    )
    entered = {pathlib.Path(name) for name in done.stdout.split("\n")}
    followed = sorted(entered & set(FILES))
    names = {path.name for path in followed}
    assert {"ops.py", "value.py", "writing.py", "order.py"} <= names
    assert len(lines_of(*followed)) <= 1100, names
    story = lines_of(PACKAGE / "engine" / "ops.py", PACKAGE / "engine" / "value.py")
    assert len(story) <= 560
    # and it is not made short by being dense: the rows of the table are, and nothing else
    table = lines_of(PACKAGE / "engine" / "ops.py")
    rows = set(table[table.index("# fmt: off") :])
    for lines in (story, lines_of(*followed)):
        code = [line for line in lines if line.strip() and not line.strip().startswith(("#", '"'))]
        outside = [line for line in code if line not in rows]
        assert sum(map(len, outside)) / len(outside) < 60


CODE = 19_100  # lines, all told


def test_there_is_no_more_code_than_there_may_be():
    assert sum(each.code for each in size.sizes()) <= CODE


def test_functions_are_short():
    """Half of them have at most five lines, nine of ten at most twelve, none above thirty."""
    functions = [function for each in size.sizes() for function in each.functions]
    lengths = [length for length, _ in functions]
    assert statistics.median(lengths) <= 5 and size.percentile(lengths, 90) <= 12
    assert [function for function in functions if function[0] > 30] == []


def test_no_line_is_wider_than_100_columns_outside_of_tables():
    assert [line for each in size.sizes() for line in each.wide] == []


# -- the public names ------------------------------------------------------------------------------


def public_names():
    return [
        name
        for name in dir(am)
        if not name.startswith("_")
        and name not in ("annotations", "TYPE_CHECKING")
        and not (isinstance(getattr(am, name), types.ModuleType) and name not in am._ROOMS)
    ]


def public_objects():
    """(dotted name, object) of everything public, that of the rooms such as am.nn included."""
    for name in public_names():
        thing = getattr(am, name)
        yield name, thing
        if isinstance(thing, types.ModuleType):
            for inner, inside in vars(thing).items():
                mine = getattr(inside, "__module__", "").startswith(thing.__name__)
                if mine and not inner.startswith("_") and callable(inside):
                    yield f"{name}.{inner}", inside


def examples_in(text):
    return doctest.DocTestParser().get_examples(text or "")


ROWS = [name for name, thing in public_objects() if isinstance(thing, am.Op)]
OTHERS = [
    name for name, thing in public_objects() if not isinstance(thing, am.Op | types.ModuleType)
]


def test_the_names_that_must_be_there_are_there():
    needed = set("Value Op no_grad topological_order draw nn losses optim datasets".split())
    assert needed - set(public_names()) == set()
    assert len(ROWS) >= 35 and "nn.MLP" in OTHERS and "datasets.iris" in OTHERS


def test_a_star_brings_all_public_names_but_those_of_pythons_own():
    brought = {}
    exec("from autograd_mini import *", brought)
    assert brought.keys() - {"__builtins__"} == set(public_names()) - set(dir(builtins))


def test_every_public_name_is_documented_with_an_example():
    documented = dict(public_objects())
    assert [name for name in OTHERS if not inspect.getdoc(documented[name])] == []
    assert [name for name in OTHERS if not examples_in(inspect.getdoc(documented[name]))] == []


def test_every_row_is_shown_in_the_readme():
    examples = examples_in((ROOT / "README.md").read_text(encoding="utf-8"))
    shown = {word for each in examples for word in re.findall(r"\w+", each.source)}
    assert [name for name in ROWS if name not in shown] == []


def test_public_methods_of_value_are_documented():
    public = {
        name: thing
        for name, thing in vars(am.Value).items()
        if (not name.startswith("_") and callable(thing)) or isinstance(thing, property)
    }
    assert public and [name for name in public if not public[name].__doc__] == []


def test_importing_the_package_imports_no_third_party_and_nothing_slow():
    program = "import sys, autograd_mini; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    bare = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; print(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    new = set(done.stdout.split()) - set(bare.stdout.split())
    slow = {
        "typing",
        "dataclasses",
        "inspect",
        "random",
        "json",
        "rich",
        "graphviz",
        "numpy",
        "argparse",
    }
    assert not new & slow
    assert {name.split(".")[0] for name in new} <= sys.stdlib_module_names | {"autograd_mini"}


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = am.nonsense


# -- golden files ----------------------------------------------------------------------------------


def test_no_golden_file_is_left_over(monkeypatch):
    """A test file says at its import which golden files it reads."""
    for path in sorted(TESTS.glob("*/test_*.py")):
        if "golden_files(" in path.read_text(encoding="utf-8"):
            monkeypatch.syspath_prepend(path.parent)
            importlib.import_module(path.stem)
    found = {path for path in GOLDEN_FILES.rglob("*") if path.is_file()}
    assert found - goldens.DECLARED == set()


# -- what a fresh machine runs ---------------------------------------------------------------------


def test_the_readme_has_its_two_commands():
    blocks = re.findall(
        r"```bash\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    commands = [block.strip() for block in blocks if block.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert all("\n" not in command and " && " in command for command in commands)
    assert commands[0].endswith("autograd-mini tour") and commands[1].endswith("-m pytest -n auto")


def test_the_top_level_of_the_house():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout, so there is no list of files to check")
    top = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    assert top <= {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "autograd_mini",
        "tests",
        "demos",
        ".ci",
        ".gitignore",
    }
