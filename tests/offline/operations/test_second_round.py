"""What the service answers at the edges: measured by public suites in 2026, as docs/offline.md says."""

import pytest
from asking import Asked, index, item, n, s, table

from helpers.capacity import number_size
from helpers.offline import forms
from helpers.offline.service import ABSENT

INVALID = "ValidationException: "


@pytest.fixture
def asked() -> Asked:
    return Asked().table()


@pytest.fixture
def single() -> Asked:
    """A service whose table has no sort key, and one item."""
    asked = Asked().table(keys="pk")
    asked("PutItem", TableName="ttt", Item={"pk": s("a")})
    return asked


# --- values --------------------------------------------------------------------------------------------------

SETS = {
    "strings by UTF-8": (
        {"SS": ["\U00010000", "b", "\uffff", "B"]},
        {"SS": ["B", "b", "\uffff", "\U00010000"]},
    ),
    "numbers by value": ({"NS": ["10", "9", "-1", "1e2"]}, {"NS": ["-1", "9", "10", "100"]}),
    "binaries by unsigned bytes": ({"BS": ["/w==", "AA==", "fw=="]}, {"BS": ["AA==", "fw==", "/w=="]}),
}


@pytest.mark.parametrize(("given", "kept"), SETS.values(), ids=SETS.keys())
def test_sets_come_back_in_order(asked, given, kept):
    key = item("a", "1")
    asked("PutItem", TableName="ttt", Item=key | {"one": given, "deep": {"L": [{"M": {"x": given}}]}})
    asked(
        "UpdateItem",
        TableName="ttt",
        Key=key,
        UpdateExpression="ADD two :v",
        ExpressionAttributeValues={":v": given},
    )
    found = asked("GetItem", TableName="ttt", Key=key)["Item"]
    assert (found["one"], found["two"], found["deep"]) == (kept, kept, {"L": [{"M": {"x": kept}}]})


def test_a_set_that_grows_stays_in_order(asked):
    key = item("a", "1")
    for member in ("20", "3", "100"):
        given = {":v": {"NS": [member]}}
        asked(
            "UpdateItem",
            TableName="ttt",
            Key=key,
            UpdateExpression="ADD ns :v",
            ExpressionAttributeValues=given,
        )
    assert asked("GetItem", TableName="ttt", Key=key)["Item"]["ns"] == {"NS": ["3", "20", "100"]}


@pytest.mark.parametrize(
    ("number", "size"),
    [("0", 1), ("0.0", 1), ("1200", 2), ("1200.5", 4), ("0.001", 2), ("1.001", 4), ("-0.5", 3), ("1.50", 3)],
)
def test_edges_of_a_number_s_size(number, size):
    assert number_size(number) == size


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("1e9223372036854775808", "Number overflow"),
        ("-1E+99999999999999999999", "Number overflow"),
        ("1e-9223372036854775808", "Number underflow"),
        ("\u0661", "The parameter cannot be converted to a numeric value"),
        ("Infinity", "The parameter cannot be converted to a numeric value"),
    ],
)
def test_numbers_that_no_decimal_holds(asked, number, told):
    assert told in asked.refused("PutItem", TableName="ttt", Item=item("a", "1", x={"N": number}))
    assert told in asked.refused("PutItem", TableName="ttt", Item=item("a", "1", x={"NS": [number]}))


def test_an_exponent_may_have_leading_zeros(asked):
    asked("PutItem", TableName="ttt", Item=item("a", "1", x={"N": "1e" + "0" * 30 + "2"}))
    assert asked("Scan", TableName="ttt")["Items"][0]["x"] == n(100)


HALVES = {
    "value": {"Item": item("a", "1", x=s("\ud800"))},
    "name": {"Item": item("a", "1") | {"\udfff": s("x")}},
    "name in a map": {"Item": item("a", "1", x={"M": {"a\ud800": s("x")}})},
    "expression": {"Item": item("a", "1"), "ConditionExpression": "attribute_exists(\ud800)"},
}


@pytest.mark.parametrize("given", HALVES.values(), ids=HALVES.keys())
def test_half_a_surrogate_pair_is_no_string(asked, given):
    assert asked.refused("PutItem", TableName="ttt", **given) == (
        "SerializationException: A string holds half of a surrogate pair, which is no character"
    )


# --- updates -------------------------------------------------------------------------------------------------


