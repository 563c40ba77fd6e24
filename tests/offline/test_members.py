"""A parameter is honoured or refused, never dropped silently: every member of every operation is looked at, or said to be without effect.

Requests that the service takes are asked once more with each member of the model added, also those inside of structures,
and the members that the operation reads are written down.
"""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from asking import Asked, index, item, table
from botocore.model import Shape
from made_up import ARN, SHARD, STREAM, VALID
from test_fuzz import some_tables

from helpers.offline import forms, service

# Members that are told or kept and change nothing offline; docs/offline.md says so of each.
WITHOUT_EFFECT = {
    "PutResourcePolicy": {"ConfirmRemoveSelfResourceAccess"},  # no policy allows or denies anything
    # There is one shard, and the least limit is 1; a filter has one type.
    "DescribeStream": {"Limit", "ShardFilter.Type"},
}
FALSE = {"ConditionExpression": "attribute_not_exists(pk)"}
BACKUP = "a backup that is there"  # its ARN is put in its place
ONE = {"TableName": "ttt", "Key": item("a", "1")}
PUT = {"TableName": "ttt", "Item": item("a", "1")}
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
BASES = VALID | {
    "CreateTable": [
        *VALID["CreateTable"],
        table("new", "pk sk l", LocalSecondaryIndexes=[index("by_l", "pk", "l")])
        | {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS},
    ],
    "UpdateTable": [
        *VALID["UpdateTable"],
        {
            "TableName": "ttt",
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": UNITS,
            "GlobalSecondaryIndexUpdates": [
                {"Update": {"IndexName": name, "ProvisionedThroughput": UNITS}} for name in ("by_g", "by_h")
            ],
        },
        {
            "TableName": "ttt",
            "GlobalSecondaryIndexUpdates": [
                {"Update": {"IndexName": "by_g", "OnDemandThroughput": {"MaxReadRequestUnits": 5}}}
            ],
        },
    ],
    "BatchWriteItem": [
        *VALID["BatchWriteItem"],
        {"RequestItems": {"ttt": [{"DeleteRequest": {"Key": item("a", "1")}}]}},
    ],
    "TransactWriteItems": [
        *VALID["TransactWriteItems"],
        *(
            {"TransactItems": [{action: ONE | {"ConditionExpression": f"attribute_{is_}(pk)"}}]}
            for action in ("Delete", "ConditionCheck")
            for is_ in ("exists", "not_exists")
        ),
        *(
            {"TransactItems": [{"Put": PUT | {"ConditionExpression": f"attribute_{is_}(pk)"}}]}
            for is_ in ("exists", "not_exists")
        ),
    ],
    "PutItem": [*VALID["PutItem"], PUT | FALSE],
    "UpdateItem": [*VALID["UpdateItem"], ONE | FALSE],
    "DeleteItem": [*VALID["DeleteItem"], ONE | FALSE],
    "GetShardIterator": [
        {"StreamArn": STREAM, "ShardId": SHARD, "ShardIteratorType": kind}
        for kind in ("LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER")
    ],
    "ExecuteStatement": [
        *VALID["ExecuteStatement"],
        {"Statement": "UPDATE ttt SET x = 2 WHERE pk = 'a' AND sk = '1' AND x = 9"},
    ],
    "BatchExecuteStatement": [
        *VALID["BatchExecuteStatement"],
        {"Statements": [{"Statement": "UPDATE ttt SET x = 2 WHERE pk = 'a' AND sk = '1' AND x = 9"}]},
    ],
    "DescribeBackup": [{"BackupArn": BACKUP}],
    "RestoreTableFromBackup": [{"TargetTableName": "new", "BackupArn": BACKUP}],
    "ExecuteTransaction": [
        *VALID["ExecuteTransaction"],
        {"TransactStatements": [{"Statement": VALID["ExecuteStatement"][1]["Statement"]}]},
    ],
}


def tables_and_all() -> Asked:
    """The tables of the fuzzer, with recovery on, a backup and an iterator."""
    asked = some_tables()
    on = {"PointInTimeRecoveryEnabled": True}
    asked("UpdateContinuousBackups", TableName="ttt", PointInTimeRecoverySpecification=on)
    asked("CreateBackup", TableName="ttt", BackupName="bbb")
    return asked


