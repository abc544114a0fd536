"""Questions: the answers expected are right, every known mistake is told from them, and named."""

import copy
import itertools
import math
import os
import random
import re
import subprocess
import sys
from fractions import Fraction
from io import StringIO

import pytest
from mpmath import mp, mpf

import autograd_mini as am
from autograd_mini import Value, mistakes, parse
from autograd_mini.cli.main import main
from autograd_mini.diagnosis.diagnose import outcomes
from autograd_mini.diagnosis.wrong_passes import BackwardPass
from autograd_mini.engine import ops
from autograd_mini.engine.parsing import expression_names, name_result
from autograd_mini.engine.value import topological_order
from autograd_mini.explaining.kinds import KINDS as CAUSES
from autograd_mini.lessons import choice_questions
from autograd_mini.lessons.choice_questions import ZeroQuestion
from autograd_mini.lessons.distractors import Telling, nearby, told_apart
from autograd_mini.lessons.number_questions import GradientQuestion, NudgeQuestion, NumberQuestion
from autograd_mini.lessons.question import Question
from autograd_mini.lessons.quiz import KINDS, make
from autograd_mini.lessons.quiz_session import Session
from autograd_mini.lessons.shapes import LEVELS, ZEROS, Level, Shape
from autograd_mini.text.numbers import number_text
from autograd_mini.tracing.graph import graph_of
from support.goldens import golden_files, golden_text
from support.places import ATTACKS, ROOT
from support.rows import each_row
from support.terminals import Terminal

GOLDEN = golden_files("lessons", ["seed_11.txt"])
SEEDS = range(int(os.environ.get("SEEDS", "3")))
ALL = [(level, seed) for level in LEVELS for seed in SEEDS]


def first(level, seed, count=6):
    return list(am.quiz(seed=seed, level=level, questions=count).first())


EVERY = [question for level, seed in ALL for question in first(level, seed)]
NUMERIC = [question for question in EVERY if isinstance(question, NumberQuestion)]


def label(question):
    return f"{question.kind}: {question.formulas}"


# -- the answers, by mathematics -------------------------------------------------------------------

FUNCTIONS = {
    **{name: getattr(mp, name) for name in ("tanh", "exp", "log", "floor")},
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "relu": lambda x: max(x, mpf(0)),
    "abs": abs,
    "maximum": max,
    "minimum": min,
    "clip": lambda x, low, high: min(max(x, low), high),
    "where": lambda condition, x, y: x if condition else y,
    "heaviside": lambda x: mpf(x > 0),
    "detach": lambda x: x,
    "__builtins__": {},
}


def computed(formulas, leaves):
    """The number of every node, from the text of its formula alone."""
    found = dict(leaves)
    for step in formulas.split("; "):
        name, _, text = step.partition(" = ")
        found[name] = eval(text, dict(FUNCTIONS), found)
    return found


def leaves_of(question):
    return {n.name: mpf(n.data) for n in question.trace.graph.nodes if n.is_leaf}


def slope(question, name):
    """dL/da, from differences of the formulas at 50 digits."""
    leaves, root = leaves_of(question), question.trace.root.name
    return mp.diff(
        lambda x: computed(question.formulas, leaves | {name: x})[root],
        leaves[name],
        h=mpf("1e-20"),
    )


def local_slope(question):
    numbers = computed(question.formulas, leaves_of(question))
    step = f"{question.edge.consumer.name} = "
    text = next(s for s in question.formulas.split("; ") if s.startswith(step)).removeprefix(step)
    x = numbers[question.asked.name]
    return mp.diff(
        lambda x: eval(text, dict(FUNCTIONS), numbers | {question.asked.name: x}), x, h=mpf("1e-20")
    )


@pytest.mark.slow
@each_row("question", NUMERIC, ids=label)
def test_the_number_expected_is_right(question):
    exact = (
        local_slope(question) if question.kind == "local" else slope(question, question.asked.name)
    )
    assert math.isclose(question.right, question.scale * float(exact), rel_tol=1e-9, abs_tol=1e-12)
    if question.kind == "nudge":
        leaves, root, name = leaves_of(question), question.trace.root.name, question.asked.name
        raised = leaves | {name: leaves[name] + mpf(0.01)}
        change = (
            computed(question.formulas, raised)[root] - computed(question.formulas, leaves)[root]
        )
        assert math.isclose(question.exact, float(change), rel_tol=1e-9, abs_tol=1e-12)
        assert question.check(question.exact) and question.check(number_text(question.exact))


@pytest.mark.slow
@pytest.mark.parametrize("question", [q for q in EVERY if q.kind == "most"], ids=label)
def test_the_leaf_that_matters_most_does(question):
    sizes = {name: abs(slope(question, name)) for name in leaves_of(question)}
    ranked = sorted(sizes, key=sizes.get, reverse=True)
    assert question.expected == ranked[0] and sizes[ranked[0]] > 1.2 * sizes[ranked[1]]
    for name in ranked:
        verdict = question.check(name)
        assert verdict.right is (name == ranked[0])
        assert verdict or (verdict.sentence and question.expected in verdict.text)


