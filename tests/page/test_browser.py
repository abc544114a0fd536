"""The page in a real browser: Chromium, driven as a person would use it.

Each test needs Chromium (Debian's package, or the path in the environment variable CHROMIUM) and
Playwright (pip install playwright), and is skipped without them. axe-core, for the tests of
accessibility, is in node_modules here or in the directory that the variable AXE names
(npm install axe-core).
"""

import contextlib
import html
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from importlib.util import find_spec

import pytest

import autograd_mini as am
from autograd_mini import Op, Value, diagnose, nn
from autograd_mini.engine.derive import nudge
from autograd_mini.explaining.explain import explain
from autograd_mini.page.document import explore
from autograd_mini.stepper import frames
from autograd_mini.stepper.step import step
from autograd_mini.stepper.story import told
from autograd_mini.text.as_text import as_text
from autograd_mini.text.numbers import number_text
from autograd_mini.tracing.trace import record
from support.pages import (
    LABELS,
    expression,
    forks,
    is_near,
    leaves_in,
    moved,
    named,
    neuron,
    number,
    on_one_line,
    random_expressions,
)
from support.places import ROOT

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = next(
    (
        script
        for folder in (os.environ.get("AXE", ""), ROOT)
        if (script := pathlib.Path(folder, "node_modules", "axe-core", "axe.min.js")).is_file()
    ),
    None,
)

if find_spec("playwright") is None:
    pytest.skip("no playwright: pip install playwright", allow_module_level=True)
if CHROMIUM is None:
    pytest.skip("no browser: apt install chromium, or set CHROMIUM", allow_module_level=True)


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """An open page, what it wrote to the console, and what it asked others for."""

    def __init__(self, chromium, **looks):
        settings = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **looks}
        self.context = chromium.new_context(**settings)
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.on("request", lambda request: self.requests.append(request.url))

    def open(self, page, folder):
        self.path = page.save(folder / "page.html")
        self.page.goto(self.path.as_uri())
        return self

    def text(self, selector):
        return self.page.locator(selector).inner_text()

    def told(self):
        """The title of the step and what is said about it."""
        return on_one_line(f"{self.text('#where')} {self.text('#told')}")

    def wait(self, selector, text):
        self.page.locator(selector).filter(has_text=text).wait_for(timeout=20_000)

    def set(self, index, text):
        self.page.fill(f"#field-{index}", text)


@pytest.fixture
def visit(chromium, tmp_path):
    visits = []

    def opened(page, **looks):
        visits.append(Visit(chromium, **looks).open(page, tmp_path))
        return visits[-1]

    yield opened
    for one in visits:
        assert one.complaints == []
        assert one.requests == [one.path.as_uri()]  # nothing but the file itself
        one.context.close()


def frame_text(root, k):
    frame = frames.Frame(record(root, {}), k)
    lines = [as_text(part) for part in told(frame)]
    return on_one_line(" ".join([repr(frame).split("\n")[0], *lines]))


def shown_numbers(page, attribute):
    """The texts in the picture that is to be seen, by the index of the node or the edge."""
    found = page.locator(f".graph.right [{attribute}]").evaluate_all(
        "(all, name) => all.map((e) => [e.getAttribute(name), e.textContent])", attribute
    )
    return {int(index): text for index, text in found}


# -- stepping --------------------------------------------------------------------------------------


def test_the_buttons_step_through_all_that_the_stepper_says(visit):
    root = neuron()
    here = visit(explore(root))
    assert here.told() == frame_text(root, 15)
    here.page.click("#first")
    for k in range(16):
        assert here.told() == frame_text(root, k)
        if k < 15:
            here.page.click("#next")
    assert here.page.is_disabled("#last")
    here.page.click("#next")  # at the end it begins again
    assert here.told() == frame_text(root, 0)
    here.page.click("#last")
    here.page.click("#back")
    assert here.told() == frame_text(root, 14)
    here.page.click("#first")
    assert here.page.is_disabled("#back")
    here.page.click("#last")
    assert here.told() == frame_text(root, 15)


def test_the_picture_shows_what_is_known_at_each_step(visit):
    root = neuron()
    here = visit(explore(root))
    stepper = step(root)
    here.page.click("#first")
    for k in range(16):
        frame, nodes = stepper.goto(k).frame, stepper.trace.graph.nodes
        values = shown_numbers(here.page, "data-value")
        gradients = shown_numbers(here.page, "data-gradient")
        assert len(values) == len(gradients) == 6
        for node in nodes:
            assert values[node.index] == number_text(frame.value(node))
            assert gradients[node.index] == number_text(frame.gradient(node))
        here.page.keyboard.press("ArrowRight")