class Seen(dict):
    """A structure of a request that writes down which members are looked for."""

    def __init__(self, held: dict, read: set, path: str = "") -> None:
        super().__init__(held)
        self.read, self.path = read, path

    def _look(self, name: str) -> None:
        self.read.add(f"{self.path}{name}")

    def __getitem__(self, name):
        self._look(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self._look(name)
        return super().__contains__(name)

    def get(self, name, default=None):
        self._look(name)
        return super().get(name, default)

    def pop(self, name, *default):
        self._look(name)
        return super().pop(name, *default)

    def setdefault(self, name, default=None):
        self._look(name)
        return super().setdefault(name, default)

    def __iter__(self):
        for name in super().keys():
            self._look(name)
        return super().__iter__()

    def keys(self):
        return dict.fromkeys(self).keys()

    def items(self):
        return [(name, super(Seen, self).__getitem__(name)) for name in self]

    def values(self):
        return [value for _, value in self.items()]


def seen(value, shape: Shape, read: set, path: str = ""):
    """The same value, of which every structure writes down what is read."""
    if shape.name == "AttributeValue" or not isinstance(value, dict | list):
        return value
    if shape.type_name == "list":
        return [seen(one, shape.member, read, path) for one in value]
    if shape.type_name == "map":
        return {name: seen(one, shape.value, read, path) for name, one in value.items()}
    members = shape.members
    return Seen(
        {name: seen(one, members[name], read, f"{path}{name}.") for name, one in value.items()}, read, path
    )


def read_of(operation: str, request: dict) -> tuple[set[str], bool]:
    """The members that an operation looks for in a request, and whether it takes it."""
    asked, read = tables_and_all(), set()
    if request.get("BackupArn") == BACKUP:
        request["BackupArn"] = next(iter(asked.service.backups))
    if operation == "ListExports":
        asked("ExportTableToPointInTime", **VALID["ExportTableToPointInTime"][0])
    if operation == "ListImports":
        asked("ImportTable", **VALID["ImportTable"][0])
    if operation == "GetRecords":
        iterator = asked("GetShardIterator", StreamArn=STREAM, ShardId=SHARD, ShardIteratorType="LATEST")
        request["ShardIterator"] = iterator["ShardIterator"]
    shape, (check, act) = forms.input_of(operation), service.OPERATIONS[operation]
    forms.check(operation, request)
    wrapped = seen(request, shape, read)
    try:
        parsed = check(wrapped) if check else None
        read.update(name for name in service.ABSENT.get(operation, ()) if name in request)
        act(asked.service, wrapped, parsed)
    except service.Refused:
        return read, False
    return read, not any(name in request for name in service.ABSENT.get(operation, ()))


Path = tuple[str | int, ...]


def members_in(shape: Shape, path: Path = ()) -> Iterator[Path]:
    """Where the members of a structure's structures are: names, 0 for the first of a list, "*" for one of a map."""
    if shape.name == "AttributeValue" or len(path) > 7:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield (*path, name)
            yield from members_in(member, (*path, name))
    elif shape.type_name == "list":
        yield from members_in(shape.member, (*path, 0))
    elif shape.type_name == "map":
        yield from members_in(shape.value, (*path, "*"))


def name_of(path: Path) -> str:
    return ".".join(step for step in path if step not in (0, "*"))


def put(request: dict, shape: Shape, path: Path) -> None:
    """Add a member to a request, and whatever it lies in."""
    here = request
    for step in path:
        if shape.type_name == "structure":
            shape = shape.members[step]
            here = here.setdefault(step, sample(shape))
        elif shape.type_name == "list":
            shape = shape.member
            here[:] = here or [sample(shape)]
            here = here[0]
        else:
            shape = shape.value
            here = here.setdefault(next(iter(here), "ttt"), sample(shape))


def sample(shape: Shape):
    """A value of a shape, right in its form."""
    if "enum" in shape.metadata:
        return shape.metadata["enum"][0]
    if shape.name == "AttributeValue":
        return {"S": "a"}
    kind = shape.type_name
    if kind == "structure":
        return {name: sample(shape.members[name]) for name in shape.required_members}
    if kind == "list":
        return [sample(shape.member)]
    if kind == "map":
        return {"aaa": sample(shape.value)}
    if kind == "string":
        if "StreamArn" in shape.name:
            return STREAM
        return ARN if "Arn" in shape.name else "aaa"
    return {"boolean": True, "blob": "AA=="}.get(kind, 1)


@pytest.mark.parametrize("operation", service.OPERATIONS)
def test_every_parameter_is_looked_at_or_said_to_be_without_effect(operation):
    shape = forms.input_of(operation)
    bases = BASES.get(operation) or [{name: sample(shape.members[name]) for name in shape.required_members}]
    read, taken = set(), set()
    for base in bases:
        for path in members_in(shape):
            request = deepcopy(base)
            put(request, shape, path)
            try:
                looked, took = read_of(operation, request)
            except service.Refused:  # for its form
                continue
            read |= looked
            if took:
                taken.add(name_of(path))
    every = {name_of(path) for path in members_in(shape)}
    lacking = {name for name in every - read if "." not in name or name in taken}
    assert lacking == WITHOUT_EFFECT.get(operation, set())
