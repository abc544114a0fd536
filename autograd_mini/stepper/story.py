"""What happens at one moment of the two passes, told in equations and sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd_mini.diagnosis.mistaken import MistakenTrace
from autograd_mini.drawing.captions import contribution as numbers
from autograd_mini.drawing.captions import flow
from autograd_mini.explaining.derivation import occurrence, rules_of
from autograd_mini.stepper import event_sentences as say
from autograd_mini.text import parts, sentences
from autograd_mini.text.parts import Derivative, Equation, Name, Operation, Partial, Words, title_of
from autograd_mini.text.sentences import definition, wrong_gradient
from autograd_mini.tracing.events import CONTRIBUTION, DONE, FORWARD, SEED, Event
from autograd_mini.tracing.graph import Graph, Node
from autograd_mini.tracing.trace import Trace

if TYPE_CHECKING:
    from autograd_mini.stepper.frames import Frame

MOST_WRONG = 8  # gradients, at the end of a mistaken pass
MOST_RESULTS = 12  # whose operations are shown at the start
LONGEST_FORMULA = 30  # operations, names and numbers; a longer one takes more than two lines


# -- parts of what is told -------------------------------------------------------------------------
# A graph is given with its names as short as the terminal needs them; events have the long ones.


def called(graph: Graph, node: Node) -> Name:
    """A node's name."""
    return title_of(graph.nodes[node.index])


def gradient(graph: Graph, node: Node) -> Derivative:
    """The gradient of a node in symbols: dL/da."""
    return Derivative(title_of(graph.nodes[-1]), called(graph, node))


def local(graph: Graph, consumer: Node, position: int) -> Partial:
    """A local derivative in symbols: ∂e/∂a, or ∂e/∂a₂ for the second a of several."""
    operand = title_of(graph.nodes[consumer.parents[position]])
    operand.occurrence = occurrence(consumer, position)
    return Partial(called(graph, consumer), operand)


def computed(graph: Graph, node: Node) -> Equation:
    """How a result is computed: its name, in symbols, in numbers, its number."""
    name, made = definition(graph, graph.nodes[node.index]).sides
    same = [parts.in_numbers(made)] if isinstance(made, Operation) else []
    return Equation(name, made, *same, name.number)


def product(trace: Trace, graph: Graph, event: Event) -> Equation:
    """A contribution: in symbols, in numbers, its number."""
    consumer, position = edge_of(event)
    symbols = flow(trace, gradient(graph, consumer), local(graph, consumer, position))
    return Equation(symbols, *numbers(trace, event).sides)


def edge_of(event: Event) -> tuple[Node, int]:
    """The consumer of a contribution, and which of its operands the contribution goes to."""
    assert event.consumer is not None and event.position is not None
    return event.consumer, event.position


def title(graph: Graph, event: Event) -> Words:
    """An event in a few words."""
    name = called(graph, event.node)
    if event.consumer is not None:
        return sentences.passing(called(graph, event.consumer), name)
    if event.kind == SEED:
        return Words("the seed")
    return sentences.computing(name) if event.kind == FORWARD else sentences.finished(name)


def is_added(event: Event) -> bool:
    """Whether a contribution was added to the total before it, which some mistakes do not do."""
    if event.before is None or event.product is None:
        return True
    return repr(event.before + event.product) == repr(event.after)


def arrivals(trace: Trace, node: Node) -> list[int]:
    """The steps at which a contribution came to a node, from 1 on."""
    return [] if node is trace.root else [index + 1 for index in trace.arrivals(node)]


# -- the story of one event ------------------------------------------------------------------------


def told(frame: Frame) -> list[Any]:
    """What a frame says below its title: equations and sentences.

    >>> from autograd_mini import Value, trace
    >>> from autograd_mini.stepper.frames import Frame
    >>> from autograd_mini.text.as_text import as_text
    >>> as_text(*told(Frame(trace(Value(3.0, "a") * 2.0), 1)))
    'v1 = a * 2 = 3 * 2 = 6'
    """
    if frame.event is None:
        return _start(frame)
    story = [*_TELL[frame.event.kind](frame, frame.event), *_parting(frame)]
    return [*story, _closing(frame)] if frame.phase == "end" else story


def _parting(frame: Frame) -> list[Words]:
    """At the first step of a mistaken pass that the right one does not take: what it does."""
    trace = frame.trace
    if not isinstance(trace, MistakenTrace) or frame.step - 1 != trace.parting:
        return []
    if frame.step > len(trace.right):
        return [Words(say.RIGHT_HAS_ENDED)]
    event = trace.right[frame.step - 1]
    happening = title(frame.graph, event)
    if event.kind == CONTRIBUTION:
        total = [] if event.before is None else [", total ", event.after]
        happening = Words(happening, ", ", numbers(trace.right, event), *total)
    return [say.parting(happening)]


def _closing(frame: Frame) -> Words:
    if isinstance(frame.trace, MistakenTrace):
        return _outcome(frame, frame.trace)
    nodes = [node for node in frame.trace.graph.nodes if not node.is_constant]
    some = any(frame.gradient(node) is None for node in nodes)
    return Words(say.SOME_WITHOUT if some else say.ALL_FINISHED)


