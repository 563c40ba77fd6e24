"""What the service refuses for a request's form, and the refusals of its streams, settings and unknown operations."""

import re

import pytest
from asking import Asked, item, n, s

from helpers.offline.server import Server


@pytest.fixture
def asked():
    return Asked().table()


NO_CAST = (
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class "
    "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of "
    "loader 'bootstrap')"
)
FORMS = {
    "number for a string": ("GetItem", {"TableName": 5}, "NUMBER_VALUE cannot be converted to String"),
    "fraction for a string": ("GetItem", {"TableName": 5.5}, "DECIMAL_VALUE cannot be converted to String"),
    "true for a string": ("GetItem", {"TableName": True}, "TRUE_VALUE cannot be converted to String"),
    "list for a string": (
        "GetItem",
        {"TableName": []},
        "Unrecognized collection type class java.lang.String",
    ),
    "map for a string": ("GetItem", {"TableName": {}}, "Start of structure or map found where not expected"),
    "string for a number": ("Scan", {"Limit": "5"}, "STRING_VALUE cannot be converted to Integer"),
    "string for a boolean": ("GetItem", {"ConsistentRead": "maybe"}, "Unexpected token received from parser"),
    "number for a boolean": ("GetItem", {"ConsistentRead": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
    "no number": ("Scan", {"Limit": float("nan")}, "DECIMAL_VALUE cannot be converted to Integer"),
    "a number without end": ("Scan", {"Limit": float("inf")}, "DECIMAL_VALUE cannot be converted to Integer"),
    "no number for a string": (
        "Scan",
        {"TableName": float("nan")},
        "DECIMAL_VALUE cannot be converted to String",
    ),
    "no end for a boolean": (
        "GetItem",
        {"ConsistentRead": float("inf")},
        "DECIMAL_VALUE cannot be converted to Boolean",
    ),
    "string for a time": (
        "ListBackups",
        {"TimeRangeLowerBound": "a"},
        "STRING_VALUE cannot be converted to Date",
    ),
    "string for a map": ("GetItem", {"Key": "a"}, "Unexpected field type"),
    "string for a value": ("GetItem", {"Key": {"pk": "a"}}, "Unexpected value type in payload"),
    "number in a value": (
        "PutItem",
        {"Item": {"pk": {"N": 5}}},
        "NUMBER_VALUE cannot be converted to String",
    ),
    "number deep down": (
        "PutItem",
        {"Item": {"pk": {"M": {"a": {"L": [{"S": 1}]}}}}},
        "NUMBER_VALUE cannot be converted to String",
    ),
    "list for a value": (
        "PutItem",
        {"Item": {"pk": []}},
        "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue",
    ),
    "string for a list": ("PutItem", {"Item": {"pk": {"SS": "a"}}}, "Unexpected field type"),
    "map for a list": (
        "PutItem",
        {"Item": {"pk": {"L": {}}}},
        "Start of structure or map found where not expected",
    ),
    "bytes of odd length": (
        "PutItem",
        {"Item": {"pk": {"B": "abc"}}},
        "Base64 encoded length is expected a multiple of 4 bytes but found: 3",
    ),
    "bytes of other text": (
        "PutItem",
        {"Item": {"pk": {"B": "ab=="}}},
        "Invalid last non-pad Base64 character dectected",
    ),
    "number for bytes": (
        "PutItem",
        {"Item": {"pk": {"B": 1}}},
        "only base-64-encoded strings are convertible to bytes",
    ),
    "a list for the map of a batch": (
        "BatchWriteItem",
        {"RequestItems": []},
        "Unrecognized collection type java.util.Map<java.lang.String, "
        "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>",
    ),
    "a string for a list in a map": ("BatchWriteItem", {"RequestItems": {"ttt": "a"}}, NO_CAST),
    "a number for a map in a list": ("BatchGetItem", {"RequestItems": {"ttt": {"Keys": [1]}}}, NO_CAST),
}


@pytest.mark.parametrize(("operation", "request_", "message"), FORMS.values(), ids=FORMS.keys())
def test_json_of_the_wrong_type_does_not_serialize(asked, operation, request_, message):
    assert asked.refused(operation, **request_) == f"SerializationException: {message}"


def test_a_fraction_is_cut_off(asked):
    asked("BatchWriteItem", RequestItems={"ttt": [{"PutRequest": {"Item": item("a", sk)}} for sk in "123"]})
    assert asked("Scan", TableName="ttt", Limit=2.9)["Count"] == 2
    assert asked("ListTables", Limit=1.5)["TableNames"] == ["ttt"]


@pytest.mark.parametrize(
    ("text", "meant"), [("true", True), ("YES", True), ("1", True), ("No", False), ("0", False)]
)
def test_some_texts_are_booleans(asked, text, meant):
    asked("PutItem", TableName="ttt", Item=item("a", "1", x={"BOOL": text}))
    assert asked("GetItem", TableName="ttt", Key=item("a", "1"), ConsistentRead=text)["Item"]["x"] == {
        "BOOL": meant
    }
    told = asked.refused("GetItem", TableName="ttt", Key={"pk": {"NULL": "no"}})
    assert told.endswith("Null attribute value types must have the value of true")


def test_null_members_are_dropped_and_unknown_ones_refused(asked):
    get = {"TableName": "ttt", "Key": item("a", "1"), "ConsistentRead": None}
    assert asked("GetItem", **get, Nonsense=None) == {}
    assert "does not know the parameter Nonsense" in asked.refused("GetItem", **get, Nonsense=1)


def several(*broken: str) -> str:
    errors = "error" if len(broken) == 1 else "errors"
    return f"ValidationException: {len(broken)} validation {errors} detected: " + "; ".join(broken)


def broken(value: str, where: str, rule: str) -> str:
    return f"Value {value} at '{where}' failed to satisfy constraint: Member must {rule}"


CONSTRAINTS = {
    "missing": (
        "GetItem",
        {},
        several(broken("null", "tableName", "not be null"), broken("null", "key", "not be null")),
    ),
    "short": (
        "GetItem",
        {"TableName": "ab", "Key": {}},
        several(broken("'ab'", "tableName", "have length greater than or equal to 3")),
    ),
    "enum": (
        "Scan",
        {"TableName": "ttt", "ReturnConsumedCapacity": "SOME"},
        several(broken("'SOME'", "returnConsumedCapacity", "satisfy enum value set: [INDEXES, TOTAL, NONE]")),
    ),
    "select": (
        "Scan",
        {"TableName": "ttt", "Select": "count"},
        several(
            broken(
                "'count'",
                "select",
                "satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
            )
        ),
    ),
    "limit 0": (
        "Scan",
        {"TableName": "ttt", "Limit": 0},
        several(broken("'0'", "limit", "have value greater than or equal to 1")),
    ),
    "return values": (
        "UpdateItem",
        {"TableName": "ttt", "Key": {}, "ReturnValues": "ALL"},
        several(
            broken(
                "'ALL'",
                "returnValues",
                "satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
            )
        ),
    ),
    "a batch of nothing": (
        "BatchGetItem",
        {"RequestItems": {}},
        several(broken("'{}'", "requestItems", "have length greater than or equal to 1")),
    ),
    "a batch write of nothing": (
        "BatchWriteItem",
        {"RequestItems": {}},
        several(broken("'{}'", "requestItems", "have length greater than or equal to 1")),
    ),
    "no keys": (
        "BatchGetItem",
        {"RequestItems": {"ttt": {"Keys": []}}},
        several(broken("'[]'", "requestItems.ttt.member.keys", "have length greater than or equal to 1")),
    ),
    "a transaction of nothing": (
        "TransactWriteItems",
        {"TransactItems": []},
        several(broken("'[]'", "transactItems", "have length greater than or equal to 1")),
    ),
    "a long token": (
        "TransactWriteItems",
        {"TransactItems": [{}], "ClientRequestToken": "t" * 37},
        several(broken(f"'{'t' * 37}'", "clientRequestToken", "have length less than or equal to 36")),
    ),
    "a check of nothing": (
        "TransactWriteItems",
        {"TransactItems": [{"ConditionCheck": {"TableName": "ttt", "Key": {}}}]},
        several(broken("null", "transactItems.1.member.conditionCheck.conditionExpression", "not be null")),
    ),
}


@pytest.mark.parametrize(("operation", "request_", "message"), CONSTRAINTS.values(), ids=CONSTRAINTS.keys())
def test_constraints_of_the_model(asked, operation, request_, message):
    assert asked.refused(operation, **request_) == message


LENGTHS = (
    "Member must have length less than or equal to {}, Member must have length greater than or equal to {}"
)
BAD_KEYS = f"Map keys must satisfy constraint: [{LENGTHS.format(255, 3)}, Member must satisfy regular expression pattern: "
BAD_VALUES = f"Map value must satisfy constraint: [{LENGTHS.format(25, 1)}]"


@pytest.mark.parametrize(
    ("operation", "items", "told"),
    [
        ("BatchGetItem", {"a": {}}, (BAD_KEYS, "Value null at 'requestItems.a.member.keys'")),
        ("BatchGetItem", {"aa;": {"Keys": []}}, (BAD_KEYS, "Value '[]' at 'requestItems.aa;.member.keys'")),
        ("BatchWriteItem", {"a": []}, (BAD_KEYS, BAD_VALUES)),
        ("BatchWriteItem", {"abc": []}, (BAD_VALUES,)),
        (
            "BatchWriteItem",
            {"aa;": [{"PutRequest": {}, "DeleteRequest": {}}]},
            (
                BAD_KEYS,
                "Value null at 'requestItems.aa;.member.1.member.putRequest.item'",
                "Value null at 'requestItems.aa;.member.1.member.deleteRequest.key'",
            ),
        ),
    ],
    ids=str,
)
def test_everything_wrong_with_a_batch_is_told(asked, operation, items, told):
    message = asked.refused(operation, RequestItems=items, ReturnConsumedCapacity="hi")
    assert message.startswith(f"ValidationException: {len(told) + 1} validation errors detected: ")
    assert all(one in message for one in ("returnConsumedCapacity", *told))


@pytest.mark.parametrize(
    ("operation", "request_", "told"),
    [
        (
            "GetItem",
            {"AttributesToGet": [], "ReturnConsumedCapacity": "hi"},
            ["returnConsumedCapacity", "attributesToGet", "tableName", "key"],
        ),
        (
            "Scan",
            {"TableName": "abc", "Limit": 0, "Segment": -1, "TotalSegments": 0, "Select": "hi"},
            ["select", "totalSegments", "segment", "limit"],
        ),
        (
            "CreateTable",
            {"TableName": "abc", "ProvisionedThroughput": {}},
            [
                "attributeDefinitions",
                "provisionedThroughput.writeCapacityUnits",
                "provisionedThroughput.readCapacityUnits",
                "keySchema",
            ],
        ),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_in_the_service_s_order(asked, operation, request_, told):
    message = asked.refused(operation, **request_)
    assert re.findall(r"at '([^']+)'", message) == told


@pytest.mark.parametrize(
    "operation", ["DescribeTable", "DeleteTable", "DescribeTimeToLive", "UpdateTimeToLive"]
)
def test_the_name_of_a_table_comes_first(asked, operation):
    assert asked.refused(operation) == (
        "ValidationException: The parameter 'TableName' is required but was not present in the request"
    )
    assert asked.refused(operation, TableName="a;") == (
        "ValidationException: TableName must be at least 3 characters long and at most 255 characters long"
    )


@pytest.mark.parametrize("operation", ["TagResource", "UntagResource", "ListTagsOfResource"])
def test_tags_need_an_arn_first(asked, operation):
    assert asked.refused(operation) == "ValidationException: Invalid TableArn"


@pytest.mark.parametrize("value", [{"S": "a", "N": "b"}, {"S": "", "NS": ["1", "b"]}], ids=str)
def test_a_bad_number_comes_before_a_second_type(asked, value):
    number = "The parameter cannot be converted to a numeric value: b"
    keys = {"ttt": {"Keys": [{"pk": value}]}}
    assert asked.refused("BatchGetItem", RequestItems=keys) == f"ValidationException: {number}"
    for start in ("Scan", "Query"):
        told = asked.refused(start, TableName="ttt", ExclusiveStartKey={"pk": value})
        assert told == f"ValidationException: {number}"
    condition = {"FilterExpression": "x = :x", "ExpressionAttributeValues": {":x": value}}
    told = asked.refused("Scan", TableName="ttt", **condition)
    assert (
        told == f"ValidationException: ExpressionAttributeValues contains invalid value: {number} for key :x"
    )


NO_NUMBER = "The parameter cannot be converted to a numeric value: b"
NUMBERS = [
    ({"N": "b"}, NO_NUMBER),
    ({"S": "a", "N": "b"}, NO_NUMBER),
    ({"L": [{"NS": ["1", "1.0"]}]}, "Input collection contains duplicates"),
]


@pytest.mark.parametrize(("value", "told"), NUMBERS, ids=str)
def test_a_bad_number_comes_before_a_missing_table(asked, value, told):
    told = f"ValidationException: {told}"
    enveloped = told.replace(": ", ": 1 validation error detected: ", 1)
    writes = [{"PutRequest": {"Item": {"pk": value}}}], [{"DeleteRequest": {"Key": {"pk": value}}}]
    assert asked.refused("PutItem", TableName="none", Item={"pk": value}) == enveloped
    for operation in ("UpdateItem", "DeleteItem"):
        assert asked.refused(operation, TableName="none", Key={"pk": value}) == enveloped
    assert asked.refused("GetItem", TableName="none", Key={"pk": value}) == told
    for one in writes:
        assert asked.refused("BatchWriteItem", RequestItems={"none": one}) == told


def test_an_item_too_large_comes_before_a_missing_table(asked):
    told = "ValidationException: Item size has exceeded the maximum allowed size"
    nowhere = "ResourceNotFoundException: Requested resource not found"
    for spare, answer in ((0, nowhere), (1, told)):
        large = {"pk": s("x" * (400 * 1024 - len("pk") + spare))}
        assert asked.refused("PutItem", TableName="none", Item=large) == answer
        puts = {"none": [{"PutRequest": {"Item": large}}]}
        assert asked.refused("BatchWriteItem", RequestItems=puts) == answer


def test_101_actions_and_26_writes_are_too_many(asked):
    puts = [{"Put": {"TableName": "ttt", "Item": item("a", str(i))}} for i in range(101)]
    assert asked.refused("TransactWriteItems", TransactItems=puts).endswith(
        "at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100"
    )
    asked("TransactWriteItems", TransactItems=puts[:100])
    writes = [{"PutRequest": {"Item": item("a", str(i))}} for i in range(26)]
    assert asked.refused("BatchWriteItem", RequestItems={"ttt": writes}).endswith(
        "failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"
    )
    asked.table("uuu")
    two = {"ttt": writes[:13], "uuu": writes[:13]}
    assert asked.refused("BatchWriteItem", RequestItems=two) == (
        "ValidationException: Too many items requested for the BatchWriteItem call"
    )
    keys = [item("a", str(i)) for i in range(51)]
    assert asked.refused("BatchGetItem", RequestItems={"ttt": {"Keys": keys}, "uuu": {"Keys": keys}}) == (
        "ValidationException: Too many items requested for the BatchGetItem call"
    )


def test_the_form_comes_first_then_the_request_then_the_table(asked):
    nonsense = {"TableName": "nope", "Key": {"pk": {"SS": []}}, "ProjectionExpression": "a b"}
    assert "SerializationException" in asked.refused("GetItem", **nonsense, ConsistentRead=1)
    assert "enum value set" in asked.refused("GetItem", **nonsense, ReturnConsumedCapacity="x")
    assert "may not be empty" in asked.refused("GetItem", **nonsense)
    assert "Syntax error" in asked.refused("GetItem", **nonsense | {"Key": {"pk": n(1)}})
    assert "ResourceNotFound" in asked.refused("GetItem", TableName="nope", Key={"pk": n(1)})
    assert "does not match the schema" in asked.refused("GetItem", TableName="ttt", Key={"pk": n(1)})


def nested(depth: int, value: dict) -> dict:
    for _ in range(depth):
        value = {"L": [value]}
    return value


def test_values_are_nested_32_levels_deep(asked):
    for value in (nested(31, s("x")), nested(31, {"L": []})):
        asked("PutItem", TableName="ttt", Item=item("a", "1", x=value))


def test_too_deep_for_python_is_too_deep_for_the_service(asked):
    told = (
        "Nesting Levels have exceeded supported limits: "
        "Attributes in the item have nested levels beyond supported limit"
    )
    for depth in (32, 400, 3000):
        request = {"TableName": "ttt", "Item": item("a", "1", x=nested(depth, s("x")))}
        status, body = asked.service.answer("PutItem", request)
        assert (status, body["message"]) == (400, told)


def test_what_is_only_compared_is_no_deeper_either(asked):
    """ExtendDB measured it again in August 2026, in two Regions: each of ExpressionAttributeValues has the limit."""
    key = item("a", "1")
    for depth, told in ((31, None), (32, "Nesting Levels have exceeded supported limits")):
        deep = {"ExpressionAttributeValues": {":deep": nested(depth, s("x")), ":x": s("x")}}
        same = {"TableName": "ttt", "Key": key, "ConditionExpression": ":deep = :deep", **deep}
        request = {"UpdateExpression": "SET x = :x", **same}
        if told is None:
            asked("UpdateItem", **request)
        else:
            refused = asked.refused("UpdateItem", **request)
            assert refused.startswith("ValidationException: ") and told in refused


NULL_MEMBERS = [
    ({"SS": ["a", None]}, "An string set may not have a null string as a member"),
    ({"L": [{"M": {"x": {"SS": [None]}}}]}, "An string set may not have a null string as a member"),
    ({"NS": ["1", None]}, "may not have a null"),
    ({"BS": ["QQ==", None]}, "may not have a null"),
]


@pytest.mark.parametrize(("value", "told"), NULL_MEMBERS, ids=str)
def test_a_set_has_no_null(asked, value, told):
    """ExtendDB's tests, which repeat the service's own; the words of the last two are ours."""
    given = {"ExpressionAttributeValues": {":x": value}}
    put = {"PutRequest": {"Item": item("a", "1", x=value)}}
    for operation, request in (
        ("PutItem", {"TableName": "ttt", "Item": item("a", "1", x=value)}),
        (
            "UpdateItem",
            {"TableName": "ttt", "Key": item("a", "1"), "UpdateExpression": "SET x = :x", **given},
        ),
        ("Scan", {"TableName": "ttt", "FilterExpression": "x = :x", **given}),
        ("GetItem", {"TableName": "ttt", "Key": {"pk": s("a"), "sk": value}}),
        ("BatchWriteItem", {"RequestItems": {"ttt": [put]}}),
    ):
        refused = asked.refused(operation, **request)
        assert refused.startswith("ValidationException: ") and told in refused


def test_an_update_tells_one_of_two_that_are_none_of_the_allowed(asked):
    """ExtendDB measured it in August 2026: PutItem and DeleteItem tell both."""
    wrong = {"TableName": "ttt", "ReturnValues": "x", "ReturnConsumedCapacity": "y"}
    for operation, member, told in (
        ("UpdateItem", "Key", ["returnValues"]),
        ("DeleteItem", "Key", ["returnConsumedCapacity", "returnValues"]),
        ("PutItem", "Item", ["returnConsumedCapacity", "returnValues"]),
    ):
        message = asked.refused(operation, **wrong, **{member: item("a", "1")})
        assert re.findall(r"at '([^']+)'", message) == told


def test_a_query_tells_one_of_two_that_are_none_of_the_allowed(asked):
    """ExtendDB measured it in August 2026: a query looks at these two first, a scan tells both."""
    wrong = {"TableName": "ttt", "Select": "x", "ReturnConsumedCapacity": "y"}
    told = asked.refused("Query", **wrong)
    assert told.startswith("ValidationException: 1 validation error detected: Value 'y' at 'returnConsumed")
    told = asked.refused("Query", TableName="ttt", Select="x")
    assert told.startswith("ValidationException: 1 validation error detected: Value 'x' at 'select'")
    told = asked.refused("Scan", **wrong)
    assert re.findall(r"at '([^']+)'", told) == ["select", "returnConsumedCapacity"]


def test_a_batch_reads_a_table_once_though_it_is_named_twice(asked):
    asked("PutItem", TableName="ttt", Item=item("a", "1"))
    names = (asked("DescribeTable", TableName="ttt")["Table"]["TableArn"], "ttt")
    told = asked("BatchGetItem", RequestItems={name: {"Keys": [item("a", "1")]} for name in names})
    assert list(told["Responses"].values()) == [[item("a", "1")]]


@pytest.mark.parametrize("operation", ["Nonsense", "", "__init__", "CreateGlobalTable"])
def test_an_unknown_operation(asked, operation):
    assert asked.refused(operation).startswith("UnknownOperationException: ")


# --- "1 validation error detected: ", where the service puts it: docs/offline.md --------------------------------

UNUSED = {"ExpressionAttributeNames": {"#x": "x"}, "ConditionExpression": "attribute_exists(pk)"}
PREFIX = "1 validation error detected: "


@pytest.mark.parametrize(
    ("operation", "request_", "prefix"),
    [
        ("PutItem", {"Item": item("a", "1"), **UNUSED}, PREFIX),
        ("UpdateItem", {"Key": item("a", "1"), **UNUSED}, PREFIX),
        ("DeleteItem", {"Key": item("a", "1"), **UNUSED}, PREFIX),
        (
            "GetItem",
            {"Key": item("a", "1"), "ProjectionExpression": "pk", "ExpressionAttributeNames": {"#x": "x"}},
            "",
        ),
        ("Scan", {"FilterExpression": "a = a.b", "ExpressionAttributeNames": {"#x": "x"}}, ""),
    ],
)
def test_what_the_request_alone_gets_wrong(asked, operation, request_, prefix):
    assert asked.refused(operation, TableName="ttt", **request_) == (
        f"ValidationException: {prefix}Value provided in ExpressionAttributeNames unused in expressions: keys: {{#x}}"
    )


def test_select_rules_have_the_prefix_in_query_and_scan(asked):
    rule = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    by_key = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": s("a")}}
    asks = {"TableName": "ttt", "Select": "SPECIFIC_ATTRIBUTES"}
    assert asked.refused("Query", **asks, **by_key) == f"ValidationException: {PREFIX}{rule}"
    assert asked.refused("Scan", **asks) == f"ValidationException: {PREFIX}{rule}"


def test_a_set_in_an_update_is_told_without_its_placeholder(asked):
    update = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"SS": []}}}
    assert asked.refused("UpdateItem", TableName="ttt", Key=item("a", "1"), **update) == (
        f"ValidationException: {PREFIX}One or more parameter values were invalid: An string set  may not be empty"
    )


# --- over HTTP -----------------------------------------------------------------------------------------------


@pytest.fixture
def url():
    import threading

    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.url
        server.shutdown()


SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b",
    "X-Amz-Date": "20260101T000000Z",
}
ANY_JSON, AMZ_JSON = "application/json", "application/x-amz-json-1.0"


