"""The interactive prompt on a stepper, with pdb's letters where they fit."""

import cmd
import math
import re
import sys
import textwrap
from itertools import pairwise
from typing import IO

from autograd_mini.drawing.draw import draw
from autograd_mini.drawing.snapshots import graph_to_print, snapshot
from autograd_mini.drawing.text_views import tree_text
from autograd_mini.engine.errors import AutogradMiniError
from autograd_mini.engine.value import Value
from autograd_mini.explaining.explain import explain
from autograd_mini.stepper import story
from autograd_mini.stepper.frames import lines_of
from autograd_mini.stepper.step import Stepper
from autograd_mini.stepper.terminal import Terminal
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import WIDTH
from autograd_mini.text.names import cut_name
from autograd_mini.text.parts import Arrows, Equation, Piece, Words, name_of, product, shortened
from autograd_mini.text.sentences import definition, is_constant
from autograd_mini.tracing.events import CONTRIBUTION, DONE, FORWARD, Event
from autograd_mini.tracing.graph import Node, caller_names
from autograd_mini.tracing.trace import Trace

AROUND = 5  # events shown before and after the current one
LONGEST_PATH = 20  # nodes
PROMPT = "(chain rule) "
FIRST_WORDS = "n: next event   back: one back   c: run to the end   h: help   q: quit"

# The command with its short forms, what it takes, what it does, an example.
COMMANDS = [
    ("next, n, step, s", "", "go one event on", "n"),
    ("back", "", "go one event back", "back"),
    ("continue, c, run", "", "go on to the next breakpoint, or to the end", "c"),
    ("until", "NODE", "go on to the next event at this node", "until a"),
    ("goto", "STEP or NODE", "go to a step, or to where a node was computed", "goto 5"),
    ("up, u", "", "go to the result that uses the current node", "u"),
    ("down, d", "[OPERAND]", "go to an operand of the current node (1)", "d 2"),
    ("reset", "", "go to the start; numbers that were set stay", "reset"),
    ("break, b", "[NODE or OPERATION]", "let c stop there; alone, list where c stops", "b *"),
    ("watch", "NODE", "show this node's numbers at every step", "watch a"),
    ("clear", "", "forget all breakpoints and watches", "clear"),
    ("set", "LEAF NUMBER", "start over with another number for a leaf", "set a 3.5"),
    ("print, p", "[NODE]", "show a node's numbers; alone, the current step", "p a"),
    ("list, l", "[NODE]", "show what came in at a node; alone, events here", "l a"),
    ("where, w", "", "show the path from the result to this node", "w"),
    ("explain", "[NODE]", "explain all gradients, or that of a node", "explain a"),
    ("draw", "[FILE]", "draw the graph here, or into a file", "draw graph.svg"),
    ("help, h, ?", "[COMMAND]", "show the commands, or one with an example", "h break"),
    ("quit, q, exit", "", "leave; so does Ctrl-D", "q"),
]


def debug(v: Value | Trace) -> None:
    """Step through the two passes of a value at an interactive prompt; `h` there lists commands.

    >>> from io import StringIO
    >>> terminal, sys.stdin = sys.stdin, StringIO("n\\nq\\n")  # what somebody types
    >>> a = Value(3.0)
    >>> debug(a * a)
    step 0 of 6 · start
      The numbers that you gave, the leaves, are there; – is not computed yet.
      v1 = a * a
                    a   v1
        value       3    –
        gradient    –    –
    (chain rule) n
    step 1 of 6 · forward pass · compute v1
      v1 = a * a = 3 * 3 = 9
                    a   v1
        value       3    9
        gradient    –    –
    (chain rule) q
    >>> sys.stdin = terminal

    Raises what `step` raises.
    """
    run_prompt(Stepper(v, caller_names(depth=2)))


def run_prompt(
    stepper: Stepper, stdin: IO[str] | None = None, stdout: IO[str] | None = None
) -> int:
    """The prompt on this stepper, until `q`, the end of the input or Ctrl-C; gives 0.

    >>> from io import StringIO
    >>> a = Value(3.0, "a")
    >>> run_prompt(Stepper(a * a, {}).goto(2), StringIO("p a\\nq\\n"), sys.stdout)
    step 2 of 6 · backward pass · the seed
      dv1/dv1 = 1, the start: v1 changes as v1 does.
                    a   v1
        value       3    9
        gradient    –    1
    (chain rule) p a
    a = 3, a leaf
    dv1/da = –, not computed yet
    (chain rule) q
    0

    What does not come from a terminal is a script: its commands are printed before the answers.
    """
    prompt = Prompt(stepper, stdin or sys.stdin, stdout or sys.stdout)
    try:
        prompt.cmdloop()
    except KeyboardInterrupt:
        prompt.say("")
    return 0


