"""PartiQL: the common statements are right, the rest is refused."""

import pytest
from asking import Asked, index, item, n, s

NOT_FORMED = "ValidationException: Statement wasn't well formed, can't be processed: "


@pytest.fixture
def asked():
    asked = Asked().table(types={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g", "sk")])
    for sk in range(4):
        new = item("a", str(sk), x=n(sk), g=s("g"), l={"L": [n(1), s("b")]}, m={"M": {"k": s("v")}})
        asked("PutItem", TableName="ttt", Item=new)
    asked("PutItem", TableName="ttt", Item=item("it's", "1", name=s("go WHERE x = ?"), t={"SS": ["a"]}))
    return asked


def run(asked, text: str, *parameters: dict, **more) -> list[dict]:
    given = {"Parameters": list(parameters)} if parameters else {}
    return asked("ExecuteStatement", Statement=text, **given, **more)["Items"]


SELECTS = {
    "SELECT * FROM ttt": (),
    "select sk from \"ttt\" where pk = 'a'": "0123",
    "SELECT sk FROM ttt WHERE pk = 'a' AND sk = '2'": "2",
    "SELECT sk FROM ttt WHERE pk = 'a' AND sk >= '2'": "23",
    "SELECT sk FROM ttt WHERE pk = 'a' AND sk BETWEEN '1' AND '2'": "12",
    "SELECT sk FROM ttt WHERE pk = 'a' AND begins_with(sk, '3')": "3",
    "SELECT sk FROM ttt WHERE pk = 'a' AND (x = 1 OR x = 3)": "13",
    "SELECT sk FROM ttt WHERE pk = 'a' AND NOT x > 1": "01",
    "SELECT sk FROM ttt WHERE pk = 'a' AND x IN [0, 2]": "02",
    "SELECT sk FROM ttt WHERE pk IN ['a', 'zzz'] AND x <> 0": "123",
    "SELECT sk FROM ttt WHERE pk IN ['zzz', pk] AND x = 2": "2",
    "SELECT sk FROM ttt WHERE pk IN [1, true, 'it''s']": "1",
    "SELECT sk FROM ttt WHERE pk = 'a' AND nope IS MISSING ORDER BY sk DESC": "3210",
    "SELECT sk FROM ttt WHERE x IS NOT MISSING AND pk = 'a'": "0123",
    "SELECT sk FROM ttt WHERE size(l) = 2 AND pk = 'a'": "0123",
    "SELECT sk FROM ttt WHERE l[1] = 'b' AND m.k = 'v' AND pk = 'a'": "0123",
    "SELECT sk FROM ttt WHERE contains(t, 'a')": "1",
    "SELECT sk FROM ttt WHERE pk = 'it''s'": "1",
    "SELECT sk FROM ttt WHERE name = 'go WHERE x = ?'": "1",
    "SELECT sk FROM ttt.\"by-g\" WHERE g = 'g' AND sk < '2'": "01",
    "SELECT sk FROM ttt WHERE pk = 'nope'": "",
    "SELECT sk FROM ttt WHERE pk = 'a' AND begins_with(sk, '2') AND x = 2": "2",
    "SELECT sk FROM ttt WHERE pk = 'a' AND (sk = '1' OR sk = '3')": "13",
    "SELECT sk FROM ttt WHERE pk = 'a' ORDER BY pk, sk DESC": "3210",
    "SELECT sk FROM ttt WHERE pk = 'a' ORDER BY pk DESC, sk ASC": "0123",
    "SELECT sk FROM ttt WHERE pk = 'a' AND attribute_exists(x)": "0123",
    "SELECT sk FROM ttt WHERE pk = 'a' AND x NOT IN [0, 2] AND sk NOT BETWEEN '2' AND '3'": "1",
    "SELECT sk FROM ttt WHERE attribute_not_exists(x)": "1",
    "SELECT sk FROM ttt WHERE pk = 'a' AND x IS NUMERIC AND NOT m.k IS NUMERIC": "0123",
    "SELECT sk FROM ttt WHERE attribute_type(t, 'SS')": "1",
    "SELECT sk FROM ttt WHERE l[1] is string AND m IS STRUCT AND l IS LIST AND pk = 'a'": "0123",
    "SELECT sk FROM ttt WHERE x IS BOOL OR x IS BLOB OR x IS NULL": "",
    "SELECT sk FROM ttt WHERE pk = 'a' AND nope IS NOT STRING": "0123",
    "SELECT sk -- all of it\nFROM ttt /* here\n -- */ WHERE pk='a' AND/**/x = 2--": "2",
    "SELECT sk FROM ttt WHERE name = 'a -- b' OR name = '/* c */'": "",
    "SELECT sk FROM ttt WHERE pk IN ['it''s', 'a'] ORDER BY pk": "01231",
    "SELECT sk FROM ttt WHERE pk IN ['it''s', 'a'] ORDER BY pk DESC, sk": "10123",
    "SELECT sk FROM ttt WHERE pk = 'it''s' OR pk = 'a' ORDER BY pk ASC, sk DESC": "32101",
}


@pytest.mark.parametrize(("text", "found"), SELECTS.items(), ids=SELECTS.keys())
def test_select(asked, text, found):
    rows = run(asked, text)
    assert len(rows) == 5 if found == () else "".join(one["sk"]["S"] for one in rows) == found


def test_parameters_and_paths(asked):
    rows = run(asked, "SELECT x, l[0], m.k FROM ttt WHERE pk = ? AND sk = ?", s("a"), s("1"))
    assert rows == [{"x": n(1), "l[0]": n(1), "k": s("v")}]


PATHS = {
    "l[0], l[1]": {"l[0]": n(0), "l[1]": s("b")},
    "m.k, x": {"k": s("v"), "x": n(0)},
    "m.list[0], m.list": {"list[0]": n(7), "list": {"L": [n(7), {"L": [n(8)]}]}},
    "m.list[1][0]": {"list[1][0]": n(8)},
    "m.deep[0].k": {"k": n(9)},
    "l[9], nope, m.nothing": {},
}


@pytest.mark.parametrize(("paths", "told"), PATHS.items(), ids=PATHS.keys())
def test_a_path_is_told_under_its_last_name_and_the_indexes_behind_it(asked, paths, told):
    deep = {"list": {"L": [n(7), {"L": [n(8)]}]}, "deep": {"L": [{"M": {"k": n(9)}}]}, "k": s("v")}
    asked("PutItem", TableName="ttt", Item=item("a", "0", x=n(0), l={"L": [n(0), s("b")]}, m={"M": deep}))
    assert run(asked, f"SELECT {paths} FROM ttt WHERE pk = 'a' AND sk = '0'") == [told]


def test_an_index_of_many_digits_leads_nowhere(asked):
    assert run(asked, f"SELECT l[{'9' * 5000}] FROM ttt WHERE pk = 'a' AND sk = '1'") == [{}]
    assert run(asked, f"SELECT l[{'0' * 5000}] FROM ttt WHERE pk = 'a' AND sk = '1'") == [{"l[0]": n(1)}]


@pytest.fixture
def narrow():
    """A table whose item has 5 KB, with a local and a global index that hold keys only."""
    asked = Asked().table(
        types={"g": "S", "l": "S"},
        LocalSecondaryIndexes=[index("own", "pk", "l", projection="KEYS_ONLY")],
        GlobalSecondaryIndexes=[index("other", "g", "l", projection="KEYS_ONLY")],
    )
    new = item("a", "1", g=s("g"), l=s("l"), x=n(1), fat=s("x" * 5000))
    asked("PutItem", TableName="ttt", Item=new)
    return asked


@pytest.mark.parametrize(
    ("what", "items", "table", "own"),
    [
        ("x FROM ttt.own WHERE pk = 'a' AND l = 'l'", [{"x": n(1)}], 2, 1),
        ("sk FROM ttt.own WHERE pk = 'a' AND x = 1", [{"sk": s("1")}], 2, 1),
        ("sk FROM ttt.own WHERE pk = 'a' AND x = 2", [], 2, 1),
        ("x FROM ttt.own", [{"x": n(1)}], 2, 1),
        ("sk, l FROM ttt.own WHERE pk = 'a'", [{"sk": s("1"), "l": s("l")}], 0, 1),
        ("* FROM ttt.own WHERE pk = 'a'", [item("a", "1", l=s("l"))], 0, 1),
    ],
)
def test_a_local_index_fetches_what_it_does_not_hold(narrow, what, items, table, own):
    asked = {"ConsistentRead": True, "ReturnConsumedCapacity": "INDEXES"}
    told = narrow("ExecuteStatement", Statement=f"SELECT {what}", **asked)
    used = told["ConsumedCapacity"]
    assert told["Items"] == items
    assert used["Table"]["CapacityUnits"] == table
    assert used["LocalSecondaryIndexes"]["own"]["CapacityUnits"] == own


def test_a_global_index_gives_what_it_holds_and_nothing_else(narrow):
    assert run(narrow, "SELECT * FROM ttt.other WHERE g = 'g'") == [item("a", "1", g=s("g"), l=s("l"))]
    wrong = "ValidationException: One or more parameter values were invalid: Global secondary index other does not project "
    for text, told in {
        "SELECT x, fat.y, sk FROM ttt.other WHERE g = 'g'": "[fat, x]",
        "SELECT x FROM ttt.other": "[x]",
        "SELECT sk FROM ttt.other WHERE g = 'g' AND (x = 1 OR NOT size(fat) > 2)": "one or more filter attributes: [fat, x]",
        "SELECT sk FROM ttt.other WHERE attribute_exists(x)": "one or more filter attributes: [x]",
    }.items():
        assert narrow.refused("ExecuteStatement", Statement=text) == wrong + told


def test_an_index_that_is_being_made_or_deleted_is_not_read(asked):
    later = index("later", "g")
    change = {"AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "S"}], "TableName": "ttt"}
    asked("UpdateTable", **change, GlobalSecondaryIndexUpdates=[{"Create": later}])
    told = asked.refused("ExecuteStatement", Statement="SELECT * FROM ttt.later")
    assert told == "ValidationException: Cannot read from backfilling global secondary index: later"
    asked("DescribeTable", TableName="ttt")
    asked("UpdateTable", TableName="ttt", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "later"}}])
    told = asked.refused("ExecuteStatement", Statement="SELECT * FROM ttt.later")
    assert told == "ValidationException: The table does not have the specified index"