def exchange(url: str, body: bytes | None, headers: dict, method: str = "POST", path: str = "/"):
    """Status, body and headers of an answer to exactly these headers."""
    from http.client import HTTPConnection

    connection = HTTPConnection(url.removeprefix("http://"))
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    told = answer.status, answer.read(), answer.headers
    connection.close()
    return told


def post(url: str, target: str, body: bytes) -> tuple[int, bytes]:
    return exchange(url, body, SIGNED | {"X-Amz-Target": target, "Content-Type": AMZ_JSON})[:2]


def test_http_says_what_the_service_says(url):
    assert exchange(url, None, {}, "GET")[1] == b"healthy: dynamodb.us-east-1.amazonaws.com "
    assert post(url, "DynamoDB_20120810.ListTables", b"{}") == (200, b'{"TableNames":[]}')
    assert b"UnknownOperationException" in post(url, "Nonsense.ListTables", b"{}")[1]
    for body in (b"", b"{", b"7", b'"a"', b"[]", b"{" * 100_000):
        assert b"SerializationException" in post(url, "DynamoDB_20120810.ListTables", body)[1]


def test_a_request_has_16_megabytes(url):
    for bytes_, status in ((2**24, 200), (2**24 + 1, 413)):
        assert post(url, "DynamoDB_20120810.ListTables", b"{}".ljust(bytes_))[0] == status