def test_what_happens_is_marked_and_a_gradient_flows_back(visit):
    here = visit(explore(neuron()))
    here.page.fill("#timeline", "5")  # from L to v2
    assert marked(here.page) == {("box", "v4"), ("arrow", "e5-0")}
    arrow = here.page.locator(".graph.right .arrow.now.back")
    assert arrow.locator(".tail").is_visible()
    assert not arrow.locator("polygon:not(.tail)").is_visible()
    here.page.fill("#timeline", "1")  # v1 = w * x
    assert marked(here.page) == {("operation", "v2"), ("box", "v2"), ("arrow", "v2")}
    assert here.page.locator(".graph.right .tail:visible").count() == 0
    here.page.fill("#timeline", "15")
    assert marked(here.page) == set()


def marked(page):
    """The kind and the key of what happens in this step."""
    found = page.locator(".graph.right .now").evaluate_all(
        "all => all.map((e) => [e.classList[0], e.getAttribute('data-key')])"
    )
    return set(map(tuple, found))


def test_play_plays_pauses_and_ends(visit):
    root = neuron()
    here = visit(explore(root))
    here.page.select_option("#speed", "4")
    here.page.click("#play")
    assert here.text("#play") == "Pause" and here.told() == frame_text(root, 0)
    here.wait("#where", "step 2 of")
    here.page.click("#play")
    assert here.text("#play") == "Play"
    here.page.wait_for_timeout(900)
    assert here.text("#where").startswith("step 2 ")
    here.page.click("#play")
    here.wait("#where", "step 15 of")
    here.wait("#play", "Play")


FOCUS_IS_VISIBLE = """() => {
  const here = document.activeElement;  // a box in the picture has a thick line instead
  return here.matches(".box") || getComputedStyle(here).outlineStyle !== "none";
}"""


def test_it_can_be_used_with_the_keyboard_alone(visit):
    root = neuron()
    here = visit(explore(root))
    keyboard, page = here.page.keyboard, here.page
    keys = ("Home", "ArrowRight", "ArrowRight", "ArrowLeft", "End")
    for key, k in zip(keys, (0, 1, 2, 1, 15), strict=True):
        keyboard.press(key)
        assert here.told() == frame_text(root, k)
    keyboard.press("Home")
    keyboard.press(" ")
    assert here.text("#play") == "Pause"
    keyboard.press(" ")
    assert here.text("#play") == "Play"
    reached = []
    for _ in range(60):
        keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.dataset.node")
        )
        visible = page.evaluate(FOCUS_IS_VISIBLE)
        assert visible or page.evaluate("document.activeElement === document.body")
    for needed in ("0", "5", "play", "timeline", "speed", "field-0", "reset", "nudge", "by", "node",
                   "start", "leaf"):  # fmt: skip
        assert needed in reached, needed
    page.focus(".graph.right [data-node='3']")
    assert here.page.input_value("#node") == "3"
    page.focus("#timeline")
    keyboard.press("ArrowLeft")  # the slider's own key
    assert here.text("#where").startswith("step 14 ") or here.text("#where").startswith("step 0 ")
    page.focus("#field-0")
    keyboard.press("End")
    keyboard.press("ArrowLeft")  # the field's own key
    page.focus("#start")
    keyboard.press("Enter")
    keyboard.type("0.07")
    keyboard.press("Enter")
    assert "dL/dv2 = 0.07 is right." in here.text("#verdict")


def test_a_step_is_said_aloud_when_somebody_moves_to_it(visit):
    here = visit(explore(neuron()))
    assert here.page.text_content("#spoken") == ""
    here.page.keyboard.press("Home")
    here.page.keyboard.press("ArrowRight")
    assert here.page.text_content("#spoken").startswith(
        "step 1 of 15 · forward pass · compute v1. v1 ="
    )
    spoken = here.page.text_content("#spoken")
    here.set(0, "0.7")
    assert here.page.text_content("#spoken") == spoken
    assert here.page.get_attribute("#spoken", "role") == "status"


def test_arrow_keys_scroll_a_picture_that_has_the_focus_and_is_too_wide(visit):
    here = visit(explore(forks()), viewport={"width": 900, "height": 800})
    here.page.focus(".drawing")
    for _ in range(3):
        here.page.keyboard.press("ArrowRight")
    here.page.wait_for_timeout(300)
    assert here.page.evaluate("document.querySelector('.drawing').scrollLeft") > 0
    assert here.text("#where").startswith("step 55 ")


def test_a_large_picture_scrolls_to_where_something_happens(visit):
    here = visit(explore(forks()), viewport={"width": 700, "height": 800})
    here.page.fill("#timeline", "17")  # at the root, on the right
    box, frame = (
        here.page.locator(x).bounding_box() for x in (".graph.right .box.now", ".drawing")
    )
    assert frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"]


