"""The order of the house: who may import whom, how much there may be, what must be documented."""

import ast
import doctest
import inspect
import pathlib
import re
import subprocess
import sys
import types

import pytest

import autograd_mini as am

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = ROOT / "autograd_mini"

# A room imports from lower floors only, and from its own package.
FLOORS = {
    "engine.errors": 0,
    "engine.reals": 0,
    "engine.ieee": 0.5,
    "engine.contexts": 0.5,
    "engine.quiet_order": 0,
    "engine.order": 0.5,
    "files": 0,
    "documents": 0.5,
    "source_lines": 0,
    "engine.ops": 1,
    "engine.copying": 1,
    "engine.operators": 1.5,
    "engine.writing": 1.5,
    "engine.staleness": 1.5,
    "engine.making": 1.7,
    "engine.value": 2,
    "engine.functions": 2,
    "engine.__init__": 2.5,
    "scope": 2.5,
    "engine.derive": 3,
    "engine.parsing": 3,
    "nn": 3,
    "losses": 3,
    "optim": 3,
    "datasets": 3,
    "graph": 3,
    "outlines": 4,
    "passes": 4,
    "program": 4,
    "formula": 3,
    "pictures": 5,
    "words": 5,
    "faults": 5.5,
    "stepper": 6,
    "training": 6,
    "questions": 7,
    "tour": 7,
    "cli": 8,
    "__main__": 8,
    "__init__": 8,
}

# The public functions, those of today and those that the design has promised: no module may bear
# such a name, for importing the module would put it in the function's place.
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

# Which third-party packages a room may import; everything else lives on the standard library.
THIRD_PARTY = {"pictures": {"graphviz"}, "stepper": {"rich"}, "tour": {"rich"}, "cli": {"rich"}}
THIRD_PARTY["training"] = {"rich", "matplotlib"}

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    return room_named(path.relative_to(PACKAGE).with_suffix("").parts)


def room_named(parts):
    """The room of a module, given by its path: a file of the engine is a room by itself."""
    if parts[0] != "engine":
        return parts[0] if parts[0] in FLOORS else "__init__"  # such as autograd_mini.__version__
    inside = ".".join(parts[:2])
    return inside if inside in FLOORS else "engine.__init__"


def imports_of(path):
    """Every module that a file imports, at its top or inside a function, as absolute dotted names.

    Not those under `if TYPE_CHECKING:`, which are there to name types and never run.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: say where it is imported from: no relative imports"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_room_stands_on_a_floor():
    assert {room_of(path) for path in FILES} == set(FLOORS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downward(path):
    here = room_of(path)
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] != "autograd_mini" or len(parts) < 2:
            continue
        there = room_named(parts[1:])
        fine = there == here or FLOORS[there] < FLOORS[here] or FLOORS[here] == 8
        assert fine, f"{here} (floor {FLOORS[here]}) imports {name} (floor {FLOORS[there]})"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_third_party_packages_stay_where_they_belong(path):
    allowed = THIRD_PARTY.get(room_of(path), set())
    for name in imports_of(path):
        top = name.split(".")[0]
        own = top in sys.stdlib_module_names or top == "autograd_mini"
        assert own or top in allowed, f"{room_of(path)} imports {top}"


def test_no_module_bears_the_name_of_a_public_function():
    modules = {path.stem for path in FILES} | {path.parent.name for path in FILES}
    functions = FUNCTIONS | {name for name in public_names() if callable(getattr(am, name))}
    assert not modules & functions


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


def functions_in(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None
            body = node.body[1:] if documented else node.body
            if body:
                yield node.name, body[-1].end_lineno - body[0].lineno + 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_function_is_longer_than_thirty_lines(path):
    assert [(name, length) for name, length in functions_in(path) if length > 30] == []


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
    for name in (
        "Value",
        "Op",
        "no_grad",
        "topological_order",
        "draw",
        "nn",
        "losses",
        "optim",
        "datasets",
    ):
        assert name in public_names()
    assert len(ROWS) >= 36 and "nn.MLP" in OTHERS and "datasets.iris" in OTHERS


@pytest.mark.parametrize("name", OTHERS)
def test_every_public_name_is_documented_with_an_example(name):
    thing = am
    for part in name.split("."):
        thing = getattr(thing, part)
    if (inspect.isclass(thing) and issubclass(thing, am.AutogradMiniError)) or not inspect.isclass(
        thing
    ):
        assert inspect.getdoc(thing), f"{name} has no docstring"
    assert examples_in(inspect.getdoc(thing)), f"{name} has no example"


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_shown_in_the_readme(name):
    examples = examples_in((ROOT / "README.md").read_text(encoding="utf-8"))
    assert any(re.search(rf"\b{name}\b", example.source) for example in examples)


def test_public_methods_of_value_are_documented():
    for name, thing in vars(am.Value).items():
        if (not name.startswith("_") and callable(thing)) or isinstance(thing, property):
            assert thing.__doc__, name


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


# -- what a fresh machine runs ---------------------------------------------------------------------


def test_the_readme_has_its_two_commands():
    blocks = re.findall(
        r"```bash\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    commands = [block.strip() for block in blocks if block.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert all("\n" not in command and " && " in command for command in commands)
    assert commands[0].endswith("autograd-mini tour") and commands[1].endswith("-m pytest")


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
