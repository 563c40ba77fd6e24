"""The syntax of DynamoDB's expressions: from a text to a tree of operations, paths and placeholders.

Sources: the developer guide's pages Expressions.*; for what is an error and where, the tests of dynalite and of
ScyllaDB's Alternator.
"""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import NamedTuple

from helpers.offline.language.evaluate import Action, Operation, Path

_KEYWORDS = {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}
LOGIC = {"AND", "OR", "NOT"}
_COMPARATORS = {"=", "<>", "<", "<=", ">", ">="}
OPERATORS = LOGIC | _COMPARATORS | {"BETWEEN", "IN", "+", "-"}


class Invalid(Exception):
    """What is wrong with one expression."""


class Placeholder(NamedTuple):
    """ ":name" of ExpressionAttributeValues, where a tree does not hold the value yet."""

    name: str


class _Token(NamedTuple):
    """`kind` is "name", "#name", ":value", "index", a keyword in capitals, "<EOF>", or the text itself."""

    kind: str
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"(?P<name>[a-zA-Z][a-zA-Z0-9_]*)|(?P<placeholder>[#:][a-zA-Z0-9_]+)|(?P<index>[0-9]+)|<>|<=|>=|[^ \t\r\n]"
)


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        word = match.group()
        kind = match.lastgroup or word
        if kind == "placeholder":
            kind = "#name" if word[0] == "#" else ":value"
        elif kind == "name" and word.upper() in _KEYWORDS:
            kind = word.upper()
        yield _Token(kind, word, *match.span())
    yield _Token("<EOF>", "<EOF>", len(text), len(text))


@lru_cache(maxsize=1024)
def tree_of(text: str, kind: str):
    """The tree of an expression: a "condition", an "update" (actions) or a "projection" (paths).

    Raises:
        Invalid: it is none.
    """
    parser = _Parser(text, kind)
    tree = getattr(parser, kind)()
    parser.expect("<EOF>")
    return tree


class _Parser:
    """Reads an expression from left to right; each method reads what it is named after."""

    def __init__(self, text: str, kind: str) -> None:
        self.text, self.kind = text, kind
        self.tokens = list(_tokens(text))
        self.at = 0
        self.groups: set[tuple[int, int]] = set()  # where parentheses open and close

    def sees(self, *kinds: str) -> bool:
        return self.tokens[self.at].kind in kinds

    def skip(self, *kinds: str) -> str:
        """The kind of the next token, passed over, if it is one of these; else ""."""
        if not self.sees(*kinds):
            return ""
        self.at += 1
        return self.tokens[self.at - 1].kind

    def expect(self, *kinds: str) -> _Token:
        if not self.sees(*kinds):
            self.fail()
        self.at += 1
        return self.tokens[self.at - 1]

    def fail(self):
        """DynamoDB shows the token it can't take, and the text from the token before to the token after."""
        before, after = self.at - 1, self.at + 1
        start = self.tokens[before].start if before >= 0 else 0
        end = self.tokens[after].end if after < len(self.tokens) else len(self.text)
        raise Invalid(f'Syntax error; token: "{self.tokens[self.at].text}", near: "{self.text[start:end]}"')

    def listed(self, part, close: str = "") -> list:
        parts = [part()]
        while self.skip(","):
            parts.append(part())
        if close:
            self.expect(close)
        return parts

    def group(self, inner):
        """Something in parentheses; two pairs around the same thing are refused."""
        start = self.at
        self.expect("(")
        node = inner()
        self.expect(")")
        end = self.at - 1
        if (start + 1, end - 1) in self.groups:
            raise Invalid("The expression has redundant parentheses;")
        self.groups.add((start, end))
        return node

    # Conditions. In parentheses stands a condition or an operand: only what follows tells which. So `grouped` allows
    # an operand where a condition belongs, if a parenthesis closes behind it.

    def condition(self, grouped: bool = False):
        alternatives = [[self.term(grouped)]]
        while word := self.skip("AND", "OR"):
            if word == "OR":
                alternatives.append([])
            alternatives[-1].append(self.term())
        return _joined("OR", [_joined("AND", terms) for terms in alternatives])

    def term(self, grouped: bool = False):
        if self.skip("NOT"):
            negations = 1
            while self.skip("NOT"):
                negations += 1
            node = self.term()
            for _ in range(negations):
                node = Operation("NOT", (node,))
            return node
        if self.sees("("):
            left = self.group(partial(self.condition, grouped=True))
            if _is_condition(left):
                return left
            left = self.steps(left) if isinstance(left, Path) else left
        else:
            left = self.operand()
        return self.comparison(left, grouped)

    def comparison(self, left, grouped: bool):
        if sign := self.skip(*_COMPARATORS):
            return Operation(sign, (left, self.operand()))
        if self.skip("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            return Operation("BETWEEN", (left, low, self.operand()))
        if self.skip("IN"):
            self.expect("(")
            return Operation("IN", (left, *self.listed(self.operand, ")")))
        if isinstance(left, Operation) or grouped and self.sees(")"):
            return left
        return self.fail()

    def operand(self):
        if self.sees(":value"):
            return Placeholder(self.expect(":value").text)
        if self.sees("("):
            node = self.group(self.operand)
            # A condition may go on after a path in parentheses: (a.b).c
            return self.steps(node) if isinstance(node, Path) and self.kind == "condition" else node
        if self.sees("name") and self.tokens[self.at + 1].kind == "(":
            name = self.expect("name").text
            self.expect("(")
            return Operation(name, tuple(self.listed(self.operand, ")")))
        return self.path()

    def path(self) -> Path:
        return self.steps(Path((self.expect("name", "#name").text,)))

    def steps(self, path: Path) -> Path:
        steps = list(path.steps)
        while sign := self.skip(".", "["):
            if sign == ".":
                steps.append(self.expect("name", "#name").text)
            else:
                steps.append(int(self.expect("index").text))
                self.expect("]")
        return Path(tuple(steps))

    # Updates and projections.

    def update(self) -> tuple[tuple[str, list[Action]], ...]:
        sections = []
        while not sections or not self.sees("<EOF>"):
            name = self.expect("SET", "REMOVE", "ADD", "DELETE").kind
            sections.append((name, self.listed(partial(self.action, name))))
        return tuple(sections)

    def action(self, section: str) -> Action:
        path, operand = self.path(), None
        if section == "SET":
            self.expect("=")
            operand = self.sum()
        elif section != "REMOVE":
            operand = Placeholder(self.expect(":value").text)
        return Action(section, path, operand)

    def sum(self):
        left = self.group(self.sum) if self.sees("(") else self.operand()
        if isinstance(left, Operation) and left.name in ("+", "-"):
            return left
        sign = self.skip("+", "-")
        return Operation(sign, (left, self.operand())) if sign else left

    def projection(self) -> list[Path]:
        return self.listed(self.path)


def _joined(word: str, parts: list):
    return parts[0] if len(parts) == 1 else Operation(word, tuple(parts))


def _is_condition(node) -> bool:
    return isinstance(node, Operation) and node.name in OPERATORS
