"""What the service refuses about keys and items once it knows the table.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from collections.abc import Iterable

from helpers.capacity import wire_item_size
from helpers.offline.language import values
from helpers.offline.language.evaluate import Literal, Update
from helpers.offline.language.key_values import EMPTY, MAX_KEY_BYTES, TOO_LONG, check_key_value
from helpers.offline.language.values import INVALID, MAX_ITEM_BYTES, kind_of
from helpers.offline.refusal import Refused
from helpers.offline.tables.indexes import Index
from helpers.offline.tables.table import TableState

NO_MATCH = "The provided key element does not match the schema"


def check_key(keys: dict[str, str], key: dict) -> None:
    """A key has exactly the key attributes, of their types; its numbers are put into normal form."""
    if len(key) != len(keys):
        raise Refused(NO_MATCH)
    for name, kind in keys.items():
        if kind not in key.get(name, {}):
            raise Refused(NO_MATCH)
        values.normalize(key[name])
        check_key_value(keys, key, name)


def check_item(table: TableState, item: dict, weighed: bool = False) -> None:
    """An item fits the table: numbers, nesting, size, key attributes, and attributes that are keys of an index.

    Args:
        weighed: its size has been checked already; the normal form of its numbers does not change it.
    """
    for value in item.values():
        values.normalize(value)
    if not weighed:
        check_size(item)
    for name, kind in table.keys.items():
        if name not in item:
            raise Refused(f"{INVALID}Missing the key {name} in the item")
        if (actual := kind_of(item[name])) != kind:
            raise Refused(f"{INVALID}Type mismatch for key {name} expected: {kind} actual: {actual}")
        check_key_value(table.keys, item, name)
    check_index_keys(table, item)


def check_batch_item(table: TableState, item: dict) -> None:
    """The same in a batch, which was weighed; a key that is missing or of another type is told in other words."""
    for name, kind in table.keys.items():
        if kind not in item.get(name, {}):
            raise Refused(NO_MATCH)
        check_key_value(table.keys, item, name)
    check_item(table, item, weighed=True)


def check_size(item: dict, told: str = "Item size has exceeded the maximum allowed size") -> None:
    """An item has at most 400 KB, names and values."""
    if wire_item_size(item) > MAX_ITEM_BYTES:
        raise Refused(told)


def check_index_keys(table: TableState, item: dict) -> None:
    """An attribute that is a key of an index may be missing; if it is there, it is a key's value."""
    for index in table.indexes.values():
        for name, kind in index.keys.items():
            if name in table.keys or name not in item:
                continue
            if (actual := kind_of(item[name])) != kind:
                raise _index_mismatch(name, kind, actual, index.name)
            if item[name][kind] == "":
                empty = EMPTY.format("string" if kind == "S" else "binary")
                raise Refused(
                    "One or more parameter values are not valid. A value specified for a secondary index key is not "
                    f"supported. {empty} IndexName: {index.name}, IndexKey: {name}"
                )
        _check_index_size(index, item)


def _check_index_size(index: Index, item: dict) -> None:
    """The attributes of an index's partition key, and of its sort key, are not too long, each and together."""
    limit = index.exceeded(item)
    if limit is None:
        return
    for at, name in enumerate(index.keys):
        most = MAX_KEY_BYTES[at >= index.hashes]
        size = wire_item_size({"": item[name]}) if name in item else 0
        if size > most:
            raise Refused(
                f"{INVALID}Size limit exceeded for Index Key {name} Actual Size: {size} bytes "
                f"Max Size: {most} bytes IndexName: {index.name}"
            )
    raise Refused(TOO_LONG[limit])


def check_update(table: TableState, update: Update | None) -> None:
    """An update leaves the key alone, and gives the keys of indexes values of their type."""
    for name in table.keys:
        if update and any(action.path.steps[0] == name for action in update.actions):
            raise Refused(f"{INVALID}Cannot update attribute {name}. This attribute is part of the key")
    for action in update.actions if update else ():
        if (
            len(action.path.steps) > 1
            or not isinstance(action.operand, Literal)
            or action.section == "DELETE"
        ):
            continue
        for index in table.indexes.values():
            kind, actual = index.keys.get(action.path.steps[0]), kind_of(action.operand.value)
            if kind and actual != kind:
                raise _index_mismatch(action.path.steps[0], kind, actual, index.name)


def check_updated(table: TableState, item: dict) -> None:
    """What an update made fits the table."""
    check_size(item, "Item size to update has exceeded the maximum allowed size")
    for index in table.indexes.values():
        for name, kind in index.keys.items():
            if name in table.keys or name not in item:
                continue
            if kind not in item[name]:
                raise Refused(
                    "The update expression attempted to update the secondary index key to unsupported type"
                )
            if item[name][kind] == "":
                empty = EMPTY.format("string" if kind == "S" else "binary")
                raise Refused(
                    "One or more parameter values are not valid. The update expression attempted to update a "
                    f"secondary index key to a value that is not supported. {empty}"
                )
    check_index_keys(table, item)


def check_paths(table: TableState, nested: Iterable[str]) -> None:
    """Keys are scalars: no expression looks into them. `nested`: the attributes that one looks into."""
    nested = set(nested)
    index_keys = dict.fromkeys(name for index in table.indexes.values() for name in index.keys)
    for kind, names in (("Key", table.keys), ("IndexKey", index_keys)):
        for name in names:
            if name in nested:
                raise Refused(
                    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                    f"{kind}: {name}"
                )


def check_projected(index: Index, shown: Iterable[str], filtered: Iterable[str]) -> None:
    """A global index gives and filters what it holds, and nothing else."""
    if not index.is_global:
        return
    if lacking := index.lacks(shown):
        raise Refused(f"{INVALID}Global secondary index {index.name} does not project [{', '.join(lacking)}]")
    if lacking := index.lacks(filtered):
        raise Refused(
            f"{INVALID}Global secondary index {index.name} does not project one or more filter attributes: "
            f"[{', '.join(lacking)}]"
        )


def _index_mismatch(name: str, kind: str, actual: str, index: str) -> Refused:
    return Refused(
        f"{INVALID}Type mismatch for Index Key {name} Expected: {kind} Actual: {actual} IndexName: {index}"
    )
