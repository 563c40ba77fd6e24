"""The list of prices in data/prices.json, and small sums with it; nothing here rounds.

Rules: the pricing pages for on-demand and provisioned capacity.
"""

import json
import math
import os
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from helpers.datasets import DATA
from helpers.errors import CourseError

if TYPE_CHECKING:
    import pandas

HOURS = 730
"""Hours in a month, 365 x 24 / 12: what AWS's own calculator takes."""
SECONDS = HOURS * 3600
MILLION = 1_000_000
FREE_UNITS, FREE_GB = 25, 25
"""Free each month: 25 RCU and 25 WCU, provisioned only, and 25 GB stored. Requests on demand are never free."""
IA_STORAGE, IA_REQUESTS = 0.4, 1.25
"""Standard-IA: storage is about 60 % cheaper than Standard's, requests are about 25 % dearer. [pricing page]"""
CLASSES = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")


# --- the list of prices --------------------------------------------------------------------------------------


@cache
def _listed() -> dict[str, dict[str, Any]]:
    """The rows of data/prices.json by what they are the price of."""
    return {row["what"]: row for row in json.loads((DATA / "prices.json").read_text(encoding="utf-8"))}


def price(what: str) -> float:
    """Return the listed price in dollars for one unit of the list: price("storage") is that of a GB for a month.

    Raises CourseError if the list has no such price.
    """
    if what not in _listed():
        raise CourseError(
            f"There is no price of {what!r} in data/prices.json: it has {', '.join(_listed())}."
        )
    return _listed()[what]["price"]


def prices(*, today: date | str | None = None) -> "pandas.DataFrame":
    """Return the list of prices: a row a price, `what` in the index; price in dollars, unit, Region, day and source.

    Where a price is older than a year, `prices_age` is printed before: in a run by a person, at the end of whose year
    that sentence is news. The proof and `course refresh` compare what is stored from one year to the next, so there
    (COURSE_PROOF is set) it is not printed; the column `listed` tells each day in both.

    Args:
        today: the day to judge by; for tests.
    """
    import pandas

    if not os.environ.get("COURSE_PROOF") and (told := prices_age(today)):
        print(told)
    frame = pandas.DataFrame(list(_listed().values())).set_index("what")
    return frame[["price", "unit", "region", "listed", "source"]]


def prices_age(today: date | str | None = None) -> str:
    """Return one sentence on prices that were listed more than a year ago, or "" if there are none.

    Args:
        today: the day to judge by, a date or "2027-09-01"; this day if it is left out.
    """
    day = date.fromisoformat(today) if isinstance(today, str) else today or date.today()
    old = [row for row in _listed().values() if _a_year_after(date.fromisoformat(row["listed"])) < day]
    if not old:
        return ""
    oldest = min(row["listed"] for row in old)
    return (
        f"{len(old)} of {len(_listed())} prices were listed more than a year ago, the oldest on {oldest}: look them up "
        "on the pages that prices() names before you rely on them."
    )


def _a_year_after(day: date) -> date:
    return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


# --- small sums ----------------------------------------------------------------------------------------------


def cost(rru: float = 0, wru: float = 0, *, table_class: str = "STANDARD") -> float:
    """Return the dollars that so many read and write request units cost on demand.

    >>> cost(1_000_000), cost(wru=1_000_000)
    (0.125, 0.625)
    """
    reads = not_negative("rru", rru) * price("on-demand reads") / MILLION
    writes = not_negative("wru", wru) * price("on-demand writes") / MILLION
    return (reads + writes) * factor(table_class, IA_REQUESTS)


def provisioned_cost(
    rcu: float = 0,
    wcu: float = 0,
    *,
    hours: float = HOURS,
    table_class: str = "STANDARD",
    free_tier: bool = False,
) -> float:
    """Return the dollars that so many units a second cost, used or not, for a month or so many hours.

    >>> round(provisioned_cost(5, 5), 2)
    2.85

    Args:
        free_tier: whether 25 RCU and 25 WCU are free. An account has them once, not once a table.
    """
    if free_tier and table_class == "STANDARD":
        rcu, wcu = max(rcu - FREE_UNITS, 0), max(wcu - FREE_UNITS, 0)
    reads = not_negative("rcu", rcu) * price("provisioned reads")
    writes = not_negative("wcu", wcu) * price("provisioned writes")
    return (reads + writes) * not_negative("hours", hours) * factor(table_class, IA_REQUESTS)


def storage_cost(gb: float, *, table_class: str = "STANDARD", free_tier: bool = False) -> float:
    """Return the dollars that so many GB stored cost for a month.

    Args:
        free_tier: whether 25 GB are free: once an account, Standard class.
    """
    if free_tier and table_class == "STANDARD":
        gb = max(gb - FREE_GB, 0)
    return not_negative("gb", gb) * price("storage") * factor(table_class, IA_STORAGE)


def crossing_point(kind: str = "writes") -> float:
    """Return the part of provisioned capacity, 0 to 1, from whose use on provisioned is cheaper than on demand.

    A unit a second that is used all hour serves 3,600 request units; the free tier is left out.

    Args:
        kind: "reads" or "writes".
    """
    if kind not in ("reads", "writes"):
        raise CourseError(f'crossing_point takes "reads" or "writes", not {kind!r}.')
    return price(f"provisioned {kind}") / (3600 * price(f"on-demand {kind}") / MILLION)


def modes_by_use(rcu: float = 0, wcu: float = 100, *, step: int = 10) -> "pandas.DataFrame":
    """Return a month's dollars in both modes, by how much of the capacity is used.

    Args:
        rcu, wcu: the provisioned units a second, of which on average a part is used.
        step: from one row to the next, in per cent.

    Returns:
        A row for 0, step … 100 per cent used; the columns "on demand" and "provisioned" hold dollars.
    """
    import pandas

    if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= 100:
        raise CourseError(f"modes_by_use takes a step of 1 to 100 per cent, not {step!r}.")
    rows = {
        used: (cost(rcu * SECONDS * used / 100, wcu * SECONDS * used / 100), provisioned_cost(rcu, wcu))
        for used in range(0, 101, step)
    }
    frame = pandas.DataFrame.from_dict(rows, orient="index", columns=["on demand", "provisioned"]).round(2)
    return frame.rename_axis("% used")


def not_negative(name: str, number: Any) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) and not hasattr(number, "__float__"):
        raise CourseError(f"{name} is a number, not {number!r}.")
    if not float(number) >= 0 or math.isinf(float(number)):
        raise CourseError(f"{name} is a number from 0 on, not {number!r}.")
    return float(number)


def factor(table_class: str, infrequent: float) -> float:
    if table_class not in CLASSES:
        raise CourseError(
            f'The table class is "STANDARD" or "STANDARD_INFREQUENT_ACCESS", not {table_class!r}.'
        )
    return 1.0 if table_class == "STANDARD" else infrequent
