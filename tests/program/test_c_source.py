"""C source: that it gives Python's numbers bit for bit, compiles without a warning, and reads well.

GRAPHS=10000 tries ten thousand random graphs, and each operation on a hundred thousand numbers.
The golden text is written anew with UPDATE_GOLDEN=1.
"""

import ctypes
import itertools
import math
import os
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Value
from autograd_mini.engine import ops
from autograd_mini.program.c_source import c_source
from autograd_mini.program.linear import PRIMITIVES, linearised
from autograd_mini.program.reserved_words import C as RESERVED
from autograd_mini.program.spellings import C_HELPERS, C_LIBM, SPELLINGS
from support.goldens import golden_files, golden_text
from support.places import ATTACKS
from support.random_graphs import bits
from support.rows import each_row
from support.straight_lines import (
    ARGUMENTS,
    GRAPHS,
    arguments,
    graph_of,
    lines_of,
    named,
    neuron,
    one_step,
)

GOLDEN = golden_files("program", ["neuron.c.txt"]) / "neuron.c.txt"
LABELS = [attack["string"] for attack in ATTACKS]

CC = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
FLAGS = "-std=c99 -ffp-contract=off -Wall -Wextra -Werror -pedantic".split()
needs_cc = pytest.mark.skipif(CC is None, reason="no C compiler (cc, gcc or clang) on the PATH")


def test_the_neuron_reads_as_it_should():
    source = c_source(*neuron())
    assert source == golden_text(GOLDEN, source)


def test_every_helper_is_called():
    called = {row.c.partition("(")[0] for row in SPELLINGS.values()}
    assert {*C_LIBM, *C_HELPERS} <= called


def test_only_helpers_that_are_called_are_there():
    x = Value(2.0)
    source = c_source(linearised([x.relu() % 3.0], [x]))
    assert re.findall(r"^static .*?\b(\w+)\(double", source, re.MULTILINE) == ["mod", "relu"]
    assert "libm" not in source
    source = c_source(linearised([x.sigmoid() * 2.0], [x]))
    assert re.findall(r"^static .*?(\w+)\)?\(double", source, re.MULTILINE) == [
        "libm_exp",
        "sigmoid",
    ]


# -- compiling -------------------------------------------------------------------------------------


