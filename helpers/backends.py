"""connect(): one door to DynamoDB, wherever it runs.

Importing `helpers` isolates this process: whatever credentials, profiles, endpoints and proxies the machine
holds, boto3 sees dummy credentials and Region us-east-1, and Python's sockets reach this machine only. Every
boto3 client made afterwards is answered by the offline service, unless its endpoint is on this machine.
"""

import io
import json
import os
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import botocore.waiter
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import BUILTIN_HANDLERS

from helpers import guard, local_tables
from helpers.errors import CourseError
from helpers.offline import rehearsal

if TYPE_CHECKING:
    from boto3.resources.base import ServiceResource

    from helpers.offline.service import Service

MODES = ("offline", "moto", "local")
ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"
ACCOUNT, REGION = "123456789012", "us-east-1"
EXERCISE_ACCOUNT = "111122223333"  # whose buckets and stacks an exercise would see
# Whose request it is decides who answers it.
OFFLINE_KEY, MOTO_KEY, EXERCISE_KEY = "OFFLINE", "MOTO", "EXERCISE"
DUMMY = {
    "AWS_ACCESS_KEY_ID": OFFLINE_KEY,
    "AWS_SECRET_ACCESS_KEY": "offline",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    # Files that hold nothing, instead of those of the person at this machine.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")

ENVIRON: dict[str, str] = {}  # the machine's own environment, as it was before isolation
_services: "dict[str, Service]" = {}  # by access key; each knows those of other Regions
_keeping: list[bool] = []  # one for each open keep_tables()
_lock = threading.RLock()


def connect(mode: str | None = None, *, fresh: bool = False) -> "ServiceResource":
    """A boto3 resource for DynamoDB; its `.meta.client` is the client.

    Args:
        mode: "offline" (in this process), "moto" (in this process, DynamoDB answered by moto's own backend, as in a
            test with `mock_aws`: for comparison) or "local" (the DynamoDB-compatible endpoint on this machine that
            AWS_ENDPOINT_URL_DYNAMODB names). None takes COURSE_MODE, else "offline".
        fresh: start without tables. In local mode only tables that the course made are dropped.

    Raises:
        CourseError: the mode is unknown, the endpoint is missing, not on this machine or dead, or an exercise
            asks for a fresh start.
    """
    if fresh and _keeping:
        raise CourseError(
            "connect(fresh=True) would take the tables of your notebook away: use what the function is given."
        )
    mode = mode or os.environ.get("COURSE_MODE") or "offline"
    if mode == "aws":
        raise CourseError(
            "Mode 'aws' comes with the last lesson, which is not there yet: choose 'offline' or 'local'."
        )
    if mode not in MODES:
        raise CourseError(
            f"There is no mode {mode!r}: choose 'offline' or 'moto' (these need nothing) or 'local' (needs {ENDPOINT})."
        )
    if mode == "local":
        return _connect_local(fresh)
    return _connect_inside(OFFLINE_KEY if mode == "offline" else MOTO_KEY, fresh)


@contextmanager
def keep_tables() -> Iterator[None]:
    """Inside, nobody gets a fresh start: somebody's tables would be gone without a word."""
    _keeping.append(True)
    try:
        yield
    finally:
        _keeping.pop()


def _connect_inside(access_key: str, fresh: bool) -> "ServiceResource":
    os.environ.pop(ENDPOINT, None)
    if os.environ.get("AWS_ACCESS_KEY_ID") != access_key:
        os.environ["AWS_ACCESS_KEY_ID"] = (
            access_key  # so that a plain boto3.client("dynamodb") meets the same service
        )
        boto3.DEFAULT_SESSION = None  # it remembers its keys
    if fresh:
        with _lock:
            _services.clear()
            rehearsal.metrics.clear()
            if "moto.core.base_backend" in sys.modules:  # what other services, such as auto scaling, hold
                sys.modules["moto.core.base_backend"].BackendDict.reset()
    return boto3.resource("dynamodb")


def _connect_local(fresh: bool) -> "ServiceResource":
    url = os.environ.get(ENDPOINT) or ENVIRON.get(ENDPOINT)
    if not url:
        raise CourseError(
            f"Mode 'local' needs an endpoint: set {ENDPOINT}, for example to http://127.0.0.1:8000."
        )
    try:
        parts = urlsplit(url)
        here = (
            parts.scheme in ("http", "https")
            and parts.hostname
            and guard.is_loopback(parts.hostname)
            and (parts.port or True)
        )
    except ValueError:
        here = False
    if not here:
        raise CourseError(
            f"Mode 'local' reaches this machine only: {ENDPOINT} is {url!r}, not an http address of 127.0.0.1."
        )
    os.environ[ENDPOINT] = url  # so that a plain boto3.client("dynamodb") in a cell meets the same service
    _probe(url)
    database = boto3.resource("dynamodb")
    if fresh:
        local_tables.drop(database.meta.client)
    return database


def _probe(url: str) -> None:
    quick = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
    try:
        boto3.client("dynamodb", config=quick).list_tables(Limit=1)
    except (BotoCoreError, ClientError):
        raise CourseError(
            f"No DynamoDB answers at {url}: start it, or set {ENDPOINT} to where it runs, or use mode 'offline'."
        ) from None


# --- isolation: once, on import of helpers -------------------------------------------------------------------


def isolate(handlers: Iterable[tuple[str, Callable]] = ()) -> None:
    """Cut this process off from AWS and let the offline service answer; a second call changes nothing.

    Args:
        handlers: further botocore events and their handlers, for every client made from now on.
    """
    if answer_here in [handler for _, handler, *_ in BUILTIN_HANDLERS]:
        return
    ENVIRON.update(os.environ)
    for name in list(os.environ):
        if name.upper().startswith("AWS_") or name.upper() in _PROXIES:
            del os.environ[name]
    os.environ.update(DUMMY)
    guard.raise_guard()
    # botocore gives these to every session made from now on: the way moto installs itself.
    BUILTIN_HANDLERS.extend(
        [("request-created.dynamodb", _note_timeout), ("before-send", answer_here), *handlers]
    )
    boto3.DEFAULT_SESSION = None  # one made earlier would not have them
    botocore.waiter.time = SimpleNamespace(sleep=_sleep_briefly)


def _sleep_briefly(seconds: float) -> None:
    """boto3's waiters look every 20 seconds; a service on this machine is ready sooner, and a rehearsal knows no wait."""
    if rehearsal.current:
        return rehearsal.current.sleep(seconds)
    time.sleep(min(seconds, 0.25 if ENDPOINT in os.environ else 0.01))


def answer_here(request: AWSPreparedRequest, **_) -> AWSResponse | None:
    """Answer a request in this process, in place of the network; one to this machine goes through."""
    if guard.is_loopback(urlsplit(request.url).hostname):
        return None
    scope = _CREDENTIAL.search(_text(request.headers.get("Authorization", "")))
    access_key, region, service = scope.groups() if scope else ("", REGION, "")
    if service == "monitoring":
        _tell_metrics(region)
    if access_key == EXERCISE_KEY and service != "dynamodb":
        request.headers["x-moto-account-id"] = (
            EXERCISE_ACCOUNT  # moto keeps each account's S3 and stacks apart
        )
    if service == "cloudformation" and access_key != MOTO_KEY:
        return _answer_for_stacks(request, service_of(access_key, region))
    if service != "dynamodb" or access_key == MOTO_KEY:
        return _answer_by_moto(request, locked=service != "dynamodb")
    from helpers.offline.refusal import Refused
    from helpers.offline.service import decode

    operation = _text(request.headers["X-Amz-Target"]).rpartition(".")[2]
    if rehearsal.current:
        rehearsal.current.arrives(operation)
    try:
        status, body = service_of(access_key, region).answer(operation, decode(request.body))
    except Refused as refusal:
        status, body = refusal.status, refusal.body()
    if rehearsal.current:
        rehearsal.current.leaves(operation, status, request.url, getattr(_asking, "read_timeout", 60))
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "x-amzn-RequestId": secrets.token_hex(26).upper(),
    }
    return _response(request, status, headers, json.dumps(body))