# -- live numbers ----------------------------------------------------------------------------------


READ = """() => {
  const found = [...document.querySelectorAll('#all tr')].map((row) =>
    [...row.children].map((cell) => cell.textContent));
  return found;
}"""


@pytest.mark.parametrize("which", range(10))
def test_moved_numbers_are_those_of_python(visit, which):
    """The numbers themselves, in the page: every leaf of ten random expressions, to 1e-12."""
    root = random_expressions(10)[which]
    page = explore(root)
    # The page keeps its numbers to itself; the same scripts, in the same browser, show them.
    here = visit(page)
    chance = random.Random(which)
    leaves = leaves_in(root)
    for index, leaf in enumerate(leaves):
        new = leaf.data * chance.uniform(0.8, 1.2)
        here.set(index, repr(new))
        own = moved(root, {leaf.label: new})
        trace = record(own, {})
        numbers, gradients = computed(here.page, [node.data for node in leaves_in(own)])
        for node in trace.graph.nodes:
            assert is_near(number(numbers[node.index]), node.data)
            assert is_near(number(gradients[node.index]), trace.gradient(node))
        rows = here.page.evaluate(READ)
        visible = [node for node in trace.graph.nodes if not node.is_constant]
        for node, (name, _, value, gradient) in zip(visible, rows, strict=True):
            assert name == node.name
            assert is_near(float(value), float(number_text(node.data)), 2e-5)
            expected = trace.gradient(node)
            if expected is None:
                assert gradient == "–"
            else:
                assert is_near(float(gradient), float(number_text(expected)), 2e-5)
        here.page.click("#reset")


def computed(page, leaves):
    """All numbers and gradients to their last bit, from the scripts that the page has loaded."""
    return page.evaluate(
        """(leaves) => {
          const data = JSON.parse(document.getElementById("data").textContent);
          const places = Passes.layout(data);
          const nodes = [...data.nodes.keys()].filter((n) => data.nodes[n].kind === "leaf");
          const pairs = nodes.map((node, i) => [node, leaves[i]]);
          const numbers = Passes.computed(
            Passes.given(data, places), pairs, data, places, graphProgram);
          const gradients = [...data.nodes.keys()].map((n) => Passes.gradient(numbers, places, n));
          const known = (x) => (x === null || Number.isFinite(x) ? x : String(x));
          return [numbers.map(known), gradients.map(known)];
        }""",
        leaves,
    )


def test_a_slider_moves_everything_at_once(visit):
    root = neuron()
    here = visit(explore(root))
    here.page.fill(".leaf-row:nth-child(1) input[type=range]", "-1.25")
    assert here.page.input_value("#field-0") == "-1.25"
    own = moved(root, {"w": -1.25})
    trace = record(own, {})
    assert here.told() == frame_text(own, 15)
    values, gradients = (shown_numbers(here.page, f"data-{n}") for n in ("value", "gradient"))
    for node in trace.graph.nodes:
        assert values[node.index] == number_text(node.data)
        assert gradients[node.index] == number_text(trace.gradient(node))
    locals_ = shown_numbers(here.page, "data-local")
    assert set(locals_.values()) == {number_text(e.local) for e in trace if e.consumer}
    expected = on_one_line(str(explain(own, "w")))
    assert on_one_line(here.text("#blackboard")) == expected
    assert here.text("#made") == "w = -1.25, a leaf"
    here.page.click("#reset")
    assert here.told() == frame_text(root, 15)


def test_a_slider_has_its_own_keys(visit):
    here = visit(explore(neuron()))
    here.page.focus(".leaf-row:nth-child(1) input[type=range]")
    here.page.keyboard.press("ArrowRight")
    assert here.page.input_value("#field-0") == "0.51"
    assert here.text("#where").startswith("step 15 ")


def test_any_number_can_be_typed_and_none_breaks_the_page(visit):
    root = expression("log(a) / b", a=2.0, b=0.5)
    here = visit(explore(root))
    for text, value in (("-1", "nan"), ("0", "-inf"), ("1e300", "1381.55"), ("3/4", "-0.575364"),
                        ("inf", "inf"), ("nan", "nan"), ("2", "1.38629")):  # fmt: skip
        here.set(0, text)
        assert here.page.evaluate(READ)[-1][2] == value
    here.set(0, "two")
    assert here.page.get_attribute("#field-0", "aria-invalid") == "true"
    assert "“two” is no number" in here.text("#trouble")
    assert here.page.evaluate(READ)[-1][2] == "1.38629"
    for typed, said in (("1e999", "a: “1e999” is too large"), ("", "a: Give a number"),
                        ("1/0", "“1/0” is no number")):  # fmt: skip
        here.page.fill("#field-0", typed)
        assert said in here.text("#trouble")
        assert here.page.evaluate(READ)[-1][2] == "1.38629"
    here.set(0, "2,0")  # with the comma of many countries
    assert here.page.evaluate(READ)[-1][2] == "1.38629" and here.text("#trouble") == ""
    here.page.fill("#field-0", "two")
    here.page.focus("#by")
    assert here.page.input_value("#field-0") == "2"
    assert here.page.get_attribute("#field-0", "aria-invalid") == "false"