class Prompt(cmd.Cmd):
    """The commands; each one moves the stepper, or says something."""

    doc_header = "commands"

    def __init__(self, stepper: Stepper, stdin: IO[str], stdout: IO[str]) -> None:
        super().__init__(stdin=stdin, stdout=stdout)
        self.stepper = stepper
        self.interactive = stdin.isatty()
        self.use_rawinput = stdin is sys.stdin and self.interactive  # history and Tab
        self.prompt = PROMPT if self.interactive else ""
        self.say = Terminal(stdout).say

    # -- saying things -----------------------------------------------------------------------------

    def write(self, *parts: Piece) -> None:
        """Say equations and sentences."""
        self.say("\n".join([line for part in parts for line in lines_of(part)]))

    def error(self, text: str) -> None:
        """Say what was wrong, as pdb does."""
        lines = textwrap.wrap(f"*** {text}", WIDTH, subsequent_indent="    ")
        self.say("\n".join(lines), "red")

    def show(self, stepper: Stepper) -> None:
        """Print the step at which the stepper is, after a move of it."""
        title, *lines = repr(stepper).split("\n")
        self.say(title, "bold")
        for line in lines:
            self.say(line, "cyan" if line.startswith("  watch ") else "")

    # -- what cmd.Cmd asks for ---------------------------------------------------------------------

    def preloop(self) -> None:
        self.show(self.stepper)
        if self.interactive:
            self.say(FIRST_WORDS, "dim")

    def onecmd(self, line: str) -> bool:
        try:
            return bool(super().onecmd(line))
        except BrokenPipeError:  # nobody is there to be told
            raise
        except (AutogradMiniError, ValueError, TypeError, OSError) as error:
            self.error(str(error))
        except Exception as error:  # an operation of the user's own may raise anything
            self.error(f"{type(error).__name__}: {error}")
        return False

    def precmd(self, line: str) -> str:
        if not self.interactive and line not in ("", "EOF"):  # a terminal has shown it already
            self.say(f"{PROMPT}{line}")
        return line

    def default(self, line: str) -> None:
        names = ", ".join([names.split(",")[0] for names, *_ in COMMANDS])
        self.error(f"there is no command {line.split()[0]!r}; the commands are {names}")

    def get_names(self) -> list[str]:
        return [name for name in super().get_names() if name != "do_EOF"]

    def completedefault(self, text: str, line: str, begin: int, end: int) -> list[str]:
        """The rest of each node name that begins as the argument does, brackets included."""
        typed = line[:end].lstrip().partition(" ")[2].lstrip()
        kept = len(typed) - len(text)
        names = [node.name for node in self.stepper.trace.graph.nodes if not node.is_constant]
        return [name[kept:] for name in names if name.startswith(typed)]

    def do_EOF(self, argument: str) -> bool:  # noqa: N802 (the name that cmd.Cmd gives it)
        if self.interactive:
            self.say("")
        return True

    # -- moving ------------------------------------------------------------------------------------

    def do_next(self, argument: str) -> None:
        if self.stepper.k == len(self.stepper):
            self.say("This is the end; back goes back, reset to the start.")
        else:
            self.show(self.stepper.next())

    def do_back(self, argument: str) -> None:
        if self.stepper.k == 0:
            self.say("This is the start; n goes on.")
        else:
            self.show(self.stepper.back())

    def do_continue(self, argument: str) -> None:
        self.show(self.stepper.run())

    def do_until(self, argument: str) -> None:
        self.show(self.stepper.until(_needed(argument, "until")))

    def do_goto(self, argument: str) -> None:
        where = _needed(argument, "goto")
        self.show(self.stepper.goto(int(where) if re.fullmatch(r"-?\d+", where) else where))

    def do_reset(self, argument: str) -> None:
        self.show(self.stepper.reset())

    def do_up(self, argument: str) -> None:
        here = self._here()
        if found := _consumer(self.stepper, here):
            self._go(found)
        else:
            name = story.called(self.stepper.graph, here)
            self.write(Words("Nothing uses ", name, ": it is the result."))

    def do_down(self, argument: str) -> None:
        here = self._here()
        below = [self.stepper.trace.graph.nodes[index] for index in here.parents]
        if not below:
            self.write(
                Words(story.called(self.stepper.graph, here), " is a leaf: nothing is below it.")
            )
        elif argument in map(str, range(1, len(below) + 1)) or not argument:
            self._go(below[int(argument or 1) - 1])
        else:
            self.error(f"{argument!r} is no operand; they have the numbers 1..{len(below)}")

    def _here(self) -> Node:
        event = self.stepper.event
        return event.node if event else self.stepper.trace.root

    def _go(self, node: Node) -> None:
        """To where a node was computed in the pass at hand: its number, or its gradient."""
        event = self.stepper.event
        kind = FORWARD if event is None or event.kind == FORWARD else DONE
        moments = enumerate(self.stepper.trace, 1)
        k = next((k for k, event in moments if event.kind == kind and event.node is node), None)
        if k is None:
            kind = "constant" if node.is_constant else "leaf" if node.is_leaf else "result"
            name = name_of(self.stepper.graph.nodes[node.index])
            self.write(Words(name, f" is a {kind}: no event of this pass computes it."))
        else:
            self.show(self.stepper.goto(k))

    # -- breakpoints, watches, numbers -------------------------------------------------------------

    def do_break(self, argument: str) -> None:
        if argument:
            self.stepper.break_at(argument)
        where = ", ".join(self.stepper.breakpoints)
        none = "There are no breakpoints; b NODE makes one."
        self.say(f"c will stop at: {where}" if where else none)

    def do_watch(self, argument: str) -> None:
        self.show(self.stepper.watch(_needed(argument, "watch")))

    def do_clear(self, argument: str) -> None:
        self.stepper.clear()
        self.say("There are no breakpoints and no watches now.")

    def do_set(self, argument: str) -> None:
        found = re.fullmatch(r"(.*?\S)(?:\s*=\s*|\s+)(\S+)", argument)
        if not found:
            raise ValueError("set needs a leaf and a number, for example: set a 3.5")
        try:
            number = float(found[2])
        except ValueError:
            raise ValueError(f"{found[2]!r} is no number; write for example: set a 3.5") from None
        self.show(self.stepper.set(found[1], number))

    # -- looking -----------------------------------------------------------------------------------

    def do_print(self, argument: str) -> None:
        if not argument:
            self.show(self.stepper)
            return
        node = self.stepper.node(argument)
        self.write(_number(self.stepper, node))
        if not node.is_constant:
            self.write(_gradient(self.stepper, node))

    def do_list(self, argument: str) -> None:
        if argument:
            self.write(*_ledger(self.stepper, self.stepper.node(argument)))
        else:
            self.say("\n".join(_around(self.stepper)))

    def do_where(self, argument: str) -> None:
        path = [self._here()]
        while (above := _consumer(self.stepper, path[-1])) is not None:
            path.append(above)
        self.write(*_path_parts(self.stepper, path[::-1]))

    def do_explain(self, argument: str) -> None:
        root = self.stepper.own(self.stepper.trace.root)
        self.say(str(explain(root, self.stepper.own(argument) if argument else None)))

    def do_draw(self, argument: str) -> None:
        if argument and argument != "-":
            self.say(f"Wrote {draw(self.stepper.trace, at=self.stepper).save(argument)}")
        else:
            now = snapshot(self.stepper.trace, self.stepper.k)
            self.say(tree_text(graph_to_print(now)))

    def do_help(self, argument: str) -> None:
        if not argument:
            lines = [f"{f'{c[0]} {c[1]}'.rstrip():<29} {c[2]}" for c in COMMANDS]
            self.say("\n".join([*lines, "An empty line repeats the last one."]))
            return
        for names, takes, does, example in COMMANDS:
            if argument in names.split(", "):
                self.say(f"{f'{names} {takes}'.rstrip()}\n    {does}\n    example: {example}")
                return
        self.default(argument)

    def do_quit(self, argument: str) -> bool:
        return True

    do_n = do_s = do_step = do_next
    do_c = do_run = do_continue
    do_u, do_d, do_b, do_w = do_up, do_down, do_break, do_where
    do_p, do_l, do_h = do_print, do_list, do_help
    do_q = do_exit = do_quit


