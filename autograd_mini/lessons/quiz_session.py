"""The quiz in a terminal, or on a pipe: one question at a time."""

import sys
from typing import IO

from autograd_mini.engine.errors import AutogradMiniError
from autograd_mini.lessons.question import Question
from autograd_mini.lessons.quiz import NoMoreQuestions, Quiz
from autograd_mini.stepper.terminal import Terminal, edited_line
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import WIDTH, wrapped
from autograd_mini.text.parts import Words, listed

PROMPT = "(answer) "
FIRST_WORDS = "h: hint   s: skip   q: quit   An answer may be 3, -0.5, 3/4 or 2*a."
FULL_WORDS = {"h": "help", "s": "skip", "q": "quit"}
COMMANDS = {"h": "help", "help": "help", "hint": "help", "?": "help"}
COMMANDS |= {"s": "skip", "skip": "skip", "q": "quit", "quit": "quit", "exit": "quit"}


class Session:
    """Somebody who is asked the questions of a quiz, until its end, `q`, Ctrl-C or Ctrl-D.

    >>> from io import StringIO
    >>> from autograd_mini.lessons.quiz import quiz
    >>> series = quiz("a * b", a=3, b=2, seed=2, questions=1)
    >>> Session(series, StringIO("2\\n"), sys.stdout).run()  # doctest: +ELLIPSIS
    Question 1 of 1
    <BLANKLINE>
    a = 3, b = 2
    L = a * b = 6
    ...

    What does not come from a terminal is a script: its answers are printed after the prompt.
    """

    def __init__(
        self, series: Quiz, stdin: IO[str] | None = None, stdout: IO[str] | None = None
    ) -> None:
        self.series, self.stdin, self.stdout = series, stdin or sys.stdin, stdout or sys.stdout
        self.interactive = self.stdin.isatty()
        self.say = Terminal(self.stdout).say
        self.asked: list[Question] = []

    def run(self) -> None:
        """Ask all questions, and sum up."""
        if self.interactive:
            self.say(FIRST_WORDS, "dim")
        try:
            for question in self.series:
                self._ask(question)
        except (KeyboardInterrupt, EOFError):
            if self.interactive:
                self.say("")  # below the prompt
        except _Enough:
            pass
        except NoMoreQuestions as error:
            self.say("\n".join(["", *wrapped(f"That is all: {error}.")]))
        self.say(self.summary())

    # -- saying and hearing ------------------------------------------------------------------------

    def hear(self) -> str:
        """The next line, without the spaces around it; the end of the input is an `EOFError`."""
        if self.interactive and self.stdin is sys.stdin:
            return edited_line(PROMPT).strip()
        line = self.stdin.readline()
        if not line:
            raise EOFError
        self.say(f"{PROMPT}{line.strip()[:WIDTH]}")
        return line.strip()

    # -- one question ------------------------------------------------------------------------------

    def _ask(self, question: Question) -> None:
        number, count = len(self.asked) + 1, len(self.series)
        title = f"Question {number} of {count}"
        if question.comes_again:
            is_new = question.text not in {other.text for other in self.asked}
            title = "Once more, with other numbers" if is_new else "Once more"
        self.asked.append(question)
        if number > 1:
            self.say("")
        self.say(title, "bold")
        self.say(f"\n{question.text}")
        if taken := [name for name in FULL_WORDS if name in _names(question)]:
            letters, words = listed(taken), listed([FULL_WORDS[letter] for letter in taken])
            are = " is a name" if len(taken) == 1 else " are names"
            self.say(as_text(Words("Here ", letters, are, "; write ", words, ".")), "dim")
        while not self._is_done(question, self.hear()):
            pass

    def _is_done(self, question: Question, line: str) -> bool:
        command = "" if line in _names(question) else COMMANDS.get(line.lower(), "")
        if command == "quit":
            raise _Enough
        if command == "skip":
            question.skip()
            self.say(f"Skipped. It is {question.expected}.\n\n{question.derivation}")
            return True
        if command == "help" or not line:
            self.say("\n".join(wrapped(" ".join([question.hint, *_ways_on(question)]))))
            return False
        try:
            verdict = question.check(line)
        except (AutogradMiniError, ValueError, TypeError) as error:
            reason, *where = f"*** {error}".split("\n")  # of an expression, where it is wrong
            self.say("\n".join([*wrapped(reason, 4), *where]), "red")
            return False
        self.say(verdict.text, "green" if verdict else "")
        return True

    # -- the end -----------------------------------------------------------------------------------

    def summary(self) -> str:
        """How it went, and how to have the same questions again."""
        first = [question for question in self.asked if not question.comes_again]
        more = [question for question in self.asked if question.comes_again]
        lines = [f"{_right(first)} at the first try."]
        if any(question.verdicts or question.was_skipped for question in more):
            lines.append(f"Once more: {_right(more)}.")
        if found := _mistakes(self.asked):
            lines.append(f"Your numbers were those of: {', '.join(found)}.")
            lines.append(f"See one beside the right way: autograd-mini mistakes {found[0]}")
        lines.append(f"The same questions again: {self.series.options}")
        return "\n".join(["", *[cut for line in lines for cut in wrapped(line)]])


def _right(questions: list[Question]) -> str:
    done = [question for question in questions if question.verdicts or question.was_skipped]
    return f"{len([q for q in done if not q.is_missed])} of {len(done)} right"


class _Enough(Exception):
    """Somebody wants to leave."""


def _names(question: Question) -> set[str]:
    """The names that are answers here, or part of one, and so no commands."""
    if question.kind == "zero":
        return set()
    return {node.name for node in question.within.graph.nodes if not node.is_constant}


def _ways_on(question: Question) -> list[str]:
    """How to leave a question, in words that are no names in it."""
    names = _names(question)
    skips, quits = [next((w for w in (x, FULL_WORDS[x]) if w not in names), "") for x in "sq"]
    ways = [f"{word} {does}" for word, does in ((skips, "skips"), (quits, "quits")) if word]
    return [f"({', '.join(ways)})"] if ways else []


def _mistakes(asked: list[Question]) -> list[str]:
    """The mistakes that alone explain an answer, each once."""
    verdicts = [question.verdicts[0] for question in asked if question.verdicts]
    return list(dict.fromkeys([v.mistakes[0] for v in verdicts if len(v.mistakes) == 1]))