def compiled(sources, folder, level="-O2", more=()):
    """All sources in one file: helpers once, other names with the number of the source behind."""
    every = [*C_LIBM.values(), *C_HELPERS.values()]
    helpers = [text for text in every if any(text in source for source in sources)]
    texts = ["#include <math.h>", *helpers]
    for number, source in enumerate(sources):
        for text in helpers:
            source = source.replace(text, "")
        ours = r"\b(values?|value_and_gradient|parameters_now)\b"
        texts.append(re.sub(ours, rf"\1_{number}", source))
    folder.mkdir(exist_ok=True)
    (folder / "all.c").write_text("\n".join([*texts, *more]), encoding="ascii")
    library = folder / "all.so"
    command = [CC, *FLAGS, level, "-shared", "-fPIC", "-o", library, folder / "all.c", "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(library))


def array(numbers):
    return (ctypes.c_double * len(numbers))(*numbers)


def function(library, name):
    found = getattr(library, name)
    found.restype = ctypes.c_double
    return found


def value_of(library, number, inputs, parameters):
    return function(library, f"value_{number}")(array(inputs), array(parameters))


def value_and_gradient_of(library, number, inputs, parameters):
    """(output, *gradient), as the line has it."""
    by_inputs, by_parameters = array(inputs), array(parameters)
    run = function(library, f"value_and_gradient_{number}")
    output = run(array(inputs), array(parameters), by_inputs, by_parameters)
    return [output, *by_inputs, *by_parameters]


# -- bits ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def primitives(tmp_path_factory):
    """Each primitive compiled alone, with a loop that runs it on many arguments."""
    if CC is None:
        pytest.skip("no C compiler (cc, gcc or clang) on the PATH")
    loops = [
        f"void many_{number}(const double x[], long n, double z[])\n"
        f"{{\n    for (long i = 0; i < n; i++) {{\n"
        f"        z[i] = value_{number}(x + i * {len(op.rules)}, z);\n    }}\n}}\n"
        for number, op in enumerate(PRIMITIVES)
    ]
    sources = [c_source(one_step(op)) for op in PRIMITIVES]
    return compiled(sources, tmp_path_factory.mktemp("primitives"), more=loops)


@pytest.mark.slow
@pytest.mark.parametrize("op", PRIMITIVES, ids=lambda op: op.name)
def test_a_primitive_gives_the_bits_of_python(op, primitives):
    rows = arguments(op, ARGUMENTS)
    flat = array(list(itertools.chain.from_iterable(rows)))
    found = array([0.0] * len(rows))
    getattr(primitives, f"many_{PRIMITIVES.index(op)}")(flat, ctypes.c_long(len(rows)), found)
    expected = [float(op.forward(*row)) for row in rows]
    wrong = [
        (row, e, f) for row, e, f in zip(rows, expected, found, strict=True) if repr(e) != repr(f)
    ]
    assert wrong == []


@pytest.mark.slow
@needs_cc
def test_a_constant_operand_changes_no_bit(tmp_path):
    """A compiler that sees the 2 in x ** 2 would like to write x * x, or exp2(x) for 2 ** x."""
    x = Value(1.5, "x")
    outputs = [x**2.0, x**-1.0, x**0.5, x**3.0, 2.0**x, 10.0**x, x % 1.0, x % -3.0]
    outputs += [ops.atan2(x, 1.0), ops.atan2(0.0, x), x / 3.0, 1.0 / x, x - 0.0, x + 0.0, 0.0 - x]
    outputs += [ops.maximum(x, 0.0), ops.minimum(-0.0, x), ops.where(x, 1.0, -0.0), x * -1.0]
    check_bits(x, outputs, arguments(ops.exp, max(ARGUMENTS, 10_000)), tmp_path)


@pytest.mark.slow
@needs_cc
def test_a_constant_in_one_branch_changes_no_bit(tmp_path):
    """It would also like to work out tanh(0.34) for the branch where maximum(x, 0.34) is 0.34."""
    x = Value(0.5, "x")
    outputs = []
    for number in [1.535, 0.34, 0.259, 2.467]:  # at these, much of glibc is not rounded correctly
        for inner in (ops.maximum(x, number), ops.where(x, number, -number)):
            outputs += [op(inner) for op in PRIMITIVES if len(op.rules) == 1]
            outputs += [inner**number, ops.atan2(inner, number), number**inner]
    check_bits(x, outputs, [(0.0,), (0.5,), (1.0,), (-1.0,)], tmp_path)


def check_bits(x, outputs, rows, folder):
    line = linearised(outputs, [x])
    run = compiled([c_source(line)], folder).values_0
    found = array([0.0] * len(outputs))
    for row in rows:
        run(array(row), array([]), found)
        assert bits(found) == bits(line.run(row)), row


def batches(size=50):
    seeds = iter(range(GRAPHS))
    while batch := list(itertools.islice(seeds, size)):
        yield batch


@pytest.mark.slow
@needs_cc
def test_random_graphs_give_the_bits_of_python(tmp_path):
    """Eager, recomputed, straight line and C: values and gradients, at three points each."""
    for batch in batches():
        graphs = [graph_of(seed) for seed in batch]
        sources = [c_source(value, gradient) for _, _, value, gradient in graphs]
        levels = ["-O2", "-O0"] if batch[0] == 0 else ["-O2"]
        libraries = [compiled(sources, tmp_path / f"{batch[0]}{level}", level) for level in levels]
        for number, (seed, graph) in enumerate(zip(batch, graphs, strict=True)):
            for _ in range(3):
                compare(graph, libraries, number, seed)
                move(graph, seed)


def compare(graph, libraries, number, seed):
    output, inputs, _, gradient = graph
    parameters = list(gradient.parameters)
    output.zero_grad()
    output.backward()
    numbers, others = [leaf.data for leaf in inputs], [leaf.data for leaf in parameters]
    expected = bits([output.data, *[leaf.grad for leaf in [*inputs, *parameters]]])
    assert bits(gradient.run(numbers)) == expected, seed
    for library in libraries:
        assert bits([value_of(library, number, numbers, others)]) == expected[:1], seed
        assert bits(value_and_gradient_of(library, number, numbers, others)) == expected, seed


def move(graph, seed):
    output, inputs, _, gradient = graph
    for leaf in [*inputs, *gradient.parameters]:
        leaf.data = leaf.data * 0.75 - 0.5 if seed % 2 else -1.25 * leaf.data
    output.recompute()


@pytest.mark.slow
def test_no_operation_has_constants_only():
    """The compiler would do it itself, with other last bits than libm has when the program runs."""
    for seed in range(GRAPHS):
        *_, gradient = graph_of(seed)
        first = gradient.inputs + len(gradient.parameters)
        for _, operands in gradient.steps:
            assert any(not first <= slot < gradient.first_step for slot in operands), seed


# -- what it is called with ------------------------------------------------------------------------


@pytest.mark.slow
@needs_cc
def test_numbers_are_written_to_the_last_bit(tmp_path):
    special = [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]
    numbers = [*special, math.inf, -math.inf, math.nan, 0.1, -1e16, 1e22, 123456789.0]
    numbers += [row[0] for row in arguments(ops.exp, 100)]
    leaves = [Value(number) for number in numbers]
    x = Value(1.0)
    constants = linearised([ops.where(x, 1.0 * number, x) for number in numbers], [x])
    sources = [c_source(linearised(leaves, [])), c_source(constants)]
    library = compiled(sources, tmp_path)
    now = (ctypes.c_double * len(numbers)).in_dll(library, "parameters_now_0")
    assert bits(now) == bits(numbers)
    outputs = array([0.0] * len(numbers))
    library.values_0(None, now, outputs)
    assert bits(outputs) == bits(numbers)
    library.values_1(array([1.0]), None, outputs)
    assert bits(outputs) == bits(numbers)


@pytest.mark.slow
@needs_cc
def test_what_is_not_needed_makes_no_warning(tmp_path):
    x, y, w = Value(2.0, "x"), Value(3.0, "y"), Value(4.0, "w")
    constant = lines_of(w * 0.0 + w, [x, y])
    nothing = lines_of(x * y, [x, y])
    detached = lines_of(x.detach() * 2.0, [x])
    only_input = lines_of(x + 0.0, [x])
    several = (linearised([x, y, x * w, w * 2.0, x], [y, x]), None)
    lines = [constant, nothing, detached, only_input, several, (linearised([], [x]), None)]
    library = compiled([c_source(*pair) for pair in lines], tmp_path)
    assert value_and_gradient_of(library, 0, [0.0, 0.0], [4.0]) == [4.0, 0.0, 0.0, 1.0]
    assert value_and_gradient_of(library, 1, [5.0, 7.0], []) == [35.0, 7.0, 5.0]
    assert value_and_gradient_of(library, 2, [5.0], []) == [10.0, 0.0]
    outputs = array([0.0] * 5)
    library.values_4(array([10.0, 20.0]), array([3.0]), outputs)
    assert list(outputs) == [20.0, 10.0, 60.0, 6.0, 20.0]


@pytest.mark.slow
@needs_cc
def test_arrays_may_overlap(tmp_path):
    library = compiled([c_source(*neuron())], tmp_path)
    expected = value_and_gradient_of(library, 0, [2.0], [-0.5, 0.1])
    x, p = array([2.0]), array([-0.5, 0.1])
    output = function(library, "value_and_gradient_0")(x, p, x, p)
    assert [output, *x, *p] == expected


# -- labels ----------------------------------------------------------------------------------------

TOKEN = re.compile(r"[A-Za-z_]\w*|[0-9][\w.]*|#[^\n]*|\S")


def tokens(source):
    """The text without comments, with `name` for each word that the language or we do not use."""
    bare = re.sub(r"/\*.*?\*/", " ", source, flags=re.DOTALL)
    assert "*/" not in bare and "//" not in bare
    return [
        "name" if re.match(r"[A-Za-z_]", token) and token not in RESERVED else token
        for token in TOKEN.findall(bare)
    ]


@pytest.mark.slow
@each_row("label", LABELS, ids=[attack["id"] for attack in ATTACKS])
def test_a_label_cannot_become_code(label):
    source = c_source(*named(label))
    assert source.isascii() and "\\" not in source and "??" not in source
    assert tokens(source) == tokens(c_source(*named("x")))


@given(st.text())
def test_no_label_can_become_code(label):
    assert tokens(c_source(*named(label))) == tokens(c_source(*named("x")))


@pytest.mark.slow
@needs_cc
def test_all_labels_compile_without_a_warning(tmp_path):
    labels = [*LABELS, "*/", "/*", "//", "??/", "\\", "a\\", "??/\n", "?" * 80, "x" * 999, "\0"]
    library = compiled([c_source(*named(label)) for label in labels], tmp_path)
    for number in range(len(labels)):
        assert max(map(len, c_source(*named(labels[number])).splitlines())) < 120
        assert value_of(library, number, [2.0], [3.0]) == math.tanh(9.0)


# The keywords of C99 and some of later ones and of C++, what math.h has, and two famous macros.
WORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while bool true false nullptr constexpr typeof class new this template
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs
    fdim floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 log1p log2
    logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo rint round
    scalbln scalbn sin sinh sqrt tan tanh tgamma trunc isnan isfinite signbit NAN INFINITY HUGE_VAL
    I linux main
""".split()


def test_the_words_of_c_are_reserved():
    assert set(WORDS) <= RESERVED


@pytest.mark.slow
@needs_cc
def test_words_of_the_language_as_labels(tmp_path):
    words = [*sorted(RESERVED), "gamma", "y0", "j1", "beta", "index", "time", "x", "L", "E", "_x"]
    leaves = [Value(1.0, word) for word in words]
    total = ops.add_all(*[leaf.tanh() for leaf in leaves])
    library = compiled([c_source(*lines_of(total, leaves))], tmp_path)
    assert value_of(library, 0, [1.0] * len(words), []) == total.data


@needs_cc
@pytest.mark.parametrize("standard", ["c99", "gnu17", "gnu2x"])
def test_every_macro_that_math_h_defines_is_reserved(standard):
    command = [CC, f"-std={standard}", "-dM", "-E", "-x", "c", "-include", "math.h", os.devnull]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{CC} cannot list its macros for {standard}")
    macros = set(re.findall(r"^#define ([A-Za-z]\w*)", done.stdout, re.MULTILINE))
    assert macros <= RESERVED


# -- beside the headers of a system ----------------------------------------------------------------

HEADERS = """
    math stdlib stdint inttypes limits float errno signal time stdio string ctype locale setjmp
    stdarg stddef wchar wctype fenv uchar complex assert endian sys/param unistd fcntl sys/stat
    sys/time pthread
""".split()
CXX = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


@pytest.fixture(scope="module")
def includes(tmp_path_factory):
    """The lines that include the headers which this system has, and the macros that they define."""
    file = tmp_path_factory.mktemp("headers") / "all.h"
    guarded = [f"#if __has_include(<{h}.h>)\n#include <{h}.h>\n#endif\n" for h in HEADERS]
    file.write_text("".join(guarded))
    macros = set()
    for compiler in ([CC], [CXX, "-x", "c++"]):
        if compiler[0]:
            command = [*compiler, "-dM", "-E", str(file)]
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            macros |= set(re.findall(r"#define ([A-Za-z]\w*) ", told))
    return "".join(guarded), sorted(macros)


@needs_cc
@pytest.mark.slow
@pytest.mark.parametrize("compiler", [[CC], [CXX, "-x", "c++"]], ids=["C", "C++"])
def test_no_name_is_a_macro_of_any_header(tmp_path, includes, compiler):
    if not compiler[0]:
        pytest.skip("no C++ compiler on the PATH")
    lines, macros = includes
    leaves = [Value(0.5, name) for name in [*macros, "char8_t", "constinit", "RAND_MAX"]]
    source = am.compile(am.sum([leaf * leaf for leaf in leaves]), leaves).source("c")
    (tmp_path / "program.c").write_text(lines + source)
    command = [*compiler, "-fsyntax-only", "-Wall", "-Werror", str(tmp_path / "program.c")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:2000]


@pytest.mark.parametrize(
    "name", "RAND_MAX char8_t char16_t EXIT_SUCCESS BIG_ENDIAN EINVAL SIGINT PRId64 BUFSIZ".split()
)
def test_what_may_be_a_macro_is_no_name(name):
    x = Value(2.0, name)
    source = am.compile(x * x, [x]).source("c")
    code = re.sub(r"(?s)/\*.*?\*/|//[^\n]*", "", source)
    assert f" {name}_ = " in code and not re.search(rf"\b{name}\b", code)
