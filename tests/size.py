"""How much code the package is, and how long its functions are:

    python tests/size.py

A line is code when it holds a token that is neither a comment nor part of a docstring. The length
of a function is that of its body without the docstring, from the first line to the last.
tests/test_house.py holds the package to the limits.
"""

import ast
import collections
import dataclasses
import functools
import pathlib
import statistics

PACKAGE = pathlib.Path(__file__).parents[1] / "autograd_mini"
WIDTH = 100


@dataclasses.dataclass
class Size:
    """The numbers of one file."""

    path: pathlib.Path
    code: int  # lines
    functions: list[tuple[int, str]]  # how long each is, and where it is
    wide: list[str]  # lines of more than 100 columns outside of fenced tables
    annotated_any: list[str]  # parameters


def size_of(path, root=PACKAGE):
    source = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(source)))
    code = code_lines(source, nodes)
    name = path.relative_to(root)
    functions = [node for node in nodes if isinstance(node, FUNCTION)]
    lengths = [(length_of(node), f"{name}:{node.lineno} {node.name}") for node in functions]
    wide = [f"{name}:{n}" for n, line in unfenced(source) if len(line) > WIDTH]
    anys = [
        f"{name}:{node.lineno} {node.name}({each.arg})"
        for node in functions
        for each in parameters(node)
        if is_any(each.annotation)
    ]
    return Size(path, len(code), lengths, wide, anys)


FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
STRING = (ast.Constant, ast.JoinedStr)
DOCUMENTED = (ast.Module, ast.ClassDef, *FUNCTION)


def code_lines(source, nodes):
    """The numbers of the lines that hold code: a string over many lines is code in all of them."""
    stripped = [line.strip() for line in source.splitlines()]
    held = {number for number, line in enumerate(stripped, 1) if line and line[0] != "#"}
    for node in nodes:
        if isinstance(node, STRING) and node.end_lineno > node.lineno:
            held |= {node.lineno + k for k in range(node.end_lineno - node.lineno)}
    return held - {
        line for node in nodes if isinstance(node, DOCUMENTED) for line in docstring_lines(node)
    }


def docstring_lines(node):
    if ast.get_docstring(node, clean=False) is None:
        return ()
    return range(node.body[0].lineno, node.body[0].end_lineno + 1)


def length_of(function):
    body = function.body[len(docstring_lines(function)) > 0 :]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def unfenced(source):
    """(number, line), but for tables between `# fmt: off` and `# fmt: on` or the end."""
    fenced = False
    for number, line in enumerate(source.splitlines(), 1):
        fenced = line.strip() == "# fmt: off" or (fenced and line.strip() != "# fmt: on")
        if not fenced:
            yield number, line


def parameters(function):
    a = function.args
    return [each for each in (*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg) if each]


def is_any(annotation):
    return getattr(annotation, "id", getattr(annotation, "attr", None)) == "Any"


@functools.cache
def sizes(root=PACKAGE):
    return [size_of(path, root) for path in sorted(root.rglob("*.py"))]


def percentile(numbers, percent):
    """The smallest of the numbers that so many percent of them do not exceed."""
    ordered = sorted(numbers)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def main():
    found = sizes()
    rooms = collections.Counter()
    for each in found:
        rooms[each.path.relative_to(PACKAGE).parts[0]] += each.code
    functions = sorted([pair for each in found for pair in each.functions], reverse=True)
    lengths = [length for length, _ in functions]
    for room, lines in rooms.most_common():
        print(f"{lines:6}  {room}")
    print(f"{rooms.total():6}  lines of code in {len(found)} files")
    print(f"{len(functions)} functions: median {statistics.median(lengths)} lines, "
          f"90th percentile {percentile(lengths, 90)}, the longest:")  # fmt: skip
    for length, where in functions[:5]:
        print(f"{length:6}  {where}")
    print("lines above 100 columns:", *[line for each in found for line in each.wide] or ["none"])
    print("parameters annotated Any:", sum(len(each.annotated_any) for each in found))


if __name__ == "__main__":
    main()