@pytest.mark.slow
@pytest.mark.parametrize("question", [q for q in EVERY if q.kind == "order"], ids=label)
def test_every_order_that_works_is_right_and_no_other(question):
    steps = dict(step.split(" = ") for step in question.formulas.split("; "))
    users = {name: [u for u in steps if re.search(rf"\b{name}\b", steps[u])] for name in steps}
    assert question.check(question.expected)
    orders = list(itertools.permutations(steps))
    for order in random.Random(0).sample(orders, min(len(orders), 150)):
        works = all(
            all(order.index(user) < order.index(name) for user in users[name]) for name in order
        )
        assert question.check(" ".join(order)).right is works
        assert question.check(list(order)).right is question.check(" → ".join(order)).right is works


@pytest.mark.slow
def test_a_wrong_order_is_told_where_it_is_wrong_and_which_mistake_walks_so():
    text = "u = a*a; v = u*u; e = a + u; v + e"
    question = next(q for q in am.quiz(text, a=3, seed=1) if q.kind == "order")
    verdict = question.check("L v u e")  # depth first
    assert not verdict and verdict.mistakes == ("preorder",)
    assert "When u is visited, its gradient is not complete: e comes later" in verdict.sentence
    assert mistakes["preorder"].sentence[:40] in verdict.sentence
    assert question.check("u v e L").mistakes == ("postorder",)
    assert question.check("L, v, e, u, a") and not question.check("a L v e u")


CAUSE_OF = {  # of each shape of zero, in the order of the table
    1: "multiplied_by_zero flat stationary closed_relu",
    2: "multiplied_by_zero multiplied_by_zero stationary closed_relu not_chosen",
    3: "closed_relu closed_relu saturated saturated multiplied_by_zero",
    4: "cancelled cancelled not_chosen closed_relu",
    5: "cancelled cancelled closed_relu multiplied_by_zero",
    6: "closed_relu stop_gradient not_chosen cancelled saturated not_chosen",
}


@pytest.mark.slow
@pytest.mark.parametrize("level", ZEROS)
def test_a_zero_has_the_cause_that_its_shape_was_made_for(level):
    for shape, cause in zip(ZEROS[level], CAUSE_OF[level].split(), strict=True):
        rng, found = random.Random(level), []
        for _ in range(60):
            question = ZeroQuestion.about(shape.pick(rng).draw(rng), rng)
            found += [question] if question else []
        causes = {question.cause for question in found}
        others = {"multiplied_by_zero", "closed_relu", "stop_gradient"}  # of other leaves
        assert cause in causes and causes <= {cause, *others}, shape.text
        assert all(question.check(question.expected) for question in found)
        for question in found[:3]:
            assert len(set(question.options)) == 4 and question.options.count(question.cause) == 1
            if question.cause != "stop_gradient" and question.asked.data != 0.0:
                kinked = question.cause == "closed_relu" and question.trace.node("u").data == 0.0
                assert kinked or abs(slope(question, question.asked.name)) < 1e-9
            for letter in "ABCD":
                verdict = question.check(f" {letter.lower()} ")
                assert verdict.right is (letter == question.expected) and verdict.sentence


def test_the_reasons_offered_are_all_known_ones():
    assert set(choice_questions.NOT_SO) <= set(CAUSES)
    assert set(choice_questions.AT) < set(choice_questions.NOT_SO)


@each_row("question", [q for q in EVERY if q.kind == "zero"], ids=label)
def test_what_is_said_to_a_wrong_reason_is_true(question):
    kinds = {cause.kind for cause in question.reasons.causes}
    for letter, kind in zip("ABCD", question.options, strict=True):
        assert question.check(letter) or kind not in kinds  # why() finds no such cause at all


# -- every mistake that applies is told from the right answer, and named ---------------------------


def with_other_numbers(root, seed):
    other, rng = copy.deepcopy(root), random.Random(seed)
    for leaf in [node for node in topological_order(other) if node.is_leaf]:
        leaf.data += rng.uniform(-0.003, 0.003)
    other.recompute()
    return graph_of(other)


def arrivals(trace, node):
    """Where a gradient comes from; nothing comes through a closed gate."""
    return [entry for entry in trace.ledger(node) if entry.consumer and entry.product != 0.0]


def gives(graph, changes, index):
    return BackwardPass(graph, changes).gradients().get(index, 0.0)


@pytest.mark.slow
@each_row("question", NUMERIC, ids=label)
def test_every_mistake_gives_another_number_and_is_named(question):
    """Unless it gives the right gradient with all other numbers nearby as well."""
    root, index = question.within.values[-1], question.asked.index
    for mistake, changes, found in outcomes(graph_of(root)):
        wrong = question.scale * found.get(index, 0.0)
        if math.isclose(wrong, question.right, rel_tol=1e-9, abs_tol=1e-12):
            for seed in range(3):
                graph = with_other_numbers(root, seed)
                same = gives(graph, changes, index), gives(graph, {}, index)
                assert math.isclose(*same, rel_tol=1e-7, abs_tol=1e-12), mistake.name
            assert may_be_exempt(mistake.name, question), mistake.name
            continue
        if wrong % 1.0:  # whole numbers nobody rounds
            assert not question.check(f"{wrong:.2g}").right, mistake.name
        for answer in (wrong, repr(wrong), number_text(wrong)):
            verdict = question.check(answer)
            assert not verdict.right, (mistake.name, answer)
            if float(answer) == wrong or "." in answer:
                assert mistake.name in verdict.mistakes
                assert f"  {mistake.name}: " in verdict.text
                assert mistake.sentence[:30] in verdict.text


