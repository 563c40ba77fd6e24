"""The value of a key: neither empty nor too long, in a table's item and in a request that names one.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from helpers.capacity import wire_item_size
from helpers.offline.language.values import INVALID
from helpers.offline.refusal import Refused

MAX_KEY_BYTES = (2048, 1024)  # of a partition key and of a sort key
TOO_LONG = {
    # The missing blank is DynamoDB's.
    MAX_KEY_BYTES[0]: f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes",
    MAX_KEY_BYTES[1]: f"{INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
}
EMPTY = "The AttributeValue for a key attribute cannot contain an empty {} value."


def check_key_value(keys: dict[str, str], item: dict, name: str, hashes: int = 1) -> None:
    """A key's value is not empty and not too long; the first `hashes` of the keys make up the partition key."""
    size = wire_item_size({"": item[name]})
    if size == 0:
        empty = EMPTY.format("string" if keys[name] == "S" else "binary")
        raise Refused(f"One or more parameter values are not valid. {empty} Key: {name}")
    limit = MAX_KEY_BYTES[list(keys).index(name) >= hashes]
    if size > limit:
        raise Refused(TOO_LONG[limit])
