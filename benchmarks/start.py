"""From the start of a kernel to the first answer of DynamoDB, against the same calls without the course.

Without it, boto3 is answered by constants in a kernel, or by moto in a bare Python.
"""

import sys
import time
from pathlib import Path

from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_client.kernelspec import KernelSpecManager

from benchmarks.children import ROOT, Skipped, interleaved, say, seconds_of
from benchmarks.results import Row, Table

CALLS = """
db.create_table(
    TableName="notes",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
).wait_until_exists()
table = db.Table("notes")
table.put_item(Item={"id": "1", "text": "hello"})
assert table.get_item(Key={"id": "1"})["Item"]["text"] == "hello"
"""
COURSE = "from helpers import connect\ndb = connect(fresh=True)" + CALLS
MOTO = (
    """
import os
os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
import boto3
from moto import mock_aws
mock_aws().start()
db = boto3.resource("dynamodb")
"""
    + CALLS
)
CANNED = (
    """
import io, json, os
os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
import boto3
from botocore.awsrequest import AWSResponse

class Body(io.BytesIO):
    def stream(self, **_):
        yield self.read()

ANSWERS = {
    "CreateTable": {"TableDescription": {"TableName": "notes", "TableStatus": "CREATING"}},
    "DescribeTable": {"Table": {"TableName": "notes", "TableStatus": "ACTIVE"}},
    "GetItem": {"Item": {"id": {"S": "1"}, "text": {"S": "hello"}}},
}

def answer(request, **_):
    operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
    return AWSResponse(request.url, 200, {}, Body(json.dumps(ANSWERS.get(operation, {})).encode()))

db = boto3.resource("dynamodb")
db.meta.client.meta.events.register("before-send.dynamodb", answer)
"""
    + CALLS
)
ALONE = "boto3 in a kernel"
BOUND = 1.2


def measure(rounds: int) -> list[Table]:
    """One row: the course in a kernel, boto3 alone in a kernel, and bare Pythons with moto alone and with the course."""
    moto = "moto in python -c"
    contenders = {
        "kernel": in_kernel,
        ALONE: lambda: in_kernel(CANNED),
        moto: lambda: seconds_of(sys.executable, "-P", "-c", MOTO, cwd=ROOT / "notebooks"),
        "python -c": lambda: seconds_of(sys.executable, "-P", "-c", COURSE, cwd=ROOT / "notebooks"),
        "python -c pass": lambda: seconds_of(sys.executable, "-P", "-c", "pass"),
    }
    say("Start: warming up")
    for warm_up in contenders.values():
        warm_up()
    title = "From start to first answer"
    row = Row("create, put, get", interleaved(contenders, rounds, title), dict.fromkeys((ALONE, moto), BOUND))
    return [Table(title, [row], packages=("ipykernel", "boto3", "moto"))]


def in_kernel(code: str = COURSE) -> float:
    """Seconds from starting a kernel until it has run some code."""
    # The kernel of this Python, whatever others the user has installed.
    specs = KernelSpecManager(kernel_dirs=[])
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=specs, transport_encryption="auto")
    began = time.perf_counter()
    manager.start_kernel(cwd=str(Path(ROOT, "notebooks")))
    client = manager.blocking_client()
    try:
        client.start_channels(iopub=False, stdin=False, hb=False)
        answer = _answer(client, code)
        taken = time.perf_counter() - began
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if answer["status"] != "ok":
        raise Skipped(f"the kernel answered {answer['ename']}: {answer['evalue']}")
    return taken


def _answer(client: BlockingKernelClient, code: str) -> dict:
    """What the kernel answers; the request waits in the socket until the kernel is there to take it."""
    client.execute(code, allow_stdin=False)
    return client.get_shell_msg(timeout=60)["content"]