RULES = {
    "product_not_swapped": ("mul", "dot"),
    "subtraction_sign": ("sub",),
    "quotient_sign": ("div",),
    "quotient_no_numerator": ("div",),
    "power_no_n": ("power",),
    "power_no_minus_one": ("power",),
    "exp_of_input": ("exp",),
    "tanh_of_input": ("tanh",),
    "tanh_no_square": ("tanh",),
    "sigmoid_of_input": ("sigmoid",),
    "relu_ungated": ("relu",),
    "log_of_log": ("log",),
}
LINEAR = ("add", "sub", "mul", "div", "neg", "relu", "abs", "floor", "maximum", "minimum", "dot")


def may_be_exempt(name, question):
    """Whether the structure of a graph explains that a mistake does not show in a gradient."""
    if name == "relu_ungated":
        below = ways_up(question.within, question.asked, closed=True)
        return all(result.data > 0.0 for result, _ in below if result.op is ops.relu)
    if question.right == 0.0:  # through a closed gate, whatever comes
        return name != "add_upstream"
    above = ways_up(question.within, question.asked)
    if name in RULES:
        return all(_rule_is_right(name, edge, above) for edge in above)
    return EXEMPT[name](question.within, question.asked, above)


def results_of(above):
    return list({result.index: result for result, _ in above}.values())


def nothing_adds_up(trace, asked, above):
    return all(len(arrivals(trace, node)) <= 1 for node in (*results_of(above), asked))


def no_result_is_shared(trace, asked, above):
    return all(len(arrivals(trace, result)) <= 1 for result in results_of(above))


def no_operand_is_double(trace, asked, above):
    return all(len(set(result.parents)) == len(result.parents) for result in results_of(above))


def in_time(name):
    """Every result on the ways up is complete when this walk comes to it."""

    def is_exempt(trace, asked, above):
        visited = BackwardPass(trace.graph, mistakes[name].changes).visited()
        place = {node.index: k for k, node in enumerate(visited)}
        pairs = [(e.consumer, r) for r in results_of(above) for e in arrivals(trace, r)]
        return all(place[consumer.index] < place[result.index] for consumer, result in pairs)

    return is_exempt


def only_the_root_uses_it(trace, asked, above):
    return all(result is trace.root for result, _ in above)


def upstream_is_one(trace, asked, above):
    users = [result for result in results_of(above) if asked.index in result.parents]
    return all(trace.gradient(result) == 1.0 for result in users)


def inner_functions_are_straight(trace, asked, above):
    inner = [result for result, p in above if trace.graph.nodes[result.parents[p]].op]
    alone = [r for r in inner if len([x for x in r.local_derivatives if x is not None]) == 1]
    return all(result.op.name in LINEAR for result in alone)


EXEMPT = {
    "overwrite": nothing_adds_up,
    "first_path_only": nothing_adds_up,
    "set_parents": no_operand_is_double,
    "recurse_per_path": no_result_is_shared,
    "preorder": in_time("preorder"),
    "breadth_first": in_time("breadth_first"),
    "postorder": only_the_root_uses_it,
    "no_upstream": upstream_is_one,
    "outer_at_wrong_point": inner_functions_are_straight,
    **dict.fromkeys(("seed_zero", "seed_output", "add_upstream"), lambda *arguments: False),
}


def _rule_is_right(name, edge, above):
    """Whether the wrong rule of a mistake is right for this operand, or not about it at all."""
    result, position = edge
    if result.op.name not in RULES[name]:
        return True
    if name in ("subtraction_sign", "quotient_sign", "quotient_no_numerator"):
        return position == 0
    if name == "product_not_swapped" and result.op is ops.dot:
        return position == len(result.parents) - 1
    if name == "product_not_swapped":  # both factors may grow alike
        return any(other is result and p == 1 - position for other, p in above)
    return False


def ways_up(trace, asked, closed=False):
    """(result, position) of every edge on a way from the root to a node; closed gates shut it."""
    shut = (None,) if closed else (None, 0.0)
    below, found = {asked.index}, []
    for result in trace.graph.nodes:
        edges = [p for p, index in enumerate(result.parents) if index in below]
        edges = [p for p in edges if result.local_derivatives[p] not in shut]
        found += [(result, p) for p in edges]
        below |= {result.index} if edges else set()
    reached = {trace.root.index}
    for result in reversed(trace.graph.nodes):
        edges = zip(result.parents, result.local_derivatives, strict=True)
        reached |= {i for i, local in edges if result.index in reached and local not in shut}
    return [(result, p) for result, p in found if result.index in reached]


@pytest.mark.slow
def test_mistakes_differ_from_each_other_too():
    assert all(question.score == (0, 0) for question in NUMERIC)


