"""Transactions: all or nothing, reasons, tokens."""

import time
from copy import deepcopy

import pytest
from asking import Asked, index, item, n, s

from helpers.offline import rehearsal
from helpers.offline.tables.shelf import Shelf


@pytest.fixture
def asked():
    asked = Asked().table(types={"g": "S"}, GlobalSecondaryIndexes=[index("by_g", "g")])
    asked("PutItem", TableName="ttt", Item=item("a", "1", x=n(5)))
    return asked


def put(sk: str = "2", **attributes) -> dict:
    return {"Put": {"TableName": "ttt", "Item": item("a", sk, **attributes)}}


def act(action: str, sk: str = "1", **more) -> dict:
    return {action: {"TableName": "ttt", "Key": item("a", sk), **more}}


FALSE = {"ConditionExpression": "x > :x", "ExpressionAttributeValues": {":x": n(10)}}
ADD = {"UpdateExpression": "ADD x :one", "ExpressionAttributeValues": {":one": n(1)}}


def items_of(asked) -> dict:
    return {one["sk"]["S"]: one for one in asked("Scan", TableName="ttt")["Items"]}


def test_all_of_it_is_done(asked):
    asked("PutItem", TableName="ttt", Item=item("a", "3"))
    asked("PutItem", TableName="ttt", Item=item("a", "4"))
    check = act("ConditionCheck", "4", ConditionExpression="attribute_exists(pk)")
    asked(
        "TransactWriteItems", TransactItems=[put(g=s("x")), act("Update", **ADD), act("Delete", "3"), check]
    )
    assert items_of(asked) == {
        "1": item("a", "1", x=n(6)),
        "2": item("a", "2", g=s("x")),
        "4": item("a", "4"),
    }
    assert asked("Scan", TableName="ttt", IndexName="by_g")["Count"] == 1


def reasons(asked, *actions: dict) -> tuple[str, list[dict]]:
    before = items_of(asked)
    status, body = asked.service.answer("TransactWriteItems", deepcopy({"TransactItems": list(actions)}))
    assert (status, body["__type"].partition("#")[2]) == (400, "TransactionCanceledException")
    assert items_of(asked) == before
    return body["Message"], body["CancellationReasons"]


def test_none_of_it_is_done_and_the_reasons_come_in_order(asked):
    told, why = reasons(asked, put(), act("ConditionCheck", **FALSE), act("Delete", "9"))
    assert told == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed, None]"
    )
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    assert why == [{"Code": "None"}, failed, {"Code": "None"}]
    _, why = reasons(asked, act("Delete", ReturnValuesOnConditionCheckFailure="ALL_OLD", **FALSE))
    assert why == [failed | {"Item": item("a", "1", x=n(5))}]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            act("Update", UpdateExpression="SET y = nope"),
            "The provided expression refers to an attribute that does not",
        ),
        (
            act("Update", UpdateExpression="SET g = x"),
            "The update expression attempted to update the secondary index",
        ),
        (
            {"Delete": {"TableName": "ttt", "Key": {"pk": s("a")}}},
            "The provided key element does not match the schema",
        ),
        (
            {"Put": {"TableName": "ttt", "Item": {"pk": s("a")}}},
            "One or more parameter values were invalid: Missing the key sk in the item",
        ),
        (put("s" * 1025), "One or more parameter values were invalid: Aggregated size of all range keys"),
        (
            {"Delete": {"TableName": "ttt", "Key": item("p" * 2049, "1")}},
            "One or more parameter values were invalid: Size of hashkey has exceeded",
        ),
        (
            put("9", g=s("x" * 2049)),
            "One or more parameter values were invalid: Size limit exceeded for Index Key g",
        ),
    ],
    ids=range(7),
)
def test_a_write_that_cannot_be_made_cancels(asked, action, message):
    told, why = reasons(asked, put(), action)
    assert told.endswith("[None, ValidationError]")
    assert why[1]["Code"] == "ValidationError"
    assert why[1]["Message"].startswith(message)


BAD = {
    "one item twice": (
        [put("1"), act("Update", **ADD)],
        "Transaction request cannot include multiple operations on one item",
    ),
    "two actions in one": (
        [put("2") | act("Delete", "3")],
        "TransactItems can only contain one of Check, Put, Update or Delete",
    ),
    "no action": (
        [{}],
        "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request",
    ),
    "empty key": (
        [{"Delete": {"TableName": "ttt", "Key": item("", "1")}}],
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
        "string value. Key: pk",
    ),
    "no values": (
        [act("Delete", ConditionExpression="attribute_exists(pk)", ExpressionAttributeValues={})],
        "ExpressionAttributeValues must not be empty",
    ),
    "a section twice": (
        [act("Update", UpdateExpression="SET y = x SET z = x")],
        'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
    ),
    "over 4 MB": (
        [put(str(number), x=s("x" * 390 * 1024)) for number in range(11)],
        "Transaction payload size cannot exceed 4 MB",
    ),
}