def test_a_nudge_says_what_python_says(visit):
    root = neuron()
    here = visit(explore(root))
    here.page.check("#nudge")
    for by, index in ((0.01, 0), (0.5, 1), (-0.25, 2)):
        here.page.fill("#by", str(by))
        said = repr(nudge(root, leaves_in(root)[index], by))
        assert here.page.locator(".nudged").nth(index).inner_text() == said
    here.page.click("#start")
    assert "gradient" not in here.page.locator(".nudged").nth(0).inner_text()


def test_a_nudge_that_is_no_number_is_told_once(visit):
    here = visit(explore(neuron()))
    here.page.check("#nudge")
    here.page.fill("#by", "much")
    assert "“much” is no number" in here.text("#trouble")
    assert here.page.locator(".nudged").all_inner_texts() == ["", "", ""]
    here.page.fill("#by", "0.5")
    assert here.text("#trouble") == ""


def test_the_result_stands_beside_the_sliders(visit):
    here = visit(explore(neuron()))
    here.set(0, "0")
    moved_result = here.page.evaluate(READ)[-1][2]
    assert here.text("#result") == f"L = {moved_result}"
    here.page.click("#first")  # where the picture has nothing yet
    assert here.text("#result") == f"L = {moved_result}"


def test_a_box_that_is_pointed_at_gives_way_to_that_of_the_step(visit):
    here = visit(explore(neuron()))
    here.page.fill("#timeline", "11")
    before = here.text("#glance")
    here.page.hover(".graph.right [data-node='1']")
    assert here.text("#glance") != before
    here.page.hover("h1")
    assert here.text("#glance") == before


def test_escape_leaves_a_field_and_keys_step_again(visit):
    here = visit(explore(neuron()))
    here.page.click("#first")
    here.page.focus("#field-0")
    here.page.keyboard.press("ArrowRight")
    assert here.text("#where").startswith("step 0 ")
    here.page.keyboard.press("Escape")
    here.page.keyboard.press("ArrowRight")
    assert here.text("#where").startswith("step 1 ")


def test_on_a_phone_the_picture_stays_in_view(visit):
    here = visit(explore(neuron()), viewport={"width": 390, "height": 844})
    for place in ("#told", "#rows", "#predict"):
        here.page.locator(place).scroll_into_view_if_needed()
        box = here.page.locator(".drawing").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] < 0.6 * 844


def test_numbers_that_cannot_be_computed_again_stay_and_it_says_why(visit):
    cube = Op("cube", "{}³", lambda x: x * x * x if x > 0 else 0.0, lambda x, z: 3.0 * x * x)
    here = visit(explore(cube(Value(2.0, "a")) * 3.0))
    assert "'cube' cannot be compiled" in here.text("#frozen")
    assert here.page.is_disabled("#field-0") and here.page.is_disabled("#reset")
    here.page.keyboard.press("Home")
    here.page.keyboard.press("ArrowRight")
    assert "v1 = a³ = 2³ = 8" in here.told()


# -- ledger, derivation, predict -------------------------------------------------------------------


def test_the_ledger_is_that_of_the_node_under_the_pointer_or_the_focus(visit):
    root = forks()
    here = visit(explore(root))
    trace = record(root, {})
    for node in trace.graph.nodes:
        box = here.page.locator(f".graph.right [data-node='{node.index}']")
        if node.is_constant:
            continue
        box.hover() if node.index % 2 else box.focus()
        assert here.page.input_value("#node") == str(node.index)
        rows = here.page.locator("#entries tr").evaluate_all(
            "all => all.map((row) => [...row.children].map((cell) => cell.textContent))"
        )
        entries = trace.ledger(node)
        assert len(rows) == len(entries)
        for (_, _, worked, total), entry in zip(rows, entries, strict=True):
            assert worked.endswith(f"= {number_text(entry.product)}")
            assert total == number_text(entry.total)


