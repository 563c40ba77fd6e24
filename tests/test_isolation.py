"""Offline, nothing of the machine's AWS settings counts and nothing off this machine is reachable."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import boto3
import pytest

import helpers  # noqa: F401  raises the guard
from helpers import guard
from helpers.errors import OffMachineError

REAL_KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/EXAMPLEKEY",
}
AWAY = "https://dynamodb.eu-west-1.amazonaws.com"
HOSTILE = {
    "keys in the environment": REAL_KEYS | {"AWS_SESSION_TOKEN": "FwoGZXIvYXdzEXAMPLE"},
    "a profile that is not there": {"AWS_PROFILE": "nope"},
    "a default profile that is not there": {"AWS_DEFAULT_PROFILE": "nope"},
    "no Region": {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""},
    "another Region": {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"},
    "an endpoint away": {"AWS_ENDPOINT_URL": AWAY},
    "a DynamoDB endpoint away": {"AWS_ENDPOINT_URL_DYNAMODB": AWAY},
    "a bad CA bundle": {"AWS_CA_BUNDLE": "/nowhere/ca.pem", "REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"},
    "proxies": {
        name: "http://proxy.example:3128"
        for name in ("HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy")
    },
    "a proxy on this machine": {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
    "a role to assume": {
        "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere",
    },
    "a container's credentials": {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"
    },
    "FIPS and dual stack": {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    "odd retries and defaults": {
        "AWS_RETRY_MODE": "nonsense",
        "AWS_MAX_ATTEMPTS": "x",
        "AWS_DEFAULTS_MODE": "nonsense",
    },
    "a broken config file": {
        "AWS_CONFIG_FILE": "{home}/broken",
        "AWS_SHARED_CREDENTIALS_FILE": "{home}/broken",
    },
    "files with keys and an endpoint": {},  # {home}/.aws, below
}
FIRST_CALLS = """
import json, os, subprocess, sys
from helpers import connect
import boto3
db = connect(fresh=True)
table = db.create_table(TableName="Employees", KeySchema=[{"AttributeName": "employeeId", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "employeeId", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
table.wait_until_exists()
table.put_item(Item={"employeeId": "E-1"})
client = boto3.client("dynamodb")
keys = boto3.Session().get_credentials().get_frozen_credentials()
child = subprocess.run([sys.executable, "-c", "import boto3; print(boto3.Session().get_credentials().access_key)"],
    capture_output=True, text=True, check=True)
print(json.dumps({"items": table.scan()["Items"], "tables": client.list_tables()["TableNames"], "arn": table.table_arn,
    "key": keys.access_key, "token": keys.token, "child": child.stdout.strip()}))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "broken").write_text("this is [no ini file", encoding="utf-8")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        "[default]\n" + "".join(f"{name.lower()} = {value}\n" for name, value in REAL_KEYS.items()),
        encoding="utf-8",
    )
    (tmp_path / ".aws" / "config").write_text(
        f"[default]\nregion = eu-west-1\nendpoint_url = {AWAY}\nca_bundle = /nowhere\n", encoding="utf-8"
    )
    return tmp_path


def run(code: str, home: Path, settings: dict[str, str]) -> subprocess.CompletedProcess:
    machine = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COV_", "COVERAGE"))
    }
    settings = {name: value.format(home=home) for name, value in settings.items()}
    environment = machine | {"HOME": str(home), "USERPROFILE": str(home)} | settings
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("settings", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_setting_changes_nothing(settings, home):
    ran = run(FIRST_CALLS, home, settings)
    assert ran.stderr == ""
    assert json.loads(ran.stdout) == {
        "items": [{"employeeId": "E-1"}],
        "tables": ["Employees"],
        "arn": "arn:aws:dynamodb:us-east-1:123456789012:table/Employees",
        "key": "OFFLINE",
        "token": None,
        "child": "OFFLINE",
    }


# --- the guard -----------------------------------------------------------------------------------------------

OUTWARD = {
    "a name is looked up": lambda: socket.getaddrinfo("dynamodb.us-east-1.amazonaws.com", 443),
    "an address is connected": lambda: socket.create_connection(("203.0.113.7", 443), timeout=5),
    "an IPv6 address is connected": lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::7", 443)),
    "a datagram is sent": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("203.0.113.7", 53)),
    "the metadata service is asked": lambda: socket.create_connection(("169.254.169.254", 80), timeout=5),
    "a page is fetched": lambda: urllib.request.urlopen("https://aws.amazon.com", timeout=5),
    "gethostbyname is asked": lambda: socket.gethostbyname("aws.amazon.com"),
}


