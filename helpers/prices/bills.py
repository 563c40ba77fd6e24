"""A monthly bill of access patterns. Each line is rounded to a cent, as an invoice does, so that what is shown adds up.

Dollars are float: a bill has cents, and floats are exact far beyond them.
"""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from helpers.capacity import read_units, write_units
from helpers.errors import CourseError
from helpers.prices.listed import (
    FREE_GB,
    FREE_UNITS,
    SECONDS,
    cost,
    factor,
    not_negative,
    price,
    provisioned_cost,
    storage_cost,
)

if TYPE_CHECKING:
    import pandas

TARGET = 0.7
"""The part of provisioned capacity that is used on average; 70 % is the documentation's example. [AutoScaling]"""
PAGE = 1024 * 1024
"""Bytes that end a page of a query or scan, before a filter."""
MODES = ("on-demand", "provisioned")
TRANSACTIONS = {"TransactGetItems", "TransactWriteItems"}
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}

Line = tuple[str, float, str, float]
"""Name, amount, unit, dollars."""


def units(pattern: Mapping[str, Any]) -> tuple[float, float]:
    """Return (read, write) request units of one request of an access pattern, see `bill`; index writes count."""
    operation = pattern.get("operation")
    if operation not in READS | WRITES:
        raise CourseError(
            f"An access pattern names an operation such as GetItem, Query or PutItem, not {operation!r}."
        )
    table, indexes = _table_units(pattern, operation), _index_units(pattern)
    if operation in READS and indexes:
        raise CourseError(f"A {operation} writes to no index: leave its index_writes out.")
    return (table, 0.0) if operation in READS else (0.0, table + indexes)


def _table_units(pattern: Mapping[str, Any], operation: str) -> float:
    if (given := _value(pattern, "units")) is not None:
        return not_negative("units", given)
    if (size := _value(pattern, "size")) is None:
        raise CourseError(
            f"The access pattern {_name(pattern)} needs a size in bytes, or the units of a request."
        )
    items, bytes_ = _items(pattern), _whole(size)
    if operation in WRITES:
        return float(write_units(bytes_, operation in TRANSACTIONS) * items)
    word = "transactional" if operation in TRANSACTIONS else _value(pattern, "consistency", "eventual")
    if operation in ("Query", "Scan"):
        return _paged_units(bytes_, items, word)
    return float(read_units(bytes_, word)) * items


def _paged_units(size: int, items: float, word: str) -> float:
    """Units of all pages of a query or scan: sizes are added and rounded once a page, which the item that fills 1 MB ends.

    A last page that is full does not know that it is the last: one more, empty page follows. [Scan, Query.Pagination]
    """
    read_units(size, word)  # refuses what is no size
    pages, rest = divmod(items, math.ceil(PAGE / size)) if size else (0, items)
    full = read_units(math.ceil(PAGE / size) * size, word) if pages else 0
    return float(full) * pages + float(read_units(math.ceil(size * rest), word))


def _index_units(pattern: Mapping[str, Any]) -> float:
    writes = _value(pattern, "index_writes", 0)
    size = _value(pattern, "index_size", _value(pattern, "size", 1))
    # A transaction does not double what an index takes: measured on the service by public surveys.
    return float(write_units(_whole(size)) * _items(pattern) * not_negative("index_writes", writes))


def _requests(pattern: Mapping[str, Any]) -> float:
    """Requests of a month."""
    second, month = _value(pattern, "per_second"), _value(pattern, "per_month")
    if (second is None) == (month is None):
        raise CourseError(
            f"The access pattern {_name(pattern)} needs per_second or per_month, one of the two."
        )
    return (
        not_negative("per_month", month) if second is None else not_negative("per_second", second) * SECONDS
    )