def test_telling_notices_what_numbers_hide():
    a = Value(2.0, "a")
    assert "power_no_minus_one" not in Telling(a**3, 0).hidden
    assert Telling(5.0 * Value(1.0) ** 3, 1).hidden == ["power_no_minus_one"]  # 3 * 1**3 = 3 * 1**2
    assert "no_upstream" in Telling(Value(1.0) * (a * 5.0), 1).hidden  # a factor 1
    assert Telling(a + a, 0).hidden == []  # where a mistake does not apply, it hides nothing
    two = Telling(a * a, 0)
    assert two.right[0] == 4.0 and "seed_output" not in two.hidden
    assert len(list(nearby(a * a))) == 2 and a.data == 2.0


def test_a_nudge_is_not_whole_so_its_numbers_must_be_further_apart():
    root = parse("u = 20 * a; u + a", a=3)  # right is 21, and overwrite gives 20
    assert Telling(root, 1).hidden == []
    assert Telling(root, 1, 0.01).hidden == ["overwrite", "first_path_only"]


@pytest.mark.slow
def test_numbers_that_hide_a_mistake_are_not_taken():
    """2 * 2 hides product_not_swapped; of these shapes only one number tells."""
    source = Level([Shape("u = a * b; L = u * 3", a=x, b=2.0) for x in (2.0, 2.0, 2.0, 5.0)])
    for seed in range(5):
        question = make(GradientQuestion, source, str(seed), set())
        assert question.trace.node("a").data == 5.0


@pytest.mark.parametrize(
    ("x", "y", "apart"),
    [
        (2.0, 3.0, True),
        (100.0, 101.0, True),
        (0.75, 0.698, False),
        (0.75, 0.6, True),
        (0.75, 0.74, False),
        (0.0, 0.0, False),
        (3.0, 3.1, False),
        (-1.0, 1.0, True),
        (0.0, 0.5, True),
    ],
)
def test_numbers_are_apart_if_rounding_cannot_mix_them_up(x, y, apart):
    assert told_apart(x, y) is told_apart(y, x) is apart


# -- the forms of an answer ------------------------------------------------------------------------


@pytest.mark.slow
@each_row("question", NUMERIC, ids=label)
def test_the_right_answer_is_right_in_all_its_forms(question):
    right = question.right
    forms = [right, repr(right), number_text(right), f"{right:.4g}", f" {right!r} ", f"{right:.9e}"]
    forms += [Fraction(right), f"2 * {right!r} / 2", f"({right!r})"]
    if right % 1.0:  # whole numbers are taken as they are
        forms += [f"{right:.3g}", f"{right:.2g}"]
        forms += [f"{right:.0f}", f"{float(f'{right:.2g}'):.0f}"] if abs(right) >= 10 else []
        forms += [f"{right:.4g}".replace(".", ","), f"{right:.4g}".replace("-", "−")]
    for answer in forms:
        verdict = question.check(answer)
        assert verdict and verdict.right and "is right" in verdict.text
    assert f"right is {question.expected}" in question.check("12345.5").text


def neuron():
    root = parse("u = w*x; v = u + b; z = tanh(v); c*z", w=2, x=3, b=math.atanh(0.5) - 6, c=4)
    root.label = "L"
    return GradientQuestion(root, Question(root).trace.node("w"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("9", True),
        ("9.0", True),
        (9, True),
        ("c*(1 - z**2)*x", True),
        ("4*3/4*3", True),
        ("18/2", True),
        ("0.9e1", True),
        ("900e-2", True),
        ("9.001", False),
        ("8.96", False),
        ("10", False),
        ("nan", False),
        ("inf", False),
        ("-9", False),
        ("1_8/2", True),
        ("9**9**9**9", False),
        ("1/0", False),
    ],
)
def test_what_may_be_written(answer, right):
    assert neuron().check(answer).right is right


@pytest.mark.parametrize(
    ("right", "well", "wrong"),
    [
        (math.exp(3), ["20", 20, 20.0, "20.1", "2e1", "+20"], ["21", "19", "2e2", "100/5"]),
        (math.exp(7), ["1097", "1100", "1.1e3"], ["1096", "1098", "1090", "1000", "2000"]),
        (-126.75, ["-127", "−127", "–130", "-126,75", "-126,8"], ["-126", "-120", "127", "-125,0"]),
        (math.exp(2), ["7.4", "7,4"], ["7", "8", "7.", "10"]),
        (1041.5, ["1000", "1040", "1042"], ["1050", "1100", "900"]),
        (225.0, ["225", "225,0"], ["220", "230", "2.3e2", "224", "226", "225,5"]),
        (225.00000000000003, ["225"], ["220", "230", "224"]),
        (0.00134, ["0.0013", "0.001_34", "1,3e-3"], ["0.0", "0", "0.00", "0,0", "0.001", "-0.0"]),
    ],
)
def test_rounded_to_two_digits_is_right_with_decimals_or_without(right, well, wrong):
    root = name_result(parse("g * a", g=right, a=3))
    question = GradientQuestion(root, Question(root).trace.node("a"))
    assert [answer for answer in well if not question.check(answer)] == []
    assert [answer for answer in wrong if question.check(answer)] == []


