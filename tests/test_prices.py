"""Prices and bills, on cases worked by hand: the list prices of us-east-1 that data/prices.json has."""

import json
from datetime import date

import pandas
import pytest

from helpers.backends import connect
from helpers.capacity import item_size
from helpers.datasets import DATA, table_input
from helpers.errors import CourseError
from helpers.prices import (
    HOURS,
    bill,
    cost,
    crossing_point,
    modes_by_use,
    price,
    prices,
    prices_age,
    provisioned_cost,
    storage_cost,
    units,
)

KB = 1024
GET = {"name": "a note", "operation": "GetItem", "size": 3.5 * KB, "per_second": 1}


# --- the list ------------------------------------------------------------------------------------------------


def test_each_price_has_a_day_a_region_and_a_page():
    rows = json.loads((DATA / "prices.json").read_text(encoding="utf-8"))
    assert len({row["what"] for row in rows}) == len(rows) >= 7
    for row in rows:
        assert row.keys() == {"what", "region", "price", "unit", "listed", "source"}
        assert row["region"] == "us-east-1" and row["price"] > 0
        assert date(2024, 11, 1) <= date.fromisoformat(row["listed"]) <= date.today()
        assert row["source"].startswith("https://aws.amazon.com/dynamodb/pricing/")


def test_the_list_as_a_frame(capsys):
    frame = prices(today="2024-12-01")
    assert frame.loc["on-demand writes", "price"] == 0.625 == price("on-demand writes")
    assert frame.loc["storage", "unit"] == "GB-month"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("today", "old"),
    [("2025-11-01", 0), ("2025-11-02", 9), ("2027-08-01", 9), (date(2027, 8, 2), 12)],
)
def test_a_price_older_than_a_year_says_so(today, old, monkeypatch, capsys):
    told = prices_age(today)
    if old:
        assert told.startswith(
            f"{old} of 12 prices were listed more than a year ago, the oldest on 2024-11-01:"
        )
    else:
        assert told == ""
    monkeypatch.delenv("COURSE_PROOF", raising=False)
    prices(today=today)
    assert capsys.readouterr().out.strip() == told


def test_stored_outputs_are_the_same_on_every_day(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROOF", "1")
    assert prices(today="2024-12-01").equals(prices(today="2040-01-01"))
    assert capsys.readouterr().out == ""


def test_a_leap_day_has_its_year_too(monkeypatch):
    row = {"listed": "2024-02-29"}
    monkeypatch.setattr("helpers.prices.listed._listed", lambda: {"x": row})
    assert prices_age("2025-03-01") == ""
    assert prices_age("2025-03-02")


# --- small sums ----------------------------------------------------------------------------------------------


def test_a_million_of_each():
    assert cost(1_000_000) == 0.125
    assert cost(wru=1_000_000) == 0.625
    assert cost(100_000, 100_000) == pytest.approx(0.075)  # FACTS: a lesson's worth
    assert cost() == 0


def test_a_forgotten_table_of_5_and_5():
    assert provisioned_cost(5, 5) == pytest.approx(730 * 5 * 0.00078) == pytest.approx(2.847)
    assert provisioned_cost(5, 5, free_tier=True) == 0
    assert provisioned_cost(30, 25, free_tier=True) == pytest.approx(5 * 730 * 0.00013)
    assert provisioned_cost(0, 1, hours=1) == 0.00065


def test_infrequent_access_is_cheaper_to_store_and_dearer_to_ask():
    ia = {"table_class": "STANDARD_INFREQUENT_ACCESS"}
    assert storage_cost(100) == 25
    assert storage_cost(100, **ia) == pytest.approx(10)
    assert cost(1_000_000, **ia) == pytest.approx(0.125 * 1.25)
    assert storage_cost(30, free_tier=True) == 1.25
    assert storage_cost(30, free_tier=True, **ia) == storage_cost(30, **ia)
    assert provisioned_cost(5, 5, free_tier=True, **ia) == pytest.approx(2.847 * 1.25)


@pytest.mark.parametrize("kind", ["reads", "writes"])
def test_the_crossing_point_is_26_ninetieths(kind):
    """A WCU-hour of $0.00065 serves 3,600 units, $0.00225 on demand: 28.9 %."""
    use = crossing_point(kind)
    assert use == pytest.approx(0.65 / 2.25)
    units_ = {"reads": "rcu", "writes": "wcu"}[kind]
    month = {"reads": "rru", "writes": "wru"}[kind]
    assert cost(**{month: 100 * HOURS * 3600 * use}) == pytest.approx(provisioned_cost(**{units_: 100}))


def test_both_modes_by_use():
    frame = modes_by_use(wcu=100, step=50)
    assert list(frame.index) == [0, 50, 100]
    assert list(frame["provisioned"]) == [47.45] * 3
    assert list(frame["on demand"]) == [0, 82.12, 164.25]


# --- units of a pattern --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ({"operation": "GetItem", "size": 8 * KB}, (1, 0)),
        ({"operation": "GetItem", "size": 8 * KB, "consistency": "strong"}, (2, 0)),
        ({"operation": "TransactGetItems", "size": 8 * KB}, (4, 0)),
        ({"operation": "GetItem", "size": 0}, (0.5, 0)),
        ({"operation": "Query", "size": 408, "items": 100, "consistency": "strong"}, (10, 0)),  # 40,800 bytes
        (
            {"operation": "Scan", "size": 250, "items": 100_000},
            (23 * 128.5 + 107.5, 0),
        ),  # 24 pages, each rounded
        ({"operation": "Query", "size": 300, "items": 2.5}, (0.5, 0)),
        ({"operation": "Query", "size": 300, "items": 0}, (0.5, 0)),
        ({"operation": "Query", "size": 0, "items": 9}, (0.5, 0)),
        ({"operation": "BatchGetItem", "size": 408, "items": 100, "consistency": "strong"}, (100, 0)),
        ({"operation": "PutItem", "size": 1025}, (0, 2)),
        ({"operation": "TransactWriteItems", "size": 1025, "items": 2}, (0, 8)),
        ({"operation": "PutItem", "size": 1025, "index_writes": 2}, (0, 6)),
        ({"operation": "PutItem", "size": 1025, "index_writes": 2, "index_size": 100}, (0, 4)),
        ({"operation": "TransactWriteItems", "size": 100, "index_writes": 1}, (0, 3)),
        ({"operation": "Query", "units": 2.5}, (2.5, 0)),
        ({"operation": "UpdateItem", "units": 3, "index_writes": 1, "index_size": 100}, (0, 4)),
    ],
)
def test_units_of_one_request(pattern, wanted):
    assert units(pattern) == wanted