def test_an_update_is_measured_by_what_it_writes(asked):
    asked.table("one", "pk")

    def update(size: int) -> dict:
        values = {":v": s("x" * size)}
        key = {"TableName": "one", "Key": {"pk": s("x")}}
        return key | {"UpdateExpression": "SET b = :v", "ExpressionAttributeValues": values}

    asked("UpdateItem", **update(409_581 - 4))  # the key is 3 bytes, the name 1
    assert asked.refused("UpdateItem", **update(409_581 - 3)) == (
        INVALID + "Item size to update has exceeded the maximum allowed size"
    )


def test_what_an_update_takes_away_weighs_two(asked):
    asked.table("one", "pk")
    values = {":v": s("x" * (409_600 - 3 - 19 - 1 - 2 - 1))}
    asked(
        "UpdateItem",
        TableName="one",
        Key={"pk": s("x")},
        UpdateExpression="SET b = :v REMOVE c",
        ExpressionAttributeValues=values,
    )
    assert "Item size to update" in asked.refused(
        "UpdateItem",
        TableName="one",
        Key={"pk": s("x")},
        UpdateExpression="SET b = :v REMOVE cc",
        ExpressionAttributeValues=values,
    )


def test_an_index_far_beyond_a_list_appends(asked):
    key = item("a", "1")
    asked("PutItem", TableName="ttt", Item=key | {"l": {"L": [n(1)]}})
    given = {"TableName": "ttt", "Key": key, "ExpressionAttributeValues": {":v": n(2)}}
    asked("UpdateItem", UpdateExpression="SET l[4294967294] = :v", **given)
    assert asked("Scan", TableName="ttt")["Items"][0]["l"] == {"L": [n(1), n(2)]}
    assert "allowable range" in asked.refused(
        "UpdateItem", UpdateExpression="SET l[4294967295] = :v", **given
    )


# --- transactions --------------------------------------------------------------------------------------------


def test_a_projection_that_matches_nothing_gives_no_item(asked):
    asked("PutItem", TableName="ttt", Item=item("a", "1"))
    get = {"TableName": "ttt", "Key": item("a", "1"), "ProjectionExpression": "x"}
    assert asked("TransactGetItems", TransactItems=[{"Get": get}]) == {"Responses": [{}]}


def test_a_transaction_doubles_the_table_s_write_alone():
    asked = Asked().table(types={"g": "S"}, GlobalSecondaryIndexes=[index("by_g", "g")])

    def units(value: str) -> tuple:
        put = {"Put": {"TableName": "ttt", "Item": item("a", "1", g=s(value))}}
        told = asked("TransactWriteItems", TransactItems=[put], ReturnConsumedCapacity="INDEXES")
        (cost,) = told["ConsumedCapacity"]
        return cost["Table"]["CapacityUnits"], cost["GlobalSecondaryIndexes"]["by_g"]["CapacityUnits"]

    assert units("x") == (2, 1)
    assert units("y") == (2, 2)  # the key moved: a delete and a put


def test_a_replay_reads_what_the_first_call_met(asked):
    asked("PutItem", TableName="ttt", Item=item("a", "1", x=s("x" * 9000)))
    request = {
        "TransactItems": [{"Delete": {"TableName": "ttt", "Key": item("a", "1")}}],
        "ClientRequestToken": "t",
        "ReturnConsumedCapacity": "TOTAL",
    }
    asked("TransactWriteItems", **request)
    (cost,) = asked("TransactWriteItems", **request)["ConsumedCapacity"]
    assert cost["ReadCapacityUnits"] == 6  # three times 4 KB, each twice


BAD_KEYS = {
    "number": n("abc"),
    "numbers": {"NS": ["1", "abc"]},
    "equal numbers": {"NS": ["1", "1.0"]},
    "empty set": {"SS": []},
}