@pytest.mark.parametrize("reach", OUTWARD.values(), ids=OUTWARD)
def test_nothing_off_this_machine_is_reached(reach):
    with pytest.raises(OffMachineError, match=r"was not contacted: only this machine can be reached"):
        reach()


def test_before_and_after_the_emulator_runs(home):
    code = """
import socket
import helpers, sys
def refused():
    try:
        socket.create_connection(("203.0.113.7", 443), timeout=5)
    except helpers.errors.OffMachineError:
        return True
print("moto" in sys.modules, refused())
helpers.connect().meta.client.list_tables()
print("moto" in sys.modules, refused())
helpers.connect("moto").meta.client.list_tables()
print("moto" in sys.modules, refused())
"""
    assert run(code, home, {}).stdout.split() == ["False", "True", "False", "True", "True", "True"]


def test_a_client_made_before_meets_the_guard_with_the_reason(home):
    code = """
import boto3
early = boto3.client("dynamodb", region_name="us-east-1")
import helpers
try:
    early.list_tables()
except Exception as error:
    print(error)
print(boto3.client("dynamodb").list_tables()["TableNames"])
"""
    ran = run(code, home, REAL_KEYS)
    assert "was not contacted: only this machine" in ran.stdout
    assert ran.stdout.endswith("[]\n")


def test_this_machine_stays_reachable():
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("LOCALHOST", True),
        ("", True),
        (None, True),
        (b"localhost", True),
        ("0.0.0.0", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("10.0.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("2130706433", False),
    ],
)
def test_what_counts_as_this_machine(host, here):
    assert guard.is_loopback(host) is here


def test_other_services_are_answered_offline_too():
    scaling = boto3.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"] == []


def test_a_service_that_the_emulator_does_not_know_ends_in_an_error():
    with pytest.raises(Exception, match=r"not contacted|404|Not yet implemented"):
        boto3.client("iotwireless").list_destinations()


# --- all at once, on the lessons -----------------------------------------------------------------------------


def test_every_lesson_runs_without_network_under_all_settings_at_once(home, cut_off):
    course = Path(sys.prefix, "Scripts" if os.name == "nt" else "bin", "course")
    settings = {name: value for one in HOSTILE.values() for name, value in one.items()}
    machine = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COV_", "COVERAGE"))
    }
    ran = subprocess.run(
        # In one process: other files are proved on the other processor meanwhile.
        [*cut_off, str(course), "test", "notebooks", "-q", "-n", "0", "-p", "no:cacheprovider"],
        env=machine | {name: value.format(home=home) for name, value in settings.items()},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert " passed" in ran.stdout


START = """
import gc, sys
from helpers import connect
frozen = gc.get_freeze_count()
assert frozen > 10_000 and gc.isenabled(), "the collector walks the imports while the first client is made"
connect(fresh=True).meta.client.list_tables()
assert gc.get_freeze_count() > frozen, "the collector walks the model and the service during a long scan"
print([name for name in ("moto", "wcwidth", "pandas", "IPython", "matplotlib") if name in sys.modules])
"""


def test_the_first_answer_imports_nothing_that_only_pictures_and_other_services_need(tmp_path):
    assert run(START, tmp_path, {}).stdout == "[]\n"