def bill(
    patterns: "Iterable[Mapping[str, Any]] | pandas.DataFrame",
    *,
    mode: str = "on-demand",
    storage_gb: float = 0,
    table_class: str = "STANDARD",
    pitr: bool = False,
    free_tier: bool = True,
    rcu: int | None = None,
    wcu: int | None = None,
) -> "pandas.DataFrame":
    """Return what a table costs in a month, a row a line and a total, in dollars of us-east-1.

    Args:
        patterns: what is asked of the table, a frame or a list of dicts with the keys

            - `name`
            - `operation`: "GetItem", "Query", "PutItem" …
            - `size` in bytes of an item, of which a request touches `items` (1): gets, batches and writes round each one
              up, Query and Scan the sum of each page of 1 MB; all pages are one request here. Or `units` that one request
              consumes, as measured
            - `per_second` or `per_month`: how many requests, on average
            - `consistency` of a read: "eventual" (as DynamoDB does it), "strong"; transactions cost twice by themselves
            - `index_writes` (0): entries of global or local indexes that one item's write changes, each of `index_size`
              bytes (the item's); a transaction does not double them

        mode: "on-demand" pays for what is asked; "provisioned" for `rcu` and `wcu` in every hour.
        storage_gb: what is stored, indexes counted.
        table_class: "STANDARD" or "STANDARD_INFREQUENT_ACCESS", whose prices are the list's by about 60 % less for
            storage and 25 % more for requests.
        pitr: whether point-in-time recovery is on; it is billed here by all of `storage_gb`, by AWS without global indexes.
        free_tier: 25 RCU, 25 WCU and 25 GB are free, in the Standard class, once an account.
        rcu, wcu: units a second that are provisioned; if left out, so many that 70 % of them are used on average.

    Returns:
        A row a line of the bill, named in the index, "total" the last. Columns: `amount` of `unit` in the month, `dollars`
        rounded to cents, `share` of the charges in per cent; what is free is a line of its own, below zero.

    Raises:
        CourseError: a pattern, the mode or the class makes no sense.
    """
    _check_bill(mode, table_class, storage_gb)
    if mode == "on-demand" and (rcu, wcu) != (None, None):
        raise CourseError('rcu and wcu are part of a bill only of mode="provisioned": on demand has none.')
    rows = [_pattern_row(pattern) for pattern in _as_dicts(patterns)]
    lines = _on_demand(rows, table_class) if mode == "on-demand" else []
    if mode == "provisioned":
        lines = _provisioned(rows, rcu, wcu, table_class, free_tier)
    lines += _stored(storage_gb, table_class, pitr, free_tier)
    return _as_bill(lines)


def _pattern_row(pattern: Mapping[str, Any]) -> tuple[str, float, float, float]:
    """Name, and a month's units: read, written in the table, written in its indexes."""
    reads, writes = units(pattern)
    requests, indexes = _requests(pattern), _index_units(pattern)
    return _name(pattern), reads * requests, (writes - indexes) * requests, indexes * requests


def _on_demand(rows: list[tuple[str, float, float, float]], table_class: str) -> list[Line]:
    lines = []
    for name, reads, writes, indexes in rows:
        if reads or not (writes or indexes):
            lines.append((name, reads, "RRU", cost(reads, table_class=table_class)))
        if writes:
            lines.append((name, writes, "WRU", cost(wru=writes, table_class=table_class)))
        if indexes:
            lines.append((f"{name}: indexes", indexes, "WRU", cost(wru=indexes, table_class=table_class)))
    return lines


def _provisioned(
    rows: list[tuple[str, float, float, float]],
    rcu: int | None,
    wcu: int | None,
    table_class: str,
    free_tier: bool,
) -> list[Line]:
    """A line a pattern for the part of the capacity that it uses, one for what nobody uses, one for what is free."""
    lines: list[Line] = []
    free = 0.0
    for unit, given, places in (("RCU", rcu, (1,)), ("WCU", wcu, (2, 3))):
        used = [
            (f"{row[0]}: indexes" if place == 3 else row[0], row[place] / SECONDS)
            for row in rows
            for place in places
            if row[place]
        ]
        needed = sum(rate for _, rate in used)
        have = max(math.ceil(needed / TARGET - 1e-9), 1) if given is None else _capacity(unit, given, needed)

        def dollars(rate: float, unit: str = unit) -> float:
            return provisioned_cost(**{unit.lower(): rate}, table_class=table_class)

        shares = [*used, (f"{unit} that nobody uses", have - needed)]
        lines += [(name, rate, unit, dollars(rate)) for name, rate in shares]
        # What is all free comes to nothing, though its lines are rounded one by one.
        charged = sum(round(dollars(rate), 2) for _, rate in shares)
        free += charged if have <= FREE_UNITS else dollars(FREE_UNITS)
    if free_tier and table_class == "STANDARD":
        lines.append(("free RCU and WCU", 0.0, "", -free))
    return lines