def test_a_node_is_pinned_by_a_click_and_else_shown_while_the_pointer_is_there(visit):
    root = expression("a + a*b", a=3.0, b=-2.0)
    here = visit(explore(root))
    a, b = (here.page.locator(f".graph.right [data-node='{index}']") for index in (0, 1))
    a.click()
    assert a.get_attribute("aria-pressed") == "true"
    assert here.text("#glance") == "a = 3, a leaf · dL/da = 1 * 1 + 1 * (-2) = -1"
    b.hover()
    assert here.text("#glance") == "b = -2, a leaf · dL/db = 1 * 3 = 3"
    here.page.hover("h1")
    assert here.page.input_value("#node") == "0"
    here.page.keyboard.press("Home")
    assert here.page.input_value("#node") == "0" and here.text("#glance") == "a = 3, a leaf"
    here.page.fill("#timeline", str(record(root, {}).arrivals("a")[0] + 1))
    assert here.text("#glance") == "a = 3, a leaf · dL/da = 1 * 1 = 1 so far"
    a.click()
    assert a.get_attribute("aria-pressed") == "false"
    here.page.hover("h1")
    here.page.fill("#timeline", "1")  # v1 = a * b
    assert here.text("#glance") == "v1 = a * b = -6"


def test_a_step_of_the_ledger_can_be_gone_to(visit):
    root = expression("a + a*a", a=3.0)
    here = visit(explore(root))
    here.page.select_option("#node", label="a")
    steps = here.page.locator("#entries button")
    assert steps.all_inner_texts() == ["4", "7", "8"]
    steps.nth(1).click()
    assert here.told() == frame_text(root, 7)
    assert here.page.input_value("#node") == "0" and here.text("#sum") == "dL/da so far: 4"
    assert here.page.evaluate("document.activeElement.textContent") == "7"
    assert "dL/dv1 * ∂v1/∂a₂ = –" in here.text("#entries tr:nth-child(3)")


def test_a_derivation_is_that_of_explain(visit):
    root = forks()
    here = visit(explore(root))
    options = here.page.locator("#leaf option").all_inner_texts()
    assert set(options) == {"a", "b"} or set(options) == {"a", "b", "c"}
    for name in options:
        here.page.select_option("#leaf", label=name)
        assert on_one_line(here.text("#blackboard")) == on_one_line(str(explain(root, name)))


def test_an_answer_for_want_of_digits_is_not_right(visit):
    here = visit(explore(expression("a * 0.00134", a=3.0)))
    here.page.click("#start")
    ask(here, "dL/da")
    here.page.fill("#answer", "0.0")
    here.page.click("#check")
    assert here.text("#verdict") == "dL/da = 0.0 is too coarse; give at least two digits."
    here.page.fill("#answer", "0,0013")
    here.page.click("#check")
    assert "dL/da = 0,0013 is right." in here.text("#verdict")


def test_the_game_hides_asks_and_names_the_mistake(visit):
    root = expression("a + a*a", a=3.0)
    here = visit(explore(root))
    here.page.click("#start")
    ask(here, "dL/da")
    assert "7" not in here.text("#picture") and "7" not in here.text("#all")
    here.page.keyboard.press("End")  # of the field
    for hidden in ("#walk", "#ledger", "#derivation"):
        assert not here.page.locator(hidden).is_visible()
    picture, question = (here.page.locator(x).bounding_box() for x in ("#picture", "#predict"))
    assert question["y"] < picture["y"] + picture["height"] + 50
    here.page.locator("#picture h2").click()
    here.page.keyboard.press("ArrowLeft")
    assert "?" in here.text("#picture") and "12" in here.text("#picture")
    for typed in ("4", "4.0", "1", "5", "3", "0", "8/2"):
        here.page.fill("#answer", typed)
        here.page.click("#check")
        said = here.text("#verdict")
        assert f"dL/da = {typed} is wrong." in said
        expected = diagnose(root, {"a": typed}).mistakes
        assert tuple(re.findall(r"^(\w+): ", said, re.MULTILINE)) == expected
        assert ("None of the known mistakes gives this." in said) == (not expected)
    here.page.fill("#answer", "seven")
    here.page.click("#check")
    assert "“seven” is no number" in here.text("#verdict")
    here.page.fill("#answer", "7.0")
    here.page.keyboard.press("Enter")
    assert "dL/da = 7.0 is right." in here.text("#verdict")
    assert "a is used 3 times" in here.text("#verdict")  # and so on: how it came about
    assert shown_numbers(here.page, "data-gradient")[0] == "7"
    here.page.click("#another")
    assert here.text("#question") == "What is dL/dv1?"
    here.page.click("#tell")
    assert "dL/dv1 = 1." in here.text("#verdict") and "all of them" in here.text("#verdict")
    here.page.click("#stop")
    assert here.told() == frame_text(root, len(record(root, {})))


def ask(here, symbol):
    """Go on to the question for this gradient."""
    for _ in range(20):
        if here.text("#question") == f"What is {symbol}?":
            return
        here.page.click("#another")
    raise AssertionError(f"it does not ask for {symbol}")