def _needed(argument: str, command: str) -> str:
    if argument:
        return argument
    takes, example = next((c[1], c[3]) for c in COMMANDS if c[0].split(",")[0] == command)
    raise ValueError(f"{command} needs a {takes}, for example: {example}")


# -- one node --------------------------------------------------------------------------------------


def _number(stepper: Stepper, node: Node) -> Equation | Words:
    """What a node is, with its number: an equation, or a sentence."""
    name = story.called(stepper.graph, node)
    if node.is_constant:
        return is_constant(name.name)
    if node.is_leaf:
        return Words(Equation(name, node.data), ", a leaf")
    if stepper.frame.value(node) is None:
        made = definition(stepper.graph, stepper.graph.nodes[node.index])
        return Words(made, " = –, not computed yet")
    return story.computed(stepper.graph, node)


def _gradient(stepper: Stepper, node: Node) -> Words:
    trace, gradient = stepper.trace, stepper.frame.gradient(node)
    found = Equation(story.gradient(stepper.graph, node), gradient)
    if gradient is None:
        never = trace.gradient(node) is None
        why = "and no gradient ever comes here" if never else "not computed yet"
        return Words(found, f", {why}")
    if node is trace.root:
        return Words(found, ", the seed")
    moments = story.arrivals(trace, node)
    here = len([k for k in moments if k <= stepper.k])
    return Words(found, f", with {here} of {len(moments)} contributions")