OF_WRONG_TYPE = {
    "x < true": ("<", "BOOL"),
    "NULL <= x": ("<=", "NULL"),
    "x > [1]": (">", "L"),
    "x >= {'a': 1}": (">=", "M"),
    "pk = 'a' AND NOT x < <<1>>": ("<", "NS"),
    "x < <<'a'>>": ("<", "SS"),
    "x BETWEEN 1 AND true": ("BETWEEN", "BOOL"),
    "begins_with(x, 1)": ("begins_with", "N"),
}


@pytest.mark.parametrize(("where", "told"), OF_WRONG_TYPE.items(), ids=OF_WRONG_TYPE.keys())
def test_an_operand_of_a_wrong_type_is_refused(asked, where, told):
    words = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"
    refused = f"ValidationException: {words.format(*told)}"
    for text in (
        f"SELECT * FROM ttt WHERE {where}",
        f"DELETE FROM ttt WHERE pk = 'a' AND sk = '1' AND {where}",
    ):
        assert asked.refused("ExecuteStatement", Statement=text) == refused
    assert asked.refused(
        "ExecuteStatement", Statement="SELECT * FROM ttt WHERE x < ?", Parameters=[{"BOOL": True}]
    ).endswith("operator or function: <, operand type: BOOL")


@pytest.mark.parametrize(
    "condition",
    [
        "attribute_exists(nope)",
        "attribute_not_exists(x)",
        "x IS BOOL",
        "x IS STRING",
        "x IS NOT NUMERIC",
        "nope IS LIST",
    ],
)
def test_a_condition_that_is_false_fails_a_write(asked, condition):
    before = asked("Scan", TableName="ttt")["Items"]
    for text in ("UPDATE ttt SET x = 9", "DELETE FROM ttt", "FROM ttt"):
        last = " SET x = 9" if text == "FROM ttt" else ""
        where = f"WHERE pk = 'a' AND sk = '1' AND {condition}{last}"
        told = asked.refused("ExecuteStatement", Statement=f"{text} {where}")
        assert told == "ConditionalCheckFailedException: The conditional request failed"
    assert asked("Scan", TableName="ttt")["Items"] == before


