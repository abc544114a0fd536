"""The known mistakes: each is wrong in its own way, shows where it says, and is recognised."""

import decimal
import itertools
import json
import math
import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Value, diagnose, mistaken, mistakes, parse, trace
from autograd_mini.diagnosis.diagnose import outcomes
from autograd_mini.diagnosis.training_mistakes import training_run
from autograd_mini.diagnosis.wrong_passes import RIGHT, BackwardPass
from autograd_mini.tracing.graph import Graph, graph_of
from autograd_mini.tracing.trace import both_passes, forward_pass
from support.goldens import golden_files, golden_text
from support.random_graphs import bits, graphs, random_graph
from support.rows import each_row

NAMES = """
    overwrite set_parents recurse_per_path preorder postorder breadth_first first_path_only
    seed_zero seed_output no_upstream add_upstream outer_at_wrong_point product_not_swapped
    subtraction_sign quotient_sign quotient_no_numerator power_no_n power_no_minus_one exp_of_input
    tanh_of_input tanh_no_square sigmoid_of_input relu_ungated log_of_log
""".split()
OF_THE_PASS = NAMES[: NAMES.index("outer_at_wrong_point")]

# The gradients of the leaves on each witness, worked out by hand: the right ones, the wrong ones.
BY_HAND = {
    "overwrite": ([7], [3]),
    "set_parents": ([7], [4]),
    "recurse_per_path": ([12], [24]),
    "preorder": ([115], [109]),
    "postorder": ([6, 1], [0, 1]),
    "breadth_first": ([243], [135]),
    "first_path_only": ([-4, 3], [1, 3]),
    "seed_zero": ([-5, 3], [0, 0]),
    "seed_output": ([-5, 3], [75, -45]),
    "no_upstream": ([-25, 15], [-5, 3]),
    "add_upstream": ([-5, 3], [-4, 4]),
    "outer_at_wrong_point": ([6 * math.cos(9)], [6 * math.cos(3)]),
    "product_not_swapped": ([-5, 3], [3, -5]),
    "subtraction_sign": ([1, -1], [1, 1]),
    "quotient_sign": ([-1 / 5, -3 / 25], [-1 / 5, 3 / 25]),
    "quotient_no_numerator": ([-1 / 5, -3 / 25], [-1 / 5, -1 / 25]),
    "power_no_n": ([75], [25]),
    "power_no_minus_one": ([75], [375]),
    "exp_of_input": ([math.exp(3)], [3]),
    "tanh_of_input": ([1 - math.tanh(3) ** 2], [-8]),
    "tanh_no_square": ([1 - math.tanh(3) ** 2], [1 - math.tanh(3)]),
    "sigmoid_of_input": ([math.exp(-3) / (1 + math.exp(-3)) ** 2], [-6]),
    "relu_ungated": ([0, 0], [-5, 0]),
    "log_of_log": ([1 / 3], [math.log(3)]),
}


def leaves_of(recorded):
    by_name = {node.name: recorded.gradient(node) for node in recorded.graph.nodes if node.is_leaf}
    return [by_name[name] or 0.0 for name in sorted(by_name)]


def test_the_catalogue_has_the_names_that_were_promised():
    assert list(mistakes) == NAMES and set(BY_HAND) == set(NAMES)


@each_row("name", NAMES)
def test_what_a_mistake_changes_is_data_but_for_the_rules(name):
    for changes in (mistakes[name].changes, *mistakes[name].variants):
        assert changes.keys() <= RIGHT.keys()
        plain = {key: part for key, part in changes.items() if key != "rows"}
        assert json.loads(json.dumps(plain)) == plain
        assert all(isinstance(row, am.Op) for row in changes.get("rows", {}).values())


@each_row("name", NAMES)
def test_a_witness_shows_its_mistake_with_the_numbers_worked_out_by_hand(name):
    wrong = mistaken(mistakes[name].expression(), name)
    right, found = BY_HAND[name]
    assert leaves_of(wrong.right) == pytest.approx(right, rel=1e-12, abs=1e-15)
    assert leaves_of(wrong) == pytest.approx(found, rel=1e-12, abs=1e-15)
    assert wrong.differences