def _capacity(unit: str, given: float, needed: float) -> float:
    if given < max(needed, 1) - 1e-9:
        raise CourseError(
            f"{given} {unit} are less than the {max(needed, 1):,.1f} that these patterns use on average: requests would be "
            "throttled all month."
        )
    return given


def _stored(gb: float, table_class: str, pitr: bool, free_tier: bool) -> list[Line]:
    if not gb:
        return []
    lines = [("storage", gb, "GB", storage_cost(gb, table_class=table_class))]
    if free_tier and table_class == "STANDARD":
        lines.append(("free storage", min(gb, FREE_GB), "GB", -storage_cost(min(gb, FREE_GB))))
    if pitr:
        lines.append(("point-in-time recovery", gb, "GB", gb * price("point-in-time recovery")))
    return lines


def _as_bill(lines: list[Line]) -> "pandas.DataFrame":
    import pandas

    lines = [(name, amount, unit, round(dollars, 2)) for name, amount, unit, dollars in lines]
    charged = sum(dollars for *_, dollars in lines if dollars > 0)
    rows = [
        (
            name,
            _amount(amount, unit),
            unit,
            dollars,
            f"{dollars / charged:.0%}" if charged and dollars > 0 else "",
        )
        for name, amount, unit, dollars in lines
    ]
    rows.append(("total", "", "", round(sum(line[3] for line in lines), 2), ""))
    return pandas.DataFrame(rows, columns=["line", "amount", "unit", "dollars", "share"]).set_index("line")


def _amount(amount: float, unit: str) -> str:
    """As many digits as tell something: tenths of a rate, hundredths of few GB."""
    if not unit:
        return ""
    digits = 1 if unit.endswith("CU") else 2 if unit == "GB" and amount < 10 else 0
    return f"{amount:,.{digits}f}"


# --- what is given ---------------------------------------------------------------


def _as_dicts(patterns: Any) -> list[Mapping[str, Any]]:
    if hasattr(patterns, "to_dict"):  # a frame; its index may hold the names
        if "name" not in patterns.columns:
            patterns = patterns.rename_axis("name").reset_index()
        return patterns.to_dict("records")
    listed = (
        list(patterns) if isinstance(patterns, Iterable) and not isinstance(patterns, Mapping) else [patterns]
    )
    if not all(isinstance(pattern, Mapping) for pattern in listed):
        raise CourseError("patterns is a frame or a list of dicts, one for each access pattern.")
    known = {
        "name",
        "operation",
        "size",
        "items",
        "units",
        "per_second",
        "per_month",
        "consistency",
        "index_writes",
        "index_size",
    }
    for pattern in listed:
        if strange := sorted(map(str, pattern.keys() - known)):
            raise CourseError(f"An access pattern has no {strange[0]!r}: it has {', '.join(sorted(known))}.")
    return listed


def _value(pattern: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """What a pattern says, or the default where it says nothing: a frame has NaN there."""
    value = pattern.get(name)
    return default if value is None or value != value else value


def _items(pattern: Mapping[str, Any]) -> float:
    """How many items a request touches: a mean need not be whole."""
    return not_negative("items", _value(pattern, "items", 1))


def _name(pattern: Mapping[str, Any]) -> str:
    return str(_value(pattern, "name", pattern.get("operation")))


def _whole(size: Any) -> int:
    """A size from a frame is a float where another row has none."""
    return int(size) if isinstance(size, float) and size.is_integer() else size


def _check_bill(mode: str, table_class: str, storage_gb: float) -> None:
    if mode not in MODES:
        raise CourseError(f'The mode is "on-demand" or "provisioned", not {mode!r}.')
    factor(table_class, 1)
    not_negative("storage_gb", storage_gb)