def test_an_update_may_begin_with_its_condition(asked):
    text = "FROM ttt WHERE pk = 'a' AND sk = ? SET x = x + ? REMOVE m.k RETURNING MODIFIED NEW *"
    assert run(asked, text, s("1"), n(5)) == [{"x": n(6)}]
    assert run(asked, "SELECT x, m FROM ttt WHERE pk = 'a' AND sk = '1'") == [{"x": n(6), "m": {"M": {}}}]


def test_a_key_that_is_empty_is_refused(asked):
    told = asked.refused("ExecuteStatement", Statement="SELECT * FROM ttt WHERE pk = ''")
    assert told == (
        "ValidationException: One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"
    )


def test_pages_and_units(asked):
    request = {
        "Statement": "SELECT sk FROM ttt WHERE pk = 'a'",
        "Limit": 3,
        "ReturnConsumedCapacity": "TOTAL",
    }
    first = asked("ExecuteStatement", **request)
    assert len(first["Items"]) == 3
    assert first["ConsumedCapacity"] == {"TableName": "ttt", "CapacityUnits": 0.5}
    rest = asked("ExecuteStatement", **request, NextToken=first["NextToken"])
    assert [one["sk"]["S"] for one in rest["Items"]] == ["3"]
    assert "NextToken" not in rest
    other = request | {"Statement": "SELECT sk FROM ttt WHERE pk = ?", "Parameters": [s("a")]}
    told = asked.refused("ExecuteStatement", **other, NextToken=first["NextToken"])
    assert told == "ValidationException: NextToken does not match request"
    for token in ("nonsense", "W10=", "e30=", "NQ=="):
        assert (
            asked.refused("ExecuteStatement", **request, NextToken=token)
            == "ValidationException: Invalid NextToken"
        )


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("pk = 'a'", 4),
        ("pk = 'a' AND sk > '1'", 2),
        ("pk = 'a' AND x = 1 AND sk BETWEEN '1' AND '2'", 2),
        ("pk = 'a' OR pk = 'b'", 4),
        ("pk = 'a' OR x = 1", 5),
        ("x = 1", 5),
    ],
)
def test_a_select_reads_what_its_keys_leave(asked, text, read):
    """One unit holds one item here."""
    for one in asked("Scan", TableName="ttt")["Items"]:
        asked("PutItem", TableName="ttt", Item=one | {"fat": s("x" * 4000)})
    told = asked(
        "ExecuteStatement",
        Statement=f"SELECT * FROM ttt WHERE {text}",
        ConsistentRead=True,
        ReturnConsumedCapacity="TOTAL",
    )
    assert told["ConsumedCapacity"]["CapacityUnits"] == read