@each_row("name", NAMES)
def test_a_mistaken_trace_goes_with_the_right_one_up_to_where_they_part(name):
    wrong = mistaken(mistakes[name].expression(), name)
    k = wrong.parting
    assert bits(wrong.events[:k]) == bits(wrong.right.events[:k])
    assert bits(wrong.events[k : k + 1]) != bits(wrong.right.events[k : k + 1])
    assert [event.kind for event in wrong].count("seed") == 1


@each_row("name", NAMES)
def test_its_witness_gives_each_mistake_its_name_and_no_other(name):
    mistake = mistakes[name]
    for changes in (mistake.changes, *mistake.variants):
        result = mistake.expression()
        graph = graph_of(result)
        found = BackwardPass(graph, changes).gradients()
        answers = {node.name: found.get(node.index, 0.0) for node in graph.nodes if node.is_leaf}
        assert diagnose(result, answers).mistakes == (name,)


def small_programs(size):
    """Every straight-line program of + and * on one or two leaves that uses all it computes."""
    for leaves in (1, 2):
        places = [
            list(itertools.product("+*", range(leaves + k), range(leaves + k))) for k in range(size)
        ]
        for program in itertools.product(*places):
            used = {i for _, *operands in program for i in operands}
            if used >= set(range(leaves + size - 1)):
                yield leaves, program


def built(leaves, program):
    nodes = [Value(3.0, "a"), Value(-5.0, "b")][:leaves]
    for sign, i, j in program:
        nodes.append(nodes[i] + nodes[j] if sign == "+" else nodes[i] * nodes[j])
    return graph_of(nodes[-1])


def size_of(result):
    return len([node for node in am.topological_order(result) if node.op])


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_smaller_expression_would_name_a_mistake_of_the_pass(size):
    todo = [name for name in OF_THE_PASS if size_of(mistakes[name].expression()) > size]
    for leaves, program in small_programs(size):
        graph = built(leaves, program)
        right = outcome(graph, BackwardPass(graph).gradients())
        found = {}
        for mistake, _, gradients in outcomes(graph):
            found.setdefault(mistake.name, set()).add(outcome(graph, gradients))
        for name in todo:
            others = set().union(*[found[other] for other in NAMES if other != name])
            told = found[name].isdisjoint(others | {right})
            assert not told, f"{program} on {leaves} leaves is enough for {name}"


def outcome(graph, gradients):
    leaves = [node for node in graph.nodes if node.is_leaf]
    return tuple([round(gradients.get(leaf.index, 0.0), 9) + 0.0 for leaf in leaves])


@given(graphs())
def test_without_a_change_the_engine_does_what_backward_does(nodes):
    graph = graph_of(nodes[-1])
    ours = [*forward_pass(graph), *BackwardPass(graph).events()]
    right = list(both_passes(graph))
    for field in ("kind", "position", "local", "upstream", "product", "before", "after"):
        assert bits(getattr(e, field) for e in ours) == bits(getattr(e, field) for e in right)
    assert [e.node.index for e in ours] == [e.node.index for e in right]


@given(graphs(results=15), st.sampled_from(NAMES))
def test_any_graph_can_be_gone_through_with_any_mistake(nodes, name):
    try:
        wrong = mistaken(nodes[-1], name)
    except ValueError as error:
        assert name == "recurse_per_path" and "every path" in str(error)
        return
    assert max(map(len, str(wrong).splitlines())) <= 82
    same = bits(leaves_of(wrong)) == bits(leaves_of(wrong.right))
    assert wrong.parting is not None or same
    assert all(node._grad is None for node in nodes)


def test_passes_that_visit_too_often_refuse():
    a = Value(1.0)
    for _ in range(30):
        a = a + a
    with pytest.raises(ValueError, match="along every path would visit nodes more than 100,000"):
        mistaken(a, "recurse_per_path")
    assert mistaken(a, "breadth_first").parting is None  # each node has one consumer
    assert diagnose(a, {am.topological_order(a)[0]: 1}).mistakes[0] == "overwrite"


def test_every_path_is_walked_through_in_the_order_of_the_recursion():
    """Against a recursion as somebody would write it."""
    result = mistakes["recurse_per_path"].expression() * 3.0 + 1.0
    grads = dict.fromkeys(am.topological_order(result), 0.0)
    grads[result] = 1.0

    def go_down(node):
        for parent, local in zip(node.parents, node.local_derivatives(), strict=True):
            grads[parent] += grads[node] * (local or 0.0)
        for parent in node.parents:
            go_down(parent)

    go_down(result)
    wrong = mistaken(result, "recurse_per_path")
    for node in am.topological_order(result):
        if not node.is_constant:
            assert wrong.gradient(node) == grads[node]