@pytest.mark.slow
@pytest.mark.parametrize("answer", [10**400, -(10**5000), Fraction(10**400, 3)], ids=range(3))
def test_a_number_that_is_too_large_is_no_answer(answer):
    with pytest.raises(ValueError, match="too large for an answer"):
        neuron().check(answer)
    a = Value(3.0, "a")
    with pytest.raises(ValueError, match="too large for an answer"):
        am.diagnose(a * 2.0, {"a": answer})


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ("", ValueError, "there is nothing here"),
        ("__import__('os').system('true')", ValueError, "an answer is a number"),
        ("().__class__", ValueError, "an answer is a number"),
        ("w.data", ValueError, "an answer is a number"),
        ("2 w", ValueError, "an answer is a number"),
        ("q", ValueError, "`q` has no number; an answer is a number such as -0.5 or 3/4"),
        ("(" * 200 + ")" * 200, ValueError, "an operand is missing"),
        ("9" * 20_000 + "*2", ValueError, "this number is too large"),
        ("lambda: 0", ValueError, "an answer is a number"),
        ("9\n9", ValueError, "one line"),
        ("\ud800", ValueError, "cannot be used here"),
        (None, TypeError, "an answer is a number or a text"),
        ([9], TypeError, "an answer is a number or a text"),
        (True, TypeError, "an answer is a number or a text"),
    ],
)
def test_what_is_no_answer_is_an_error_and_not_counted(answer, error, said):
    question = neuron()
    with pytest.raises(error, match=re.escape(said)):
        question.check(answer)
    assert not question.is_missed and question.verdicts == []


def test_choices_and_orders_say_what_they_want():
    by_kind = {question.kind: question for question in EVERY}
    with pytest.raises(ValueError, match="'E' is no answer here; choose one of A, B, C, D"):
        by_kind["zero"].check("E")
    with pytest.raises(TypeError, match="one of the letters, not 3"):
        by_kind["zero"].check(3)
    with pytest.raises(ValueError, match="'zz' is none of the leaves; choose"):
        by_kind["most"].check("zz")
    with pytest.raises(TypeError, match="the name of a leaf"):
        by_kind["most"].check(1.0)
    with pytest.raises(ValueError, match="should be in the order too"):
        by_kind["order"].check("L")
    with pytest.raises(ValueError, match="'L' stands there twice"):
        by_kind["order"].check("L L")
    with pytest.raises(ValueError, match="'zz' is not in this graph"):
        by_kind["order"].check("zz L")
    with pytest.raises(TypeError, match="an order is a text"):
        by_kind["order"].check(3)
    leaf = Value(1.0, by_kind["most"].expected)
    assert by_kind["most"].check(leaf)


@pytest.mark.slow
def test_near_misses_are_met_with_a_sentence_of_their_own():
    series = list(am.quiz("u = a*b; v = u*c; v + 1", a=3, b=-2, c=5, seed=1, questions=6).first())
    nudge = next(question for question in series if question.kind == "nudge")
    assert "the change for each 1 of" in nudge.check(nudge.right / 0.01).sentence
    local = next(question for question in series if question.kind == "local")
    whole = local.trace.gradient(local.whole)
    assert whole != local.right and "how L changes; asked is" in local.check(whole).sentence
    gradient = next(question for question in series if question.kind == "gradient")
    assert gradient.check(-gradient.right).sentence == "Only its sign is wrong."


# -- series ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_level_asks_all_its_kinds_and_nothing_twice():
    for level, kinds in KINDS.items():
        questions = first(level, 1, 2 * len(kinds))
        assert {q.kind for q in questions} == {kind.kind for kind in kinds}
        assert len({question.text for question in questions}) == len(questions)
        assert all(len(line) <= 80 for q in questions for line in q.text.splitlines())
        assert all(len(line) <= 82 for q in questions for line in q.derivation.splitlines())


def test_levels_are_what_they_say():
    for shape in LEVELS[1]:
        assert len(expression_names(shape.pick(random.Random(0)).text)) == 1
    for level, several in ((1, False), (2, False), (3, False), (4, True), (5, True)):
        for shape in LEVELS[level]:
            root = shape.pick(random.Random(0)).draw(random.Random(0))
            uses = [node for other in topological_order(root) for node in other.parents]
            twice = [node for node in set(uses) if uses.count(node) > 1 and not node.is_constant]
            assert bool(twice) is several, shape.text
            if level == 5:
                assert any(node.op for node in twice), shape.text


def test_numbers_are_friendly():
    for question in EVERY:
        for node in question.trace.graph.nodes:
            bias = node.is_leaf and any(
                op in question.formulas for op in ("tanh", "sigmoid", "exp", "detach")
            )
            assert abs(node.data) <= 1000 and (bias or not node.is_leaf or not 2 * node.data % 1)
    for question in NUMERIC:
        assert len(question.expected) <= 7, question.text


def test_what_was_missed_comes_again_with_other_numbers():
    series = am.quiz(seed=8, level=4, questions=4)
    asked = []
    for question in series:
        asked.append(question)
        if len(asked) == 2:
            question.was_skipped = True
        elif len(asked) == 4:
            question.check({"order": "u v L", "zero": "A", "most": "a"}.get(question.kind, 999))
            assert question.is_missed
        elif len(asked) < 4:
            assert question.check(question.expected)
    assert len(asked) == 6
    for old, new in ((asked[1], asked[4]), (asked[3], asked[5])):
        assert (
            new.kind == old.kind
            and new.about_what == old.about_what
            and new.formulas == old.formulas
            and new.text != old.text
        )
    assert [q.text for q in series.first()] == [q.text for q in asked[:4]]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_what_comes_again_is_nothing_that_was_asked_already(seed):
    series = am.quiz("a * b", seed=seed, questions=9)
    texts = [question.text for question in series if question.skip() is None]
    assert len(texts) == len(set(texts)) == 18


