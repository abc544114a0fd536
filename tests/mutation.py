"""Small mistakes made in the engine on purpose: which of them do its tests find?

    python tests/mutation.py [COUNT] [SEED]

Makes up to COUNT mutants (300), each of one place in engine/*.py, chosen by the seed: another
operator or comparison, another number, a `not` that is dropped, a `return` that gives None, a
statement that is gone. Runs the fast tests of tests/engine against each, in a copy of the tree, and
prints the score and the mutants that survive. The file under test is the only one that changes.
"""

import ast
import copy
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[1]
ENGINE = pathlib.Path("autograd_mini", "engine")
TESTS = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "tests/engine"]
SECONDS = 120  # for one mutant: those that go on for ever are found by that

SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def mutated(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    swap = SWAPS.get(type(getattr(node, "op", None)))
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and swap:
        yield changed(node, op=swap())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        yield changed(node, ops=[SWAPS[type(node.ops[0])](), *node.ops[1:]])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield changed(node, value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield changed(node, value=node.value + 1)
    if isinstance(node, ast.Return) and node.value is not None:
        yield changed(node, value=ast.Constant(None))
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise) and not is_text(node):
        yield ast.Pass()


def changed(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def is_text(node: ast.AST) -> bool:
    """Whether this is a docstring, which no test reads."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def mutants(path: pathlib.Path) -> Iterator[tuple[str, str]]:
    """(what is changed, the source with it) for every mutant inside of a function."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    places = {id(node): node for each in functions for part in each.body for node in ast.walk(part)}
    for node in places.values():
        for other in mutated(node):
            where = f"{path.name}:{node.lineno}: {ast.unparse(node)}  →  {ast.unparse(other)}"
            yield where, with_other(source, node, other)


def with_other(source: str, node: ast.AST, other: ast.AST) -> str:
    """The source with one node written anew; brackets keep its neighbours what they are."""
    lines = source.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    text = ast.unparse(other)
    text = f"({text})" if isinstance(node, ast.expr) else text
    return (source.encode()[:start] + text.encode() + source.encode()[end:]).decode()


def chosen(root: pathlib.Path, count: int, seed: int) -> list[tuple[pathlib.Path, str, str]]:
    """(file, what is changed, source) of so many mutants that Python can read."""
    found = [
        (path.relative_to(root), where, source)
        for path in sorted((root / ENGINE).glob("*.py"))
        for where, source in mutants(path)
        if can_be_read(source)
    ]
    return random.Random(seed).sample(found, min(count, len(found)))


def can_be_read(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:  # such as a number in an f-string, whose place Python 3.11 does not know
        return False
    return True


def survives(folder: pathlib.Path) -> bool:
    """Whether the tests pass in this copy of the tree."""
    command = [sys.executable, "-B", "-m", "pytest", *TESTS]
    try:
        done = subprocess.run(
            command, cwd=folder, env=surroundings(folder), capture_output=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def surroundings(folder: pathlib.Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


def main(count: int = 300, seed: int = 0) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place, "tree")
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".*", "__pycache__"))
        if not survives(folder):
            raise SystemExit("the tests of the engine fail without any mutant")
        survivors = []
        picked = chosen(folder, count, seed)
        for number, (path, where, source) in enumerate(picked, 1):
            before = (folder / path).read_bytes()
            (folder / path).write_text(source, encoding="utf-8")
            alive = survives(folder)
            (folder / path).write_bytes(before)
            print(f"{number:4} {'SURVIVES' if alive else 'found   '} {where}", flush=True)
            survivors += [where] * alive
    print(f"{len(picked) - len(survivors)} of {len(picked)} mutants are found; these survive:")
    print(*survivors or ["none"], sep="\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
