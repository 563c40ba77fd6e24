"""Answers to the exercises of lesson 07."""

import math
from decimal import Decimal

from helpers.capacity import read_units, write_units
from helpers.exercises.engine import Answers
from helpers.exercises.lesson_07 import _bills, _units

# --- 7.1 -----------------------------------------------------------------------------------------------------


def units_a_second(workload):
    from helpers.capacity import read_units, write_units

    rcu = wcu = 0
    for request in workload:
        sizes, rate = request["sizes"], request["per_second"]
        if request["operation"] == "Query":
            rcu += read_units(sum(sizes), request["consistency"]) * rate
        elif "consistency" in request:
            rcu += sum(read_units(size, request["consistency"]) for size in sizes) * rate
        elif request["operation"] == "TransactWriteItems":
            wcu += sum(write_units(size, transactional=True) for size in sizes) * rate
        else:
            entries = 1 + request.get("index_writes", 0)
            wcu += sum(write_units(size) for size in sizes) * entries * rate
    return rcu, wcu


def _with(*mistakes):
    """Makes these mistakes, each where it changes something."""

    def answer(workload):
        sums = {True: 0, False: 0}
        for request in workload:
            right = _units(request)
            wrong = [one for mistake in mistakes if (one := _units(request, mistake)) != right]
            sums["consistency" in request] += wrong[0] if wrong else right
        return sums[True], sums[False]

    return answer


def _turned(workload):
    return units_a_second(workload)[::-1]


def _added(workload):
    return sum(units_a_second(workload))


def _first_only(workload):
    return units_a_second(workload[:1])


def _everything_reads(workload):
    return sum(units_a_second(workload)), 0


def _as_text(workload):
    return tuple(str(units) for units in units_a_second(workload))