def test_what_cannot_come_with_other_numbers_does_not_say_that_it_does(monkeypatch):
    series = am.quiz("a * b", seed=2, questions=2)
    questions = list(series.first())
    monkeypatch.setattr(series, "first", lambda: iter(questions))
    monkeypatch.setattr("autograd_mini.lessons.quiz.make", lambda *arguments: None)
    text = transcript(series, ["skip", questions[1].expected, "skip"])
    assert "\nOnce more\n" in text and "with other numbers" not in text


def test_a_question_as_it_was_is_not_answered_yet(monkeypatch):
    (question,) = am.quiz("a * b", seed=1, questions=1).first()
    question.check(1000)
    monkeypatch.setattr("autograd_mini.lessons.quiz.make", lambda *arguments: None)
    again = question.again()
    assert again.text == question.text and again.verdicts == [] and len(question.verdicts) == 1
    assert again.check(again.expected) and not again.is_missed


def test_questions_missed_again_do_not_come_for_ever():
    asked = [question for question in am.quiz(seed=1, questions=2) if question.skip() is None]
    assert len(asked) == 4


@pytest.mark.slow
def test_a_seed_is_the_same_number_or_text():
    texts = [[q.text for q in am.quiz(seed=seed, level=6)] for seed in (5, "5", 6)]
    assert texts[0] == texts[1] != texts[2]
    assert 0 <= am.quiz().seed < 1_000_000


@pytest.mark.slow
def test_the_same_seed_asks_the_same_in_every_process():
    program = (
        "import autograd_mini as am\n"
        "for level in range(1, 7):\n"
        "    for q in am.quiz(seed=11, level=level):\n"
        "        print(q.text, q.expected, q.check('A' if q.kind == 'zero' else q.expected))\n"
        "print(am.worksheet(seed=3, level=5, name='Zoë').key)\n"
    )
    texts = []
    for seed in ("0", "12345"):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        command = [sys.executable, "-X", "utf8", "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        texts.append(done.stdout)
    assert texts[0] == texts[1]
    assert texts[0] == golden_text(GOLDEN / "seed_11.txt", texts[0])


@pytest.mark.slow
def test_the_global_generator_and_the_graph_of_the_user_are_left_alone():
    random.seed(1)
    before = random.getstate()
    a, b = Value(3.0, "a"), Value(2.0)
    result = a * b + a
    b.grad = 7.0
    for question in am.quiz(result, seed=1):
        question.check(question.expected)
        question.again()
    am.worksheet(result, seed=1, questions=2)
    assert random.getstate() == before
    assert (a._grad, b._grad, result._grad) == (None, 7.0, None)
    assert (b.label, result.label, a.data, b.data) == ("", "", 3.0, 2.0)


@pytest.mark.slow
def test_an_expression_of_ones_own():
    a, b = Value(3.0, "a"), Value(2.0)
    result = a * b + a
    questions = list(am.quiz(result, seed=1, questions=8).first())
    assert {"gradient", "local", "nudge", "order", "most"} == {q.kind for q in questions}
    assert questions[0].text.startswith("a = 3, b = 2\nv1 = a * b = 6\nresult = v1 + a = 9\n")
    assert len({question.text for question in questions}) == 8


@pytest.mark.parametrize(
    ("text", "numbers", "is_asked"),
    [
        ("relu(a) * 2", {"a": 0}, False),
        ("abs(a) + 1", {"a": 0}, False),
        ("maximum(a, 3) * 2", {"a": 3}, False),
        ("floor(a) + 1", {"a": 2}, False),
        ("u = a - 3; relu(u) * u", {"a": 3}, True),  # its slope goes on: 0 on both sides
        ("a * 2", {"a": math.inf}, False),
        ("a * 2", {"a": math.nan}, False),
        ("exp(a) * 2", {"a": 800}, False),
        ("log(a) * 2", {"a": 0}, False),
        ("relu(a) * 2", {"a": 1}, True),
        ("a * a", {"a": 0}, True),
        ("exp(5 * a)", {"a": 2}, True),
        ("1000000 * a + 1", {"a": 1000}, True),
    ],
)
def test_nudges_are_asked_only_where_a_gradient_says_what_they_do(text, numbers, is_asked):
    root = name_result(parse(text, **numbers))
    assert (NudgeQuestion.about(root, random.Random(1)) is not None) is is_asked


@pytest.mark.slow
def test_names_without_a_number_get_one():
    question = next(iter(am.quiz("tanh(w*x + b)", x=7, seed=4)))
    numbers = {n.name: n.data for n in question.trace.graph.nodes if n.is_leaf}
    assert numbers["x"] == 7.0 and not 2 * numbers["w"] % 1
    assert round(abs(question.root.data), 9) in (0.5, 0.6, 0.8)  # so b is what it must be
    own = next(iter(am.quiz("tanh(w*x + b)", w=1, x=7, b=3, seed=4)))
    assert {n.data for n in own.trace.graph.nodes if n.is_leaf} == {1.0, 7.0, 3.0}


def test_a_leaf_that_does_nothing_is_asked_why():
    series = am.quiz("relu(w*x) + b", w=2, x=-3, b=1, seed=1, questions=6)
    assert "zero" in {question.kind for question in series.first()}


def long_chain():
    a = Value(1.0, "a")
    for _ in range(30):
        a = a + 1.0
    return a


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"level": 0}, ValueError, "no level 0; they are 1"),
        ({"level": 7}, ValueError, "no level 7"),
        ({"level": True}, ValueError, "no level True"),
        ({"level": "4"}, ValueError, "no level '4'"),
        ({"questions": 0}, ValueError, "1 to 1,000 questions, not 0"),
        ({"questions": 10_000}, ValueError, "not 10000"),
        ({"questions": 2.5}, ValueError, "not 2.5"),
        ({"seed": 1.5}, TypeError, "a seed is a whole number or a text, not 1.5"),
        ({"seed": True}, TypeError, "not True"),
        ({"a": 3}, ValueError, "a: numbers are for an expression; there is none"),
        ({"expression": "a*b", "level": 3}, ValueError, "give one or the other"),
        ({"expression": "a*b", "c": 3}, ValueError, "`c` was given, but is not in it"),
        ({"expression": "import os"}, ValueError, "`import` is a reserved word"),
        ({"expression": "a.b"}, ValueError, "a dot cannot be used here"),
        ({"expression": "2*3"}, ValueError, "is a constant, so it has no gradients"),
        ({"expression": 3}, TypeError, "a trace starts from a Value"),
        ({"expression": Value(3.0) * 2.0, "a": 3}, ValueError, "a Value has its numbers already"),
        ({"expression": long_chain()}, ValueError, "more than 20 results"),
        ({"expression": "a + 1", "questions": 400}, ValueError, "not so many questions"),
    ],
)
def test_what_cannot_be_asked(arguments, error, said):
    with pytest.raises(error, match=re.escape(said)):
        list(am.quiz(**arguments))