def _outcome(frame: Frame, trace: MistakenTrace) -> Words:
    """Which gradients have become wrong."""
    wrong = []
    for leaf, (right, found) in list(trace.differences.items())[:MOST_WRONG]:
        symbol = gradient(frame.graph, trace.node(leaf))
        wrong.append(wrong_gradient(symbol, found, right))
    return say.wrong_gradients(wrong) if wrong else Words(say.RIGHT_ALL_THE_SAME)


def _start(frame: Frame) -> list[Any]:
    graph, warning = frame.graph, ""
    if isinstance(frame.trace, MistakenTrace):
        mistake = f"{frame.trace.mistake.name}, {frame.trace.mistake.sentence}"
        warning = f" The backward pass will be wrong on purpose: {mistake}"
    beginning = say.beginning(len(graph.nodes), warning)
    made = [definition(graph, node) for node in graph.nodes if node.op is not None]
    return [beginning, parts.separated(made)] if 0 < len(made) <= MOST_RESULTS else [beginning]


def _forward(frame: Frame, event: Event) -> list[Any]:
    return [computed(frame.graph, event.node)]


def _seed(frame: Frame, event: Event) -> list[Any]:
    symbol = gradient(frame.graph, event.node)
    if event.after != 1.0:
        return [say.other_start(symbol, event.after)]
    return [sentences.seed(symbol, called(frame.graph, event.node))]


def _contribution(frame: Frame, event: Event) -> list[Any]:
    return contribution(frame, event, rule_of(frame, event))


def rule_of(frame: Frame, event: Event) -> Any:
    """The local derivative of a contribution as a formula or a number; None if it cannot be one."""
    consumer, position = edge_of(event)
    if len(consumer.parents) > parts.MOST_OPERANDS:
        return None
    trace = frame.trace
    row = trace.row_of(consumer) if isinstance(trace, MistakenTrace) else consumer.op
    rule = rules_of(frame.graph, frame.graph.nodes[consumer.index], row)[position]
    # A mistaken pass, or nan, may give another number than its rule.
    number = None if rule is None else parts.number_of(rule)
    agree = number == event.local or (number != number and event.local != event.local)
    return rule if agree else None


def contribution(frame: Frame, event: Event, rule: parts.Piece) -> list[Any]:
    """What is said about a contribution whose local derivative has this formula, None for none."""
    consumer, position = edge_of(event)
    made = definition(frame.graph, frame.graph.nodes[consumer.index])
    of = say.local_derivative(made, local(frame.graph, consumer, position))
    is_shown = rule is not None and parts.size_of(rule, LONGEST_FORMULA)
    symbols, *sides = product(frame.trace, frame.graph, event).sides
    names = called(frame.graph, consumer), called(frame.graph, event.node)
    return [
        Equation(of, *([rule, parts.in_numbers(rule)] if is_shown else []), event.local),
        Equation(say.passed_on(*names, symbols), *sides),
        _total(frame, event),
    ]


def _total(frame: Frame, event: Event) -> Equation:
    moments = arrivals(frame.trace, event.node)
    *sides, total = _sum(event)
    total = say.so_far(total, moments.index(frame.step) + 1, len(moments))
    return Equation(gradient(frame.graph, event.node), *sides, total)


def _sum(event: Event) -> list[Any]:
    """What a total comes from, and the total."""
    if event.before is None:
        return [event.after]
    if is_added(event):
        return [parts.add_up([event.before, event.product]), event.after]
    if event.after == event.product:
        return [say.replacing(event.after, event.before)]
    return [say.not_added(event.after, event.product)]


def _done(frame: Frame, event: Event) -> list[Any]:
    symbol, onward = gradient(frame.graph, event.node), _onward(frame.graph, event.node)
    if early := _still_to_come(frame, event.node):
        return [say.too_early(symbol, event.after, onward, early)]
    reason = _why_complete(frame, event.node)
    return [say.complete(Equation(symbol, event.after), reason, onward)]


def _still_to_come(frame: Frame, node: Node) -> list[Name]:
    """What a node of a mistaken pass has not waited for before it passed its gradient on."""
    if not isinstance(frame.trace, MistakenTrace):
        return []
    coming = [frame.trace[k].consumer for k in frame.trace.arrivals(node) if k >= frame.step]
    return [called(frame.graph, each) for each in dict.fromkeys(coming) if each is not None]


def _why_complete(frame: Frame, node: Node) -> Words:
    if node is frame.trace.root:
        return Words("it is the seed")
    events = [frame.trace[k - 1] for k in arrivals(frame.trace, node)]
    found = dict.fromkeys([event.consumer for event in events if event.consumer])
    return say.shares([called(frame.graph, each) for each in found], called(frame.graph, node))


def _onward(graph: Graph, node: Node) -> Words:
    if node.op is None:
        return Words()
    pairs = zip(node.parents, node.local_derivatives, strict=True)
    reached = dict.fromkeys([index for index, local in pairs if local is not None])
    return say.onward(called(graph, node), [title_of(graph.nodes[index]) for index in reached])


_TELL: dict[str, Callable[[Frame, Event], list[Any]]] = {
    FORWARD: _forward,
    SEED: _seed,
    CONTRIBUTION: _contribution,
    DONE: _done,
}