@pytest.mark.parametrize(("actions", "message"), BAD.values(), ids=BAD.keys())
def test_what_is_no_transaction(asked, actions, message):
    assert asked.refused("TransactWriteItems", TransactItems=actions) == f"ValidationException: {message}"
    assert list(items_of(asked)) == ["1"]


def test_names_and_values_without_an_expression(asked):
    unasked = {"ExpressionAttributeNames": {"#x": "x"}, "ExpressionAttributeValues": {":x": n(1)}}
    unasked_put = {"Put": put()["Put"] | unasked}
    asked("TransactWriteItems", TransactItems=[unasked_put, act("Delete", "1", **unasked)])
    assert list(items_of(asked)) == ["2"]
    get = {"TableName": "ttt", "Key": item("a", "2"), "ExpressionAttributeNames": {"#x": "x"}}
    assert asked("TransactGetItems", TransactItems=[{"Get": get}])["Responses"] == [{"Item": item("a", "2")}]
    unused = asked.refused("TransactGetItems", TransactItems=[{"Get": get | {"ProjectionExpression": "pk"}}])
    assert unused.endswith("Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}")


def test_the_request_is_limited_and_not_the_items_that_it_deletes(asked):
    numbers = [str(number) for number in range(10, 21)]
    for number in numbers:
        asked("PutItem", TableName="ttt", Item=item("a", number, x=s("x" * 390 * 1024)))
    asked("TransactWriteItems", TransactItems=[act("Delete", number) for number in numbers])
    assert list(items_of(asked)) == ["1"]


def test_only_the_first_invalid_action_is_told(asked):
    wrong = {"Put": {"TableName": "ttt", "Item": {"pk": n(7), "sk": s("1")}}}
    _, why = reasons(asked, put(), wrong, wrong, act("Delete", **FALSE))
    assert [one["Code"] for one in why] == ["None", "ValidationError", "None", "None"]


def test_an_unknown_table(asked):
    wrong = {"Put": {"TableName": "nope", "Item": {}}}
    assert asked.refused("TransactWriteItems", TransactItems=[put(), wrong]) == (
        "ResourceNotFoundException: Requested resource not found"
    )


def test_a_token_makes_a_repetition_harmless(asked, monkeypatch):
    request = {
        "TransactItems": [act("Update", **ADD)],
        "ClientRequestToken": "one",
        "ReturnConsumedCapacity": "TOTAL",
    }
    first, again = asked("TransactWriteItems", **request), asked("TransactWriteItems", **request)
    assert items_of(asked)["1"]["x"] == n(6)
    assert first["ConsumedCapacity"] == [
        {"TableName": "ttt", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}
    ]
    assert again["ConsumedCapacity"] == [{"TableName": "ttt", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]
    told = asked.refused("TransactWriteItems", TransactItems=[put()], ClientRequestToken="one")
    assert told.startswith("IdempotentParameterMismatchException: ")
    asked("TransactWriteItems", TransactItems=[act("Update", **ADD)], ClientRequestToken="two")
    now = time.time()
    monkeypatch.setattr(rehearsal, "now", lambda: now + 601)
    asked("TransactWriteItems", **request)
    assert items_of(asked)["1"]["x"] == n(8)


def test_a_cancelled_transaction_keeps_no_token(asked):
    request = {
        "TransactItems": [
            act("Update", **ADD | FALSE | {"ExpressionAttributeValues": {":one": n(1), ":x": n(10)}})
        ]
    }
    assert "Canceled" in asked.refused("TransactWriteItems", **request, ClientRequestToken="one")
    asked("TransactWriteItems", TransactItems=[put()], ClientRequestToken="one")


# --- TransactGetItems ----------------------------------------------------------------------------------------


def test_a_hundred_reads_in_order(asked):
    gets = [
        {"Get": {"TableName": "ttt", "Key": item("a", str(i)), "ProjectionExpression": "x"}}
        for i in range(100)
    ]
    found = asked("TransactGetItems", TransactItems=gets)["Responses"]
    assert found == [{}, {"Item": {"x": n(5)}}, *[{}] * 98]
    assert "Member must have length less than or equal to 100" in asked.refused(
        "TransactGetItems", TransactItems=[*gets, gets[0]]
    )
    assert asked.refused("TransactGetItems", TransactItems=[gets[0], gets[0]]) == (
        "ValidationException: Transaction request cannot include multiple operations on one item"
    )
    for key in ({"pk": s("a")}, item("a", "s" * 1025)):
        wrong = {"Get": {"TableName": "ttt", "Key": key}}
        assert asked.refused("TransactGetItems", TransactItems=[gets[0], wrong]).endswith(
            "[None, ValidationError]"
        )


def test_a_transaction_walks_no_table(asked, monkeypatch):
    """So it takes as long on a large table; how long, the benchmark measures."""
    for walk in ("order", "__iter__"):
        monkeypatch.setattr(Shelf, walk, lambda shelf: pytest.fail("walked"))
    asked("TransactWriteItems", TransactItems=[put("2"), act("Update", **ADD)])
    asked("TransactGetItems", TransactItems=[{"Get": {"TableName": "ttt", "Key": item("a", "2")}}])