def test_a_walk_edge_by_edge_is_the_other_recursion():
    result = mistakes["recurse_per_path"].expression()
    grads = dict.fromkeys(am.topological_order(result), 0.0)
    grads[result] = 1.0

    def go_down(node):
        for parent, local in zip(node.parents, node.local_derivatives(), strict=True):
            grads[parent] += grads[node] * local
            go_down(parent)

    go_down(result)
    (variant,) = mistakes["recurse_per_path"].variants
    graph = graph_of(result)
    found = BackwardPass(graph, variant).gradients()
    assert [found[node.index] for node in graph.nodes] == list(grads.values()) == [18.0, 2.0, 1.0]


def test_names_that_are_no_mistakes():
    a = Value(2.0, "a")
    with pytest.raises(ValueError, match="no mistake 'overwrit'; did you mean overwrite"):
        mistaken(a * a, "overwrit")
    with pytest.raises(ValueError, match="there are overwrite, set_parents"):
        mistaken(a * a, "laziness")
    with pytest.raises(TypeError, match="a trace starts from a Value"):
        mistaken(2.0, "overwrite")
    with pytest.raises(KeyError):
        _ = mistakes["laziness"]


def test_a_mistake_that_does_not_show_is_said_to_be_invisible():
    text = str(mistaken(Value(2.0, "a") + 1.0, "overwrite"))
    assert "the mistake does not show" in text and "a + a*a with a = 3" in text


def test_a_wrong_order_that_harms_nothing():
    b = Value(2.0, "a") * 3.0
    wrong = mistaken(b * 5.0 + Value(1.0, "c"), "preorder")
    assert wrong.parting is not None and not wrong.differences
    assert "right all the same" in str(wrong)


TEXTS = {
    "overwrite": (mistakes["overwrite"].expression, "overwrite"),
    "preorder": (mistakes["preorder"].expression, "preorder"),
    "tanh_of_input": (mistakes["tanh_of_input"].expression, "tanh_of_input"),
    "long": (lambda: deep(40), "overwrite"),
    "hidden": (lambda: Value(2.0, "a") + 1.0, "set_parents"),
}
GOLDEN = golden_files("diagnosis/faults", [f"{name}.txt" for name in TEXTS])


def deep(size):
    a = Value(3.0, "a")
    result = a * a
    for k in range(size):
        result = (result + a) if k % 2 else result * 0.5
    return result


@pytest.mark.parametrize("case", TEXTS)
def test_both_passes_beside_each_other_read_as_they_should(case):
    build, name = TEXTS[case]
    text = str(mistaken(build(), name)) + "\n"
    assert text == golden_text(GOLDEN / f"{case}.txt", text)


# -- diagnose --------------------------------------------------------------------------------------


def doubled_twice():
    a = Value(1.0, "a")
    b = a + a
    return a, b + b


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (4, ()),
        (1, ("overwrite", "set_parents", "first_path_only")),
        (8, ("recurse_per_path",)),
        (6, ("recurse_per_path",)),
        (0, ("postorder", "seed_zero")),
        (2, ("no_upstream",)),
        (10, ("add_upstream",)),
        (16, ("seed_output",)),
        (3, ()),
        (float("nan"), ()),
    ],
)
def test_the_wrong_number_names_the_mistake(answer, expected):
    a, c = doubled_twice()
    found = diagnose(c, {a: answer})
    assert found.mistakes == expected and found.is_right == (answer == 4)


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        ("0.42", True),  # tanh'(1), 0.41997434...
        ("0.420", True),
        ("0.4200", True),
        ("0.42001", False),
        ("0.4", True),
        ("0.41", False),
        ("4.2e-1", True),
        ("42e-2", True),
        (0.42, True),
        (0.419974, True),
        (0.41998, False),
        ("0", False),
        ("1", False),
        (1 - math.tanh(1.0) ** 2, True),
        ("1 - tanh(a)**2", True),
        ("1 - tanh(a)", False),
        (" 0.42 ", True),
        ("inf", False),
        ("nan", False),
    ],
)
def test_answers_are_compared_at_the_digits_given(answer, fits):
    y = am.tanh(Value(1.0, "a"))
    assert diagnose(y, {"a": answer}).is_right is fits