_asking = threading.local()


def _note_timeout(request: AWSRequest, **_) -> None:
    """Keep how long this thread's client waits for an answer: a rehearsal lets it wait in vain."""
    _asking.read_timeout = request.context["client_config"].read_timeout


def _tell_metrics(region: str) -> None:
    """Give moto's CloudWatch what a rehearsal counted."""
    if rehearsal.current:
        rehearsal.metrics.extend(rehearsal.current.metrics())
    if rehearsal.metrics:
        from moto.cloudwatch.models import cloudwatch_backends

        cloudwatch_backends[ACCOUNT][region].put_metric_data("AWS/DynamoDB", rehearsal.metrics)
        rehearsal.metrics.clear()


def services() -> "list[Service]":
    """Every offline service that somebody has asked in this process."""
    with _lock:
        return [one for home in _services.values() for one in home.world()]


def service_of(access_key: str, region: str = REGION) -> "Service":
    """The offline service that a client with this access key meets; keys separate exercises from lessons."""
    from helpers.offline.service import Service  # when the first request comes

    with _lock:
        if access_key not in _services:
            account = EXERCISE_ACCOUNT if access_key == EXERCISE_KEY else ACCOUNT
            _services[access_key] = Service(account, region)
        return _services[access_key].beside(region)


def private_service() -> "tuple[str, Service]":
    """The access key whose clients meet the exercises' own offline service, in every mode; and it, empty."""
    with _lock:
        _services.pop(EXERCISE_KEY, None)
        if "moto.core.base_backend" in sys.modules:
            for backends in list(sys.modules["moto.core.base_backend"].BackendDict._instances):
                if EXERCISE_ACCOUNT in backends:
                    backends[EXERCISE_ACCOUNT].reset()
    return EXERCISE_KEY, service_of(EXERCISE_KEY)


def _answer_by_moto(request: AWSPreparedRequest, locked: bool) -> AWSResponse | None:
    """Other AWS services, such as Application Auto Scaling, and DynamoDB in mode moto: moto as it is.

    moto reads and writes its dictionaries without a lock: other services get one, its DynamoDB is as a test meets it.
    """
    from moto.core.models import botocore_stubber

    with _lock if locked else nullcontext():
        answer = botocore_stubber.process_request(request)
    return answer and _response(request, *answer)


def _answer_for_stacks(request: AWSPreparedRequest, service: "Service") -> AWSResponse | None:
    """CloudFormation: moto's, with tables of the offline service."""
    from helpers.offline.stacks import tables_of  # moto's CloudFormation takes a second

    with _lock, tables_of(service):
        return _answer_by_moto(request, locked=True)


def _response(request: AWSPreparedRequest, status: int, headers: dict, body: str | bytes) -> AWSResponse:
    return AWSResponse(request.url, status, headers, _Body(_bytes(body)))


class _Body(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_) -> Iterator[bytes]:
        yield self.read()


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _text(header: str | bytes) -> str:
    return header.decode() if isinstance(header, bytes) else header
