"""The statements of PartiQL for DynamoDB, from text to what `partiql` executes.

Conditions become the same trees that expressions become. What DynamoDB's PartiQL does not have, and what it has
but this module does not read, is refused. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from helpers.offline.language import partiql_words as words
from helpers.offline.language import values
from helpers.offline.language.evaluate import Literal, Operation, Path, Steps
from helpers.offline.language.expressions import check_overlaps, check_types
from helpers.offline.language.syntax import Invalid
from helpers.offline.refusal import Refused

_TOKEN = re.compile(
    r"""(?P<comment>--[^\r\n]*|/\*[\s\S]*?\*/)|(?P<string>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"""
    r"""|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><<|>>|<>|!=|<=|>=|\|\||[^\s])"""
)
_COMPARATORS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}
_CHANGING = ("list_append", "set_add", "set_delete")
# The types that IS tells.
_TYPE_NAMES = {
    "NULL": ("NULL",),
    "BOOL": ("BOOL",),
    "BOOLEAN": ("BOOL",),
    "STRING": ("S",),
    "NUMERIC": ("N",),
    "BLOB": ("B",),
    "LIST": ("L",),
    "STRUCT": ("M",),
    "TUPLE": ("M",),
}
_MAX_INDEX = 2**31 - 1


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


@dataclass
class Change:
    """One SET (with its value) or REMOVE of an UPDATE."""

    path: Path
    value: object | None


@dataclass
class Statement:
    """A statement.

    Attributes:
        verb: "SELECT", "INSERT", "UPDATE", "DELETE" or "EXISTS".
        table, index: the names it is about.
        paths: what a SELECT gives; None for "*".
        item: what an INSERT puts, in DynamoDB JSON.
        changes: those of an UPDATE.
        where: the condition's tree, or None.
        order: the attributes of ORDER BY, and whether they ascend; None without one.
        returning: such as "ALL OLD"; None without RETURNING.
    """

    verb: str
    table: str
    index: str | None = None
    paths: tuple[Steps, ...] | None = None
    item: dict | None = None
    changes: list[Change] = field(default_factory=list)
    where: Operation | None = None
    order: dict[str, bool] | None = None
    returning: str | None = None


def read(text: str, parameters: list[dict]) -> Statement:
    """The statement that a text and its parameters are.

    Raises:
        Refused: they are none that the offline service knows.
    """
    reader = _Reader(text, parameters)
    statement = reader.statement()
    reader.skip(";")
    reader.end()
    return statement


class _Reader:
    def __init__(self, text: str, parameters: list[dict]) -> None:
        self.tokens = [*_tokens(text), _Token("end", "", len(text))]
        self.at, self.parameters, self.used = 0, parameters, 0

    # --- tokens

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def word(self) -> str:
        return self.token.text.upper() if self.token.kind == "name" else ""

    def skip(self, *texts: str) -> str:
        """The next token in capitals, passed over, if it is one of these words or signs; else ""."""
        found = self.word() or (self.token.text if self.token.kind == "sign" else "")
        if found and found in texts:
            self.at += 1
            return found
        return ""

    def expect(self, *texts: str) -> str:
        return self.skip(*texts) or self.fail()

    def end(self) -> None:
        if self.token.kind != "end":
            self.fail()
        if self.used != len(self.parameters):
            raise Refused("Number of parameters in request and statement don't match.")

    def fail(self, what: str = ""):
        shown = self.token.text or "<EOF>"
        what = what or f"Unexpected term: {shown} at {self.token.start + 1}"
        raise Refused(f"Statement wasn't well formed, can't be processed: {what}")

    def name(self) -> str:
        token = self.token
        if token.kind not in ("name", "quoted"):
            self.fail()
        self.at += 1
        return token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text

    def listed(self, part, close: str) -> list:
        if self.skip(close):
            return []
        parts = [part()]
        while self.skip(","):
            parts.append(part())
        self.expect(close)
        return parts

    # --- statements

    def statement(self) -> Statement:
        verb = self.expect("SELECT", "INSERT", "UPDATE", "DELETE", "EXISTS", "FROM")
        return self.update_from() if verb == "FROM" else getattr(self, verb.lower())()

    def exists(self) -> Statement:
        self.expect("(")
        self.expect("SELECT")
        statement = self.select()
        if statement.index or statement.order:
            self.fail()
        self.expect(")")
        statement.verb = "EXISTS"
        return statement

    def select(self) -> Statement:
        paths = self.selected()
        self.expect("FROM")
        statement = Statement("SELECT", self.table(), paths=paths and tuple(path.steps for path in paths))
        if self.skip("."):
            statement.index = self.name()
        self.only_source()
        if self.skip("WHERE"):
            statement.where = self.condition()
        if self.skip("ORDER"):
            self.expect("BY")
            ordered = [self.ordered()]
            while self.skip(","):
                ordered.append(self.ordered())
            statement.order = dict(ordered)
        if clause := words.CLAUSES.get(self.word()):
            raise Refused(words.CLAUSE.format(clause))
        return statement

    def selected(self) -> list[Path] | None:
        """What a SELECT gives; None for everything."""
        if self.word() in ("VALUE", "PIVOT") and self.tokens[self.at + 1].kind in ("name", "quoted"):
            if self.tokens[self.at + 1].text.upper() != "FROM":
                raise Refused(words.VALUE_OR_PIVOT)
        if self.word() == "DISTINCT" and self.tokens[self.at + 1].text.upper() != "FROM":
            raise Refused(words.CLAUSE.format("DISTINCT"))
        if self.skip("*"):
            if self.skip(","):
                raise Refused(words.STAR_AND_MORE)
            return None
        paths = [self.path()]
        self.no_alias("FROM")
        while self.skip(","):
            if self.skip("*"):
                raise Refused(words.STAR_AND_MORE)
            paths.append(self.path())
            self.no_alias("FROM")
        shown = [shown_name(path.steps) for path in paths]
        if twice := [name for number, name in enumerate(shown) if name in shown[:number]]:
            raise Refused(words.SELECTED_TWICE.format(twice[0]))
        return paths

    def no_alias(self, *next_words: str) -> None:
        """Refuse another name for what was read, with AS or without."""
        if self.word() == "AS" or self.token.kind in ("name", "quoted") and self.word() not in next_words:
            raise Refused(words.ALIAS)

    def only_source(self) -> None:
        """A SELECT reads one table or one index of it."""
        if self.skip("."):
            raise Refused(words.SOURCE_PATH)
        if self.token.text == "," or self.word() in words.JOINS:
            raise Refused(words.SEVERAL_SOURCES)
        self.no_alias("WHERE", "ORDER", *words.CLAUSES)

    def table(self) -> str:
        """A table's name or ARN."""
        name = self.name()
        if not name.startswith("arn:") and not words.TABLE_NAME.fullmatch(name):
            raise Refused(words.BAD_TABLE_NAME)
        return name

    def written_table(self) -> str:
        """The table that a statement writes to: no index of it."""
        name = self.table()
        if self.token.text == ".":
            raise Refused(words.ON_INDEX)
        return name

    def ordered(self) -> tuple[str, bool]:
        return self.name(), self.skip("ASC", "DESC") != "DESC"

    def insert(self) -> Statement:
        self.expect("INTO")
        statement = Statement("INSERT", self.written_table())
        if self.word() == "VALUES" or self.token.text == "<<":
            raise Refused(words.SEVERAL_INSERTED)
        self.expect("VALUE")
        item = self.value()
        if "M" not in item:
            raise Refused(words.NO_STRUCT)
        if self.skip("RETURNING"):
            raise Refused(words.INSERT_RETURNS)
        statement.item = item["M"]
        return statement

    def update(self) -> Statement:
        statement = Statement("UPDATE", self.written_table())
        statement.changes = self.changes()
        self.expect("WHERE")
        statement.where = self.condition()
        statement.returning = self.returns()
        return statement

    def update_from(self) -> Statement:
        """The other order of an update: FROM table WHERE condition SET path = value."""
        statement = Statement("UPDATE", self.written_table())
        self.expect("WHERE")
        statement.where = self.condition()
        statement.changes = self.changes()
        statement.returning = self.returns()
        return statement

    def changes(self) -> list[Change]:
        changes = []
        while action := self.skip("SET", "REMOVE"):
            changes.append(self.change(action))
            while self.skip(","):
                changes.append(self.change(action))
        if not changes:
            self.fail("Expected data manipulation")
        try:
            check_overlaps(tuple(change.path.steps for change in changes))
        except Invalid as error:
            raise Refused(str(error)) from None
        return changes

    def change(self, action: str) -> Change:
        path = self.path()
        if action == "REMOVE":
            return Change(path, None)
        self.expect("=")
        return Change(path, self.sum())

    def delete(self) -> Statement:
        self.expect("FROM")
        statement = Statement("DELETE", self.written_table())
        self.expect("WHERE")
        statement.where = self.condition()
        statement.returning = self.returns()
        if statement.returning not in (None, "ALL OLD"):
            raise Refused(words.DELETE_RETURNS.format(statement.returning))
        return statement

    def returns(self) -> str | None:
        if not self.skip("RETURNING"):
            return None
        which = f"{self.expect('ALL', 'MODIFIED')} {self.expect('OLD', 'NEW')}"
        if not self.skip("*"):
            raise Refused(words.RETURNS)
        if self.token.text == ",":
            raise Refused(words.RETURNS_MORE)
        return which

    # --- conditions

    def condition(self) -> Operation:
        parts = [self.conjunction()]
        while self.skip("OR"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Operation("OR", tuple(parts))

    def conjunction(self) -> Operation:
        parts = [self.term()]
        while self.skip("AND"):
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Operation("AND", tuple(parts))

    def term(self) -> Operation:
        if self.skip("NOT"):
            return Operation("NOT", (self.term(),))
        if self.skip("("):
            inner = self.condition()
            self.expect(")")
            return inner
        if (name := self.word().lower()) in _FUNCTIONS and self.tokens[self.at + 1].text == "(":
            self.at += 2
            args = self.listed(self.operand, ")")
            if len(args) != _FUNCTIONS[name] or name == "attribute_type" and not isinstance(args[1], Literal):
                self.fail()
            if name.endswith("exists") and not isinstance(args[0], Path):
                self.fail()
            return _checked(name, args)
        left = self.operand()
        if self.token.kind == "end" or self.word() in ("AND", "OR", "ORDER", "RETURNING"):
            raise Refused(words.NO_CONDITION)
        return self.comparison(left)

    def comparison(self, left) -> Operation:
        if self.word() == "NOT":
            self.at += 1
            if self.word() not in ("IN", "BETWEEN"):
                self.fail()
            return Operation("NOT", (self.comparison(left),))
        if sign := self.skip(*_COMPARATORS):
            return _checked(_COMPARATORS[sign], [left, self.operand()])
        if self.skip("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            return _checked("BETWEEN", [left, low, self.operand()])
        if self.skip("IN"):
            close = {"[": "]", "(": ")"}[self.expect("[", "(")]
            listed = self.listed(self.operand, close)
            if not listed or not isinstance(left, Path):
                raise Refused(words.IN)
            return Operation("IN", (left, *listed))
        if sign := self.skip(*words.OTHER_OPERATORS):
            raise Refused(words.CONDITION_OPERATOR.format(sign))
        self.expect("IS")
        negated = bool(self.skip("NOT"))
        if self.word() in words.OTHER_TYPES:
            raise Refused(words.IS_TYPE.format(self.word()))
        if isinstance(left, Operation):
            raise Refused(words.IS_OPERAND)
        kind = self.expect("MISSING", *_TYPE_NAMES)
        if kind == "MISSING":
            return Operation("attribute_exists" if negated else "attribute_not_exists", (left,))
        tests = [Operation("attribute_type", (left, Literal({"S": one}))) for one in _TYPE_NAMES[kind]]
        test = tests[0] if len(tests) == 1 else Operation("OR", tuple(tests))
        return Operation("NOT", (test,)) if negated else test

    def operand(self):
        if self.word() == "SIZE" and self.tokens[self.at + 1].text == "(":
            self.at += 2
            path = self.path()
            self.expect(")")
            return Operation("size", (path,))
        if self.word() == "MISSING":
            raise Refused(words.MISSING)
        if self.token.kind == "name" and self.tokens[self.at + 1].text == "(":
            if self.word().lower() not in (*_FUNCTIONS, *_CHANGING):
                raise Refused(words.FUNCTION.format(self.token.text))
            self.fail()
        if self.token.kind in ("name", "quoted") and self.word() not in ("TRUE", "FALSE", "NULL"):
            return self.path()
        return Literal(self.value())

    # --- what SET takes

    def sum(self):
        left = self.addend()
        if sign := self.skip("+", "-"):
            return _checked(sign, [left, self.addend()])
        if sign := self.skip(*words.OTHER_OPERATORS):
            raise Refused(words.UPDATE_OPERATOR.format(sign))
        return left

    def addend(self):
        name = self.word().lower()
        if name in _CHANGING and self.tokens[self.at + 1].text == "(":
            self.at += 2
            args = self.listed(self.addend, ")")
            if len(args) != 2:
                raise Refused(words.SET_COUNT.format(name.upper())) if name.startswith("set") else self.fail()
            return _checked(name, args)
        value = self.operand()
        return self.fail() if isinstance(value, Operation) else value

    # --- paths and values

    def path(self) -> Path:
        steps: list[str | int] = [self.name()]
        while sign := self.skip(".", "["):
            if self.skip("*"):
                raise Refused(words.UNPIVOT if sign == "." else words.WILDCARD)
            if sign == ".":
                steps.append(self.name())
            else:
                if self.token.kind != "number" or not self.token.text.isdecimal():
                    self.fail()
                # Python reads no whole number of more than 4,300 digits; a list has not so many elements.
                steps.append(min(int(self.token.text.lstrip("0")[:20] or 0), _MAX_INDEX))
                self.at += 1
                self.expect("]")
        if "" in steps:
            raise Refused(words.EMPTY_STEP)
        return Path(tuple(steps))

    def value(self) -> dict:
        value = self.raw_value()
        values.check_form(value)
        values.normalize(value)
        return value

    def raw_value(self) -> dict:
        token = self.token
        if token.kind == "string":
            self.at += 1
            return {"S": token.text[1:-1].replace("''", "'")}
        if word := self.skip("TRUE", "FALSE", "NULL"):
            return {"NULL": True} if word == "NULL" else {"BOOL": word == "TRUE"}
        sign = self.skip("?", "-", "[", "{", "<<")
        if sign == "?":
            return self.parameter()
        if sign == "[":
            return {"L": self.listed(self.raw_value, "]")}
        if sign == "{":
            return {"M": _members(self.listed(self.pair, "}"))}
        if sign == "<<":
            return _set(self.listed(self.raw_value, ">>"))
        if self.token.kind != "number":
            self.fail()
        self.at += 1
        return {"N": sign + self.tokens[self.at - 1].text}

    def parameter(self) -> dict:
        if self.used == len(self.parameters):
            raise Refused("Number of parameters in request and statement don't match.")
        self.used += 1
        return self.parameters[self.used - 1]

    def pair(self) -> tuple[str, dict]:
        key = self.raw_value()
        if "S" not in key:
            self.fail()
        self.expect(":")
        return key["S"], self.raw_value()


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "comment":
            yield _Token(match.lastgroup, match.group(), match.start())


def _checked(name: str, args: list) -> Operation:
    """An operation, once its operands are of the types that it takes, as in any expression."""
    try:
        check_types(name, tuple(args))
    except Invalid as error:
        raise Refused(str(error)) from None
    return Operation(name, tuple(args))


def _members(pairs: list[tuple[str, dict]]) -> dict[str, dict]:
    names = [name for name, _ in pairs]
    if twice := [name for number, name in enumerate(names) if name in names[:number]]:
        raise Refused(words.KEY_TWICE.format(twice[0]))
    return dict(pairs)


def shown_name(steps: Steps) -> str:
    """The name under which a SELECT gives a path: its last name and the indexes behind it, such as "b[0]"."""
    last = max(at for at, step in enumerate(steps) if isinstance(step, str))
    return steps[last] + "".join(f"[{index}]" for index in steps[last + 1 :])


def _set(members: list[dict]) -> dict:
    kinds = {values.kind_of(member) for member in members}
    if not members:
        raise Refused(words.EMPTY_BAG)
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise Refused(words.BAG)
    kind = kinds.pop()
    return {f"{kind}S": [member[kind] for member in members]}
