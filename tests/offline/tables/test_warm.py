"""Warm throughput. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html"""

import pytest
from asking import Asked, index, table

BY_G = index("by_g", "g")
REQUESTED = "ValidationException: One or more parameter values were invalid: Requested {} for WarmThroughput for {} is "


def units(reads: int | None, writes: int | None = None) -> dict:
    asked = {"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes}
    return {"WarmThroughput": {unit: number for unit, number in asked.items() if number}}


def capacity(reads: int, writes: int) -> dict:
    return {"ProvisionedThroughput": {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}}


def shown(asked: Asked, settled: bool = True) -> dict:
    if settled:
        asked("DescribeTable", TableName="ttt")
    return asked("DescribeTable", TableName="ttt")["Table"]


def warmth(told: dict) -> tuple[int, int, str]:
    return tuple(
        told["WarmThroughput"][name] for name in ("ReadUnitsPerSecond", "WriteUnitsPerSecond", "Status")
    )


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({}, (12_000, 4_000)),
        (units(12_240, 4_080), (12_240, 4_080)),
        (units(12_240), (12_240, 4_000)),
        (units(None, 4_080), (12_000, 4_080)),
        (capacity(5, 6), (5, 6)),
        (capacity(5, 5) | units(5_000, 2_000), (5_000, 2_000)),
    ],
)
def test_a_table_is_as_warm_as_was_asked_and_at_least_for_its_capacity(asked, request_, told):
    made = asked("CreateTable", **table(**request_))["TableDescription"]
    assert ("WarmThroughput" in made) == ("WarmThroughput" in request_)
    assert warmth(shown(asked)) == (*told, "ACTIVE")


def test_a_global_index_is_warm_too(asked):
    billed = BY_G | units(15_000, 5_000)
    asked("CreateTable", **table(types={"g": "S"}, GlobalSecondaryIndexes=[billed, index("cold", "g")]))
    told = shown(asked)["GlobalSecondaryIndexes"]
    assert [warmth(one) for one in told] == [(15_000, 5_000, "ACTIVE"), (12_000, 4_000, "ACTIVE")]
    change = [{"Update": {"IndexName": "cold"} | units(13_000)}]
    asked("UpdateTable", TableName="ttt", GlobalSecondaryIndexUpdates=change)
    assert warmth(shown(asked, settled=False)["GlobalSecondaryIndexes"][1]) == (12_000, 4_000, "UPDATING")
    assert warmth(shown(asked)["GlobalSecondaryIndexes"][1]) == (13_000, 4_000, "ACTIVE")


def test_an_update_raises_it_and_never_lowers_it(asked):
    asked("CreateTable", **table())
    shown(asked)
    asked("UpdateTable", TableName="ttt", **units(12_240, 4_080))
    assert warmth(shown(asked, settled=False)) == (12_000, 4_000, "UPDATING")
    assert warmth(shown(asked)) == (12_240, 4_080, "ACTIVE")
    asked("UpdateTable", TableName="ttt", **units(12_300))
    assert warmth(shown(asked)) == (12_300, 4_080, "ACTIVE")
    told = asked.refused("UpdateTable", TableName="ttt", **units(12_120, 4_090))
    assert told == REQUESTED.format("ReadUnitsPerSecond", "table") + (
        "lower than current WarmThroughput, decreasing WarmThroughput is not supported"
    )


def test_that_of_an_index_is_not_lowered_either(asked):
    asked("CreateTable", **table(types={"g": "S"}, GlobalSecondaryIndexes=[BY_G]))
    shown(asked)
    change = [{"Update": {"IndexName": "by_g"} | units(1)}]
    told = asked.refused("UpdateTable", TableName="ttt", GlobalSecondaryIndexUpdates=change)
    assert told.startswith(REQUESTED.format("ReadUnitsPerSecond", "index by_g") + "lower than current")


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (
            units(11_999, 4_000),
            REQUESTED.format("ReadUnitsPerSecond", "table") + "lower than initial throughput for",
        ),
        (
            units(12_000, 3_999),
            REQUESTED.format("WriteUnitsPerSecond", "table") + "lower than initial throughput for",
        ),
        (
            {"GlobalSecondaryIndexes": [BY_G | units(1)]},
            REQUESTED.format("ReadUnitsPerSecond", "index by_g")
            + "lower than initial throughput for OnDemand",
        ),
        (
            capacity(5, 5) | units(5, 4),
            REQUESTED.format("WriteUnitsPerSecond", "table") + "lower than WriteCapacityUnits of",
        ),
    ],
)
def test_too_little_is_refused(asked, request_, told):
    types = {"g": "S"} if "GlobalSecondaryIndexes" in request_ else {}
    assert asked.refused("CreateTable", **table(types=types, **request_)).startswith(told)