def test_the_game_goes_down_from_the_result_and_marks_what_it_asks_for(visit):
    root = neuron()
    here = visit(explore(root))
    here.page.click("#start")
    names = [event.node.name for event in record(root, {}) if event.kind == "done"][1:]
    for name in names:
        assert here.text("#question") == f"What is dL/d{name}?"
        marked = here.page.locator(".graph.right .box.now .name")
        assert marked.all_inner_texts() == [name] or marked.all_text_contents() == [name]
        assert here.text("#glance").startswith(name)
        here.page.click("#another")


def test_numbers_that_change_in_the_game_keep_the_question_and_the_answer(visit):
    here = visit(explore(neuron()))
    here.page.click("#start")
    ask(here, "dL/dw")
    here.page.fill("#answer", "0.25")
    here.set(1, "3")
    assert here.text("#question") == "What is dL/dw?"
    assert here.page.input_value("#answer") == "0.25"
    assert "The numbers have changed" in here.text("#verdict")


def test_the_game_holds_at_moved_numbers(visit):
    root = neuron()
    here = visit(explore(root))
    here.page.click("#start")
    ask(here, "dL/dw")
    here.set(0, "1.5")
    own = moved(root, {"w": 1.5})
    for mistake in ("no_upstream", "tanh_no_square", "product_not_swapped"):
        from autograd_mini.diagnosis.mistaken import mistaken

        wrong = repr(mistaken(own, mistake).gradient("w"))
        here.page.fill("#answer", wrong)
        here.page.keyboard.press("Enter")
        assert f"\n{mistake}: " in here.text("#verdict")


# -- safety ----------------------------------------------------------------------------------------


def test_no_name_runs(visit, tmp_path):
    here = visit(explore(named("x")))
    for label in LABELS:
        page = explore(named(label))
        (tmp_path / "page.html").write_text(page.html, encoding="utf-8")
        here.page.goto((tmp_path / "page.html").as_uri())
        here.page.fill("#timeline", "9")
        here.page.click("#start")
        here.page.fill("#answer", "1")
        here.page.press("#answer", "Enter")
        assert here.page.evaluate("window.__pwned") is None
        assert here.page.evaluate("document.querySelectorAll('script, img, iframe').length") == 3
        names = here.page.locator("#rows label").all_inner_texts()
        assert len(names) == 2
    here.requests = here.requests[:1]


@pytest.mark.parametrize("label", ["x", "</script><script>window.__pwned=1</script>"])
def test_it_works_in_a_sandboxed_frame(visit, tmp_path, label):
    class Cell:
        def save(self, path):
            text = f"<!doctype html><title>t</title>{explore(named(label))._repr_html_()}"
            path.write_text(text, encoding="utf-8")
            return path

    here = visit(Cell())
    frame = here.page.frame_locator("iframe")
    frame.locator("#first").click()
    frame.locator("#next").click()
    assert frame.locator("#where").inner_text().startswith("step 1 of ")
    frame.locator("#field-0").fill("5")
    assert frame.locator("#all tr").first.inner_text().split()[-2] == "5"
    frame.locator("#start").click()
    frame.locator("#answer").fill("0.123")
    frame.locator("#answer").press("Enter")
    assert "= 0.123 is wrong." in frame.locator("#verdict").inner_text()
    frame.locator("#answer").fill("0.124")
    frame.locator("#check").click()
    assert "= 0.124 is wrong." in frame.locator("#verdict").inner_text()
    here.requests = [url for url in here.requests if url != "about:srcdoc"]


def test_the_policy_stops_what_is_not_the_pages_own(chromium, tmp_path):
    html_text = explore(neuron()).html.replace(
        "</body>", "<script>window.__pwned=1</script><img src='http://127.0.0.1:9/x'></body>"
    )
    (tmp_path / "page.html").write_text(html_text, encoding="utf-8")
    visit, refused = Visit(chromium), []
    visit.page.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
    visit.page.goto((tmp_path / "page.html").as_uri())
    assert visit.page.evaluate("window.__pwned") is None
    assert len([text for text in visit.complaints if "Content Security Policy" in text]) == 2
    assert refused == [("http://127.0.0.1:9/x", "csp")]
    visit.context.close()


# -- looks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 480, 768, 1024, 1920])
def test_nothing_is_wider_than_the_screen(visit, width):
    for root in (neuron(), forks(), named("x" * 200)):
        here = visit(explore(root), viewport={"width": width, "height": 700})
        here.page.check("#nudge")
        here.page.click("#start")
        assert here.page.evaluate("document.documentElement.scrollWidth") <= width
        pictures = here.page.locator(".graph:visible")
        assert pictures.count() == 1
        kind = "down" if width <= 640 else "right"
        assert kind in pictures.get_attribute("class")


