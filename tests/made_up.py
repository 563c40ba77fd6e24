"""Requests that nobody thought of: right ones of each operation, bent at a few places by the rules of the service's model.

Every choice is made by one `random.Random`, so that a seed tells the request, and hypothesis can cut a failure down.
"""

import base64
import json
from copy import deepcopy
from random import Random

from asking import index, item, n, s
from botocore.model import Shape

from helpers.offline import forms

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/ttt"
STREAM = f"{ARN}/stream/2026-01-01T00:00:00.000"
NAMES = [
    "pk",
    "sk",
    "x",
    "l",
    "m",
    "t",
    "g",
    "h",
    "#a",
    ":v",
    ":w",
    "by_g",
    "by_h",
    "",
    "a.b",
    "\ud800",
    "é",
    "n" * 256,
]
TABLES = ["ttt", "ttt", "ttt", "num", "none", ARN, f"{ARN}/index/by_g", "arn:aws:dynamodb:::", "a", ""]
NUMBERS = [
    "0",
    "-0",
    "1",
    "-1.5",
    "1e3",
    "0001.5000",
    "1e125",
    "9.9e125",
    "1e126",
    "1e-130",
    "1e-131",
    "1e9223372036854775808",
]
NUMBERS += [
    "-1e-9223372036854775809",
    "NaN",
    "Infinity",
    "",
    " 1",
    "1_0",
    "\u0661",
    "0x1",
    "9" * 38,
    "9" * 39,
    ".",
    "0e999",
]
TEXTS = [
    "",
    "a",
    "b",
    "1",
    "\ud83d",
    "\U0001f600",
    "a" * 1025,
    "a" * 2049,
    "\x00",
    "S",
    "N",
    "NULL",
    "2026-03-01",
]
BINARIES = ["", "AA==", "/w==", "AQID", "A", "%%%%", "AB=="]
SHARD = "shardId-00000001767225600000-abcdef01"
ANYTHING = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    1.5,
    1e300,
    float("nan"),
    float("inf"),
    "",
    "a",
    [],
    {},
    [[]],
    [None],
]
ANYTHING += [{"": None}, {"S": "a"}, [{"S": "a"}]]

KEY = {"TableName": "ttt", "Key": item("a", "1")}
VALUES = {"ExpressionAttributeValues": {":v": n(1), ":w": s("a")}}
SET = {"UpdateExpression": "SET x = :v", "ExpressionAttributeValues": {":v": n(1)}}
SELECT = {"Statement": "SELECT * FROM ttt WHERE pk='a' AND sk='1'"}
NEW = item("b", "2", x={"NS": ["2", "1"]}, l={"L": [n(1), {"M": {}}]}, g=s("g"))


def _new_table(name: str) -> dict:
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    kinds = [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}]
    return {
        "TableName": name,
        "KeySchema": keys,
        "AttributeDefinitions": kinds,
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [index("by_g", "g")],
    }


