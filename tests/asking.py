"""A service of one's own for a test, or moto's, asked in DynamoDB JSON without any client between."""

import json
from copy import deepcopy

from botocore.awsrequest import AWSRequest

from helpers import backends, connect
from helpers.offline.service import Service


class Asked:
    """Calls operations by name: `asked("PutItem", TableName="notes", Item=...)` gives the answer's body."""

    def __init__(self) -> None:
        self.service = Service()

    def __call__(self, operation: str, **request) -> dict:
        status, body = self.answer(operation, request)
        assert status == 200, body
        return body

    def answer(self, operation: str, request: dict) -> tuple[int, dict]:
        """The HTTP status and the body of an answer."""
        return self.service.answer(operation, deepcopy(request))

    def refused(self, operation: str, **request) -> str:
        """The code and the message of a refusal."""
        status, body = self.answer(operation, request)
        assert status == 400, body
        told = body.get("message", body.get("Message", ""))
        assert "offline service cannot read" not in told, told  # a Python exception of ours
        return f"{body['__type'].partition('#')[2]}: {told}"

    def table(self, name: str = "ttt", keys: str = "pk sk", **more) -> "Asked":
        """Make an active on-demand table; `keys` are its string keys, `more` further members of the request."""
        self("CreateTable", **table(name, keys, **more))
        self("DescribeTable", TableName=name)
        return self


class Moto(Asked):
    """moto's DynamoDB as mode moto has it, asked in the same way; where moto raises, so does the question."""

    def __init__(self) -> None:
        connect("moto", fresh=True)
        connect("offline")

    def refused(self, operation: str, **request) -> str:
        status, body = self.answer(operation, request)
        if status == 200:
            return f"accepted: {body}"
        return f"{body['__type'].partition('#')[2]}: {body.get('message', body.get('Message', ''))}"

    def answer(self, operation: str, request: dict) -> tuple[int, dict]:
        streams = operation in ("ListStreams", "DescribeStream", "GetShardIterator", "GetRecords")
        asked = AWSRequest(
            "POST",
            f"https://{'streams.' * streams}dynamodb.{backends.REGION}.amazonaws.com/",
            {
                "X-Amz-Target": f"{'DynamoDBStreams' if streams else 'DynamoDB'}_20120810.{operation}",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={backends.MOTO_KEY}/20260101/{backends.REGION}/dynamodb/aws4_request",
            },
            json.dumps(request),
        )
        answer = backends.answer_here(asked.prepare())
        return answer.status_code, json.loads(answer.content or "{}")


def table(name: str = "ttt", keys: str = "pk sk", types: dict[str, str] = {}, **more) -> dict:  # noqa: B006
    """A CreateTable request; `types` are those of further attributes, and of keys that are no strings."""
    names = keys.split()
    billing = {} if "ProvisionedThroughput" in more else {"BillingMode": "PAY_PER_REQUEST"}
    return {
        "TableName": name,
        "KeySchema": schema(*names),
        "AttributeDefinitions": [
            {"AttributeName": one, "AttributeType": kind}
            for one, kind in (dict.fromkeys(names, "S") | types).items()
        ],
        **billing,
        **more,
    }


def schema(*names: str) -> list[dict]:
    return [
        {"AttributeName": name, "KeyType": role} for name, role in zip(names, ("HASH", "RANGE"), strict=False)
    ]


def index(name: str, *keys: str, projection: str = "ALL", held: list[str] | None = None, **more) -> dict:
    """An index of a CreateTable or UpdateTable request."""
    projected = {"ProjectionType": projection} | ({"NonKeyAttributes": held} if held else {})
    return {"IndexName": name, "KeySchema": schema(*keys), "Projection": projected, **more}


def s(text: str) -> dict:
    return {"S": text}


def n(number: float | str) -> dict:
    return {"N": str(number)}


def item(pk: str, sk: str, **attributes: dict) -> dict:
    return {"pk": s(pk), "sk": s(sk), **attributes}