@pytest.mark.slow
@pytest.mark.parametrize("text", ["u = 2; u*u", "a = 3; b = a*a; b + b"])
def test_numbers_inside_an_expression(text):
    questions = list(am.quiz(text, seed=2, questions=3).first())
    assert all(question.check(question.expected) for question in questions)


@pytest.mark.slow
def test_strange_names_are_shown_and_asked():
    for attack in ATTACKS[::6]:
        x = Value(3.0, attack["string"])
        series = am.quiz(x * 2.0 * Value(5.0, "a"), seed=1, questions=4)
        for question in series.first():
            assert question.check(question.expected)
            assert all(line.isprintable() for line in question.text.splitlines())


def test_long_lines_are_broken_and_not_cut():
    names = [f"weight_number_{i}" for i in range(8)]
    root = parse(f"sum([{', '.join(names)}])", **{name: i + 2.0 for i, name in enumerate(names)})
    lines = Question(root).numbers.splitlines()
    assert max(map(len, lines)) <= 80 and lines[-1].endswith(" = 44")
    assert all(" ".join(lines).count(name) == 2 for name in names)


def test_a_question_by_itself():
    question = Question(parse("a * b", a=2, b=3))
    assert question.numbers.splitlines()[0] == "a = 2, b = 3"
    with pytest.raises(NotImplementedError):
        question.check(3)


# -- the terminal ----------------------------------------------------------------------------------


def transcript(series, lines):
    said = StringIO()
    Session(series, StringIO("".join([f"{line}\n" for line in lines])), said).run()
    return said.getvalue()


def right_answers(series):
    return [question.expected for question in series.first()]


SCRIPTS = {
    "right": ({"seed": 4, "level": 2, "questions": 3}, None),
    "wrong": (
        {"seed": 9, "level": 4, "questions": 3},
        ["1000", "7", "u v L", "L u v", "B", "9", "a"],
    ),
    "lost": (
        {"seed": 2, "level": 1, "questions": 2},
        ["", "h", "help", "s", "skip", "__import__('os')", "1/0", "9**9**9**9", "2 a", "A", "B"],
    ),
    "expression": (
        {"expression": "tanh(w*x + b)", "w": 0.5, "x": 2, "b": -1, "seed": 3, "questions": 2},
        ["0.5", "2", "q"],
    ),
}
golden_files("lessons", [f"session_{name}.txt" for name in SCRIPTS])


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_session_reads_as_it_should(name):
    arguments, lines = SCRIPTS[name]
    series = am.quiz(**arguments)
    text = transcript(series, right_answers(series) if lines is None else lines)
    assert text == golden_text(GOLDEN / f"session_{name}.txt", text)
    assert all(len(line) <= 90 for line in text.splitlines())


def test_a_session_that_is_all_right_ends_after_its_questions():
    series = am.quiz(seed=4, level=2, questions=3)
    text = transcript(series, [*right_answers(series), "unheard"])
    assert "unheard" not in text and text.count("(answer)") == 3
    assert "3 of 3 right at the first try." in text


