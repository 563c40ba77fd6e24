"""Query and Scan: order, pages, segments, indexes, and what they refuse."""

import pytest
from asking import Asked, index, item, n, s

from helpers.offline.language import expressions

INVALID = "ValidationException: One or more parameter values were invalid: "
START = "ValidationException: The provided starting key is invalid"


@pytest.fixture
def asked():
    asked = Asked().table(
        types={"g": "S", "h": "N"},
        GlobalSecondaryIndexes=[
            index("by_g", "g", "h"),
            index("some", "g", projection="INCLUDE", held=["x"]),
        ],
        LocalSecondaryIndexes=[index("by_h", "pk", "h", projection="KEYS_ONLY")],
    )
    for pk in "abcdef":
        for sk in range(5):
            new = item(pk, str(sk), g=s(f"g{sk % 2}"), h=n(10 - sk), x=n(sk), y=s(pk))
            asked("PutItem", TableName="ttt", Item=new)
    return asked


def by(value: str, condition: str = "pk = :v", **more) -> dict:
    values = {":v": s(value)} | more.pop("values", {})
    return {
        "TableName": "ttt",
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        **more,
    }


def pages(asked, operation: str, **request) -> list[list[dict]]:
    found, start = [], {}
    while True:
        answer = asked(operation, **request, **start)
        found.append(answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return found
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def places(items: list[dict]) -> list[str]:
    return [one["pk"]["S"] + one["sk"]["S"] for one in items]


# --- order and pages -----------------------------------------------------------------------------------------


def test_a_scan_is_in_the_order_of_hashes_and_within_one_of_sort_keys(asked):
    found = places(asked("Scan", TableName="ttt")["Items"])
    assert found == places(asked("Scan", TableName="ttt")["Items"])
    keys = list(dict.fromkeys(one[0] for one in found))
    assert sorted(keys) == list("abcdef") != keys
    assert found == [f"{pk}{sk}" for pk in keys for sk in range(5)]


@pytest.mark.parametrize("limit", [1, 4, 5, 30, 31])
def test_pages_continue_and_the_last_may_be_empty(asked, limit):
    found = pages(asked, "Scan", TableName="ttt", Limit=limit)
    whole = asked("Scan", TableName="ttt")["Items"]
    assert [one for page in found for one in page] == whole
    assert len(found) == 30 // limit + 1  # also where the limit divides: the service does not know yet


@pytest.mark.parametrize("name", ["by_g", "some", "by_h"])
@pytest.mark.parametrize("forward", [True, False])
def test_pages_of_an_index(asked, name, forward):
    request = by("a" if name == "by_h" else "g0", "pk = :v" if name == "by_h" else "g = :v", IndexName=name)
    request["ScanIndexForward"] = forward
    whole = asked("Query", **request)["Items"]
    assert [one for page in pages(asked, "Query", **request, Limit=2) for one in page] == whole
    assert len(whole) == (5 if name == "by_h" else 18)
    if name != "some":
        sort = [int(one["h"]["N"]) for one in whole]
        assert sort == sorted(sort, reverse=not forward)


def test_segments_are_disjoint_and_complete(asked):
    whole = asked("Scan", TableName="ttt")["Items"]
    for total in (1, 2, 7):
        parts = [
            asked("Scan", TableName="ttt", Segment=i, TotalSegments=total)["Items"] for i in range(total)
        ]
        assert sorted(places([one for part in parts for one in part])) == sorted(places(whole))


def test_a_page_ends_with_the_item_that_fills_a_megabyte(asked):
    asked.table("uuu")
    for number in range(5):
        asked("PutItem", TableName="uuu", Item=item("a", str(number), x=s("x" * 300 * 1024)))
    assert [len(page) for page in pages(asked, "Query", **by("a") | {"TableName": "uuu"})] == [4, 1]


@pytest.mark.parametrize(
    ("condition", "values", "found"),
    [
        ("sk = :w", {":w": s("2")}, "2"),
        ("sk < :w", {":w": s("2")}, "01"),
        ("sk <= :w", {":w": s("2")}, "012"),
        (":w < sk", {":w": s("2")}, "34"),
        ("sk >= :w", {":w": s("2")}, "234"),
        ("sk BETWEEN :w AND :z", {":w": s("1"), ":z": s("3")}, "123"),
        ("begins_with(sk, :w)", {":w": s("3")}, "3"),
        ("sk = :w", {":w": s("9")}, ""),
    ],
)
def test_sort_key_conditions(asked, condition, values, found):
    answer = asked("Query", **by("a", f"pk = :v AND {condition}", values=values))
    assert "".join(one["sk"]["S"] for one in answer["Items"]) == found
    assert answer["ScannedCount"] == len(found)


# --- indexes -------------------------------------------------------------------------------------------------


def test_an_index_gives_what_it_holds(asked):
    some = asked("Query", **by("g1", "g = :v", IndexName="some"))["Items"]
    assert {frozenset(one) for one in some} == {frozenset({"pk", "sk", "g", "x"})}
    local = asked("Query", **by("a", IndexName="by_h"))["Items"]
    assert {frozenset(one) for one in local} == {frozenset({"pk", "sk", "h"})}
    fetched = asked("Query", **by("a", IndexName="by_h", Select="ALL_ATTRIBUTES"))["Items"]
    assert {frozenset(one) for one in fetched} == {frozenset({"pk", "sk", "g", "h", "x", "y"})}
    assert asked("Query", **by("a", IndexName="by_h", ProjectionExpression="y", Limit=1))["Items"] == [
        {"y": s("a")}
    ]


def test_an_index_follows_every_write(asked):
    def found(value: str) -> int:
        return asked("Query", **by(value, "g = :v", IndexName="some"))["Count"]

    asked("UpdateItem", TableName="ttt", Key=item("a", "0"), AttributeUpdates={"g": {"Value": s("new")}})
    assert (found("g0"), found("new")) == (17, 1)
    asked("UpdateItem", TableName="ttt", Key=item("a", "0"), AttributeUpdates={"g": {"Action": "DELETE"}})
    assert (found("g0"), found("new")) == (17, 0)
    asked("DeleteItem", TableName="ttt", Key=item("a", "2"))
    asked("BatchWriteItem", RequestItems={"ttt": [{"PutRequest": {"Item": item("z", "1", g=s("new"))}}]})
    assert (found("g0"), found("new")) == (16, 1)


# --- legacy --------------------------------------------------------------------------------------------------


def eq(value: dict, operator: str = "EQ") -> dict:
    return {"ComparisonOperator": operator, "AttributeValueList": [value]}


def test_conditions_of_before_2014(asked):
    request = {"TableName": "ttt", "KeyConditions": {"pk": eq(s("a")), "sk": eq(s("3"), "LT")}}
    assert asked("Query", **request)["Count"] == 3
    assert asked("Query", **request, QueryFilter={"x": eq(n(1), "GE")})["Count"] == 2
    either = {"x": eq(n(1)), "y": eq(s("a"))}
    assert asked("Scan", TableName="ttt", ScanFilter=either)["Count"] == 1
    assert asked("Scan", TableName="ttt", ScanFilter=either, ConditionalOperator="OR")["Count"] == 10
    assert asked("Scan", TableName="ttt", AttributesToGet=["y"], Limit=1)["Items"][0].keys() == {"y"}


# --- refusals ------------------------------------------------------------------------------------------------

BAD_QUERIES = {
    "no condition": (
        {"TableName": "ttt"},
        "ValidationException: Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request.",
    ),
    "unknown index": (
        by("a", IndexName="nope"),
        "ValidationException: The table does not have the specified index: nope",
    ),
    "consistent on a global index": (
        by("a", "g = :v", IndexName="by_g", ConsistentRead=True),
        "ValidationException: Consistent reads are not supported on global secondary indexes",
    ),
    "all of a global index that holds some": (
        by("a", "g = :v", IndexName="some", Select="ALL_ATTRIBUTES"),
        INVALID
        + "Select type ALL_ATTRIBUTES is not supported for global secondary index some because its projection "
        "type is not ALL",
    ),
    "what a global index does not hold": (
        by("a", "g = :v", IndexName="some", ProjectionExpression="y, x"),
        INVALID + "Global secondary index some does not project [y]",
    ),
    "a filter on it": (
        by("a", "g = :v", IndexName="some", FilterExpression="y = :v"),
        INVALID + "Global secondary index some does not project one or more filter attributes: [y]",
    ),
    "a filter on a key": (
        by("a", FilterExpression="sk = :v"),
        "ValidationException: Filter Expression can only contain non-primary key attributes: "
        "Primary key attribute: sk",
    ),
    "an old filter on a key": (
        {"TableName": "ttt", "KeyConditions": {"pk": eq(s("a"))}, "QueryFilter": {"pk": eq(s("a"))}},
        "ValidationException: QueryFilter can only contain non-primary key attributes: Primary key attribute: pk",
    ),
    "an operator for no key": (
        {"TableName": "ttt", "KeyConditions": {"pk": eq(s("a")), "sk": eq(s("a"), "CONTAINS")}},
        "ValidationException: Attempted conditional constraint is not an indexable operation",
    ),
    "a start of another table": (by("a", ExclusiveStartKey={"pk": s("a")}), START),
    "a start of another type": (
        by("a", ExclusiveStartKey=item("a", "1") | {"sk": n(1)}),
        "ValidationException: The provided key element does not match the schema",
    ),
    "a start elsewhere": (
        by("a", ExclusiveStartKey=item("b", "1")),
        "ValidationException: The provided starting key is outside query boundaries based on provided conditions",
    ),
    "a start beyond the sort key": (
        by("a", "pk = :v AND sk < :w", values={":w": s("2")}, ExclusiveStartKey=item("a", "3")),
        "ValidationException: The provided starting key does not match the range key predicate",
    ),
    "a partition key that no item has": (  # https://github.com/facebook/ThreatExchange/issues/1324
        by("x" * 2049),
        INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
    ),
    "an index's partition key that no item has": (
        by("x" * 2049, "g = :v", IndexName="by_g"),
        INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
    ),
    "a sort key that no item has": (
        {"TableName": "ttt", "KeyConditions": {"pk": eq(s("a")), "sk": eq(s("x" * 1025))}},
        INVALID + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    ),
    "a start that is no value": (
        by("a", ExclusiveStartKey=item("a", "1") | {"sk": {}}),
        START + ": Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
    ),
}


@pytest.mark.parametrize(("request_", "message"), BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
def test_query_refuses(asked, request_, message):
    assert asked.refused("Query", **request_) == message


BAD = eq({})
OVER = {"pk": eq(s("b")), "sk": eq(s("a"))}
ORDER = {  # what is told first of two faults
    "a filter before names twice": (
        {"QueryFilter": {"x": BAD}, "AttributesToGet": ["y", "y"]},
        "Supplied Attr",
    ),
    "names twice before the start": (
        {"AttributesToGet": ["y", "y"], "ExclusiveStartKey": {"pk": {}}},
        INVALID[21:],
    ),
    "the start before the conditions": (
        {"KeyConditions": {"pk": BAD}, "ExclusiveStartKey": {"pk": {}}},
        START[21:],
    ),
    "a filter before the conditions": (
        {"KeyConditions": {"pk": BAD}, "FilterExpression": ""},
        "Invalid FilterExpression: The expression can not be empty;",
    ),
    "an unnamed partition key before a start's sort key": (
        {"KeyConditions": {"x": eq(s("a"))}, "ExclusiveStartKey": {"pk": s("a"), "sk": n(1)}},
        "Query condition missed key schema element: pk",
    ),
    "a start's partition key before its condition": (
        {"KeyConditions": {"x": eq(s("a"))}, "ExclusiveStartKey": {"pk": n(1), "sk": s("a")}},
        "The provided key element does not match the schema",
    ),
    "a filter that names a key before what it does with it": (
        {"KeyConditions": OVER, "FilterExpression": "pk.x = sk"},
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: pk",
    ),
}


@pytest.mark.parametrize(("request_", "message"), ORDER.values(), ids=ORDER.keys())
def test_the_order_of_a_querys_faults(asked, request_, message):
    assert asked.refused("Query", TableName="ttt", **request_).startswith(f"ValidationException: {message}")


def test_a_start_key_of_an_index_has_key_values(asked):
    start = item("a", "1", g=s(""), h=n(1))
    message = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty"
    assert message in asked.refused("Scan", TableName="ttt", IndexName="by_g", ExclusiveStartKey=start)
    assert message in asked.refused("Query", **by("a", "g = :v", IndexName="by_g", ExclusiveStartKey=start))


BAD_SCANS = {
    "segment alone": (
        {"Segment": 1},
        "ValidationException: The TotalSegments parameter is required but was not present in the request when Segment "
        "parameter is present",
    ),
    "segments alone": (
        {"TotalSegments": 1},
        "ValidationException: The Segment parameter is required but was not present in the request when parameter "
        "TotalSegments is present",
    ),
    "segment too high": (
        {"Segment": 2, "TotalSegments": 2},
        "ValidationException: The Segment parameter is zero-based and must be less than parameter TotalSegments",
    ),
    "start of another table": (
        {"ExclusiveStartKey": {"pk": s("a")}},
        START + ": The provided key element does not match the schema",
    ),
    "start of another type": (
        {"ExclusiveStartKey": item("a", "1") | {"sk": n(1)}},
        START + ": The provided key element does not match the schema",
    ),
    "start without the index's key": ({"IndexName": "by_g", "ExclusiveStartKey": item("a", "1")}, START),
    "projected of a table": (
        {"Select": "ALL_PROJECTED_ATTRIBUTES"},
        "ValidationException: 1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
    ),
    "nothing specific": (
        {"Select": "SPECIFIC_ATTRIBUTES"},
        "ValidationException: 1 validation error detected: Must specify the AttributesToGet or ProjectionExpression "
        "when choosing to get SPECIFIC_ATTRIBUTES",
    ),
    "a count of some": (
        {"Select": "COUNT", "ProjectionExpression": "pk"},
        "ValidationException: 1 validation error detected: Cannot specify the ProjectionExpression when choosing to get "
        "only the Count",
    ),
    "consistent on a global index": (
        {"IndexName": "by_g", "ConsistentRead": True},
        "ValidationException: Consistent reads are not supported on global secondary indexes",
    ),
}


@pytest.mark.parametrize(("request_", "message"), BAD_SCANS.values(), ids=BAD_SCANS.keys())
def test_scan_refuses(asked, request_, message):
    assert asked.refused("Scan", TableName="ttt", **request_) == message


def test_a_start_of_another_segment(asked):
    first = asked("Scan", TableName="ttt", Limit=1)["LastEvaluatedKey"]
    told = asked.refused("Scan", TableName="ttt", Segment=3, TotalSegments=4, ExclusiveStartKey=first)
    assert told.startswith(
        START + ": Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment."
    )


def test_a_filter_is_read_once_for_all_items(asked, monkeypatch):
    """Reading it anew for each item would make a long scan slow; how fast it is, the benchmark measures."""
    read = []
    tree_of = expressions.tree_of
    monkeypatch.setattr(expressions, "tree_of", lambda *args: read.append(args) or tree_of(*args))
    values = {":x": n(1)}
    told = asked("Scan", TableName="ttt", FilterExpression="x < :x", ExpressionAttributeValues=values)
    assert (told["ScannedCount"], len(read)) == (30, 1)