def _by_hand(workload):
    """Without helpers, in whole halves, as a list of Decimals."""
    halves = wcu = 0
    for request in workload:
        query, reads = request["operation"] == "Query", "consistency" in request
        sizes = [sum(request["sizes"])] if query else request["sizes"]
        unit = 4096 if reads else 1024
        begun = sum(max(-(-size // unit), 1) for size in sizes) * request["per_second"]
        if reads:
            halves += begun * (1 if request["consistency"] == "eventual" else 2)
        else:
            wcu += begun * (2 if "Transact" in request["operation"] else 1 + request.get("index_writes", 0))
    return [Decimal(halves) / 2, Decimal(wcu)]


UNITS = Answers(
    solution=units_a_second,
    wrong=(
        (_with("strong"), "an eventually consistent read costs half"),
        (_with("eventual"), "a strongly consistent read costs twice"),
        (_with("thousand"), "1 KB is 1,024 bytes"),
        (_with("exact"), "each unit that is begun counts whole"),
        (_with("once"), "each item of it is rounded up by itself"),
        (_with("each"), "a Query adds up the sizes of its items and rounds once"),
        (_with("nothing"), "a read of a missing item costs as much"),
        (_with("table only"), "the indexes are written too"),
        (_with("small index"), "an entry of an index is as large as the item"),
        (_with("plain"), "in a transaction a write costs twice"),
        (_with("unit"), "a read unit has 4 KB"),
        (_with("one request"), "it comes more than once a second"),
        (_with("once", "table only"), "each item of it is rounded up by itself"),
        (_turned, "a read counts as RCU, the first number"),
        (_added, "and two numbers were asked for: RCU and WCU"),
        (_first_only, "each request alone is right, and all 8 together need"),
        (_everything_reads, "a write counts as WCU, the second number"),
        (_as_text, "and two numbers were asked for: RCU and WCU"),
        (lambda workload: (4.5, 24), "does it look at the workload that it is given?"),
        (lambda workload: (1.25, 0), "it returned 1.25 RCU and 0 WCU, and"),
    ),
    right=(_by_hand, _with()),
)

# --- 7.2 -----------------------------------------------------------------------------------------------------


def cheaper_mode(workload):
    from helpers.prices import cost

    on_demand = cost(workload["rru"], workload["wru"])
    an_hour = workload["rcu"] * 0.00013 + workload["wcu"] * 0.00065
    return "provisioned" if an_hour * 730 < on_demand else "on-demand"


def _chooses(provisioned):
    """Chooses provisioned where this function of the workload says so."""
    return lambda workload: "provisioned" if provisioned(workload) else "on-demand"


def _use(workload):
    """The part of the units that is used, reads and writes in one sum."""
    return (workload["rru"] + workload["wru"]) / (workload["rcu"] + workload["wcu"]) / (730 * 3600)


def _free(workload):
    return workload["rcu"] <= 25 and workload["wcu"] <= 25 or cheaper_mode(workload) == "provisioned"


def _hours_of_a_day(workload):
    return _bills(workload)["provisioned"] * 24 / 730 < _bills(workload)["on-demand"]


def _of_a_year(workload):
    return _bills(workload)["provisioned"] * 12 < _bills(workload)["on-demand"]


def _old_prices(workload):
    return _bills(workload)["provisioned"] < 2 * _bills(workload)["on-demand"]


def _by_name(workload):
    from helpers.prices import provisioned_cost

    bills = {
        "PAY_PER_REQUEST": _bills(workload)["on-demand"],
        "PROVISIONED": provisioned_cost(workload["rcu"], workload["wcu"]),
    }
    return min(bills, key=bills.get)


MODE = Answers(
    solution=cheaper_mode,
    wrong=(
        (_chooses(lambda workload: False), "it uses 65% of the units"),
        (_chooses(lambda workload: True), "a sale for one evening a month costs"),
        (_chooses(lambda workload: _use(workload) > 0.5), "it uses 33% of the units"),
        (_chooses(lambda workload: _use(workload) > 0.289), "a write unit costs five times a read unit"),
        (_chooses(_free), "the free tier is spent on other tables"),
        (_chooses(_hours_of_a_day), "a sale for one evening a month costs"),
        (_chooses(_of_a_year), "a shop by day and night costs"),
        (_chooses(_old_prices), "a service that is awake for a fifth of the day costs"),
        (
            _chooses(lambda workload: workload["wru"] > 0.289 * 3_600 * 730 * workload["wcu"]),
            "its reads are on the bill",
        ),
        (lambda workload: True, "it returned a bool"),
        (lambda workload: "reserved", "it returned 'reserved'"),
        (lambda workload: _bills(workload), "it returned a dict"),
    ),
    right=(
        _by_name,
        lambda workload: "On demand" if cheaper_mode(workload) == "on-demand" else "Provisioned",
    ),
)

# --- 7.3 -----------------------------------------------------------------------------------------------------


def why_throttled(evidence):
    [told] = evidence["ThrottlingReasons"]
    name = told["resource"].split("/")[-1]
    if "KeyRange" in told["reason"]:
        return name, "hot key"
    if "MaxOnDemand" in told["reason"]:
        return name, "maximum"
    a_second = evidence["ConsumedCapacityUnits"] / 60
    if a_second < evidence["ProvisionedCapacityUnits"]:
        return name, "spike"
    return name, "capacity"


def _changed(change):
    """The right answer for evidence that was changed on the way in."""

    def answer(evidence):
        return why_throttled(evidence | change(evidence))

    return answer


def _per_minute_against_second(evidence):
    return {"ConsumedCapacityUnits": evidence["ConsumedCapacityUnits"] * 60}


def _the_table(evidence):
    resource = evidence["ThrottlingReasons"][0]["resource"]
    return resource.split("/")[1], why_throttled(evidence)[1]


def _metrics_first(evidence):
    a_second = evidence["ConsumedCapacityUnits"] / 60
    if a_second < evidence["ProvisionedCapacityUnits"]:
        return why_throttled(evidence)[0], "spike"
    return why_throttled(evidence)


def _reason_only(evidence):
    name, cause = why_throttled(evidence)
    return name, "capacity" if cause == "spike" else cause


def _always_hot(evidence):
    return why_throttled(evidence)[0], "hot key"


def _no_maximum(evidence):
    name, cause = why_throttled(evidence)
    return name, "capacity" if cause == "maximum" else cause


def _says_index(evidence):
    name, cause = why_throttled(evidence)
    return name, "index" if "Index" in evidence["ThrottlingReasons"][0]["reason"] else cause


def _by_match(evidence):
    place, reason = (evidence["ThrottlingReasons"][0][name] for name in ("resource", "reason"))
    part = evidence["ConsumedCapacityUnits"] / 60 / max(evidence["ProvisionedCapacityUnits"], 1)
    causes = {"KeyRangeThroughputExceeded": "hot key", "MaxOnDemandThroughputExceeded": "maximum"}
    found = [cause for end, cause in causes.items() if reason.endswith(end)]
    return [place.rpartition("/")[2], *(found or ["capacity" if part > 0.8 else "spike"])]


WHY = Answers(
    solution=why_throttled,
    wrong=(
        (_changed(_per_minute_against_second), "a second, and"),
        (_the_table, "it is the index that is short"),
        (_metrics_first, "the reason itself names the cause"),
        (_reason_only, "it returned 'capacity'"),
        (_always_hot, "the reason speaks of provisioned units"),
        (_no_maximum, "for TableWriteMaxOnDemandThroughputExceeded it returned 'capacity'"),
        (_says_index, "it returned the cause 'index'"),
        (lambda evidence: why_throttled(evidence)[1], "it returned a str, and two texts"),
        (lambda evidence: why_throttled(evidence)[::-1], "it returned the cause 'Orders'"),
        (
            lambda evidence: (evidence["ThrottlingReasons"][0]["resource"], "capacity"),
            "which is not its name",
        ),
        (lambda evidence: (why_throttled(evidence)[0], None), "it returned the cause None"),
        (lambda evidence: {"cause": why_throttled(evidence)}, "it returned a dict, and two texts"),
    ),
    right=(_by_match,),
)

# --- 7.4 -----------------------------------------------------------------------------------------------------


def largest_item(rcu, wcu, consistency):
    units = {"eventual": 0.5, "strong": 1, "transactional": 2}[consistency]
    written = wcu * 1024
    read = int(rcu / units) * 4096
    return min(written, read, 400 * 1024)


def _with_limits(kb=1024, most=True, writes=True, reads=True, times=1, whole=True, consistency=None):
    def answer(rcu, wcu, asked):
        units = {"eventual": 0.5, "strong": 1, "transactional": 2}[consistency or asked]
        read = math.floor(rcu / units) if whole else rcu / units
        limits = [wcu * kb] * writes + [read * 4 * kb] * reads + [400 * kb] * most
        return min(limits) * times

    return answer


def _by_trying(rcu, wcu, consistency):
    """From above, until both are paid for."""
    size = 400 * 1024
    while size and (write_units(size) > wcu or read_units(size, consistency) > rcu):
        size -= 1024
    return float(size)


def _at_least_a_unit(rcu, wcu, consistency):
    return largest_item(rcu, wcu, consistency) or 4096


def _none_fits(rcu, wcu, consistency):
    return largest_item(rcu, wcu, consistency) or None


LARGEST = Answers(
    solution=largest_item,
    wrong=(
        (_with_limits(kb=1000), "1 KB is 1,024 bytes"),
        (_with_limits(most=False), "no item has more than 400 KB"),
        (_with_limits(reads=False), "to read it takes"),
        (_with_limits(writes=False), "to write it takes"),
        (_with_limits(whole=False), "to read it takes 6 RCU"),
        (_with_limits(consistency="strong"), "a larger item can be written and read"),
        (_with_limits(consistency="eventual"), "to read it takes"),
        (_with_limits(times=1 / 1024), "bytes were asked for"),
        (_with_limits(times=300), "once a second is for ever"),
        (lambda rcu, wcu, consistency: largest_item(rcu, wcu, consistency) + 1, "to write it takes 6 WCU"),
        (
            lambda rcu, wcu, consistency: largest_item(rcu, wcu, consistency) - 1,
            "it returned 5,119, and a larger",
        ),
        (lambda rcu, wcu, consistency: f"{largest_item(rcu, wcu, consistency)} bytes", "it returned a str"),
        (lambda rcu, wcu, consistency: 8 * 1024, "to write it takes 8 WCU"),
        (lambda rcu, wcu, consistency: 5 * 1024, "a larger item can be written and read"),
        (
            lambda rcu, wcu, consistency: (
                min(largest_item(rcu, wcu, consistency), wcu * 512)
                if consistency == "transactional"
                else largest_item(rcu, wcu, consistency)
            ),
            "the write is a plain put",
        ),
        (_at_least_a_unit, "to read it takes 2 RCU"),
        (_none_fits, "it returned nothing"),
    ),
    right=(_by_trying,),
)

ANSWERS = [UNITS, MODE, WHY, LARGEST]