def test_a_missed_question_comes_again_in_a_session():
    series = am.quiz("a * b", a=3, b=2, seed=2, questions=1)
    text = transcript(series, ["2", "no", "1000"])
    assert "product_not_swapped: the derivative of x*y" in text
    assert "Once more, with other numbers" in text and "*** column 1" in text
    assert "0 of 1 right at the first try.\nOnce more: 0 of 1 right." in text
    assert "Your numbers were those of: product_not_swapped." in text


@pytest.mark.slow
@pytest.mark.parametrize("lines", [[], ["q"], ["quit"], ["exit"], ["3"]])
def test_a_session_ends_politely_at_any_time(lines):
    text = transcript(am.quiz(seed=1, level=1, questions=2), lines)
    assert (
        "right at the first try" in text and "The same questions again: --level 1 --seed 1" in text
    )


def test_ctrl_c_ends_with_the_summary():
    class Interrupted(StringIO):
        def readline(self, *size):
            raise KeyboardInterrupt

    said = StringIO()
    Session(am.quiz(seed=1), Interrupted(), said).run()
    assert "0 of 0 right at the first try." in said.getvalue()


@pytest.mark.slow
def test_an_expression_with_too_few_questions_ends_with_the_summary():
    series = am.quiz("a + 1", seed=1, questions=40)
    text = transcript(series, ["skip"] * 90)
    text = " ".join(text.split())
    found = int(re.search(r"there are not so many.*: (\d+) at most\.", text)[1])
    assert text.count("Question ") == found and text.count("Once more") == found + 1
    assert f"at most. 0 of {found} right at the first try. Once more: 0 of {found} right." in text


def test_names_that_are_commands_can_be_answers():
    series = am.quiz("q*2 + s*h", q=3, s=5, h=2, seed=1, questions=6)
    most = next(question for question in series.first() if question.kind == "most")
    session = Session(series, StringIO(), StringIO())
    for name in ("q", "s", "h"):
        assert session._is_done(most, name) and most.verdicts[-1].given == name
    assert session._is_done(most, "skip") and most.was_skipped


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gradient", "local", "nudge"])
def test_names_that_are_commands_can_be_part_of_an_answer(kind):
    series = am.quiz("u = s*h; u*q", s=3, h=5, q=2, seed=1, questions=6)
    question = next(question for question in series.first() if question.kind == kind)
    said = StringIO()
    session = Session(series, StringIO(), said)
    names = {node.name for node in question.within.graph.nodes}
    for letter in sorted(names & set("shq")):
        assert session._is_done(question, letter) and question.verdicts[-1].given == letter
    assert not session._is_done(question, "help")
    text = " ".join(said.getvalue().split())
    assert ("skip skips" if "s" in names else "(s skips") in text
    assert ("quit quits" if "q" in names else " q quits") in text
    assert session._is_done(question, "skip") and question.was_skipped


def test_a_question_says_which_words_work_where_letters_are_names():
    series = am.quiz("s * a", s=3, a=2, seed=1, questions=1)
    assert "Here s is a name; write skip.\n(answer) s\n" in transcript(series, ["s"])
    assert "is a name" not in transcript(am.quiz("a * b", seed=1), ["q"])


@pytest.mark.slow
def test_an_output_that_lacks_signs():
    class Ascii(StringIO):
        encoding = "ascii"

    said = Ascii()
    Session(am.quiz(seed=3, level=2), StringIO("s\ns\ns\n"), said).run()
    assert said.getvalue().isascii() and "?" in said.getvalue()


def test_the_command(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", StringIO("2\n3\nq\n"))
    assert main(["quiz", "a * b", "a=3", "b=2", "--seed", "1", "--questions", "2"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Question 1 of 2\n\na = 3, b = 2\nL = a * b = 6\n\nWhat is dL/d")
    assert "The same questions again: --seed 1 --questions 2" in said
    assert main(["quiz", "--level", "9"]) == 2
    assert "there is no level 9" in capsys.readouterr().err


def test_names_that_are_options_elsewhere_are_names_in_the_command(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", StringIO("q\n"))
    assert main(["quiz", "level * seed", "level=4", "seed=2", "--questions", "1"]) == 0
    assert "level = 4, seed = 2" in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_runs_from_a_pipe():
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "utf8",
            "-m",
            "autograd_mini",
            "quiz",
            "--seed",
            "3",
            "--level",
            "4",
        ],
        cwd=ROOT,
        input="3\ns\n",
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0 and done.stderr == ""
    assert "(answer) 3\n" in done.stdout and done.stdout.rstrip().endswith("--level 4 --seed 3")


@pytest.mark.slow
def test_a_line_can_be_edited_in_a_terminal():
    pytest.importorskip("pty")
    pytest.importorskip("readline")
    script = (
        "from autograd_mini.cli.main import main; main(['quiz', 'a*b', 'a=3', 'b=2', '--seed=2'])"
    )
    terminal = Terminal(script)
    try:
        terminal.until("(answer) ")
        terminal.send("5\x1b[D1\n")  # 5, the arrow to the left, 1
        assert "= 15 is wrong" in terminal.until("(answer) ")
        terminal.send("\x04")
        terminal.until("The same questions again")
        assert terminal.close() == 0 and "Traceback" not in terminal.seen
    finally:
        terminal.process.kill()
        terminal.process.wait()