def test_dark_is_dark_and_light_is_light(visit):
    colours = []
    for scheme in ("light", "dark"):
        here = visit(explore(neuron()), color_scheme=scheme)
        style = "getComputedStyle(document.documentElement)"
        colours.append(here.page.evaluate(f"[{style}.backgroundColor, {style}.color]"))
    assert colours == [
        ["rgb(255, 255, 255)", "rgb(17, 24, 39)"],
        ["rgb(15, 23, 42)", "rgb(241, 245, 249)"],
    ]


def test_paper_has_the_picture_and_the_words_and_no_buttons(visit):
    here = visit(explore(neuron()))
    here.page.emulate_media(media="print")
    assert here.page.locator(".graph.right").is_visible()
    assert here.page.locator("#blackboard").is_visible()
    for selector in ("#controls", "#leaves", "#predict"):
        assert not here.page.locator(selector).is_visible()
    assert here.page.pdf().startswith(b"%PDF")


def test_nothing_moves_by_itself_where_that_is_not_wanted(visit):
    for motion, names in (("reduce", {"none"}), ("no-preference", {"flow"})):
        here = visit(explore(neuron()), reduced_motion=motion)
        here.page.fill("#timeline", "5")
        found = here.page.locator(".graph.right .arrow.now path").evaluate_all(
            "all => all.map((e) => getComputedStyle(e).animationName)"
        )
        assert set(found) == names


AUDIT = """async () => {
  const found = await axe.run(document);
  return found.violations.map((v) => [v.id, ...v.nodes.slice(0, 3).map((n) => n.html)]);
}"""


@pytest.mark.skipif(AXE is None, reason="no axe-core: npm install axe-core, or set AXE")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_an_audit_of_accessibility_finds_nothing(visit, scheme, width):
    size = {"width": width, "height": 900}
    here = visit(explore(forks()), color_scheme=scheme, viewport=size, bypass_csp=True)
    here.page.add_script_tag(path=AXE)
    assert here.page.evaluate(AUDIT) == []
    here.page.fill("#timeline", "9")
    here.page.check("#nudge")
    assert here.page.evaluate(AUDIT) == []
    here.page.click("#start")
    here.page.fill("#answer", "1")
    here.page.keyboard.press("Enter")
    assert here.page.evaluate(AUDIT) == []


ODD = {
    "a leaf alone": lambda a, b: a,
    "one operation": lambda a, b: -a,
    "the same operand twice": lambda a, b: a * a,
    "a wall": lambda a, b: a.detach(),
    "a leaf behind a wall": lambda a, b: a * b.detach(),
    "nan from the start": lambda a, b: (a - 5.0).log() * b,
    "an infinity": lambda a, b: (a - 2.0).log() * b + b / (a - a),
    "a choice": lambda a, b: am.where(a, a**b, b**a),
    "a sum of many": lambda a, b: am.sum([a * i for i in range(12)] + [b]),
    "a neuron of am.nn": lambda a, b: nn.Neuron(2, activation="relu")([a, b]),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_graphs_have_pages_that_work(visit, name):
    here = visit(explore(ODD[name](Value(2.0, "a"), Value(3.0, "b"))))
    steps = int(here.text("#where").split()[3])
    here.page.keyboard.press("Home")
    for _ in range(steps):
        here.page.keyboard.press("ArrowRight")
    assert here.text("#where").startswith(f"step {steps} of {steps} ")
    for index in range(here.page.locator("#rows input[type=text]").count()):
        if here.page.is_enabled(f"#field-{index}"):
            here.set(index, "-0.75")
    if here.page.locator("#start").is_visible():
        here.page.click("#start")
        here.page.fill("#answer", "17")
        here.page.press("#answer", "Enter")
        assert "is wrong." in here.text("#verdict") or "is right." in here.text("#verdict")
        here.page.click("#tell")
        here.page.click("#stop")


# -- large graphs ----------------------------------------------------------------------------------


def test_a_network_with_closed_neurons_steps_and_moves(visit):
    model = nn.MLP(4, [8, 8, 1], activation="tanh", seed=0)
    root = model([0.1, 0.2, 0.3, 0.4])
    here = visit(explore(root))
    assert "the neurons are closed" in here.text("#picture")
    here.page.click("#first")
    for _ in range(3):
        here.page.click("#next")
    assert here.page.locator(".graph.right .box.now").count() == 1
    before = here.page.evaluate(READ)[-1][2]
    here.set(0, "2.5")
    assert here.page.evaluate(READ)[-1][2] != before or here.text("#where")


def test_a_very_large_graph_is_a_picture_without_a_script(visit):
    x = Value(1.0, "x")
    for _ in range(1000):
        x = x * 0.999 + 0.001
    here = visit(explore(x))
    assert "walks through any number" in here.text("#picture")
    assert not here.page.locator("#walk").is_visible()
    assert here.page.locator(".graph.right").is_visible()


def test_it_is_whole_after_html_is_escaped_and_read_again(visit):
    page = explore(named("a&b &amp; &#60; &copy"))
    assert html.unescape(html.escape(page.html)) == page.html
    here = visit(page)
    assert "a&b &amp; &#60; &copy" in here.text("#rows")
    assert (
        json.loads(here.page.text_content("#data"))["nodes"][0]["name"] == "a&b &amp; &#60; &copy"
    )


def test_the_picture_in_the_readme_can_be_taken_again(tmp_path):
    script = ROOT / "demos" / "pictures" / "screenshot.py"
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "CHROMIUM": CHROMIUM}
    subprocess.run([sys.executable, script, tmp_path], env=surroundings, check=True)
    shipped = (ROOT / "demos" / "pictures" / "page.png").read_bytes()
    taken = (tmp_path / "page.png").read_bytes()
    assert taken[:24] == shipped[:24]  # the kind and the size; letters differ between machines
    assert len(shipped) < 150_000