@pytest.mark.parametrize(
    ("size", "items"), [(200_000, 5), (200_000, 6), (200_000, 13), (262_144, 4), (262_145, 9), (40_000, 27)]
)
@pytest.mark.parametrize("strong", [False, True])
def test_a_scan_is_billed_as_the_service_counts_its_pages(size, items, strong):
    table = connect("offline", fresh=True).create_table(**table_input("notes"))
    table.wait_until_exists()
    for number in range(items):
        item = {"userId": str(number % 7), "noteId": f"{number:03}"}
        table.put_item(Item=item | {"text": "x" * (size - item_size(item | {"text": ""}))})
    request, used = {"ConsistentRead": strong, "ReturnConsumedCapacity": "TOTAL"}, 0
    while True:
        page = table.scan(**request)
        used += float(page["ConsumedCapacity"]["CapacityUnits"])
        if "LastEvaluatedKey" not in page:
            break
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    pattern = {"operation": "Scan", "size": size, "items": items}
    assert units(pattern | {"consistency": "strong" if strong else "eventual"}) == (used, 0)


# --- a bill --------------------------------------------------------------------------------------------------


def test_a_bill_by_hand():
    """One strong read of 3.5 KB and one write of 1.5 KB with an index a second, 30 GB."""
    month = 730 * 3600
    told = bill(
        [
            GET | {"consistency": "strong"},
            {"name": "save", "operation": "PutItem", "size": 1536, "per_second": 1, "index_writes": 1},
        ],
        storage_gb=30,
        pitr=True,
    )
    assert list(told.index) == [
        "a note",
        "save",
        "save: indexes",
        "storage",
        "free storage",
        "point-in-time recovery",
        "total",
    ]
    write = round(2 * month * 0.625 / 1e6, 2)
    wanted = [round(month * 0.125 / 1e6, 2), write, write, 7.5, -6.25, 6.0]
    assert list(told["dollars"])[:-1] == wanted
    assert told.loc["total", "dollars"] == round(sum(wanted), 2)
    assert told.loc["save", "share"] == f"{write / (sum(wanted) + 6.25):.0%}"
    assert told.loc["a note", "amount"] == f"{month:,}"