@pytest.mark.parametrize("order", ["", " ORDER BY pk", " ORDER BY pk DESC, sk", " ORDER BY pk, sk DESC"])
@pytest.mark.parametrize("more", [{}, {"Limit": 3}, {"Limit": 50}], ids=str)
def test_what_in_lists_comes_ten_at_a_time(asked, order, more):
    for number in range(24):
        asked("PutItem", TableName="ttt", Item=item(f"p{number % 12:02}", str(number // 12)))
    listed = ", ".join(f"'p{number:02}'" for number in range(12))
    found, sizes, token = [], [], {}
    while token is not None:
        page = asked(
            "ExecuteStatement", Statement=f"SELECT * FROM ttt WHERE pk IN [{listed}]{order}", **more, **token
        )
        sizes.append(len(page["Items"]))
        found += [(one["pk"]["S"], one["sk"]["S"]) for one in page["Items"]]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
    assert sizes == ([3] * 8 + [0] if more.get("Limit") == 3 else [10, 10, 4])
    every = [(f"p{number:02}", str(sk)) for number in range(12) for sk in range(2)]
    assert sorted(found) == every
    if order:
        by = sorted(every, key=lambda one: one[1], reverse=order.endswith("sk DESC"))
        assert found == sorted(by, key=lambda one: one[0], reverse="pk DESC" in order)


def test_an_ordered_page_goes_on_behind_an_item_that_is_gone(asked):
    request = {"Statement": "SELECT sk FROM ttt WHERE pk = 'a' ORDER BY sk DESC", "Limit": 2}
    first = asked("ExecuteStatement", **request)
    asked("DeleteItem", TableName="ttt", Key=item("a", "2"))
    rest = asked("ExecuteStatement", **request, NextToken=first["NextToken"])
    assert [one["sk"]["S"] for one in rest["Items"]] == ["1", "0"]


def test_in_takes_so_many_values(asked):
    def listed(count: int) -> str:
        return "[" + ", ".join(f"'{number}'" for number in range(count)) + "]"

    assert run(asked, f"SELECT * FROM ttt WHERE pk IN {listed(50)} AND sk IN {listed(100)}") == []
    for text in (
        f"SELECT * FROM ttt WHERE pk IN {listed(51)}",
        f"SELECT * FROM ttt WHERE pk = 'a' AND NOT x IN {listed(101)}",
        f"DELETE FROM ttt WHERE pk = 'a' AND sk = '1' AND x IN {listed(101)}",
    ):
        assert asked.refused("ExecuteStatement", Statement=text).startswith("ValidationException: IN takes")


def test_an_unknown_index_is_not_named(asked):
    told = asked.refused("ExecuteStatement", Statement='SELECT * FROM ttt."nope"')
    assert told == "ValidationException: The table does not have the specified index"


def test_the_types_of_the_guide(asked):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.data-types.html"""
    asked.table("Types", "id")
    run(
        asked,
        "INSERT INTO Types VALUE {'id': '1', 'n': 1e0, 'm': {'a': 'b', 'c': 4}, 'l': [1, 's'],"
        " 'ns': <<1, 34, 4.5>>, 'ss': <<'a', 'b'>>, 't': TRUE, 'z': Null, 'b': ?}",
        {"B": "QUJD"},
    )
    run(
        asked,
        "UPDATE Types SET n = n + 100 SET m.d = [2020, 'v', 2.4] SET l = LIST_APPEND(l, [4, <<'c', 'd'>>])"
        " SET ns = SET_ADD(ns, <<345, 48.4>>) WHERE id = '1'",
    )
    assert (
        run(
            asked,
            "UPDATE Types SET n = n - 1 REMOVE l[1] REMOVE m.a SET ns = SET_DELETE(ns, <<345>>) WHERE id = '1'",
        )
        == []
    )
    assert run(asked, "SELECT * FROM Types WHERE id = '1' AND t = true AND z IS NULL") == [
        {
            "id": s("1"),
            "n": n(100),
            "m": {"M": {"c": n(4), "d": {"L": [n(2020), s("v"), n(2.4)]}}},
            "l": {"L": [n(1), n(4), {"SS": ["c", "d"]}]},
            "ns": {"NS": ["1", "4.5", "34", "48.4"]},
            "ss": {"SS": ["a", "b"]},
            "t": {"BOOL": True},
            "z": {"NULL": True},
            "b": {"B": "QUJD"},
        }
    ]


def test_a_condition_is_not_asked_of_an_item_to_delete_that_is_missing(asked):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html"""
    text = "DELETE FROM ttt WHERE pk = 'a' AND sk = '{}' AND x = 9 RETURNING ALL OLD *"
    assert run(asked, text.format("nope")) == []
    one = {"Statement": text.format("1"), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    status, body = asked.service.answer("ExecuteStatement", dict(one))
    assert (status, body["Item"]["x"]) == (400, n(1))
    told = asked("BatchExecuteStatement", Statements=[{"Statement": text.format("nope")}, one])["Responses"]
    assert told[0] == {"TableName": "ttt"}
    assert (told[1]["Error"]["Code"], told[1]["Error"]["Item"]["x"]) == ("ConditionalCheckFailed", n(1))


def test_insert(asked):
    text = "INSERT INTO ttt VALUE {'pk': 'n', 'sk': ?, 'x': -1.50, 'y': [true, null, 'q'], 's': <<1, 2>>, 'm': {'a': {}}}"
    assert run(asked, text, s("1")) == []
    assert asked("GetItem", TableName="ttt", Key=item("n", "1"))["Item"] == item(
        "n",
        "1",
        x=n("-1.5"),
        y={"L": [{"BOOL": True}, {"NULL": True}, s("q")]},
        s={"NS": ["1", "2"]},
        m={"M": {"a": {"M": {}}}},
    )
    assert asked.refused("ExecuteStatement", Statement=text, Parameters=[s("1")]) == (
        "DuplicateItemException: Duplicate primary key exists in table"
    )


def test_update_and_delete(asked):
    where = "WHERE pk = 'a' AND sk = '1'"
    after = run(
        asked, f"UPDATE ttt SET x = x + ? SET m.z = 'new' REMOVE l[0] {where} RETURNING ALL NEW *", n(5)
    )[0]
    assert (after["x"], after["m"], after["l"]) == (
        n(6),
        {"M": {"k": s("v"), "z": s("new")}},
        {"L": [s("b")]},
    )
    assert run(asked, f"UPDATE ttt SET x = 7 {where} RETURNING MODIFIED OLD *") == [{"x": n(6)}]
    assert run(asked, f"UPDATE ttt SET l = list_append(l, [3]) {where} RETURNING MODIFIED NEW *") == [
        {"l": {"L": [s("b"), n(3)]}}
    ]
    tags = "UPDATE ttt SET t = set_add(t, <<'b'>>) WHERE pk = 'it''s' AND sk = '1' RETURNING MODIFIED NEW *"
    assert run(asked, tags) == [{"t": {"SS": ["a", "b"]}}]
    failed = "ConditionalCheckFailedException: The conditional request failed"
    assert asked.refused("ExecuteStatement", Statement=f"UPDATE ttt SET x = 1 {where} AND x > 100") == failed
    assert (
        asked.refused("ExecuteStatement", Statement="UPDATE ttt SET x = 1 WHERE pk = 'n' AND sk = '1'")
        == failed
    )
    assert asked.refused("ExecuteStatement", Statement=f"DELETE FROM ttt {where} AND x > 100") == failed
    assert run(asked, f"DELETE FROM ttt {where} AND x = 7 RETURNING ALL OLD *")[0]["sk"] == s("1")
    assert run(asked, f"DELETE FROM ttt {where}") == []
    assert asked("Scan", TableName="ttt")["Count"] == 4


REFUSED = {
    "SELECT": NOT_FORMED,
    "SELECT COUNT(*) FROM ttt": NOT_FORMED,
    "SELECT * FROM ttt GROUP BY x": "ValidationException: Unsupported clause: GROUP BY",
    "SELECT * FROM ttt LIMIT 1": "ValidationException: Unsupported clause: LIMIT",
    "SELECT * FROM ttt WHERE pk = 'a' LIMIT 1": "ValidationException: Unsupported clause: LIMIT",
    "SELECT DISTINCT x FROM ttt": "ValidationException: Unsupported clause: DISTINCT",
    "SELECT * FROM ttt WHERE x LIKE 'a'": "ValidationException: Unsupported operator in Condition Expression. Operator: LIKE",
    "SELECT * FROM ttt WHERE x + 1 = 2": "ValidationException: Unsupported operator in Condition Expression. Operator: +",
    "SELECT * FROM ttt a JOIN ttt b": "ValidationException: Aliasing is not supported",
    "SELECT * FROM ttt JOIN uuu": "ValidationException: Only select from a single table or index is supported.",
    "SELECT * FROM ttt, uuu": "ValidationException: Only select from a single table or index is supported.",
    "SELECT * FROM ttt AS t": "ValidationException: Aliasing is not supported",
    "SELECT x AS y FROM ttt": "ValidationException: Aliasing is not supported",
    "SELECT x y FROM ttt": "ValidationException: Aliasing is not supported",
    "SELECT VALUE x FROM ttt": "ValidationException: Select projection doesn't support value or pivot keywords",
    "SELECT *, x FROM ttt": "ValidationException: Other attributes should not be present in the projection when '*'",
    "SELECT x, * FROM ttt": "ValidationException: Other attributes should not be present in the projection when '*'",
    "SELECT x, m.x FROM ttt": "ValidationException: Duplicate identifiers in select clause: x",
    "SELECT * FROM a.b.c": "ValidationException: Table name should be within the length [3, 255]",
    "SELECT * FROM ttt.b.c": "ValidationException: A path may contain at most 2 components in the FROM clause",
    "SELECT m.* FROM ttt": "ValidationException: Unpivot path component",
    "SELECT l[*] FROM ttt": "ValidationException: Wildcard path component",
    'SELECT m."" FROM ttt': "ValidationException: Path component cannot be an empty string",
    "SELECT pk.x FROM ttt": "ValidationException: Key attributes must be scalars; list random access",
    "SELECT * FROM ttt WHERE sk[0] = 1": "ValidationException: Key attributes must be scalars; list random access",
    "DELETE FROM ttt WHERE pk = 'a' AND sk = '1' AND pk.x = 1": "ValidationException: Key attributes must be scalars",
    "SELECT * FROM ttt WHERE x": "ValidationException: WHERE clause must contain an expression that resolves to a boolean",
    "SELECT * FROM ttt WHERE x = MISSING": "ValidationException: MISSING must be compared using IS operator",
    "SELECT * FROM ttt WHERE size(x) IS NULL": "ValidationException: The left hand side argument to IS must be",
    "SELECT * FROM ttt WHERE x IN []": "ValidationException: IN operator must have a left hand argument of type",
    "SELECT * FROM ttt WHERE 1 IN [x]": "ValidationException: IN operator must have a left hand argument of type",
    "SELECT * FROM ttt WHERE upper(x) = 'A'": "ValidationException: Unrecognized function: upper",
    "INSERT INTO ttt VALUES {'pk': 'b', 'sk': '1'}": "ValidationException: Unsupported operation: Inserting multiple items",
    "INSERT INTO ttt <<{'pk': 'b', 'sk': '1'}>>": "ValidationException: Unsupported operation: Inserting multiple items",
    "INSERT INTO ttt VALUE 1": "ValidationException: Unsupported format in item expression.",
    "INSERT INTO ttt VALUE {'pk': 'b', 'sk': '1'} RETURNING ALL OLD *": "ValidationException: RETURNING is not supported in",
    "INSERT INTO ttt VALUE {'pk': 'b', 'sk': '1', 'pk': 'c'}": "ValidationException: Duplicate keys in tuple. Key: pk",
    "INSERT INTO ttt VALUE {'pk': 'b', 'sk': '1', 'x': <<>>}": "ValidationException: Empty bags are not supported",
    "INSERT INTO ttt VALUE {'pk': 'b', 'sk': '1', 'x': <<1, 'a'>>}": "ValidationException: Unsupported data type in Bag.",
    'INSERT INTO ttt."by-g" VALUE {}': "ValidationException: This operation is not supported on an index",
    "UPDATE ttt.\"by-g\" SET x = 1 WHERE pk = 'a' AND sk = '1'": "ValidationException: This operation is not supported on",
    "DELETE FROM ttt.\"by-g\" WHERE pk = 'a' AND sk = '1'": "ValidationException: This operation is not supported on an index",
    "DELETE FROM ttt WHERE pk = 'a' AND sk = '1' RETURNING MODIFIED OLD *": "ValidationException: Invalid returning clause: "
    "RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed",
    "DELETE FROM ttt WHERE pk = 'a' AND sk = '1' RETURNING ALL OLD x": "ValidationException: Expected '*' after",
    "DELETE FROM ttt WHERE pk = 'a' AND sk = '1' RETURNING ALL OLD *, ALL NEW *": "ValidationException: Invalid syntax with "
    "multiple returning elements",
    "UPDATE ttt SET x = x * 2 WHERE pk = 'a' AND sk = '1'": "ValidationException: Unsupported operator in Update Expression. "
    "Operator: *",
    "UPDATE ttt SET t = set_add(t) WHERE pk = 'a' AND sk = '1'": "ValidationException: SET_ADD must have exactly two",
    "UPDATE ttt SET t = set_add(x, <<1>>) WHERE pk = 'a' AND sk = '1'": "ValidationException: The first argument to SET_ADD",
    "SELECT * FROM ttt; SELECT * FROM ttt": NOT_FORMED,
    "UPDATE ttt SET x = 1": NOT_FORMED,
    "DROP TABLE ttt": NOT_FORMED,
    "SELECT * FROM nope": "ResourceNotFoundException: Requested resource not found",
    "SELECT * FROM ttt.nope": "ValidationException: The table does not have the specified index",
    "SELECT * FROM ttt WHERE attribute_type(x, nope)": NOT_FORMED,
    "SELECT * FROM ttt WHERE attribute_exists('x')": NOT_FORMED,
    "SELECT * FROM ttt WHERE x IS TEAPOT": NOT_FORMED,
    "SELECT * FROM ttt WHERE t IS BAG": "ValidationException: Unsupported data type for IS operator: BAG.",
    "SELECT * FROM ttt WHERE x IS NUMBER": NOT_FORMED,
    "SELECT * FROM ttt WHERE x IS INT": "ValidationException: Unsupported data type for IS operator: INT.",
    "SELECT * FROM ttt WHERE x NOT = 1": NOT_FORMED,
    "EXISTS(SELECT * FROM ttt.other WHERE pk = 'a' AND sk = '1' AND x = 1)": NOT_FORMED,
    "EXISTS(SELECT * FROM ttt WHERE pk = 'a' AND sk = '1' AND x = 1 ORDER BY sk)": NOT_FORMED,
    "SELECT * FROM ttt /* without end": NOT_FORMED,
    "FROM ttt WHERE pk = 'a' AND sk = '1'": f"{NOT_FORMED}Expected data manipulation",
    "FROM ttt SET x = 1": NOT_FORMED,
    "SELECT * FROM ttt WHERE attribute_type(x, 'T')": "ValidationException: Invalid attribute type name found; type: T",
    "SELECT * FROM ttt WHERE x BETWEEN 2 AND 1": "ValidationException: The BETWEEN operator requires upper bound",
    "UPDATE ttt SET l = list_append(l, 1) WHERE pk = 'a' AND sk = '1'": "ValidationException: Incorrect operand type",
    "UPDATE ttt SET x = x + 'a' WHERE pk = 'a' AND sk = '1'": "ValidationException: Incorrect operand type",
    "UPDATE ttt SET m = {} SET m.k = 1 WHERE pk = 'a' AND sk = '1'": "ValidationException: Two document paths overlap",
    "UPDATE ttt SET x = 1 REMOVE x WHERE pk = 'a' AND sk = '1'": "ValidationException: Two document paths overlap",
    "UPDATE ttt SET y = size(l) WHERE pk = 'a' AND sk = '1'": NOT_FORMED,
    "UPDATE ttt WHERE pk = 'a' AND sk = '1'": f"{NOT_FORMED}Expected data manipulation",
    "UPDATE ttt-1 SET x = 1 WHERE pk = 'a'": f"{NOT_FORMED}Expected data manipulation",
    "SELECT * FROM ttt WHERE pk = 1": "ValidationException: One or more parameter values were invalid: Condition",
    "SELECT * FROM ttt WHERE pk = ?": "ValidationException: Number of parameters in request and statement don't match.",
    "SELECT * FROM ttt ORDER BY sk": "ValidationException: Must have WHERE clause in the statement",
    "SELECT * FROM ttt WHERE x = 1 ORDER BY sk": "ValidationException: Must have at least one non-optional hash key",
    "SELECT * FROM ttt WHERE pk = 'a' ORDER BY x": "ValidationException: Variable reference x in ORDER BY clause",
    "UPDATE ttt SET t = set_add(t, 1) WHERE pk = 'a' AND sk = '1'": "ValidationException: The second argument to SET_ADD must be",
    "UPDATE ttt SET x = 7 WHERE pk = 'a' AND sk = '1' AND sk = '2'": "ValidationException: Multiple conditions "
    "on same key sk. Only single item Update/Insert/Delete are supported",
    "DELETE FROM ttt WHERE pk = 'a' AND sk = '1' AND pk = 'b'": "ValidationException: Multiple conditions on same key pk.",
    "UPDATE ttt SET x = 1 WHERE pk = 'a'": "ValidationException: Where clause does not contain a mandatory equality on",
    "DELETE FROM ttt WHERE sk = '1'": "ValidationException: Where clause does not contain a mandatory equality on",
    "DELETE FROM ttt WHERE pk = 'a' OR sk = '1'": "ValidationException: Where clause does not contain a mandatory",
    "UPDATE ttt SET pk = 'b' WHERE pk = 'a' AND sk = '1'": "ValidationException: One or more parameter values were "
    "invalid: Cannot update attribute pk. This attribute is part of the key",
    "INSERT INTO ttt VALUE {'pk': 'a'}": "ValidationException: One or more parameter values were invalid: Missing the key sk",
    "INSERT INTO ttt VALUE {'pk': 'a', 'sk': '9', 'g': 1}": "ValidationException: One or more parameter values were "
    "invalid: Type mismatch for Index Key g",
    "EXISTS(SELECT * FROM ttt WHERE pk = 'a' AND sk = '1')": "ValidationException: EXISTS can only be used in ExecuteTransaction",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items(), ids=REFUSED.keys())
def test_what_is_refused_changes_nothing(asked, text, message):
    before = asked("Scan", TableName="ttt")["Items"]
    assert asked.refused("ExecuteStatement", Statement=text).startswith(message)
    assert asked("Scan", TableName="ttt")["Items"] == before


def test_a_batch_answers_each_statement(asked):
    texts = [
        "SELECT * FROM ttt WHERE pk = 'a' AND sk = '1'",
        "SELECT * FROM ttt WHERE pk = 'a' AND sk = 'nope'",
        "SELECT * FROM ttt WHERE pk = 'a'",
        "SELECT * FROM nope WHERE pk = 'a'",
    ]
    told = asked("BatchExecuteStatement", Statements=[{"Statement": text} for text in texts])["Responses"]
    assert told[0]["Item"]["sk"] == s("1")
    assert told[1] == {"TableName": "ttt"}
    assert told[2]["Error"]["Code"] == "ValidationError"
    assert told[3]["Error"]["Code"] == "ResourceNotFound"
    writes = ["INSERT INTO ttt VALUE {'pk': 'b', 'sk': '1'}", "INSERT INTO ttt VALUE {'pk': 'a', 'sk': '1'}"]
    told = asked("BatchExecuteStatement", Statements=[{"Statement": text} for text in writes])["Responses"]
    assert told[0] == {"TableName": "ttt"}
    assert told[1]["Error"]["Code"] == "DuplicateItem"
    assert "all reads or all writes" in asked.refused(
        "BatchExecuteStatement", Statements=[{"Statement": texts[0]}, {"Statement": writes[0]}]
    )


def together(*texts: str) -> dict:
    return {"TransactStatements": [{"Statement": text} for text in texts]}


def test_a_transaction_is_all_or_nothing(asked):
    insert = "INSERT INTO ttt VALUE {'pk': 'b', 'sk': '1'}"
    exists = "EXISTS(SELECT * FROM ttt WHERE pk = 'a' AND sk = '1' AND x = {})"
    told = asked.refused("ExecuteTransaction", **together(insert, exists.format(9)))
    assert told.endswith("[None, ConditionalCheckFailed]")
    assert asked("GetItem", TableName="ttt", Key=item("b", "1")) == {}
    asked("ExecuteTransaction", **together(insert, exists.format(1)))
    assert asked("GetItem", TableName="ttt", Key=item("b", "1")) == {"Item": item("b", "1")}
    assert asked.refused("ExecuteTransaction", **together(insert)).endswith("[DuplicateItem]")
    read = "SELECT x FROM ttt WHERE pk = 'a' AND sk = '{}'"
    found = asked("ExecuteTransaction", **together(read.format(1), read.format(9)))
    assert found["Responses"] == [{"Item": {"x": n(1)}}, {}]


def test_a_transaction_returns_nothing(asked):
    insert = "INSERT INTO ttt VALUE {'pk': 'b', 'sk': '1'}"
    for returning in (
        "UPDATE ttt SET x = 9 WHERE pk = 'a' AND sk = '1' RETURNING ALL NEW *",
        "DELETE FROM ttt WHERE pk = 'a' AND sk = '1' RETURNING ALL OLD *",
    ):
        before = asked("Scan", TableName="ttt")["Items"]
        told = asked.refused("ExecuteTransaction", **together(insert, returning))
        assert told == "ValidationException: RETURNING is not supported in a transaction."
        assert asked("Scan", TableName="ttt")["Items"] == before


def test_a_transaction_tells_no_item_of_which_nothing_is_left(asked):
    found = asked("ExecuteTransaction", **together("SELECT nope FROM ttt WHERE pk = 'a' AND sk = '1'"))
    assert found["Responses"] == [{}]


def test_a_transaction_reads_an_item_once_and_only_by_its_whole_condition(asked):
    read = "SELECT x FROM ttt WHERE pk = 'a' AND sk = '{}' AND x > 1"
    found = asked("ExecuteTransaction", **together(read.format(1), read.format(2)))
    assert found["Responses"] == [{}, {"Item": {"x": n(2)}}]
    told = asked.refused(
        "ExecuteTransaction", **together(read.format(1), "SELECT * FROM ttt WHERE sk = '1' AND pk = 'a'")
    )
    assert told == "ValidationException: Transaction request cannot include multiple operations on one item"


def test_exists_asks_more_than_the_key(asked):
    exists = "EXISTS(SELECT * FROM ttt WHERE pk = 'a' AND sk = '1')"
    assert "single item read with additional condition" in asked.refused(
        "ExecuteTransaction", **together(exists)
    )


def test_a_transaction_tells_each_statement_that_cannot_be_run(asked):
    wrong = ["UPDATE ttt SET x = 1 WHERE pk = 1 AND sk = '1'", "INSERT INTO ttt VALUE {'pk': 1, 'sk': '1'}"]
    told = asked.refused(
        "ExecuteTransaction", **together(wrong[0], "DELETE FROM ttt WHERE pk = 'a' AND sk = '1'")
    )
    assert told.startswith("TransactionCanceledException: ") and told.endswith("[ValidationError, None]")
    assert asked.refused("ExecuteTransaction", **together(*wrong)).endswith(
        "[ValidationError, ValidationError]"
    )
    read = asked.refused("ExecuteTransaction", **together("SELECT * FROM ttt WHERE pk = 'a'"))
    assert "Select statements within ExecuteTransaction must" in read


def test_what_a_transaction_costs(asked):
    def units(told: dict) -> list[dict]:
        return told["ConsumedCapacity"]

    big = together("INSERT INTO ttt VALUE {'pk': 'b', 'sk': '1', 'x': '%s'}" % ("x" * 6000))
    request = big | {"ClientRequestToken": "one", "ReturnConsumedCapacity": "TOTAL"}
    first, again = asked("ExecuteTransaction", **request), asked("ExecuteTransaction", **request)
    assert units(first) == [{"TableName": "ttt", "CapacityUnits": 12.0, "WriteCapacityUnits": 12.0}]
    assert units(again) == [{"TableName": "ttt", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}]
    part = together("SELECT pk FROM ttt WHERE pk = 'b' AND sk = '1'")
    assert units(asked("ExecuteTransaction", **part, ReturnConsumedCapacity="TOTAL")) == units(again)
