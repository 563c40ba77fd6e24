"""An error of a package the lessons use is one line; a mistake of the student's own keeps its traceback."""

import re
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers.classroom.refresh import lesson_kernel, run_cell

SOURCES = {
    "setup": "import sqlite3, boto3, helpers.tracebacks\nfor _ in range(2): helpers.tracebacks.install()",
    "client": "from helpers import connect; db = connect(fresh=True)\ndb.meta.client.describe_table(TableName='notes')",
    "float": "from boto3.dynamodb.types import TypeSerializer\nTypeSerializer().serialize(1.5)",
    "sqlite": "sqlite3.connect(':memory:').execute('SELECT * FROM badge')",
    "parameter": "boto3.client('dynamodb').get_item(TableName='notes')",
    "helper": "from helpers import capacity\ncapacity.item_size({'a': 1 + 2j})",
    "mapped": "list(map(TypeSerializer().serialize, [1.5]))",
    "loop": "missing = connect().Table('missing')\nfor number in range(2):\n    if number:\n        missing.scan()",
    "statement": "found = 1\nmissing.put_item(\n    Item={'employeeId': 'e-17'},\n    ReturnValues='NONE',\n)",
    "inside": "def look():\n    missing.scan()\nlook()",
    "elsewhere": "1\nlook()",
    "deep": "def deep(n):\n    return deep(n - 1) if n else missing.scan()\ndeep(9)",
    "long": "db.create_table(\n    TableName='"
    + "x" * 90
    + "!',\n    KeySchema=[{'AttributeName': 'id', 'KeyType': 'HASH'}],\n    AttributeDefinitions=[],\n)",
    "wide": "db.meta.client.get_item(TableName='missing', Key={'employeeId': {'S': 'e-1'}}, ConsistentRead=True)",
    "own": "def half(x):\n    return x / 0\nhalf(1)",
    "callback": "from botocore.hooks import HierarchicalEmitter\nevents = HierarchicalEmitter()\n"
    "events.register('e', lambda **kwargs: 1 / 0)\nevents.emit('e')",
    "own class": "class Mine(sqlite3.Error): pass\nraise Mine('no')",
    "syntax": "x = = 1",
    "tb": "1 / 0",
    "after": "%tb",
    "short": "TypeSerializer().serialize(1.5)",
    "whole": "%tb",
}


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """The error output of each cell, all run in one kernel."""
    nb = new_notebook(cells=[new_code_cell(source) for source in SOURCES.values()])
    with lesson_kernel(nb, tmp_path_factory.mktemp("lesson")) as client:
        runs = {name: run_cell(client, index).outputs for index, name in enumerate(SOURCES)}
    assert runs["setup"] == []
    return {name: outputs[-1] for name, outputs in runs.items() if outputs}


@pytest.mark.parametrize(
    "name, number, message",
    [
        (
            "client",
            2,
            "ResourceNotFoundException: An error occurred (ResourceNotFoundException) when calling",
        ),
        ("float", 2, "TypeError: Float types are not supported. Use Decimal types instead."),
        ("sqlite", 1, "OperationalError: no such table: badge"),
        ("parameter", 1, "ParamValidationError: Parameter validation failed:\nMissing required parameter"),
        ("helper", 2, "CourseError: "),
        ("mapped", 1, "TypeError: Float types are not supported. Use Decimal types instead."),
        ("short", 1, "TypeError: Float types are not supported. Use Decimal types instead."),
        ("loop", 4, "ResourceNotFoundException: "),
        ("statement", 2, "ResourceNotFoundException: "),
    ],
)
def test_an_error_of_a_package_is_the_line_of_the_cell_and_its_message(errors, name, number, message):
    line, text = errors[name].traceback
    source = SOURCES[name].splitlines()[number - 1].strip()
    assert line == f"Line {number}: {source}"
    assert text.replace("\n", " ").startswith(message.replace("\n", " "))
    full = f"{errors[name].ename}: {errors[name].evalue}"
    assert text.split() == full.split()
    assert text.count("\n") >= full.count("\n")


def test_a_request_of_your_own_function_names_the_line_there_too(errors):
    assert errors["inside"].traceback[:-1] == ["Line 3: look()", "Line 2, in look: missing.scan()"]
    first, second = errors["elsewhere"].traceback[:-1]
    assert first == "Line 2: look()"
    count = list(SOURCES).index("inside") + 1
    assert second == f"Cell In[{count}], line 2, in look: missing.scan()"
    assert errors["deep"].traceback[:-1] == [
        "Line 3: deep(9)",
        "Line 2, in deep: return deep(n - 1) if n else missing.scan()",
    ]


def test_no_line_is_broken_within_a_word(errors):
    """78 columns fit where lessons are read; a browser breaks a longer line anywhere."""
    for name in ("client", "loop", "wide"):
        assert max(map(len, "\n".join(errors[name].traceback).splitlines())) <= 78
    assert errors["wide"].traceback[0].endswith(" …")
    assert "x" * 90 + "!" in errors["long"].traceback[-1], "a long name stays whole"


@pytest.mark.parametrize(
    "name, place", [("own", "half"), ("callback", "lambda"), ("own class", "Mine"), ("tb", "1 / 0")]
)
def test_a_mistake_of_your_own_keeps_its_traceback(errors, name, place):
    text = _plain(errors[name])
    assert "Cell In[" in text and "---->" in text and place in text


def test_a_syntax_error_looks_as_ever(errors):
    text = _plain(errors["syntax"])
    assert "x = = 1" in text and "SyntaxError" in text and "interactiveshell" not in text


def test_tb_shows_the_whole_traceback_of_a_shortened_error(errors):
    assert "serialize" in _plain(errors["whole"]) and "types.py" in _plain(errors["whole"])


def test_outside_ipython_nothing_happens():
    code = "import sys; from helpers import tracebacks; tracebacks.install(); print('IPython' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


def _plain(output) -> str:
    text = "\n".join(output.traceback) if output.output_type == "error" else output.text
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