@pytest.mark.parametrize("bad", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_a_bad_number_or_set_in_a_transaction_s_key_is_refused_at_once(asked, bad):
    key = {"TableName": "ttt", "Key": {"pk": bad, "sk": s("1")}}
    assert asked.refused("TransactGetItems", TransactItems=[{"Get": key}]).startswith(INVALID)
    assert asked.refused("TransactWriteItems", TransactItems=[{"Delete": key}]).startswith(INVALID)


def test_deep_values_cancel_an_update_and_not_a_check(asked):
    deep = s("x")
    for _ in range(33):
        deep = {"L": [deep]}
    given = {"TableName": "ttt", "Key": item("a", "1"), "ExpressionAttributeValues": {":v": deep}}
    status, body = asked.answer(
        "TransactWriteItems", {"TransactItems": [{"Update": given | {"UpdateExpression": "SET x = :v"}}]}
    )
    assert (status, body["CancellationReasons"][0]["Code"]) == (400, "ValidationError")
    assert "Nesting Levels" in body["CancellationReasons"][0]["Message"]
    asked(
        "TransactWriteItems", TransactItems=[{"ConditionCheck": given | {"ConditionExpression": "x <> :v"}}]
    )


# --- reads ---------------------------------------------------------------------------------------------------


def test_a_batch_takes_two_spellings_of_a_number_as_two_keys():
    asked = Asked().table("num", "pk", types={"pk": "N"})
    asked("PutItem", TableName="num", Item={"pk": n(1000)})
    keys = {"num": {"Keys": [{"pk": n(1000)}, {"pk": n("1e3")}]}}
    assert asked("BatchGetItem", RequestItems=keys)["Responses"]["num"] == [{"pk": n(1000)}] * 2
    keys["num"]["Keys"].append({"pk": n(1000)})
    assert "duplicates" in asked.refused("BatchGetItem", RequestItems=keys)


def test_a_batch_mixes_no_expressions_and_older_parameters(asked):
    asked.table("other")
    wanted = {
        "ttt": {"Keys": [item("a", "1")], "ProjectionExpression": "x"},
        "other": {"Keys": [item("a", "1")], "AttributesToGet": ["x"]},
    }
    assert asked.refused("BatchGetItem", RequestItems=wanted) == (
        INVALID + "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
    )


def test_a_query_of_one_item_cannot_go_on(single):
    query = {
        "TableName": "ttt",
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": s("a")},
        "Limit": 1,
    }
    assert "LastEvaluatedKey" not in single("Query", **query)
    assert single.refused("Query", **query, ExclusiveStartKey={"pk": s("a")}) == (
        INVALID + "The provided exclusive start key is invalid: ExclusiveStartKey: {pk=AttributeValue: {S:a}}"
    )
    assert "LastEvaluatedKey" in single("Scan", TableName="ttt", Limit=1)


# --- around tables -------------------------------------------------------------------------------------------


def test_a_stream_is_seen_to_be_turned_on_and_off(asked):
    def described(arn: str) -> str:
        return asked("DescribeStream", StreamArn=arn)["StreamDescription"]["StreamStatus"]

    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    told = asked("UpdateTable", TableName="ttt", StreamSpecification=on)["TableDescription"]
    arn = told["LatestStreamArn"]
    assert [described(arn), described(arn)] == ["ENABLING", "ENABLED"]
    asked("UpdateTable", TableName="ttt", StreamSpecification={"StreamEnabled": False})
    assert [described(arn), described(arn)] == ["DISABLING", "DISABLED"]
    asked("UpdateTable", TableName="ttt", StreamSpecification=on)


def test_an_export_names_the_arn_of_a_table_that_is_not_there(asked):
    arn = asked.service.arn("nowhere")
    assert asked.refused("ExportTableToPointInTime", TableArn=arn, S3Bucket="bucket") == (
        f"TableNotFoundException: Table not found: {arn}"
    )


# --- nothing is dropped --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "name"), [(operation, name) for operation, names in ABSENT.items() for name in names]
)
def test_a_feature_that_is_not_there_is_a_parameter_of_the_model(operation, name):
    assert name in forms.input_of(operation).members


def test_a_feature_that_is_not_there_is_refused():
    asked = Asked()
    vectors = [
        {
            "IndexName": "vec",
            "VectorAttribute": {"AttributeName": "v"},
            "Projection": {"ProjectionType": "ALL"},
            "Dimensions": 3,
            "DistanceFunction": "COSINE",
        }
    ]
    wanted = table(VectorIndexes=vectors)
    assert asked.refused("CreateTable", **wanted) == (
        INVALID + "VectorIndexes of CreateTable is not part of the offline service."
    )
    assert asked("ListTables") == {"TableNames": []}


def test_a_parameter_that_nobody_knows_is_refused(asked):
    told = asked.refused("PutItem", TableName="ttt", Item=item("a", "1"), Colour="red")
    assert told == INVALID + "The offline service does not know the parameter Colour of PutItemInput."
    assert asked("Scan", TableName="ttt")["Count"] == 0
    asked("PutItem", TableName="ttt", Item=item("a", "1"), Colour=None)
