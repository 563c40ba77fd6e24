"""Answers that get lost on their way: the service does the write, and the client hears of it too late."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError


@contextmanager
def lost_answers(
    client: BaseClient, operation: str, times: int = 1, meanwhile: Callable[[], object] = lambda: None
) -> Iterator[list[str]]:
    """Inside, the first answers to an operation, such as "PutItem", are lost; boto3 sends the request again.

    `meanwhile` is called after each lost answer. Yields a list with one entry for each sending.
    """
    sent: list[str] = []

    def drop(request, event_name: str, **_) -> None:
        if event_name.endswith(f".{operation}"):
            sent.append(operation)
            if len(sent) <= times:
                meanwhile()
                raise ReadTimeoutError(endpoint_url=request.url)

    # Of the plain event and last: after the offline service has answered.
    client.meta.events.register_last("before-send", drop)
    try:
        yield sent
    finally:
        client.meta.events.unregister("before-send", drop)
