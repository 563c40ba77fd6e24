"""`course serve`: the same service for the AWS CLI, the JavaScript SDK, boto3 and every lesson."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from needs import need

from helpers.classroom.lesson_shape import OFFLINE_ONLY
from helpers.classroom.refresh import comparable, lesson_kernel, run_cell

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
BIN = Path(sys.executable).parent
NPM = ROOT / "tests" / "npm"


def start(*args: str) -> subprocess.Popen:
    return subprocess.Popen(
        [str(BIN / "course"), "serve", *args],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def url():
    """The address of a service with the course's tables, started by the command."""
    served = start("--port", "0", "--load")
    assert served.stdout.readline() == "Loaded: Employees (60 items), notes (40 items).\n"
    yield re.search(r"http://127\.0\.0\.1:\d+", served.stdout.readline())[0]
    served.terminate()
    served.communicate(timeout=60)


@pytest.fixture(scope="module")
def empty():
    """The address of a service without tables, for all lessons: each begins by dropping those of the one before."""
    served = start("--port", "0")
    yield re.search(r"http://127\.0\.0\.1:\d+", served.stdout.readline())[0]
    served.terminate()
    served.communicate(timeout=60)


def client_env(url: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "eu-west-1"}
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        **keys,
        "AWS_ENDPOINT_URL_DYNAMODB": url,
        "AWS_PAGER": "",
        "NO_PROXY": "127.0.0.1",
    }


def test_boto3_finds_it_by_the_setting(url):
    code = "import boto3; print(boto3.client('dynamodb').scan(TableName='Employees')['Count'])"
    ran = subprocess.run(
        [sys.executable, "-c", code], env=client_env(url), capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "60"


def test_the_aws_cli(url):
    home = Path(sys.prefix, "aws-cli", BIN.name)  # an environment of its own, which course.py makes
    need(home.is_dir(), "the AWS CLI is not installed: python3 course.py test does it")

    def aws(*args: str) -> dict:
        ran = subprocess.run(
            [home / Path(sys.executable).name, "-m", "awscli", "dynamodb", *args, "--output", "json"],
            env=client_env(url),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout or "{}")

    assert aws("list-tables")["TableNames"] == ["Employees", "notes"]
    key = json.dumps({"employeeId": {"S": "E-003"}})
    assert aws("get-item", "--table-name", "Employees", "--key", key)["Item"]["fullName"] == {
        "S": "Wanjirũ Kamau"
    }
    found = aws(
        "query",
        "--table-name",
        "notes",
        "--key-condition-expression",
        "userId = :u",
        "--expression-attribute-values",
        json.dumps({":u": {"S": "mei"}}),
    )
    assert found["Count"] == 4
    # The table's description as a file, as the README of the data says.
    aws(
        "create-table",
        "--cli-input-json",
        json.dumps({**json.loads((ROOT / "data/tables/notes.json").read_text()), "TableName": "mine"}),
    )
    assert "mine" in aws("list-tables")["TableNames"]


def test_the_javascript_sdk(url):
    need(shutil.which("node") is not None, "node is not installed")
    need((NPM / "node_modules" / "@aws-sdk").is_dir(), "run npm ci in tests/npm")
    code = """
    const { DynamoDBClient, GetItemCommand, PutItemCommand } = require("@aws-sdk/client-dynamodb");
    const client = new DynamoDBClient({});
    (async () => {
      const Key = { userId: { S: "js" }, noteId: { S: "1" } };
      await client.send(new PutItemCommand({ TableName: "notes", Item: { ...Key, n: { N: "1.50" }, b: { B: Buffer.from("hi") } } }));
      const { Item } = await client.send(new GetItemCommand({ TableName: "notes", Key }));
      let refused;
      try { await client.send(new GetItemCommand({ TableName: "nope", Key })); } catch (error) { refused = error.name; }
      console.log(JSON.stringify([Item.n.N, Buffer.from(Item.b.B).toString(), refused]));
    })();
    """
    ran = subprocess.run(
        ["node", "-e", code],
        cwd=NPM,
        env=client_env(url) | {"AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == ["1.5", "hi", "ResourceNotFoundException"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_lesson_in_local_mode(path, empty, tmp_path):
    """The same outputs as offline: only the way to the service is another."""
    lesson = nbformat.read(path, 4)
    stored = [comparable(cell.outputs) for cell in lesson.cells if cell.cell_type == "code"]
    skipped = 0
    local = {"COURSE_MODE": "local", "AWS_ENDPOINT_URL_DYNAMODB": empty}
    with lesson_kernel(lesson, path.parent, settings=local) as kernel:
        for number, cell in enumerate(lesson.cells):
            if cell.cell_type == "code":
                fresh = comparable(run_cell(kernel, number).outputs)
                before = stored.pop(0)
                if OFFLINE_ONLY in cell.metadata.get(
                    "tags", []
                ):  # it ran as far as the sentence that says so
                    skipped += 1
                    assert [output.ename for output in fresh] == ["CourseError"], fresh
                    assert "mode offline" in fresh[0].evalue
                else:
                    assert fresh == before, f"{path.name}, cell {number + 1}"
    print(f"{path.name}: {skipped} cells are for mode offline only")


def test_a_clean_end_on_ctrl_c():
    served = start("--port", "0")
    served.stdout.readline()
    served.send_signal(signal.SIGINT)
    out, err = served.communicate(timeout=60)
    assert (served.returncode, err) == (0, "")


def test_a_port_in_use_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        out, err = start("--port", str(port)).communicate(timeout=60)
    assert out == ""
    assert re.fullmatch(rf"Port {port} cannot be used \(.*\): choose another with --port\.\n", err)
