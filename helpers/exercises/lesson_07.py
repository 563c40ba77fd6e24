"""Exercises of lesson 07: sums, judged by the figures that come out."""

import math
from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any

from helpers.exercises.box import Box, NotYet
from helpers.exercises.engine import Exercise
from helpers.exercises.wording import kind, shown
from helpers.prices import cost, provisioned_cost

KB = 1024


def _number(value: Any) -> float | None:
    """A finite number of any type, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        return None
    return float(value)


# --- 7.1: units of a mixed workload --------------------------------------------------------------------------

# units_a_second(workload) returns (RCU, WCU) of a list of requests, each a dict with `operation`, `sizes` in bytes of the
# items that it touches ([0] if it finds none), `per_second`; a read has its `consistency`, "eventual" or "strong"; a put, whose
# item is new, may have `index_writes`: entries of its size.

READS = ("GetItem", "BatchGetItem", "Query")
_TIMES = {"eventual": 0.5, "strong": 1, "transactional": 2}

# What people get wrong, by a word, and what is so.
_MISTAKES = {
    "nothing": "a read of a missing item costs as much as one of a small item",
    "strong": "an eventually consistent read costs half of a strongly consistent one",
    "eventual": "a strongly consistent read costs twice an eventually consistent one",
    "thousand": "1 KB is 1,024 bytes",
    "exact": "each unit that is begun counts whole",
    "once": "each item of it is rounded up by itself",
    "each": "a Query adds up the sizes of its items and rounds once",
    "table only": "the indexes are written too",
    "small index": "an entry of an index is as large as the item here, and rounds up as it does",
    "plain": "in a transaction a write costs twice",
    "unit": "a read unit has 4 KB, a write unit has 1 KB",
    "one request": "it comes more than once a second",
}


def _units(request: Mapping[str, Any], mistake: str = "") -> float:
    """The units a second that a request of a workload consumes, or that it seems to with one mistake."""
    operation, sizes = request["operation"], request["sizes"]
    reads = operation in READS
    unit = (4 if reads == (mistake != "unit") else 1) * (1000 if mistake == "thousand" else KB)
    if operation == "Query" and mistake != "each" or mistake == "once":
        sizes = [sum(sizes)]
    least = 0 if mistake == "nothing" else 1
    begun = [size / unit if mistake == "exact" else max(math.ceil(size / unit), least) for size in sizes]
    one = sum(begun)
    if reads:
        word = mistake if mistake in ("strong", "eventual") else request["consistency"]
        one *= _TIMES[word]
    elif operation.startswith("Transact") and mistake != "plain":
        one *= 2
    else:
        entries = 0 if mistake == "table only" else request.get("index_writes", 0)
        one += entries * (1 if mistake == "small index" else one)
    return one * (1 if mistake == "one request" else request["per_second"])


def _workload(random: Random) -> list[dict]:
    """A request of each kind, and reads that find nothing. Sizes are such that each mistake comes out in another figure than the truth."""

    def some(first: int, last: int) -> int:
        return random.randrange(first, last)

    return [
        {
            "operation": "GetItem",
            "sizes": [some(3_000, 3_600)],
            "consistency": "eventual",
            "per_second": some(5, 9),
        },
        {
            "operation": "GetItem",
            "sizes": [some(8_010, 8_190)],
            "consistency": "strong",
            "per_second": some(3, 5),
        },
        {"operation": "GetItem", "sizes": [0], "consistency": "eventual", "per_second": some(3, 7)},
        {
            "operation": "BatchGetItem",
            "sizes": [some(1_300, 1_500), some(6_300, 6_600)],
            "consistency": "strong",
            "per_second": some(3, 6),
        },
        {
            "operation": "Query",
            "sizes": [some(290, 300) for _ in range(40)],
            "consistency": "eventual",
            "per_second": some(3, 6),
        },
        {"operation": "Query", "sizes": [0], "consistency": "strong", "per_second": some(3, 6)},
        {"operation": "PutItem", "sizes": [some(2_010, 2_040)], "index_writes": 2, "per_second": some(3, 7)},
        {
            "operation": "TransactWriteItems",
            "sizes": [some(300, 500), some(1_100, 1_500)],
            "per_second": some(3, 6),
        },
    ]


def _judge_units(box: Box) -> str:
    workload = _workload(box.random)
    for request in workload:
        found = _pair(box.attempt([deepcopy(request)]))
        _judge_request(request, found)
    wanted = _both(workload)
    if (found := _pair(box.attempt(deepcopy(workload)))) != wanted:
        raise NotYet(
            f"each request alone is right, and all {len(workload)} together need {_said(wanted)}, where it "
            f"returned {_said(found)}"
        )
    if box.attempt([]) is None or _pair(box.attempt([])) != (0, 0):
        raise NotYet("a workload without requests needs nothing, and it returned something else")
    return f"{_said(wanted)} for {len(workload)} requests"


def _both(workload: list[dict]) -> tuple[float, float]:
    reads = sum(_units(one) for one in workload if one["operation"] in READS)
    return reads, sum(_units(one) for one in workload if one["operation"] not in READS)


def _pair(returned: Any) -> tuple[float, float]:
    if not isinstance(returned, tuple | list):
        raise NotYet(f"it returned {kind(returned)}, and two numbers were asked for: RCU and WCU")
    numbers = [_number(one) for one in returned]
    if len(numbers) != 2 or None in numbers:
        raise NotYet(f"it returned {shown(returned)}, and two numbers were asked for: RCU and WCU")
    return round(numbers[0], 6), round(numbers[1], 6)


def _judge_request(request: Mapping[str, Any], found: tuple[float, float]) -> None:
    reads, right = request["operation"] in READS, _both([request])
    if found == right:
        return
    told = f"for {_described(request)} it returned {_said(found)}"
    value, other = found if reads else found[::-1]
    if value and other:
        raise NotYet(f"{told}, and {_said(right)} are needed: does it look at the workload that it is given?")
    if other:
        raise NotYet(
            f"{told}: {'a read counts as RCU, the first' if reads else 'a write counts as WCU, the second'} number"
        )
    reasons = [
        why for one, why in _MISTAKES.items() if math.isclose(value, _units(request, one), abs_tol=1e-5)
    ]
    raise NotYet(f"{told}{f': {reasons[0]}' if reasons else f', and {_said(right)} are needed'}")


def _described(request: Mapping[str, Any]) -> str:
    sizes = request["sizes"]
    what = f"{sizes[0]:,} bytes" if len(sizes) == 1 else f"{len(sizes)} items, together {sum(sizes):,} bytes"
    what = "a missing item" if sizes == [0] else what
    how = {"eventual": ", eventually consistent", "strong": ", strongly consistent"}
    indexes = f", with {request['index_writes']} entries in indexes" if request.get("index_writes") else ""
    return (
        f"a {request['operation']} of {what}{how.get(request.get('consistency'), '')}{indexes}, "
        f"{request['per_second']} times a second,"
    )


def _said(pair: tuple[float, float]) -> str:
    return f"{pair[0]:g} RCU and {pair[1]:g} WCU"


UNITS = Exercise(
    hints=(
        "One request at a time: its units, times how often it comes. Reads and writes are two sums.",
        "read_units and write_units round up what they are given. Give a Query's the sum of its sizes, all others each size.",
        "A put writes the table and each entry of an index. A transaction writes twice: write_units knows the word.",
    ),
    judge=_judge_units,
)


# --- 7.2: a mode for a workload ------------------------------------------------------------------------------

# cheaper_mode(workload) returns "on-demand" or "provisioned". A workload is a dict: `rcu` and `wcu` that its busiest second
# needs and that would be provisioned all month, `rru` and `wru` that it asks for in a month. No free tier is left.

_MODES = {
    "on-demand": "on-demand",
    "on demand": "on-demand",
    "pay_per_request": "on-demand",
    "provisioned": "provisioned",
}


def _bills(workload: Mapping[str, Any]) -> dict[str, float]:
    return {
        "on-demand": cost(workload["rru"], workload["wru"]),
        "provisioned": provisioned_cost(workload["rcu"], workload["wcu"]),
    }


def _needs(name: str, rcu: int, wcu: int, used: float) -> dict:
    """A workload whose peak needs so many units, of which a month uses a part."""
    month = 730 * 3600 * used
    return {"name": name, "rcu": rcu, "wcu": wcu, "rru": round(rcu * month), "wru": round(wcu * month)}


def _loads(random: Random) -> Iterator[dict]:
    """Three workloads, and others near the point where the bills cross, which lies at 28.9 per cent."""
    rcu, wcu = random.randrange(150, 250), random.randrange(80, 120)
    yield _needs("a shop by day and night", rcu, wcu, 0.65)
    yield _needs("a sale for one evening a month", rcu * 10, wcu * 10, 0.04)
    yield _needs("a nightly job", 20, 20, 0.08)  # small enough for the free tier, which is spent
    yield _needs("a service that is awake for a third of the day", rcu, wcu, 0.33)
    yield _needs("a service that is awake for a fifth of the day", rcu, wcu, 0.22)
    # Reads are many and cheap, writes few and dear: the sum of the units says nothing.
    reads, writes = _needs("", 3_000, 0, 0.9), _needs("", 0, 2_000, 0.05)
    yield reads | {"name": "a catalogue with rare changes", "wcu": writes["wcu"], "wru": writes["wru"]}
    reads, writes = _needs("", 6_000, 0, 0.05), _needs("", 0, 200, 0.9)
    yield reads | {"name": "a board that all read at one hour", "wcu": writes["wcu"], "wru": writes["wru"]}


def _judge_mode(box: Box) -> str:
    loads = list(_loads(box.random))
    saved = 0.0
    for load in loads:
        returned = box.attempt(dict(load))
        if not isinstance(returned, str):
            raise NotYet(f'it returned {kind(returned)}, and "on-demand" or "provisioned" was asked for')
        chosen = _MODES.get(returned.strip().lower())
        if not chosen:
            raise NotYet(f'it returned {shown(returned)}, and "on-demand" or "provisioned" was asked for')
        bills = _bills(load)
        best = min(bills, key=bills.__getitem__)
        saved += max(bills.values()) - min(bills.values())
        if chosen != best:
            raise NotYet(
                f"{load['name']} costs ${bills[chosen]:,.2f} a month in the mode that it chose and ${bills[best]:,.2f} "
                f"in the other{_remark(load, chosen)}"
            )
    return f"{len(loads)} workloads, ${saved:,.2f} a month less than in the other modes"


def _remark(load: Mapping[str, Any], chosen: str) -> str:
    if chosen == "provisioned" and load["wcu"] <= 25 and load["rcu"] <= 25:
        return ": the free tier is spent on other tables"
    if load["name"] == "a catalogue with rare changes":
        return ": a write unit costs five times a read unit"
    if load["name"] == "a board that all read at one hour":
        return ": its reads are on the bill, too"
    return (
        f": it uses {load['wru'] / (load['wcu'] * 730 * 3600):.0%} of the units that its busiest second needs"
    )


MODE = Exercise(
    hints=(
        "Two bills, and the lower one wins: on demand by what a month asks for, provisioned by what its busiest second needs.",
        "cost(rru, wru) is the one bill. The other: units x 730 hours x the price of a unit for an hour, reads and writes apart.",
    ),
    judge=_judge_mode,
)


# --- 7.3: why a table throttles ------------------------------------------------------------------------------

# why_throttled(evidence) returns the name of the table or index that is short, and "capacity" (all of it is used), "spike"
# (within the minute, on average less), "hot key" or "maximum". Evidence is a dict: `ThrottlingReasons` of the error, and of
# that minute, for the resource, the sum `ConsumedCapacityUnits` and the units a second `ProvisionedCapacityUnits`.

_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/"


def _evidence(place: str, reason: str, consumed: int, provisioned: int) -> dict:
    return {
        "ThrottlingReasons": [{"reason": reason, "resource": _ARN + place}],
        "ConsumedCapacityUnits": consumed,
        "ProvisionedCapacityUnits": provisioned,
    }


def _cases(random: Random) -> list[tuple[dict, tuple[str, str]]]:
    """What is told of a throttled request and of its minute, and what it means."""
    units = random.randrange(40, 90)
    short, key = "ProvisionedThroughputExceeded", "KeyRangeThroughputExceeded"
    return [
        (_evidence("Orders", f"TableWrite{short}", units * 60, units), ("Orders", "capacity")),
        (_evidence("Orders", f"TableRead{short}", units * 15, units), ("Orders", "spike")),
        (_evidence("Orders", f"TableWrite{key}", 60_000 + units, 2_500), ("Orders", "hot key")),
        (
            _evidence("Orders/index/by_status", f"IndexWrite{short}", units * 60, units),
            ("by_status", "capacity"),
        ),
        (_evidence("Orders/index/by_day", f"IndexWrite{short}", units * 12, units), ("by_day", "spike")),
        (_evidence("Orders/index/by_status", f"IndexWrite{key}", 61_000, 4_000), ("by_status", "hot key")),
        (
            _evidence("Clicks", "TableWriteMaxOnDemandThroughputExceeded", units * 60, 0),
            ("Clicks", "maximum"),
        ),
        (_evidence("Views", f"TableRead{key}", 180_000, 4_000), ("Views", "hot key")),
    ]


CAUSES = ("capacity", "spike", "hot key", "maximum")


def _judge_why(box: Box) -> str:
    cases = _cases(box.random)
    for evidence, (place, cause) in cases:
        returned = box.attempt({**evidence, "ThrottlingReasons": [dict(evidence["ThrottlingReasons"][0])]})
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            what = shown(returned) if isinstance(returned, tuple | list) else kind(returned)
            raise NotYet(f"it returned {what}, and two texts were asked for: the name and the cause")
        named, why = returned
        if why not in CAUSES or not isinstance(why, str):
            raise NotYet(f"it returned the cause {shown(why)}, which is none of {', '.join(CAUSES)}")
        if named != place:
            raise NotYet(_wrong_place(evidence, named))
        if why != cause:
            raise NotYet(_wrong_cause(evidence, why, cause))
    return f"{len(cases)} refusals, each with its place and its cause"


def _wrong_place(evidence: Mapping[str, Any], named: Any) -> str:
    resource = evidence["ThrottlingReasons"][0]["resource"]
    told = f"for the resource …:{resource.rpartition(':')[2]} it returned {shown(named)}"
    return (
        f"{told}: it is the index that is short"
        if "/index/" in resource
        else f"{told}, which is not its name"
    )


def _wrong_cause(evidence: Mapping[str, Any], why: str, cause: str) -> str:
    reason = evidence["ThrottlingReasons"][0]["reason"]
    told = f"for {reason} it returned {why!r}"
    if cause in ("hot key", "maximum"):
        return f"{told}: the reason itself names the cause, whatever the minute says"
    if why in ("hot key", "maximum"):
        return f"{told}: the reason speaks of provisioned units"
    consumed, units = evidence["ConsumedCapacityUnits"], evidence["ProvisionedCapacityUnits"]
    return (
        f"{told}: {consumed:,} units in a minute are {consumed / 60:g} a second, and {units} were provisioned"
    )


WHY = Exercise(
    hints=(
        "The end of the reason says which limit was met; the end of the resource says whose.",
        "Two causes share the reason ProvisionedThroughputExceeded. CloudWatch's sum of a minute, as units a second, tells them apart.",
        "A resource ends in table/NAME or in table/NAME/index/NAME: the last part, split at the slashes, is the name either way.",
    ),
    judge=_judge_why,
)


# --- 7.4: the largest item -----------------------------------------------------------------------------------

# largest_item(rcu, wcu, consistency) returns the bytes of the largest item that can be written once and read once in each
# second, for ever, at this consistency of reads, or 0 if none can; the table has no index.

MOST_BYTES = 400 * KB


def _limits(rcu: int, wcu: int, consistency: str) -> dict[str, int]:
    """The largest item in bytes that can be written once a second, read once a second, and stored at all."""
    reads = {"eventual": rcu * 2, "strong": rcu, "transactional": rcu // 2}[consistency]
    return {"written": wcu * KB, "read": reads * 4 * KB, "stored": MOST_BYTES}


def _judge_largest(box: Box) -> str:
    some = box.random.randrange(30, 60)
    cases = [
        (5, 5, "strong"),
        (5, some, "strong"),
        (5, some + 10, "eventual"),
        (5, some, "transactional"),
        (some, some + 3, "eventual"),
        (1000, 1000, "strong"),
        (1, some, "transactional"),
        (1000, 6, "transactional"),
    ]
    for case in cases:
        _judge_size(*case, box.attempt(*case))
    return f"{min(_limits(5, 5, 'strong').values()):,} bytes for 5 and 5, and {len(cases) - 1} other tables"


def _judge_size(rcu: int, wcu: int, consistency: str, returned: Any) -> None:
    size = _number(returned)
    if size is None:
        raise NotYet(f"it returned {kind(returned)}, and a number of bytes was asked for")
    limits = _limits(rcu, wcu, consistency)
    right = min(limits.values())
    if size == right:
        return
    told = f"for {rcu} RCU and {wcu} WCU, {consistency} reads, it returned {size:,.10g}"
    whole = {name: limit // KB for name, limit in limits.items()}
    if size == right / KB:
        raise NotYet(f"{told}: that is its size in KB, and bytes were asked for")
    if size in (right / KB * 1000, limits["written"] / KB * 1000, limits["read"] / KB * 1000):
        raise NotYet(f"{told}: 1 KB is 1,024 bytes")
    if consistency == "transactional" and size == limits["written"] / 2:
        raise NotYet(f"{told}: the write is a plain put, whatever the read is")
    if size == 300 * right or size == 300 * limits["written"]:
        raise NotYet(
            f"{told}: a bucket lasts for one such write, and then it is empty; once a second is for ever"
        )
    if size > right:
        raise NotYet(f"{told}: {_too_large(size, rcu, wcu, consistency, whole)}")
    raise NotYet(f"{told}, and a larger item can be written and read once a second as well")


def _too_large(size: float, rcu: int, wcu: int, consistency: str, whole: Mapping[str, int]) -> str:
    if size > whole["stored"] * KB:
        return f"no item has more than {whole['stored']} KB"
    if size > whole["written"] * KB:
        return f"to write it takes {math.ceil(size / KB)} WCU"
    begun = math.ceil(size / (4 * KB)) * _TIMES[consistency]
    return f"to read it takes {begun:g} RCU"


LARGEST = Exercise(
    hints=(
        "Two limits, and the smaller one counts: what the writes allow, and what the reads allow.",
        "Once a second, a read of one item has all the RCU: how many whole 4 KB do they pay for at this consistency?",
        "There is a third limit, which no capacity lifts: an item has 400 KB at most.",
    ),
    judge=_judge_largest,
)

EXERCISES = [UNITS, MODE, WHY, LARGEST]
