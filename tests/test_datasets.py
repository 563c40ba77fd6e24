"""helpers.datasets: what load reads, every refusal with its sentence, and load_into."""

import csv
import gzip
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
import tqdm.std
from boto3.dynamodb.table import BatchWriter
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from helpers import datasets
from helpers.backends import connect
from helpers.datasets import load, load_into, table_input
from helpers.errors import CourseError


@pytest.fixture
def file(tmp_path):
    """Write a file of this name and return its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def refusal(path) -> str:
    with pytest.raises(CourseError) as caught:
        load(path)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    return message


# -- JSON and JSON Lines -------------------------------------------------------------------------------------


def test_json_types(file):
    path = file(
        "all.json",
        """[{"s": "é", "n": 1.50, "i": -7, "e": 1e3, "t": true, "null": null, "empty": "",
             "list": [1, {"deep:SS": ["x"]}], "map": {"a": 0.1},
             "ss:SS": ["b", "a"], "ns:NS": [1, 2.5], "bs:BS": ["UDQg"], "b:B": "UDQg", "dc:title": "T"}]""",
    )
    (item,) = load(path)
    assert item == {
        "s": "é",
        "n": Decimal("1.50"),
        "i": Decimal(-7),
        "e": Decimal("1E+3"),
        "t": True,
        "null": None,
        "empty": "",
        "list": [Decimal(1), {"deep": {"x"}}],
        "map": {"a": Decimal("0.1")},
        "ss": {"a", "b"},
        "ns": {Decimal(1), Decimal("2.5")},
        "bs": {b"P4 "},
        "b": b"P4 ",
        "dc:title": "T",
    }
    assert str(item["n"]) == "1.50"  # the digits as written
    kinds = {name: next(iter(TypeSerializer().serialize(value))) for name, value in item.items()}
    assert [kinds[name] for name in ("ss", "ns", "bs", "b", "n", "null")] == [
        "SS",
        "NS",
        "BS",
        "B",
        "N",
        "NULL",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.json", '{"id": "1"}'),
        ("list.JSON", '\ufeff \r\n[ {"id": "1"} ]\n'),
        ("lines.jsonl", '{"id": "1"}'),
        ("windows.ndjson", '\ufeff\r\n{"id": "1"}\r\n\r\n'),
        ("table.csv", "id\n1"),
        ("windows.csv", '\ufeff"id"\r\n\r\n1\r\n'),
    ],
)
def test_one_item_in_every_format(file, name, text):
    path = file(name, text)
    assert load(path) == load(str(path)) == [{"id": "1"}]


def test_no_items(file):
    assert load(file("none.json", "[ ]")) == []
    assert load(file("none.csv", "id,name\n")) == []


def test_json_lines_are_cut_at_line_feeds_only(file):
    assert load(file("x.jsonl", '{"t": "a\u2028b\x85c"}\n{"t": "d"}\n')) == [
        {"t": "a\u2028b\x85c"},
        {"t": "d"},
    ]


BROKEN_JSON = [
    ('[\n{"a": 1},\n{"a": 1, "a": 2}]', 3, '"a" appears twice in one object'),
    ('[{"a": 1},\n\n  {"m": {"b": 1, "b": 2}}]', 3, '"b" appears twice in one object'),
    ('[{"a": "x", "a:SS": ["y"]}]', 1, '"a" appears twice in one object'),
    ('[{"a": 1},\n7]', 2, "an item is an object in braces, and 7 is not"),
    ('[\n["a"]]', 2, 'an item is an object in braces, and ["a"] is not'),
    ('"text"', 1, 'an item is an object in braces, and "text" is not'),
    ("[null]", 1, "an item is an object in braces, and null is not"),
    ('[{"a": NaN}]', 1, "NaN is not a number that DynamoDB can hold"),
    ('[{"a": 1},\n{"a": [-Infinity]}]', 2, "-Infinity is not a number that DynamoDB can hold"),
    (
        '[{"a": 0.' + "123456789" * 5 + "}]",
        1,
        "0.123456789123456789… has 45 digits and DynamoDB keeps 38; write it as text or shorten it",
    ),
    ('{"a": 1E126}', 1, "1E126 is outside DynamoDB's range of 1E-130 to 9.99E+125"),
    ('{"a": 1e-131}', 1, "1e-131 is outside DynamoDB's range of 1E-130 to 9.99E+125"),
    ('{"tags:SS": []}', 1, 'in "tags", a set is written as a list of texts, and is never empty'),
    ('{"tags:SS": "x"}', 1, 'in "tags", a set is written as a list of texts, and is never empty'),
    ('{"tags:SS": ["x", 1]}', 1, 'in "tags", a set is written as a list of texts, and is never empty'),
    ('{"sizes:NS": ["1"]}', 1, 'in "sizes", a set is written as a list of numbers, and is never empty'),
    ('{"sizes:NS": [1, 1.0]}', 1, 'in "sizes", a set holds each value once'),
    ('{"x:B": "UDQg!"}', 1, 'in "x", the bytes should be written in base64'),
    ('{"x:B": 7}', 1, 'in "x", the bytes should be written in base64'),
    ('{"x:BS": ["UA==", "UA=="]}', 1, 'in "x", a set holds each value once'),
    (
        '{"a": 1' + "0" * 999_999 + "}",
        1,
        "10000000000000000000… is outside DynamoDB's range of 1E-130 to 9.99E+125",
    ),
    ('{"a": 1e' + "9" * 20 + "}", 1, f"1e{'9' * 18}… is outside DynamoDB's range of 1E-130 to 9.99E+125"),
    ('{"a": 1e-' + "9" * 20 + "}", 1, f"1e-{'9' * 17}… is outside DynamoDB's range of 1E-130 to 9.99E+125"),
    (
        '{"a": 1.' + "1" * 37 + "e-130}",
        1,
        "1.111111111111111111… is outside DynamoDB's range of 1E-130 to 9.99E+125",
    ),
    (
        '{"a": "\\ud83d"}',
        1,
        'in "a", \\ud83d is half of a character; such a text cannot be stored',
    ),
    (
        '[{"a": "ok"},\n{"m": {"b": ["\\ude00 x"]}}]',
        2,
        'in "m", in "b", \\ude00 is half of a character; such a text cannot be stored',
    ),
    (
        '{"s:SS": ["\\ud83d"]}',
        1,
        'in "s", \\ud83d is half of a character; such a text cannot be stored',
    ),
    (
        '{"\\ud83d": 1}',
        1,
        'in "\\ud83d", \\ud83d is half of a character; such a text cannot be stored',
    ),
]


@pytest.mark.parametrize(("text", "line", "reason"), BROKEN_JSON)
def test_broken_json_is_named_by_line_and_reason(file, text, line, reason):
    assert refusal(file("mine.json", text)) == f"mine.json, line {line}: {reason}."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[\n{"a": 1}\n{"a": 2}]', 3),
        ('[{"a": 1},\n{"a": 2', 2),
        ('{"a": 1}\n{"a": 2}', 2),
        ('[{"a": 1}]\n\nmore', 3),
        ("[\n{'a': 1}]", 2),
        ('[{"a": 01}]', 1),
        ("[" * 100_000, 1),
    ],
)
def test_what_is_no_json_is_named_by_line(file, text, line):
    # What follows is Python's own wording, which changes between its versions.
    assert re.match(
        rf"mine\.json, line {line}: (this is not JSON \(.+, column \d+\)|this is nested too deeply)",
        refusal(file("mine.json", text)),
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('{"a": 1}\n\n{"a": 1, "a": 2}', 'mine.jsonl, line 3: "a" appears twice in one object.'),
        ('{"a": 1}\n[1]', "mine.jsonl, line 2: an item is an object in braces, and [1] is not."),
        ('{"a": 1} {"a": 2}', "mine.jsonl, line 1: more follows the object; write one object on each line."),
        ('{"a": 1}\n{"a": }', "mine.jsonl, line 2: this is not JSON (Expecting value, column 7)."),
    ],
)
def test_broken_json_lines(file, text, start):
    assert refusal(file("mine.jsonl", text)) == start


@pytest.mark.parametrize(
    "number", ["1E-130", "9.99E125", "-0", "0.00", "9" * 38, "0." + "0" * 50 + "1", "1E5"]
)
def test_every_number_that_loads_is_one_boto3_takes(file, number):
    (item,) = load(file("n.json", f'{{"n": {number}}}'))
    assert TypeSerializer().serialize(item["n"]) == {"N": str(Decimal(number))}


def test_zeros_at_the_end_do_not_count_as_digits(file):
    long = {"a": "1" * 38 + "000", "b": "1.50" + "0" * 40, "c": "0." + "0" * 200, "d": "0e999", "e": "1.5000"}
    (item,) = load(file("n.json", "{" + ", ".join(f'"{name}": {n}' for name, n in long.items()) + "}"))
    assert {name: str(number) for name, number in item.items()} == {
        "a": f"{'1.' + '1' * 37}E+40",
        "b": "1.5",
        "c": "0",
        "d": "0",
        "e": "1.5000",
    }
    for number in item.values():
        TypeSerializer().serialize(number)


def test_a_whole_character_may_be_written_as_two_halves(file):
    assert load(file("x.json", '{"a": "\\ud83d\\ude00"}')) == [{"a": "\U0001f600"}]


# -- DynamoDB JSON -------------------------------------------------------------------------------------------

TYPED = """{"id": {"S": "1"}, "n": {"N": "1.50"}, "b": {"B": "UDQg"}, "yes": {"BOOL": false}, "none": {"NULL": true},
"ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2.5"]}, "bs": {"BS": ["UDQg"]}, "tags:SS": {"S": "as named"},
"list": {"L": [{"N": "1"}, {"M": {"S": {"S": "x"}}}]}, "map": {"M": {}}}""".replace("\n", " ")
PLAIN = {
    "id": "1",
    "n": Decimal("1.50"),
    "b": b"P4 ",
    "yes": False,
    "none": None,
    "ss": {"a", "b"},
    "ns": {Decimal(1), Decimal("2.5")},
    "bs": {b"P4 "},
    "tags:SS": "as named",
    "list": [Decimal(1), {"S": "x"}],
    "map": {},
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.json", TYPED),
        ("list.json", f"[{TYPED},\n{TYPED}]"),
        ("lines.jsonl", f"{TYPED}\n{TYPED}\n"),
        ("export.json", f'{{"Item":{TYPED}}}\n{{"Item": {TYPED}}}\n'),
        ("answer.json", f'{{"Item":\n {TYPED}\n}}'),
        ("input.json", f'[{{"Item": {TYPED}}}]'),
        (
            "scan.json",
            f'{{"Items": [{TYPED}, {TYPED}],\n "Count": 2, "ScannedCount": 2, "ConsumedCapacity": null}}',
        ),
    ],
)
def test_dynamodb_json_loads_as_what_it_is(file, name, text):
    items = load(file(name, text))
    assert items in ([PLAIN], [PLAIN, PLAIN])
    assert load(file(f"{name}.GZ", gzip.compress(text.encode()))) == items


def test_maps_that_look_like_types_stay_maps(file):
    sizes = {"id": "1", "sizes": {"S": "x"}}
    assert load(file("x.json", json.dumps(sizes))) == [sizes]
    box = {"Item": {"id": "1", "size": {"S": "x"}}}
    assert load(file("y.jsonl", json.dumps(box))) == [box]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"id": {"S": 7}}, 'in "id", what stands under "S" is not a text'),
        ({"id": {"S": "1"}, "n": {"N": 7}}, 'in "n", what stands under "N" is not a text'),
        ({"id": {"S": "1"}, "n": {"N": "NaN"}}, 'in "n", "NaN" is not a number'),
        (
            {"id": {"S": "1"}, "n": {"N": "1E126"}},
            f'in "n", 1E126 {"is outside DynamoDB"}\'s range of 1E-130 to 9.99E+125',
        ),
        ({"id": {"S": "1"}, "n": {"NS": ["1", "1.0"]}}, 'in "n", a set holds each value once'),
        (
            {"id": {"S": "1"}, "n": {"NS": [1]}},
            'in "n", a set is written as a list of texts, and is never empty',
        ),
        ({"id": {"S": "1"}, "x": {"BOOL": "true"}}, 'in "x", what stands under "BOOL" is not true or false'),
        ({"id": {"S": "1"}, "x": {"NULL": False}}, 'in "x", what stands under "NULL" is always true'),
        ({"id": {"S": "1"}, "x": {"B": "!"}}, 'in "x", the bytes should be written in base64'),
        ({"id": {"S": "1"}, "x": {"M": ["a"]}}, 'in "x", what stands under "M" is not an object'),
        (
            {"id": {"S": "1"}, "x": {"L": ["a"]}},
            'in "x", each value of DynamoDB JSON names its type, one of S, N, B, BOOL, NULL, SS, NS, BS, L, M',
        ),
        ({"id": {"S": "\ud83d"}}, 'in "id", \\ud83d is half of a character; such a text cannot be stored'),
        (
            {"Metadata": {"WriteTimestampMicros": {"N": "1"}}, "Keys": {"id": {"S": "1"}}},
            "this is an incremental export, of changes; load reads full exports",
        ),
    ],
)
def test_broken_dynamodb_json_is_named_by_line_and_reason(file, item, reason):
    text = '{"Item": {"id": {"S": "0"}}}\n' + json.dumps(item)
    assert refusal(file("export.json", text)) == f"export.json, line 2: {reason}."


def test_an_answer_names_the_line_of_its_item(file):
    text = '{"Count": 2, "Items": [\n{"id": {"S": "1"}},\n{"id": {"S": 7}}\n]}'
    assert refusal(file("scan.json", text)).startswith('scan.json, line 3: in "id"')
    order = {"id": "1", "Items": [{"S": {"S": "x"}}], "Count": "2"}
    assert load(file("shop.json", json.dumps(order))) == [order]
    assert load(file("none.json", '{"Items": [], "Count": 0}')) == []


def test_an_export_of_the_service_loads_as_it_is(tmp_path):
    database = connect(fresh=True)
    table = database.create_table(**table_input("notes"))
    table.wait_until_exists()
    load_into(table, load("notes"))
    client, bucket = table.meta.client, boto3.resource("s3").create_bucket(Bucket="exports")
    on = {"PointInTimeRecoveryEnabled": True}
    client.update_continuous_backups(TableName="notes", PointInTimeRecoverySpecification=on)
    client.export_table_to_point_in_time(TableArn=table.table_arn, S3Bucket="exports")
    (data,) = [one for one in bucket.objects.all() if "/data/" in one.key]
    path = tmp_path / Path(data.key).name
    path.write_bytes(data.get()["Body"].read())
    assert path.name.endswith(".json.gz")

    def by_key(item):
        return item["userId"], item["noteId"]

    assert sorted(load(path), key=by_key) == sorted(load("notes"), key=by_key)


def test_what_is_no_gzip_file(file):
    for content in (b"not packed", gzip.compress(b'{"a": 1}')[:-9]):
        assert refusal(file("x.json.gz", content)) == "x.json.gz is not a whole gzip file; fetch it again."
    for content in (b"", gzip.compress(b"")):
        assert refusal(file("x.json.gz", content)) == "x.json.gz is empty; it should hold at least one item."


def test_a_packed_file_of_another_kind(file):
    assert "x.gz is not a kind of file" in refusal(file("x.gz", gzip.compress(b"{}")))


# -- CSV -----------------------------------------------------------------------------------------------------


def test_csv_types(file):
    path = file(
        "people.csv",
        "id, age:N ,remote:BOOL,note,dc:title:S\n"
        '007,41.50,TRUE,"Lucía said ""hi"",\r\ntwice",T\n'
        "008,,,,\n"
        "009, -1e3,false, x ,\n",
    )
    assert load(path) == [
        {
            "id": "007",
            "age": Decimal("41.50"),
            "remote": True,
            "note": 'Lucía said "hi",\r\ntwice',
            "dc:title": "T",
        },
        {"id": "008"},
        {"id": "009", "age": Decimal(-1000), "remote": False, "note": " x "},
    ]


BROKEN_CSV = [
    ("id,name,id\n1,2,3", 1, 'two columns are called "id"'),
    ("age,age:N\n1,2", 1, 'two columns are called "age"'),
    ("id,\n1,2", 1, "a column has no name"),
    ("id,:N\n1,2", 1, "a column has no name"),
    ("id,age:number\n1,2", 1, '"age:number" asks for type "number", and the types are S, N, BOOL'),
    ("id;name\n1;2", 1, "the columns are parted by semicolons or tabs; save the file with commas"),
    ("id,name\n1,x\n\n2", 4, "the row has 1 cells and the header 2"),
    ("id,name\n1,x,y", 2, "the row has 3 cells and the header 2"),
    ('id,name\n1,"a\nb\nc"\n2,x,y', 5, "the row has 3 cells and the header 2"),
    ('id,name\n1,x\n2,"a\nb",z\n3,x', 3, "the row has 3 cells and the header 2"),
    ("id,name\n1,x\n,\n", 3, "every cell is empty; remove the row"),
    ("id,age:N\n1,7\n2,seven", 3, 'in "age", "seven" is not a number'),
    ("id,age:N\r\n1,NaN", 2, 'in "age", "NaN" is not a number'),
    ("id,age:N\n1,1_000", 2, 'in "age", "1_000" is not a number'),
    ('id,age:N\n1,"1,5"', 2, 'in "age", "1,5" is not a number'),
    ("id,age:N\n1,٣", 2, 'in "age", "٣" is not a number'),
    ("id,age:N\n1, ", 2, 'in "age", " " is not a number'),
    (
        "id,age:N\n1," + "1" * 39,
        2,
        'in "age", 11111111111111111111… has 39 digits and DynamoDB keeps 38; write it as text or shorten it',
    ),
    (
        "id,age:N\n1,1e999999999999",
        2,
        'in "age", 1e999999999999 is outside DynamoDB\'s range of 1E-130 to 9.99E+125',
    ),
    ("id,on:BOOL\n1,yes", 2, 'in "on", "yes" is neither true nor false'),
    ('id,name\n1,x\n2,"never closed\n3,y', 3, "a quotation mark is opened and never closed"),
    (
        'id,name\n1,"a"b',
        2,
        'more follows a closing quotation mark; inside quotes, write "" for "',
    ),
    ('\n"id";"name"\n"1";"2"', 2, "the columns are parted by semicolons or tabs; save the file with commas"),
    (
        '"id, or key"\tname\n1\t2',
        1,
        "the columns are parted by semicolons or tabs; save the file with commas",
    ),
    (
        "E-001,Ana,2014-02-03\nE-002,Bo,2016-05-02",
        2,
        'the first row looks like data ("E-001" above "E-002"); begin with a row of names',
    ),
    (
        "Ana,2014-02-03,3\n\nBo,2016-05-02,12",
        3,
        'the first row looks like data ("2014-02-03" above "2016-05-02"); begin with a row of names',
    ),
    ("9,Ana\n10,Bo", 2, 'the first row looks like data ("9" above "10"); begin with a row of names'),
]


@pytest.mark.parametrize(("text", "line", "reason"), BROKEN_CSV)
def test_broken_csv_is_named_by_line_and_reason(file, text, line, reason):
    assert refusal(file("mine.csv", text)) == f"mine.csv, line {line}: {reason}."


def test_a_cell_may_be_as_long_as_an_item(file):
    limit = csv.field_size_limit()
    assert load(file("long.csv", f"id,text\n1,{'x' * 400_000}\n")) == [{"id": "1", "text": "x" * 400_000}]
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize(
    "text",
    [
        "region,2025,2026\nnorth,1500,1700",  # years and weeks are the names of columns too
        "week,1,2\nA,3,4",
        "id,a;b\n1,x;y",
        '"a;b",c\n1,2',
        "2014\nx",
        "q1,q2\nyes,no",
    ],
)
def test_a_header_that_might_be_data_loads(file, text):
    assert len(load(file("x.csv", text))) == 1


# -- files ---------------------------------------------------------------------------------------------------


def test_a_missing_file_is_named_with_what_there_is():
    expected = 'There is no file "Employees" here; the course\'s own data are "employees" and "notes".'
    assert refusal("Employees") == expected
    assert 'no file "no/such.csv"' in refusal("no/such.csv")


def test_a_folder_is_no_file(tmp_path):
    assert "There is no file" in refusal(tmp_path)


def test_a_file_of_another_kind(file):
    expected = "people.xlsx is not a kind of file that load reads; save it as .json, .jsonl or .csv."
    assert refusal(file("people.xlsx", "PK")) == expected


@pytest.mark.parametrize("name", ["mine.json", "mine.jsonl", "mine.csv"])
def test_an_empty_file(file, name):
    assert refusal(file(name, "\ufeff \n")) == f"{name} is empty; it should hold at least one item."


def test_json_lines_called_json(file):
    message = refusal(file("mine.json", '{"a": 1}\n{"a": 2}'))
    assert message.startswith("mine.json, line 2: ") and message.endswith("on each line of a .jsonl file.")


def test_another_encoding(file):
    path = file("mine.csv", "id,name\n1,Ines\n2,Inês\n".encode("latin-1"))
    assert refusal(path) == "mine.csv, line 3: this is not UTF-8; save the file with the encoding UTF-8."
    assert "line 1: this is not UTF-8" in refusal(file("sixteen.json", '{"a": "1"}'.encode("utf-16")))


def test_a_name_is_the_courses_own_and_a_path_the_readers(tmp_path, monkeypatch):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes.json").write_text('{"mine": true}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert len(load("notes")) == 40
    assert load("notes.json") == load(Path("notes.json")) == [{"mine": True}]


def test_table_input_of_another_name():
    with pytest.raises(CourseError) as caught:
        table_input("../items/notes")
    expected = 'There is no table input "../items/notes"; data/tables holds "employees" and "notes".'
    assert str(caught.value) == expected


def test_importing_the_module_loads_no_heavy_package():
    # The module alone, without helpers/__init__.py, which imports boto3 for the rest of the course.
    code = (
        "import sys, types; package = types.ModuleType('helpers'); package.__path__ = [sys.argv[1]];"
        "sys.modules['helpers'] = package; import helpers.datasets;"
        "print(*sorted({'pandas', 'numpy', 'tqdm', 'boto3', 'IPython'} & sys.modules.keys()))"
    )
    run = [sys.executable, "-c", code, str(Path(datasets.__file__).parent)]
    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout == "\n"


# -- load_into -----------------------------------------------------------------------------------------------


@pytest.fixture
def table():
    made = connect("offline", fresh=True).create_table(**table_input("employees"))
    made.wait_until_exists()
    return made


def people(count: int) -> list[dict]:
    return [{"employeeId": f"E-{number}"} for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 25, 26, 60])
def test_load_into_writes_all_and_prints_one_line(table, capsys, count):
    assert load_into(table, iter(people(count))) == count
    assert capsys.readouterr() == (f"{count} of {count} items\n", "")
    assert table.scan()["Count"] == count


def test_the_label_stands_before_the_line(table, capsys):
    load_into(table, people(2), label="Employees")
    assert capsys.readouterr().out == "Employees: 2 of 2 items\n"


def test_a_second_load_replaces(table):
    load_into(table, people(30))
    assert load_into(table, [{**person, "new": True} for person in people(30)]) == 30
    assert all(item["new"] for item in table.scan()["Items"])


def test_what_is_no_table_or_no_items_gets_one_sentence(table, capsys):
    for wrong in [("employees", people(1)), (people(1), table), (table, "employees"), (table, people(1)[0])]:
        with pytest.raises(CourseError, match=r"^load_into takes a boto3 Table and a list of items: "):
            load_into(*wrong)
    assert table.scan()["Count"] == 0 and capsys.readouterr().out == ""


def test_items_without_key_or_with_the_same_key_are_refused_before_anything_is_written(table, capsys):
    with pytest.raises(
        CourseError, match=r'^Item 31 has no "employeeId", which is a key of the table Employees\.$'
    ):
        load_into(table, [*people(30), {"fullName": "?"}])
    with pytest.raises(
        CourseError, match=r"^Items 4 and 31 have the same key \(employeeId 'E-3'\); keep one of them\.$"
    ):
        load_into(table, [*people(30), {"employeeId": "E-3"}])
    assert table.scan()["Count"] == 0 and capsys.readouterr().out == ""


@pytest.fixture
def numbered():
    made = connect("offline", fresh=True).create_table(
        TableName="numbered",
        KeySchema=[{"AttributeName": "n", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "n", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    made.wait_until_exists()
    return made


def test_equal_numbers_are_one_key(numbered, capsys):
    apart = [{"n": Decimal(number)} for number in range(1, 26)]
    for pair in [("0", "0.0"), ("0", "-0"), ("1E+2", "100"), ("1.5", "1.50")]:
        with pytest.raises(CourseError) as caught:
            load_into(numbered, [{"n": Decimal(pair[0])}, *apart, {"n": Decimal(pair[1])}])
        assert str(caught.value) == f"Items 1 and 27 have the same key (n {pair[1]}); keep one of them."
    with pytest.raises(CourseError, match="^Items 1 and 2 have the same key"):
        load_into(numbered, [{"n": 7}, {"n": Decimal("7.0")}])
    assert numbered.scan()["Count"] == 0 and capsys.readouterr().out == ""


def test_a_text_and_a_number_are_two_keys(numbered):
    with pytest.raises(ClientError, match="does not match the schema"):  # says the service
        load_into(numbered, [{"n": 7}, {"n": "7"}])


@pytest.mark.parametrize("value", [1.5, True, None, [], {"a"}, {}, Decimal("1." + "1" * 40), object])
def test_what_can_be_no_key_is_named_before_anything_is_written(numbered, value, capsys):
    with pytest.raises(
        CourseError, match=r'^Item 2 has .+ under the key "n"; a key is a text, an int'
    ) as caught:
        load_into(numbered, [{"n": 7}, {"n": value}])
    assert "\n" not in str(caught.value)
    assert numbered.scan()["Count"] == 0 and capsys.readouterr().out == ""


@pytest.fixture
def interrupt(table):
    """Make the n-th batch end in this error; return the table."""

    def before(number: int, error: BaseException):
        calls = iter(range(1, 100))

        def stop(**_):
            if next(calls) == number:
                raise error

        table.meta.client.meta.events.register("before-call.dynamodb.BatchWriteItem", stop)
        return table

    return before


def test_ctrl_c_tells_how_many_are_written_and_the_next_run_writes_all(interrupt, capsys):
    table = interrupt(2, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        load_into(table, people(60))
    assert capsys.readouterr() == ("25 of 60 items\n", "")
    assert table.scan()["Count"] == 25
    assert load_into(table, people(60)) == 60
    assert table.scan()["Count"] == 60


def test_a_refusal_of_the_service_goes_through(table, capsys):
    with pytest.raises(ClientError, match="ValidationException"):
        load_into(table, [*people(25), {"employeeId": 7}])
    assert capsys.readouterr() == ("25 of 26 items\n", "")


def test_items_left_unprocessed_are_sent_again():
    class Busy:
        """A client that leaves one item of the first request."""

        sent: list = []

        def batch_write_item(self, RequestItems):
            requests = RequestItems["Employees"]
            left = requests[-1:] if not self.sent else []
            self.sent += requests[: len(requests) - len(left)]
            return {"UnprocessedItems": {"Employees": left} if left else {}}

    client = Busy()
    table = SimpleNamespace(
        name="Employees",
        key_schema=[{"AttributeName": "employeeId"}],
        batch_writer=lambda: BatchWriter("Employees", client),
    )
    assert load_into(table, people(30)) == 30
    assert len(client.sent) == 30


@pytest.mark.parametrize(
    ("allow_stdin", "watched"),
    [(True, True), (False, False), (None, False)],
)
def test_a_notebook_is_watched_when_its_front_end_can_ask(monkeypatch, allow_stdin, watched):
    content = {} if allow_stdin is None else {"allow_stdin": allow_stdin}
    kernel = SimpleNamespace(get_parent=lambda: {"content": content} if allow_stdin is not None else {})
    monkeypatch.setitem(
        sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=kernel))
    )
    assert datasets.somebody_watches() is watched


def test_no_bar_in_the_first_second(table, monkeypatch, capsys):
    monkeypatch.setattr(datasets, "somebody_watches", lambda: True)
    load_into(table, people(30))
    assert capsys.readouterr() == ("30 of 30 items\n", "")


@pytest.mark.parametrize("watched", [True, False])
def test_later_a_bar_for_who_watches_and_then_the_line_alone(table, monkeypatch, capsys, watched):
    clock = iter(range(10_000))  # a second passes at each look
    monkeypatch.setattr(tqdm.std, "time", lambda: next(clock))
    monkeypatch.setattr(tqdm.std.tqdm, "monitor_interval", 0)
    monkeypatch.setattr(datasets, "somebody_watches", lambda: watched)
    load_into(table, people(90), label="Employees")
    out, err = capsys.readouterr()
    assert err == "" and ("75/90" in out) is watched
    assert out.split("\r")[-1] == "Employees: 90 of 90 items\n"
