"""Runs DynamoDB's operations on one service and says how long they took: `worker.py SERVICE ITEMS`.

SERVICE is "course", "rehearsed" (the course's, after a rehearsal of trouble has ended), "canned" (boto3, with the same
answer to each call of a kind), "moto" or the address of an endpoint on this machine. It runs in the environment of that
service, so it imports nothing of the course but for the course's own. Each line of JSON on its input names an operation
and how often; each line of its output answers with the seconds that one took.
"""

import io
import json
import os
import sys
import time

TABLE = "bench"
IN_PARTITION = 100  # items that share a partition key, and one query reads
BATCH = 25


def item(number: int) -> dict:
    """An item of five attributes, one of them a list."""
    return {
        **key(number),
        "count": {"N": str(number)},
        "text": {"S": "hello" * 5},
        "list": {"L": [{"S": "a"}, {"N": "1"}]},
    }


def key(number: int) -> dict:
    return {"pk": {"S": f"p{number // IN_PARTITION}"}, "sk": {"S": f"s{number:06}"}}


class Worker:
    """One table of `items` items; every operation leaves as many behind. Returns are seconds for one call."""

    def __init__(self, client, items: int) -> None:
        self.client, self.items = client, items

    def fill(self) -> float:
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        types = [{"AttributeName": one["AttributeName"], "AttributeType": "S"} for one in keys]
        self.client.create_table(
            TableName=TABLE, KeySchema=keys, AttributeDefinitions=types, BillingMode="PAY_PER_REQUEST"
        )
        self.client.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
        return timed(
            lambda start: self._write(range(start, min(start + BATCH, self.items))),
            range(0, self.items, BATCH),
            each=False,
        )

    def put(self, times: int) -> float:
        new = range(self.items, self.items + times)
        taken = timed(lambda number: self.client.put_item(TableName=TABLE, Item=item(number)), new)
        self._delete(new)
        return taken

    def get(self, times: int) -> float:
        spread = range(0, self.items, max(1, self.items // times))[:times]
        return timed(lambda number: self.client.get_item(TableName=TABLE, Key=key(number)), spread)

    def batch_write(self, times: int) -> float:
        new = range(self.items, self.items + BATCH * times)
        taken = timed(lambda start: self._write(new[start : start + BATCH]), range(0, len(new), BATCH))
        self._delete(new)
        return taken

    def query(self, times: int) -> float:
        values = {":p": key(self.items // 2)["pk"]}
        condition = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values}
        return timed(lambda _: self.client.query(TableName=TABLE, **condition), range(times))

    def scan(self, times: int) -> float:
        def whole(_) -> None:
            pages = self.client.get_paginator("scan").paginate(TableName=TABLE)
            if (seen := sum(page["Count"] for page in pages)) != self.items:
                raise RuntimeError(f"the scan saw {seen} of {self.items} items")

        return timed(whole, range(times))

    def filter(self, times: int) -> float:
        """A scan that reads all and keeps one item of a hundred."""
        values = {":c": {"N": str(self.items // 100)}}
        request = {"FilterExpression": "#c < :c", "ExpressionAttributeNames": {"#c": "count"}}

        def whole(_) -> None:
            paginator = self.client.get_paginator("scan")
            pages = paginator.paginate(TableName=TABLE, ExpressionAttributeValues=values, **request)
            if (kept := sum(page["Count"] for page in pages)) != self.items // 100:
                raise RuntimeError(f"the filter kept {kept} of {self.items} items")

        return timed(whole, range(times))

    def transaction(self, times: int) -> float:
        puts = [{"Put": {"TableName": TABLE, "Item": item(number)}} for number in (0, self.items - 1)]
        return timed(lambda _: self.client.transact_write_items(TransactItems=puts), range(times))

    def _write(self, numbers: range) -> None:
        puts = [{"PutRequest": {"Item": item(number)}} for number in numbers]
        if self.client.batch_write_item(RequestItems={TABLE: puts})["UnprocessedItems"]:
            raise RuntimeError("the batch was not written whole")

    def _delete(self, numbers: range) -> None:
        for number in numbers:
            self.client.delete_item(TableName=TABLE, Key=key(number))


def timed(call, arguments: range, each: bool = True) -> float:
    """Seconds for one call, or for all of them."""
    began = time.perf_counter()
    for argument in arguments:
        call(argument)
    return (time.perf_counter() - began) / (len(arguments) if each else 1)


def can(client, items: int) -> None:
    """Let a client's calls be answered at botocore's before-send hook, by a constant for each operation.

    It is what the course would answer from a table of `items` items, so what is left is the time of boto3 itself.
    """
    from botocore.awsrequest import AWSResponse

    def page(numbers: range) -> dict:
        return {
            "Items": [item(number) for number in numbers],
            "Count": len(numbers),
            "ScannedCount": len(numbers),
        }

    first = items // 2 // IN_PARTITION * IN_PARTITION
    answers = {
        "DescribeTable": {"Table": {"TableName": TABLE, "TableStatus": "ACTIVE"}},
        "GetItem": {"Item": item(items // 2)},
        "BatchWriteItem": {"UnprocessedItems": {}},
        "Query": page(range(first, min(first + IN_PARTITION, items))),
        "Scan": page(range(items)),
        "filter": page(range(items // 100)),
    }
    bodies = {operation: json.dumps(answer).encode() for operation, answer in answers.items()}

    class Body(io.BytesIO):
        def stream(self, **_):
            yield self.read()

    def answer(request, **_) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if b"FilterExpression" in request.body:
            operation = "filter"
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, Body(bodies.get(operation, b"{}")))

    client.meta.events.register("before-send.dynamodb", answer)


def rehearse(client) -> None:
    """Let the offline service have a bad day, and be well again."""
    from helpers.faults import faults

    with faults(lag=2, lost_answers=1, throttling=True) as world:
        client.put_item(TableName=TABLE, Item=item(0))
        client.get_item(TableName=TABLE, Key=key(0))
    if not world.events:
        raise RuntimeError("nothing happened in the rehearsal")


def client_of(service: str):
    """A boto3 client that this service answers."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
    if service in ("course", "rehearsed"):
        import helpers  # noqa: F401 - the import is what puts the course's service in place
    elif service == "moto":
        from moto import mock_aws

        mock_aws().start()
    import boto3

    return boto3.client("dynamodb", endpoint_url=service if service.startswith("http") else None)


def main(service: str, items: str) -> None:
    client = client_of(service)
    if service == "canned":
        can(client, int(items))
    worker = Worker(client, int(items))
    print(json.dumps({"seconds": worker.fill()}), flush=True)
    if service == "rehearsed":
        rehearse(client)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"seconds": getattr(worker, request["operation"])(request["times"])}
        except worker.client.exceptions.ClientError as refusal:  # dynalite has no transactions
            answer = {"refused": f"{refusal.response['Error']['Code']}."}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