def test_whole_numbers_and_fractions_are_meant_exactly():
    a, b = Value(3.0, "a"), Value(4.0, "b")
    y = a / b  # 0.25 and -0.1875
    assert diagnose(y, {"a": "1/4", "b": "-3/16"}).is_right
    assert diagnose(y, {"a": Fraction(1, 4), "b": Fraction(-3, 16)}).is_right
    assert not diagnose(y, {"a": 0}).is_right and not diagnose(y, {"a": "0"}).is_right
    assert diagnose(y, {"a": "0.25"}).is_right and not diagnose(y, {"a": "0.24"}).is_right
    assert diagnose(y, {"a": "0.2"}).is_right and diagnose(y, {"a": "0.3"}).is_right  # a tie


def test_non_finite_gradients_are_answers_too():
    y = am.log(Value(0.0, "a"))
    assert diagnose(y, {"a": "inf"}).is_right and diagnose(y, {"a": float("inf")}).is_right
    assert diagnose(am.log(Value(float("nan"), "a")), {"a": "nan"}).is_right


def test_some_of_the_leaves_are_enough_and_more_leave_fewer_mistakes():
    a, b = Value(3.0, "a"), Value(-5.0, "b")
    y = a / b
    assert diagnose(y, {b: 0.12}).mistakes == ("quotient_sign",)
    assert diagnose(y, {a: -0.2}).is_right
    assert diagnose(y, {"a": "-0.2", "b": "0.12"}).mistakes == ("quotient_sign",)
    assert diagnose(y, {"a": "0.2", "b": "0.12"}).mistakes == ()


def test_answers_may_speak_of_results_and_of_names_that_are_functions():
    a = Value(0.5, "a")
    y = am.tanh(a)
    y.label = "y"
    assert diagnose(y, {"a": "1 - y*y"}).is_right and diagnose(y, {"a": "1 - tanh(a)**2"}).is_right
    assert diagnose(y, {"a": "1 - y"}).mistakes == ("tanh_no_square",)
    tanh = Value(3.0, "tanh")
    assert diagnose(tanh * a, {"tanh": "2*a - 1e-1*5"}).is_right
    assert diagnose(tanh * a, {"a": "tanh(a)"}).is_right is False


def test_results_can_be_answered_too_and_names_come_from_the_caller():
    a = Value(3.0)
    b = a * a
    c = b + b
    assert diagnose(c, {"b": 2, "a": 12}).is_right
    assert diagnose(c, {b: 1}).mistakes == ("overwrite", "set_parents", "first_path_only")
    assert repr(diagnose(c, {c: 1, a: 12})) == "dc/dc = 1 is right.\ndc/da = 12 is right."


@pytest.mark.slow
@each_row("names", list(itertools.combinations(NAMES, 2)), ids=" ".join)
def test_what_would_tell_two_mistakes_apart_does(names):
    """On an expression where the two give the same wrong numbers, if there is one."""
    for mistake in (mistakes[name] for name in NAMES):
        result = mistake.expression()
        graph = graph_of(result)
        found = {m.name: outcome(graph, g) for m, _, g in outcomes(graph)}
        right = outcome(graph, BackwardPass(graph).gradients())
        if found[names[0]] == found[names[1]] != right:
            break
    else:
        return
    leaves = [node.name for node in graph.nodes if node.is_leaf]
    diagnosis = diagnose(result, dict(zip(leaves, found[names[0]], strict=True)))
    assert set(names) <= set(diagnosis.mistakes)
    text = diagnosis.next_expression
    other = parse(text, **diagnosis.next_numbers) if text else with_numbers(result, diagnosis)
    assert len({str(leaves_of(mistaken(other, name))) for name in diagnosis.mistakes}) > 1


def with_numbers(result, diagnosis):
    for leaf in am.topological_order(result):
        if leaf.is_leaf:
            leaf.data = diagnosis.next_numbers[leaf.label]
    result.recompute()
    return result


@given(st.integers(0, 10**6), st.sampled_from(NAMES))
def test_the_numbers_of_a_mistake_are_recognised_on_any_graph(seed, name):
    result = random_graph(random.Random(seed), results=8, tame=True)[-1]
    wrong = mistaken(result, name)
    leaves = [node for node in wrong.graph.nodes if node.is_leaf]
    answers = {node.name: wrong.gradient(node) or 0.0 for node in leaves}
    found = diagnose(result, answers)
    assert found.is_right or name in found.mistakes
    assert max(map(len, found.text.splitlines())) <= 80