def test_what_is_shown_adds_up():
    patterns = [
        GET | {"name": str(number), "per_month": number * 7_001, "per_second": None} for number in range(99)
    ]
    for mode in ("on-demand", "provisioned"):
        told = bill(patterns, mode=mode, storage_gb=31)
        assert told["dollars"][:-1].sum() == pytest.approx(told.loc["total", "dollars"], abs=1e-9)


def test_a_provisioned_bill_pays_for_what_nobody_uses():
    told = bill([GET], mode="provisioned", rcu=5, wcu=5, free_tier=False)
    assert told.loc["total", "dollars"] == 2.85
    assert told.loc["a note", "amount"] == "0.5"
    assert told.loc["RCU that nobody uses", "amount"] == "4.5"
    assert told.loc["WCU that nobody uses", "amount"] == "5.0"
    assert bill([GET], mode="provisioned", rcu=5, wcu=5).loc["total", "dollars"] == 0


def test_capacity_that_is_not_named_is_used_to_70_per_cent():
    told = bill([GET | {"per_second": 140}], mode="provisioned")
    assert told.loc["RCU that nobody uses", "amount"] == "30.0"
    assert told.loc["WCU that nobody uses", "amount"] == "1.0"  # a table has at least 1


@pytest.mark.parametrize("a_second", [1, 3, 7.1, 11, 17])
def test_a_table_within_the_free_units_costs_nothing_however_its_lines_are_rounded(a_second):
    asked = [GET | {"name": name, "per_second": a_second / 3} for name in "abc"]
    assert bill(asked, mode="provisioned").loc["total", "dollars"] == 0


def test_no_more_is_free_than_is_stored():
    told = bill([], storage_gb=10)
    assert list(told["dollars"]) == [2.5, -2.5, 0.0]


def test_few_gigabytes_show_their_hundredths():
    assert bill([], storage_gb=0.0326).loc["storage", "amount"] == "0.03"
    assert bill([], storage_gb=1_000).loc["storage", "amount"] == "1,000"


def test_requests_on_demand_are_never_free():
    assert bill([GET]).equals(bill([GET], free_tier=False))


def test_patterns_may_come_as_a_frame():
    listed = [GET, {"name": "all", "operation": "Scan", "units": 12.5, "per_month": 30}]
    told = bill(pandas.DataFrame(listed))  # with NaN where a pattern says nothing
    assert told.equals(bill(listed))
    assert told.equals(bill(pandas.DataFrame(listed).set_index("name")))


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        ({"operation": "Get"}, {}, "names an operation such as GetItem"),
        ({"size": None}, {}, "a note needs a size in bytes"),
        ({"size": -1}, {}, "A size is a whole number of bytes"),
        ({"size": 0.5}, {}, "A size is a whole number of bytes"),
        ({"per_second": None}, {}, "needs per_second or per_month"),
        ({"per_month": 3}, {}, "one of the two"),
        ({"per_second": -3}, {}, "a number from 0 on"),
        ({"per_second": "many"}, {}, "per_second is a number"),
        ({"consistency": "weak"}, {}, '"eventual", "strong" or "transactional"'),
        ({"index_writes": 1}, {}, "A GetItem writes to no index"),
        ({"sise": 3}, {}, "An access pattern has no 'sise'"),
        ({"items": -2}, {}, "items"),
        ({}, {"mode": "ondemand"}, 'The mode is "on-demand" or "provisioned"'),
        ({}, {"table_class": "IA"}, "The table class is"),
        ({}, {"storage_gb": -1}, "storage_gb is a number from 0 on"),
        ({"per_second": 100}, {"mode": "provisioned", "rcu": 5}, "5 RCU are less than the 50.0 "),
        ({}, {"rcu": 5}, 'only of mode="provisioned"'),
    ],
)
def test_what_makes_no_sense_is_one_sentence(change, options, told):
    with pytest.raises(CourseError) as error:
        bill([GET | change], **options)
    assert told in str(error.value) and "\n" not in str(error.value)


def test_other_nonsense_is_one_sentence():
    for call, told in [
        (lambda: price("lunch"), "There is no price of 'lunch'"),
        (lambda: crossing_point("both"), 'takes "reads" or "writes"'),
        (lambda: cost(-1), "rru is a number from 0 on"),
        (lambda: bill(["x"]), "patterns is a frame or a list of dicts"),
        (lambda: bill(7), "patterns is a frame or a list of dicts"),
        (lambda: modes_by_use(step=0), "step"),
    ]:
        with pytest.raises(CourseError) as error:
            call()
        assert told in str(error.value)