# -- in notebooks, with their own servers and kernels ----------------------------------------------

CELL = (
    "from autograd_mini import explore, parse\nexplore(parse('tanh(w*x + b)', w=0.5, x=2.0, b=1.0))"
)


@contextlib.contextmanager
def served(arguments, folder, path):
    """A server of a notebook, by its module and arguments, while it is needed: its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [part.format(port=port) for part in (sys.executable, "-m", *arguments)]
    search = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    surroundings = {**os.environ, "PYTHONPATH": search, "HOME": str(folder)}
    with open(folder / "log.txt", "wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=surroundings, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            wait_for(port, server, folder / "log.txt")
            yield f"http://127.0.0.1:{port}/{path}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_for(port, server, log):
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert server.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def play_with(frame):
    """What a student does, in the frame of a page."""
    frame.locator("#first").click(timeout=60_000)
    frame.locator("#next").click()
    assert frame.locator("#where").inner_text() == "step 1 of 15 · forward pass · compute v1"
    frame.locator("#field-0").fill("1.5")
    assert on_one_line(frame.locator("#told").inner_text()) == "v1 = w * x = 1.5 * 2 = 3"
    frame.locator("#start").click()
    while frame.locator("#question").inner_text() != "What is dv3/dw?":
        frame.locator("#another").click()
    frame.locator("#answer").fill("2")
    frame.locator("#answer").press("Enter")
    assert "no_upstream: " in frame.locator("#verdict").inner_text()


def test_it_is_alive_in_jupyterlab(chromium, tmp_path):
    for module in ("jupyterlab", "ipykernel"):
        if find_spec(module) is None:
            pytest.skip(f"no {module}: pip install jupyterlab ipykernel")
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "source": CELL}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": [{**cell, "execution_count": None}], "nbformat": 4, "nbformat_minor": 5}
    notebook["metadata"] = {"kernelspec": kernel}
    (tmp_path / "book.ipynb").write_text(json.dumps(notebook))
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.port={port}",
        "--IdentityProvider.token=",
    ]
    options += ["--LabApp.news_url=None", f"--ServerApp.root_dir={tmp_path}"]
    with served(["jupyterlab", *options], tmp_path, "lab/tree/book.ipynb") as address:
        visit = Visit(chromium)
        visit.page.goto(address)
        visit.page.locator(".jp-Notebook .cm-content").first.click(timeout=60_000)
        visit.page.locator("[title*='Idle'], [data-status='idle']").first.wait_for(timeout=60_000)
        visit.page.keyboard.press("Shift+Enter")
        play_with(visit.page.frame_locator(".jp-OutputArea iframe").first)
        assert not [text for text in visit.complaints if "Security" in text]
        visit.context.close()


def test_it_is_alive_in_marimo(chromium, tmp_path):
    if find_spec("marimo") is None:
        pytest.skip("no marimo: pip install marimo")
    body = "".join([f"    {line}\n" for line in CELL.splitlines()])
    source = f"import marimo\n\napp = marimo.App()\n\n\n@app.cell\ndef _():\n{body}\n"
    (tmp_path / "book.py").write_text(source, encoding="utf-8")
    options = ["run", "book.py", "--headless", "--port", "{port}", "--no-token"]
    with served(["marimo", "-q", *options], tmp_path, "") as address:
        visit = Visit(chromium)
        visit.page.goto(address)
        play_with(visit.page.frame_locator("iframe").first)
        assert not [text for text in visit.complaints if "Security" in text]
        visit.context.close()