@pytest.mark.parametrize(
    ("method", "body", "kind"),
    [
        ("OPTIONS", None, None),
        ("PUT", b"{}", AMZ_JSON),
        ("DELETE", None, None),
        ("POST", b"hi", None),
        ("POST", b"hi", "whatever"),
        ("POST", b"hi", "application/x-amz-json-1.1"),
        ("POST", b"hi", "application/jsonasdf"),
    ],
)
def test_http_knows_only_posts_of_json(url, method, body, kind):
    headers = {"Content-Type": kind} if kind else {}
    status, told, headers = exchange(url, body, headers, method)
    assert (status, told) == (404, b"<UnknownOperationException/>\n")
    assert (headers["x-amz-crc32"], headers["Content-Length"]) == ("3552371480", "29")


LIST = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
MISSING = (2088342776, "MissingAuthenticationTokenException", "Request is missing Authentication Token")
NOT_SIGNED = {  # the sums are those of the service's answers
    "nothing": ("/", {}, MISSING),
    "half a word": ("/", {"Authorization": "AWS4"}, MISSING),
    "no algorithm": (
        "/?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=c&X-Amz-Date=d",
        {},
        MISSING,
    ),
    "twice": (
        "/?X-Amz-Algorithm",
        {"Authorization": "X"},
        (2139606068, "InvalidSignatureException", "Found both 'X-Amz-Algorithm' as"),
    ),
    "the method alone": (
        "/",
        {"Authorization": "AWS4-"},
        (
            1828866742,
            "IncompleteSignatureException",
            "Authorization header requires 'Credential' parameter. ",
        ),
    ),
    "no signed headers": (
        "/",
        {"Authorization": "AWS4- Signature=b, Credential=a", "Date": "a"},
        (
            164353342,
            "IncompleteSignatureException",
            "Authorization header requires 'SignedHeaders' parameter. ",
        ),
    ),
    "an empty query": (
        "/?X-Amz-Algorithm",
        {},
        (
            2900502663,
            "IncompleteSignatureException",
            "AWS query-string parameters must include 'X-Amz-Algorithm'. ",
        ),
    ),
    "no signed headers in the query": (
        "/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d",
        {},
        (
            3712057481,
            "IncompleteSignatureException",
            "AWS query-string parameters must include 'X-Amz-SignedHeaders'",
        ),
    ),
}


@pytest.mark.parametrize(("path", "headers", "told"), NOT_SIGNED.values(), ids=NOT_SIGNED.keys())
def test_http_wants_a_signature(url, path, headers, told):
    checksum, code, message = told
    status, body, answered = exchange(url, None, LIST | headers, path=path)
    assert (status, answered["x-amz-crc32"]) == (400, str(checksum))
    assert body.startswith(f'{{"__type":"com.amazon.coral.service#{code}","message":"{message}'.encode())
    assert answered["Content-Type"] == ANY_JSON


@pytest.mark.parametrize("kind", [ANY_JSON, AMZ_JSON, f"{ANY_JSON} ; asfd", f"{AMZ_JSON};blahblah"])
def test_http_answers_in_the_kind_of_the_question(url, kind):
    """Bad JSON is told before an unknown operation, that before a missing signature."""
    for body, checksum in ((b"hi", 3948637019), (b"{}", 1368724161)):
        status, told, headers = exchange(url, body, {"Content-Type": kind})
        assert (status, headers["x-amz-crc32"]) == (400, str(checksum))
        assert headers["Content-Type"] == kind.partition(";")[0].strip()
        assert headers["Content-Length"] == str(len(told))