@given(st.integers(0, 10**6), st.floats(-3, 3))
def test_nothing_is_named_that_does_not_give_the_numbers(seed, answer):
    result = random_graph(random.Random(seed), results=8, tame=True)[-1]
    leaf = next(node for node in am.topological_order(result) if node.is_leaf)
    for name in diagnose(result, {leaf: answer}).mistakes:
        variants = (mistakes[name].changes, *mistakes[name].variants)
        graph = graph_of(result)
        index = am.topological_order(result).index(leaf)
        numbers = [BackwardPass(graph, changes).gradients().get(index, 0.0) for changes in variants]
        digit = 10.0 ** decimal.Decimal(repr(answer)).as_tuple().exponent
        near = {"rel": 1e-9} if answer % 1 == 0 else {"rel": 1e-9, "abs": digit / 2}
        assert any(number == pytest.approx(answer, **near) for number in numbers)


def test_questions_that_have_no_answer():
    a, c = doubled_twice()
    with pytest.raises(ValueError, match="no answer to look at"):
        diagnose(c, {})
    with pytest.raises(ValueError, match="'z' is not in this graph; its nodes are a"):
        diagnose(c, {"z": 1})
    with pytest.raises(TypeError, match=r"a number or a text such as '0.42', not \[1\]"):
        diagnose(c, {a: [1]})
    with pytest.raises(am.ExpressionError, match="`z` has no number"):
        diagnose(c, {a: "2*z"})
    with pytest.raises(am.StaleGraph):
        a.data = 7.0
        diagnose(c, {a: 4})


def test_nothing_of_the_graph_is_altered():
    a, c = doubled_twice()
    c.backward()
    before = trace(c).to_json()
    diagnose(c, {a: 1})
    mistaken(c, "overwrite")
    assert trace(c).to_json() == before and a.grad == 4.0 and a.data == 1.0 and a.label == "a"


# -- the training loop -----------------------------------------------------------------------------


def test_the_right_training_run_learns_the_line():
    """Against the same run in plain numbers: the gradients of the mean of (w*x + b - y)**2."""
    w = b = 0.0
    expected = []
    for _ in range(5):
        errors = [(w * x + b - y, x) for x, y in ((1, 3), (2, 5), (3, 7))]
        expected.append(math.fsum(e * e for e, _ in errors) / 3)
        slope_w, slope_b = (
            math.fsum(2 * e * f for e, f in rows) / 3
            for rows in (errors, [(e, 1) for e, _ in errors])
        )
        w, b = w - 0.1 * slope_w, b - 0.1 * slope_b
    assert training_run(5) == pytest.approx(expected, rel=1e-9)


def test_each_mistake_of_the_loop_shows_in_its_losses():
    right = training_run()
    runs = {name: mistake.losses() for name, mistake in am.training_mistakes.items()}
    assert list(runs) == ["no_zero_grad", "zero_before_step", "ascent", "unnoticed_cut"]
    assert all(losses[0] == right[0] for losses in runs.values()) and right[-1] < 0.01
    assert runs["no_zero_grad"][1] == right[1] and max(runs["no_zero_grad"][2:]) > 30
    assert len(set(runs["zero_before_step"])) == 1
    assert runs["ascent"] == sorted(runs["ascent"])
    # b alone can do no better than the variance of 2x over the points, 8/3
    cut = am.training_mistakes["unnoticed_cut"].losses(200)
    assert cut == sorted(cut, reverse=True) and cut[-1] == pytest.approx(8 / 3)
    assert all(
        len(line) <= 80
        for mistake in am.training_mistakes.values()
        for line in repr(mistake).splitlines()
    )


def test_a_long_chain_is_diagnosed_in_linear_work(monkeypatch):
    calls = Counter()
    passing = Graph.passing

    def counting(graph, node):
        calls[len(graph.nodes)] += 1
        return passing(graph, node)

    monkeypatch.setattr(Graph, "passing", counting)
    for length in (100, 400):
        x = Value(0.5, "x")
        y = x
        for _ in range(length):
            y = am.tanh(y + 0.1)
        assert am.diagnose(y, {x: 5.0}).mistakes == ()
    (few, some), (many, more) = calls.items()
    assert more / some <= 1.1 * many / few