_EXPECTED = {"x": {"ComparisonOperator": "EQ", "AttributeValueList": [n(1)]}}
_KEY_CONDITIONS = {
    "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [s("a")]},
    "sk": {"ComparisonOperator": "GT", "AttributeValueList": [s("0")]},
}
_QUERY = {
    "TableName": "ttt",
    "KeyConditionExpression": "pk = :w",
    "ExpressionAttributeValues": {":w": s("a")},
}
# Requests that the service takes, some of each operation; of the others the table's name or ARN is enough.
VALID: dict[str, list[dict]] = {
    "CreateTable": [_new_table("new"), _new_table("ttt")],
    "UpdateTable": [
        {"TableName": "ttt", "BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
        {"TableName": "ttt", "StreamSpecification": {"StreamEnabled": False}},
        {
            "TableName": "ttt",
            "AttributeDefinitions": [{"AttributeName": "z", "AttributeType": "S"}],
            "GlobalSecondaryIndexUpdates": [{"Create": index("by_z", "z")}],
        },
        {"TableName": "ttt", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by_g"}}]},
        {"TableName": "ttt", "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]},
    ],
    "GetItem": [KEY, KEY | {"ProjectionExpression": "l[0], m.a", "ReturnConsumedCapacity": "INDEXES"}],
    "PutItem": [{"TableName": "ttt", "Item": NEW}, {"TableName": "ttt", "Item": NEW, "Expected": _EXPECTED}],
    "DeleteItem": [KEY, KEY | VALUES | {"ConditionExpression": "x = :v AND begins_with(g, :w)"}],
    "UpdateItem": [
        KEY | SET | {"ReturnValues": "UPDATED_NEW"},
        KEY | {"AttributeUpdates": {"x": {"Action": "ADD", "Value": n(2)}}, "Expected": _EXPECTED},
    ],
    "Query": [
        _QUERY,
        _QUERY | {"IndexName": "by_h", "ScanIndexForward": False, "Limit": 2, "ExclusiveStartKey": item("a", "2", h=n(2))},
        {"TableName": "ttt", "KeyConditions": _KEY_CONDITIONS, "QueryFilter": _EXPECTED, "AttributesToGet": ["x"]},
    ],
    "Scan": [
        {"TableName": "ttt"},
        {"TableName": "ttt", "ScanFilter": _EXPECTED, "Segment": 0, "TotalSegments": 2, "IndexName": "by_g"},
    ],
    "BatchGetItem": [{"RequestItems": {"ttt": {"Keys": [item("a", "1"), item("a", "2")]}, "num": {"Keys": [{"pk": n(1)}]}}}],
    "BatchWriteItem": [
        {"RequestItems": {"ttt": [{"PutRequest": {"Item": NEW}}, {"DeleteRequest": {"Key": item("a", "1")}}]}}
    ],
    "TransactWriteItems": [
        {
            "TransactItems": [
                {"Update": KEY | SET},
                {"Put": {"TableName": "ttt", "Item": NEW}},
                {"Delete": {"TableName": "ttt", "Key": item("a", "2")}},
                {"ConditionCheck": {"TableName": "ttt", "Key": item("a", "3"), "ConditionExpression": "attribute_exists(pk)"}},
            ],
            "ClientRequestToken": "t",
        }
    ],
    "TransactGetItems": [{"TransactItems": [{"Get": KEY}, {"Get": {"TableName": "num", "Key": {"pk": n(1)}}}]}],
    "ExecuteStatement": [{"Statement": "SELECT * FROM ttt", "Limit": 1}, SELECT],
    "BatchExecuteStatement": [{"Statements": [SELECT, SELECT]}],
    "ExecuteTransaction": [{"TransactStatements": [{"Statement": "DELETE FROM ttt WHERE pk='a' AND sk='1'"}]}],
    "TagResource": [{"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]}],
    "UntagResource": [{"ResourceArn": ARN, "TagKeys": ["a"]}],
    "PutResourcePolicy": [{"ResourceArn": ARN, "Policy": "{}"}],
    "UpdateTimeToLive": [{"TableName": "ttt", "TimeToLiveSpecification": {"AttributeName": "x", "Enabled": True}}],
    "UpdateContinuousBackups": [
        {"TableName": "ttt", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    ],
    "CreateBackup": [{"TableName": "ttt", "BackupName": "bbb"}],
    "RestoreTableToPointInTime": [
        {"SourceTableName": "ttt", "TargetTableName": "new", "UseLatestRestorableTime": True}
    ],
    "UpdateContributorInsights": [{"TableName": "ttt", "ContributorInsightsAction": "ENABLE"}],
    "DescribeStream": [{"StreamArn": STREAM}],
    "GetShardIterator": [{"StreamArn": STREAM, "ShardId": SHARD, "ShardIteratorType": "LATEST"}],
    "ExportTableToPointInTime": [{"TableArn": ARN, "S3Bucket": "bucket"}],
    "ImportTable": [
        {
            "S3BucketSource": {"S3Bucket": "bucket"},
            "InputFormat": "CSV",
            "TableCreationParameters": _new_table("new"),
        }
    ],
}  # fmt: skip


class MadeUp:
    """Makes up what a request holds. `random` makes every choice."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def pick(self, *of):
        return of[self.random.randrange(len(of))]

    def token(self):
        """What a token may hold that no answer gave."""
        held = (
            self.pick(*ANYTHING),
            item("a", "1"),
            {"pk": n(1)},
            [STREAM, self.pick(0, -1, 1.5, "a", None), 0],
        )
        return self.pick(*held, [self.pick(*ANYTHING) for _ in range(3)])

    def often(self, most: int) -> int:
        """A small number, mostly 1 or 2."""
        return min(self.random.randrange(1, most + 1), self.random.randrange(1, most + 1))

    # --- requests

    def request(self, operation: str) -> dict:
        """A request of an operation: a right one, changed at up to four places."""
        shape = forms.input_of(operation)
        known = VALID.get(operation) or [_only_needed(shape)]
        request = deepcopy(self.pick(*known))
        for _ in range(self.random.randrange(5)):
            request = self.bent(request, shape)
        return request if isinstance(request, dict) else {}

    def bent(self, value, shape: Shape | None):
        """The same value with one place changed: replaced, taken away, doubled, or a member added."""
        if self.random.randrange(4) == 0 or shape is None or not isinstance(value, dict | list):
            return self.of(shape) if shape is not None else self.pick(*ANYTHING)
        if shape.type_name == "list" and isinstance(value, list):
            return self._bent_list(value, shape)
        if shape.type_name == "map" and isinstance(value, dict):
            return self._bent_map(value, shape)
        if shape.type_name == "structure" and isinstance(value, dict):
            return self._bent_structure(value, shape)
        return self.pick(*ANYTHING)

    def _bent_list(self, value: list, shape: Shape) -> list:
        how = self.random.randrange(6) if value else 0
        if how == 0:
            return [*value, self.of(shape.member)]
        if how == 1:
            return value + value[: self.often(3)]
        if how == 2:
            return value[1:]
        at = self.random.randrange(len(value))
        return value[:at] + [self.bent(value[at], shape.member)] + value[at + 1 :]

    def _bent_map(self, value: dict, shape: Shape) -> dict:
        name = self.pick(*value) if value and self.random.randrange(3) else self.pick(*NAMES, *TABLES)
        if name in value and self.random.randrange(5) == 0:
            return {one: held for one, held in value.items() if one != name}
        return value | {name: self.bent(value.get(name), shape.value)}

    def _bent_structure(self, value: dict, shape: Shape) -> dict:
        names = list(shape.members)
        if not names or self.random.randrange(40) == 0:
            return value | {"Unknown": self.pick(*ANYTHING)}
        name = self.pick(*value) if value and self.random.randrange(2) else self.pick(*names)
        if name in value and self.random.randrange(6) == 0:
            return {one: held for one, held in value.items() if one != name}
        member = shape.members.get(name)
        if name not in value or isinstance(value[name], str):
            return value | {name: self.member(name, member)}
        return value | {name: self.bent(value[name], member)}

    def saying(self) -> tuple[str, dict]:
        """An operation and its request, right but for what its expressions or its statement say."""
        operation = self.pick(
            "UpdateItem",
            "PutItem",
            "DeleteItem",
            "Query",
            "Scan",
            "GetItem",
            "TransactWriteItems",
            "",
            "",
            "",
        )
        if not operation:
            return self._stating()
        asked = {"TableName": "ttt"}
        if operation == "PutItem":
            asked["Item"] = item("a", "1", x=self.good_value())
        elif operation not in ("Query", "Scan"):
            asked["Key"] = item("a", self.pick("1", "9"))
        if operation in ("UpdateItem", "TransactWriteItems"):
            asked["UpdateExpression"] = self.update()
        if operation == "Query":
            asked["KeyConditionExpression"] = self.pick(
                "pk = :k", f"pk = :k AND sk {self.pick('<', '>=')} :k", self.condition()
            )
        if operation in ("Query", "Scan") and self.pick(True, False):
            asked["FilterExpression"] = self.condition()
        if operation in ("Query", "Scan", "GetItem"):
            asked["ProjectionExpression"] = ", ".join({self.path() for _ in range(self.often(4))})
        elif self.pick(True, False) or operation in ("PutItem", "DeleteItem"):
            asked["ConditionExpression"] = self.condition()
        _fill(asked, {":v": self.good_value(), ":w": self.good_value(), ":k": s("a")}, {"#a": "x", "#b": "m"})
        if operation == "TransactWriteItems":
            asked = {"TransactItems": [{"Update": asked}]}
        return operation, asked

    def _stating(self) -> tuple[str, dict]:
        text = self.statement()
        one = {"Statement": text}
        if count := text.count("?"):
            one["Parameters"] = [self.good_value() for _ in range(count)]
        return self.pick(
            ("ExecuteStatement", one | {"Limit": 2}),
            ("BatchExecuteStatement", {"Statements": [one]}),
            ("ExecuteTransaction", {"TransactStatements": [one]}),
        )

    def good_value(self, depth: int = 0) -> dict:
        """An attribute value that any item may have."""
        kind = self.pick("S", "N", "N", "B", "SS", "NS", "BS", "BOOL", "NULL", "L", "M")
        if kind in ("L", "M"):
            inner = [self.good_value(depth + 1) for _ in range(self.random.randrange(3 - min(depth, 2)))]
            return {"L": inner} if kind == "L" else {"M": {self.pick("a", "x", "é"): one for one in inner}}
        one = {
            "S": ["", "a", "b", "S", "\U0001f600", "a" * 1025],
            "N": ["0", "1", "-1.5", "1e125", "1e-130", "9" * 38],
        }
        one |= {"B": ["", "AA==", "/w=="], "BOOL": [True, False], "NULL": [True]}
        if len(kind) == 2:
            return {kind: list(dict.fromkeys(self.pick(*one[kind[0]]) for _ in range(self.often(3))))}
        return {kind: self.pick(*one[kind])}

    # --- values of a shape

    def member(self, name: str, shape: Shape | None):
        """What a member of this name may hold."""
        if self.random.randrange(20) == 0:
            return self.pick(*ANYTHING)
        if name in ("ConditionExpression", "FilterExpression"):
            return self.pick(self.condition(), self.broken(self.condition()))
        if name == "KeyConditionExpression":
            return self.pick("pk = :v", "pk = :w AND sk > :v", "begins_with(pk, :w)", self.condition())
        if name == "UpdateExpression":
            return self.pick(self.update(), self.broken(self.update()))
        if name == "ProjectionExpression":
            return ", ".join(self.path() for _ in range(self.often(4)))
        if name == "Statement":
            return self.pick(self.statement(), self.broken(self.statement()))
        if name.endswith("Token") or name == "ShardIterator":
            return base64.b64encode(json.dumps(self.token()).encode()).decode()
        if name.endswith("TableName") or name in ("ResourceArn", "TableArn"):
            return self.pick(*TABLES)
        return self.of(shape) if shape is not None else self.pick(*ANYTHING)

    def of(self, shape: Shape, depth: int = 0):
        """A value of this shape, and now and then of another."""
        if self.random.randrange(25) == 0:
            return self.pick(*ANYTHING)
        if shape.name == "AttributeValue":
            return self.value()
        kind = shape.type_name
        if kind == "structure":
            chosen = [
                name
                for name in shape.members
                if name in shape.required_members or not self.random.randrange(3)
            ]
            return {name: self.member(name, shape.members[name]) for name in chosen} if depth < 5 else {}
        if kind == "list":
            return [self.of(shape.member, depth + 1) for _ in range(self.random.randrange(3))]
        if kind == "map":
            return {
                self.pick(*NAMES, *TABLES): self.of(shape.value, depth + 1)
                for _ in range(self.random.randrange(3))
            }
        if kind == "boolean":
            return self.pick(True, False)
        if kind in ("integer", "long", "timestamp", "float", "double"):
            return self.pick(-1, 0, 1, 2, 25, 100, 1_000_001, 2**31, 2**63, 1.5, 1_800_000_000)
        if kind == "blob":
            return self.pick(*BINARIES)
        enum = shape.metadata.get("enum")
        return self.pick(*enum) if enum and self.random.randrange(8) else self.pick(*NAMES, *TEXTS, *TABLES)

    def value(self, depth: int = 0) -> dict:
        """An attribute value, right or nearly so."""
        kind = self.pick("S", "N", "B", "SS", "NS", "BS", "BOOL", "NULL", "L", "M", "deep", "two")
        if kind == "deep":
            value = s("a")
            for _ in range(self.pick(3, 31, 32, 33, 200)):
                value = self.pick({"L": [value]}, {"M": {"a": value}})
            return value
        if kind == "two":
            return self.pick({}, {"S": "a", "N": "1"}, {"X": 1}, {"NULL": False})
        if kind in ("L", "M") and depth < 3:
            inner = [self.value(depth + 1) for _ in range(self.random.randrange(3))]
            return {"L": inner} if kind == "L" else {"M": {self.pick(*NAMES): one for one in inner}}
        one = {"S": TEXTS, "N": NUMBERS, "B": BINARIES}.get(kind[0], ["a"])
        if len(kind) == 2:
            return {kind: [self.pick(*one) for _ in range(self.random.randrange(4))]}
        return {kind: self.pick(True, False) if kind in ("BOOL", "NULL") else self.pick(*one)}

    # --- expressions

    def path(self) -> str:
        return self.pick(
            "x",
            "pk",
            "sk",
            "g",
            "l",
            "m",
            "t",
            "l[0]",
            "l[4294967294]",
            "m.a",
            "m.a.b[1]",
            "#a",
            "#b",
            "size",
        )

    def operand(self) -> str:
        return self.pick(
            ":v", ":w", ":v", self.path(), f"size({self.path()})", "(x)", f"if_not_exists({self.path()}, :v)"
        )

    def condition(self, depth: int = 0) -> str:
        how = self.random.randrange(8) if depth < 3 else 3
        if how < 3:
            inner = self.condition(depth + 1)
            return self.pick(
                f"{inner} AND {self.condition(depth + 1)}", f"NOT {inner}", f"({inner}) OR x = :v"
            )
        one, other = self.operand(), self.operand()
        return self.pick(
            f"{one} {self.pick('=', '<>', '<', '<=', '>', '>=')} {other}",
            f"{one} BETWEEN {other} AND {self.operand()}",
            f"{one} IN ({other}, {self.operand()})",
            f"{self.pick('attribute_exists', 'attribute_not_exists')}({one})",
            f"{self.pick('attribute_type', 'begins_with', 'contains')}({one}, {other})",
            "(" * self.pick(1, 2, 300, 1500) + "x = :v" + ")" * self.pick(1, 300),
            " AND ".join(["x = :v"] * self.pick(2, 301)),
        )

    def update(self) -> str:
        parts = []
        for _ in range(self.often(3)):
            path, operand = self.path(), self.operand()
            parts.append(
                self.pick(
                    f"SET {path} = {operand}",
                    f"SET {path} = {operand} {self.pick('+', '-')} {self.operand()}",
                    f"SET {path} = list_append({operand}, {self.operand()}), {self.path()} = :v",
                    f"REMOVE {path}, {self.path()}",
                    f"ADD {path} {operand}",
                    f"DELETE {path} {operand}",
                )
            )
        return " ".join(parts)

    # --- PartiQL

    def literal(self) -> str:
        return self.pick(
            "1", "-2.5", "'a'", "''", "'it''s'", "true", "NULL", "MISSING", "[1,'a']", "{'a':1}", "<<1,2>>", "<<'a','a'>>", "<<>>",
            "?", "1e400", "1e9223372036854775808", "[" * self.pick(2, 33, 3000) + "1", "{'a':{'b':[?]}}", "<<[1]>>", "{1:2}", "'\ud800'",
        )  # fmt: skip

    def place(self) -> str:
        return self.pick(
            "x", "pk", "sk", "g", "l", "l[0]", "m.a", "t", f"l[{'9' * self.pick(11, 5000)}]", '"x"', '""', '"a.b"', "m['a']", "pk.x", "h", "x[0].y", "*", "ttt.x"
        )  # fmt: skip

    def term(self) -> str:
        return self.pick(self.literal(), self.place(), f"size({self.place()})")

    def where(self, depth: int = 0) -> str:
        how = self.random.randrange(10) if depth < 2 else 9
        if how < 3:
            return self.pick(
                "pk='a' AND sk='1'",
                "pk='a'",
                "pk IN ['a','b']",
                "pk='a' AND sk BETWEEN '1' AND '2'",
                "pk=? AND sk=?",
            )
        if how < 6:
            joined = self.pick("AND", "OR", "AND NOT")
            return f"({self.where(depth + 1)} {joined} {self.where(depth + 1)})"
        one, other = self.term(), self.term()
        return self.pick(
            f"{one} {self.pick('=', '<>', '!=', '<', '>=')} {other}",
            f"{one} {self.pick('', 'NOT ')}BETWEEN {other} AND {self.term()}",
            f"{one} {self.pick('', 'NOT ')}IN {self.pick('[', '(')}{other},{self.term()}{self.pick(']', ')')}",
            f"{one} IS {self.pick('', 'NOT ')}{self.pick('NULL', 'MISSING', 'BOOL', 'BAG', 'X')}",
            f"{self.pick('begins_with', 'contains', 'attribute_type', 'attribute_exists', 'nothing')}({one}{self.pick('', ',' + other)})",
        )

    def change(self) -> str:
        place, term = self.place(), self.term()
        return self.pick(
            f"REMOVE {place}",
            f"SET {place} = {term}",
            f"SET {place} = {term} {self.pick('+', '-')} {self.term()}",
            f"SET {place} = {self.pick('list_append', 'set_add', 'set_delete', 'if_not_exists')}({self.pick(place, term)}, {self.term()})",
            f"SET {place} = {term} SET {self.place()} = {self.term()}",
        )

    def statement(self) -> str:
        table = self.pick("ttt", "ttt", '"ttt"', "num", "none", '"ttt"."by_g"', "ttt.by_h", "''", f'"{ARN}"')
        item = f"{{'pk':{self.literal()},'sk':{self.literal()},'x':{self.literal()}}}"
        returning = self.pick("", "", " RETURNING ALL OLD *", " RETURNING MODIFIED NEW *")
        order = self.pick("", "", " ORDER BY sk DESC", " ORDER BY pk, sk", " ORDER BY x")
        return self.pick(
            f"SELECT {self.pick('*', self.place(), self.place() + ',' + self.place())} FROM {table} WHERE {self.where()}{order}",
            f"SELECT * FROM {table}{order}",
            f"UPDATE {table} {self.change()} WHERE {self.where()}{returning}",
            f"FROM {table} WHERE {self.where()} {self.change()}{returning}",
            f"DELETE FROM {table} WHERE {self.where()}{returning}",
            f"INSERT INTO {table} VALUE {item}",
            f"EXISTS(SELECT * FROM {table} WHERE {self.where()})",
        )

    def broken(self, text: str) -> str:
        """A text with a word taken away, doubled or another put in."""
        words = text.split(" ")
        at = self.random.randrange(len(words))
        other = self.pick(
            "",
            words[at] + " " + words[at],
            "(",
            ")",
            "'",
            '"',
            "--",
            "/*",
            "?",
            "[",
            "\ud800",
            "\x00",
            "AND",
            ";",
            ",",
            "1" * 5000,
        )
        return " ".join([*words[:at], other, *words[at + 1 :]])


def _fill(request: dict, values: dict, names: dict) -> None:
    """Add the values and names that a request's expressions speak of."""
    text = " ".join(text for member, text in request.items() if member.endswith("Expression"))
    for member, known in (("ExpressionAttributeValues", values), ("ExpressionAttributeNames", names)):
        if used := {name: one for name, one in known.items() if name in text}:
            request[member] = used


def _only_needed(shape: Shape) -> dict:
    return {name: (ARN if name.endswith("Arn") else "ttt") for name in shape.required_members}