def _ledger(stepper: Stepper, node: Node) -> list[Equation | Words]:
    """What came in at a node and what is still to come, an equation for each."""
    trace, symbol = stepper.trace, story.gradient(stepper.graph, node)
    if trace.gradient(node) is None:
        name = name_of(stepper.graph.nodes[node.index])
        return [Words("Nothing comes in at ", name, ": no gradient passes to it.")]
    if node is trace.root:
        found = Equation(symbol, trace.gradient(node))
        return [Words(found, ": the seed, and nothing else, for nothing uses the result.")]
    moments, total = story.arrivals(trace, node), stepper.frame.gradient(node)
    complete = bool(moments) and moments[-1] <= stepper.k
    last = Words(Equation(symbol, total), ", the sum") if complete else None
    return [
        Words("What comes in at ", story.called(stepper.graph, node), ":"),
        *[_entry(stepper, k) for k in moments],
        Words("  ", last or Words(symbol, " so far: ", total)),
    ]


def _entry(stepper: Stepper, k: int) -> Equation:
    event = stepper.trace[k - 1]
    consumer, _ = story.edge_of(event)
    symbols, numbers, product = story.product(stepper.trace, stepper.graph, event).sides
    start = Words(f"  step {k}, from ", story.called(stepper.graph, consumer), ": ", symbols)
    if k > stepper.k:
        return Equation(start, None)
    return Equation(start, numbers, Words(product, ", total ", event.after))


# -- the surroundings ------------------------------------------------------------------------------


def _around(stepper: Stepper) -> list[str]:
    """The events before and after the current one, which has an arrow."""
    lines, digits = [], len(str(len(stepper)))
    for k in range(max(stepper.k - AROUND, 0), min(stepper.k + AROUND, len(stepper)) + 1):
        said = Words("start")
        if k:
            event = stepper.trace[k - 1]
            outcome = [": ", _outcome(stepper, event)] if k <= stepper.k else []
            said = Words(story.title(stepper.graph, event), *outcome)
        start = f"{'->' if k == stepper.k else '  '} {k:>{digits}}  "
        lines.append(start + cut_name(as_text(said), WIDTH - len(start)))
    return lines


def _outcome(stepper: Stepper, event: Event) -> Equation | Words:
    if event.kind == FORWARD:
        return Equation(story.called(stepper.graph, event.node), event.after)
    symbol = story.gradient(stepper.graph, event.node)
    if event.kind == CONTRIBUTION and story.is_added(event):
        return Words(symbol, " += ", event.product)
    return Equation(symbol, event.after)


def _consumer(stepper: Stepper, node: Node) -> Node | None:
    """The result that uses a node, by way of which its first contribution comes."""
    event = stepper.event
    if event is not None and event.consumer is not None and event.node is node:
        return event.consumer
    entries = stepper.trace.ledger(node)
    return entries[0].consumer if entries else None


def _path_parts(stepper: Stepper, path: list[Node]) -> list[Equation | Words]:
    """The nodes from the root down to one, and the product of the local derivatives on the way."""
    names = [story.called(stepper.graph, node) for node in path]
    if len(path) == 1:
        return [Words(names[0], ": the result, where the backward pass starts")]
    more = f"... ({len(names) - LONGEST_PATH:,} more) ..."
    way = Words("path: ", Arrows(shortened(names, LONGEST_PATH, more)))
    if len(path) > LONGEST_PATH:
        return [way]
    edges = [(above, above.parents.index(below.index)) for above, below in pairwise(path)]
    numbers = [above.local_derivatives[position] or 0.0 for above, position in edges]
    symbols = product([story.local(stepper.graph, *edge) for edge in edges])
    start = Words("this path contributes ", symbols)
    return [way, Equation(start, product(numbers), math.prod(numbers))]
