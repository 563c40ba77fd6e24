"""The stream of a table: what its writes leave behind, for a day. Here each stream is one shard.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import hashlib
import itertools
from bisect import bisect_left
from datetime import UTC, datetime

from helpers.capacity import wire_item_size
from helpers.offline import rehearsal

SECONDS_KEPT = 24 * 3600
FIRST_NUMBER = 100_000_000_000_000_000_000  # a sequence number has 21 to 40 digits


class Stream:
    """The stream of one table.

    Args:
        table: the table's name.
        table_arn: its Amazon Resource Name.
        keys: its key attributes.
        view: "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE" or "NEW_AND_OLD_IMAGES".
    """

    def __init__(self, table: str, table_arn: str, keys: list[str], view: str) -> None:
        self.table, self.keys, self.view = table, keys, view
        self.created = rehearsal.now()
        self.region = table_arn.split(":")[3]
        self.label = datetime.fromtimestamp(self.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        self.arn = f"{table_arn}/stream/{self.label}"
        self.shard = (
            f"shardId-{int(self.created * 1000):020}-{hashlib.md5(self.arn.encode()).hexdigest()[:8]}"
        )
        self.enabled = True
        self.closed: float | None = None
        self.records: list[dict] = []
        self._numbers = itertools.count(FIRST_NUMBER + 1)

    def close(self) -> None:
        """Disable the stream; it stays readable for a day."""
        self.enabled, self.closed = False, rehearsal.now()

    @property
    def gone(self) -> bool:
        """Whether a day has passed since it was disabled."""
        return self.closed is not None and rehearsal.now() - self.closed > SECONDS_KEPT

    def record(self, old: dict | None, new: dict | None, by: dict | None = None) -> None:
        """Keep what a write changed: an item as it was and as it is, None where there is none."""
        item = old if new is None else new
        number = str(next(self._numbers))
        told = {
            "ApproximateCreationDateTime": int(rehearsal.now()),
            "Keys": {name: item[name] for name in self.keys},
            "SequenceNumber": number,
        }
        if new is not None and self.view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
            told["NewImage"] = new
        if old is not None and self.view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
            told["OldImage"] = old
        told["SizeBytes"] = sum(
            wire_item_size(told[part]) for part in ("Keys", "NewImage", "OldImage") if part in told
        )
        told["StreamViewType"] = self.view
        self.records.append(
            {
                "eventID": hashlib.md5(f"{self.arn}{number}".encode()).hexdigest(),
                "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": self.region,
                "dynamodb": told,
                **({"userIdentity": by} if by else {}),
            }
        )

    def trimmed(self) -> int:
        """How many records, the oldest, are kept no more."""
        oldest = rehearsal.now() - SECONDS_KEPT
        return bisect_left(self.records, oldest, key=created)

    def range(self) -> dict:
        """The shard's SequenceNumberRange; a shard that takes no more records has an end."""
        ends = {} if self.enabled else {"EndingSequenceNumber": str(FIRST_NUMBER + len(self.records))}
        return {"StartingSequenceNumber": str(FIRST_NUMBER), **ends}


def created(record: dict) -> int:
    return record["dynamodb"]["ApproximateCreationDateTime"]
