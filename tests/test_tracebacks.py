"""An error of a package the lessons use is one line; a mistake of the student's own keeps its traceback."""

import re
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers.classroom.refresh import lesson_kernel, run_cell

SOURCES = {
    "setup": "import sqlite3, boto3, helpers.tracebacks\nfor _ in range(2): helpers.tracebacks.install()",
    "client": "from helpers import connect\nconnect(fresh=True).meta.client.describe_table(TableName='notes')",
    "float": "from boto3.dynamodb.types import TypeSerializer\nTypeSerializer().serialize(1.5)",
    "sqlite": "sqlite3.connect(':memory:').execute('SELECT * FROM badge')",
    "parameter": "boto3.client('dynamodb', region_name='us-east-1').get_item(TableName='notes')",
    "helper": "from helpers import capacity\ncapacity.item_size({'a': 1 + 2j})",
    "mapped": "list(map(TypeSerializer().serialize, [1.5]))",
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
    "name, line",
    [
        ("client", "ResourceNotFoundException: An error occurred (ResourceNotFoundException) when calling"),
        ("float", "TypeError: Float types are not supported. Use Decimal types instead."),
        ("sqlite", "OperationalError: no such table: badge"),
        ("parameter", "ParamValidationError: Parameter validation failed:\nMissing required parameter"),
        ("helper", "CourseError: "),
        ("mapped", "TypeError: Float types are not supported. Use Decimal types instead."),
        ("short", "TypeError: Float types are not supported. Use Decimal types instead."),
    ],
)
def test_an_error_of_a_package_is_its_own_line(errors, name, line):
    (text,) = errors[name].traceback
    assert text.startswith(line)
    assert text == f"{errors[name].ename}: {errors[name].evalue}"


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
