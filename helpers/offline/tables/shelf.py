"""A table's items in DynamoDB's order: partition keys by their hash, within one by the sort key.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.Partitions.html
"""

import base64
import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from decimal import Decimal

from helpers.capacity import wire_item_size

PAGE_BYTES = 1024 * 1024

Position = tuple
"""Where an item stands: (hash, partition key, sort key); on an index, the table's position follows.

A partition key of several attributes is a tuple, each further attribute of a sort key a further element.
"""


def sortable(value: dict) -> bytes | Decimal:
    """A key's value as Python sorts it: strings by UTF-8 bytes, numbers by value, binary by unsigned bytes."""
    ((kind, content),) = value.items()
    if kind == "N":
        return Decimal(content)
    return content.encode() if kind == "S" else base64.b64decode(content)


def hashed(key: bytes | Decimal | tuple) -> bytes:
    """The hash that places a partition key: evenly spread, the same in every run."""
    if isinstance(key, tuple):
        key = b"".join(map(hashed, key))
    return hashlib.md5(
        key if isinstance(key, bytes) else str(key.normalize()).encode(), usedforsecurity=False
    ).digest()


class Shelf:
    """The items under one key schema, a table's or an index's.

    Args:
        keys: the key attributes' names, partition key first.
        base: for an index, the key attributes of its table.
        hashes: how many of the key attributes make up the partition key.
    """

    def __init__(self, keys: list[str], base: list[str] = (), hashes: int = 1) -> None:
        self.keys, self.base, self.hashes = list(keys), list(base), hashes
        self._items: dict[Position, dict] = {}
        self._sizes: dict[Position, int] = {}  # weighed once, when an item comes: every page adds them up
        self._collections: dict[bytes | Decimal | tuple, list[Position]] = {}
        self._order: list[Position] | None = None

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[dict]:
        return iter(self._items.values())

    @property
    def size(self) -> int:
        """The bytes of all items."""
        return sum(self._sizes.values())

    def position(self, item: dict) -> Position:
        """Where an item, or its key, stands."""
        found = [sortable(item[name]) for name in self.keys]
        partition = found[0] if self.hashes == 1 else tuple(found[: self.hashes])
        place = (hashed(partition), partition, *found[self.hashes :])
        return (*place, *(sortable(item[name]) for name in self.base)) if self.base else place

    def get(self, key: dict) -> dict | None:
        """The item with this key."""
        return self._items.get(self.position(key))

    def at(self, place: Position) -> dict:
        """The item that stands at a position."""
        return self._items[place]

    def put(self, item: dict) -> None:
        """Store an item in place of one with the same key."""
        place = self.position(item)
        if place not in self._items:
            collection = self._collections.setdefault(place[1], [])
            collection.insert(bisect_left(collection, place), place)
            self._order = None
        self._items[place], self._sizes[place] = item, wire_item_size(item)

    def delete(self, key: dict) -> None:
        """Take away the item with this key, if there is one."""
        place = self.position(key)
        if self._items.pop(place, None) is not None:
            del self._sizes[place]
            self._collections[place[1]].remove(place)
            self._order = None

    def collection(self, *partition: dict) -> list[Position]:
        """The positions of all items with these values of the partition key, in the order of the sort key."""
        values = tuple(map(sortable, partition))
        return self._collections.get(values[0] if self.hashes == 1 else values, [])

    def order(self) -> list[Position]:
        """The positions of all items, in the order of a scan."""
        if self._order is None:
            self._order = sorted(self._items)
        return self._order

    def page(
        self, places: list[Position], after: Position | None, limit: int | None, forward: bool = True
    ) -> tuple[list[dict], int, bool]:
        """The items of one page, their bytes, and whether DynamoDB would say that there may be more.

        A page ends after `limit` items or with the item that fills 1 MB. Either way it says that there may be more,
        also when that item was the last: only at the end of the data it does not.

        Args:
            places: positions in ascending order.
            after: the position that the page before ended with; its item may be gone.
            forward: ascending order.
        """
        start, step = (0, 1) if forward else (len(places) - 1, -1)
        if after is not None:
            start = bisect_right(places, after) if forward else bisect_left(places, after) - 1
        items, size = [], 0
        for at in range(start, len(places) if forward else -1, step):
            items.append(self._items[places[at]])
            size += self._sizes[places[at]]
            if len(items) == limit or size >= PAGE_BYTES:
                return items, size, True
        return items, size, False


def segment(places: list[Position], number: int, total: int) -> list[Position]:
    """The part of a scan's order whose hashes fall into segment `number` of `total`: disjoint, and together all."""
    return [place for place in places if int.from_bytes(place[0]) * total >> 128 == number]


def narrowed(places: list[Position], operator: str, bounds: tuple[dict, ...], at: int = 0) -> list[Position]:
    """Those places of one collection whose sort key fulfils a key condition; as they are sorted, two searches do.

    Args:
        at: which attribute of the sort key; those before it are the same in all places.
        operator: "=", "<", "<=", ">", ">=", "BETWEEN" or "begins_with".
        bounds: its one or two values in DynamoDB JSON.
    """
    low, high = sortable(bounds[0]), sortable(bounds[-1])
    slot = 2 + at
    start = 0 if operator in ("<", "<=") else _first(places, slot, low, beyond=operator == ">")
    if operator in (">", ">="):
        end = len(places)
    elif operator == "begins_with":
        end = start
        while end < len(places) and places[end][slot].startswith(low):
            end += 1
    else:
        end = _first(places, slot, high, beyond=operator != "<")
    return places[start:end]


def _first(places: list[Position], slot: int, bound: bytes | Decimal, beyond: bool) -> int:
    search = bisect_right if beyond else bisect_left
    return search(places, bound, key=lambda place: place[slot])
