"""How much a table or a global index may be given: the account's highest units, on-demand limits, decreases a day.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html; the wording is that of the survey
"ack-api-quirks" of October 2026, its findings DDB-TABLE-039, 128, 154, 157, 170 and 184.
"""

import time

from helpers.offline import rehearsal
from helpers.offline.language.values import INVALID
from helpers.offline.refusal import Refused
from helpers.offline.tables.indexes import Index
from helpers.offline.tables.table import TableState

ACCOUNT_UNITS, TABLE_UNITS = 80_000, 40_000
FREE_DECREASES = 4
_BETWEEN_DECREASES = 3600
_DAY = 24 * 3600
_PROVISIONED = ("ReadCapacityUnits", "WriteCapacityUnits")
_ON_DEMAND = {"MaxReadRequestUnits": "Read", "MaxWriteRequestUnits": "Write"}
_WARM = {"ReadUnitsPerSecond": "Read", "WriteUnitsPerSecond": "Write"}
_MORE = "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."


def _exceeded(told: str) -> Refused:
    return Refused(told, "LimitExceededException")


def check_on_demand(wanted: dict | None, billing: str, index: str | None = None, new: bool = False) -> None:
    """On-demand limits are for on-demand tables, and at least 1; in an update, -1 takes one away."""
    between = " " if not new else ""
    for unit, number in (wanted or {}).items():
        if billing == "PROVISIONED":
            of = f" for index{between}: {index}" if index else ""
            raise Refused(
                f"{INVALID}{unit} for OnDemandThroughput{of} cannot be specified when "
                f"{'table BillingMode is PROVISIONED.' if new else 'the table BillingMode is PROVISIONED'}"
            )
        if number < 1 and (new or number != -1):
            raise Refused(
                f"{INVALID}Requested {unit} for OnDemandThroughput for {_on(index)} is outside of valid range"
            )


def _on(index: str | None) -> str:
    return f"index : {index}" if index else "table"


def check_highest(service, request: dict, index: str | None = None) -> None:
    """What the account's quotas allow a table, or an index of this name, at most."""
    for unit in _PROVISIONED:
        number = request.get("ProvisionedThroughput", {}).get(unit, 0)
        if number > TABLE_UNITS:
            of, per = (f" for index {index}", "index") if index else ("", "table")
            raise _exceeded(
                f"The requested {unit}{of}, {number}, is above the per {per} maximum for the account in "
                f"{service.region}. Per table maximum: {TABLE_UNITS}. {_MORE}"
            )
    warm_on = f"index {index}" if index else "table"
    for member, units, on in (
        ("OnDemandThroughput", _ON_DEMAND, _on(index)),
        ("WarmThroughput", _WARM, warm_on),
    ):
        for unit, kind in units.items():
            if request.get(member, {}).get(unit, 0) > TABLE_UNITS:
                raise _exceeded(
                    f"Subscriber limit exceeded: Requested {unit} for {member} for {on} exceeds "
                    f"TableMax{kind}CapacityUnits of the account in region {service.region}"
                )


def check_decrease(one: TableState | Index, wanted: dict) -> None:
    """Four decreases a day of a table, and of each index; then one an hour."""
    change = one.changes
    if not change.lowers(*(wanted[unit] for unit in _PROVISIONED), one) or change.today < FREE_DECREASES:
        return
    later = min(change.decreased + _BETWEEN_DECREASES, (change.decreased // _DAY + 1) * _DAY)
    if rehearsal.now() < later:
        raise _exceeded(
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. "
            f"After the first {FREE_DECREASES} decreases, each subsequent decrease in the same UTC day can be "
            f"performed at most once every {_BETWEEN_DECREASES} seconds. "
            f"Number of decreases today: {change.today}. Last decrease at {_told(change.decreased)}. "
            f"Next decrease can be made at {_told(later)}."
        )


def _told(moment: float) -> str:
    """A moment as in "Thursday, October 8, 2026 at 11:20:48 PM Coordinated Universal Time"."""
    at = time.gmtime(moment)
    hour = at.tm_hour % 12 or 12
    return (
        f"{time.strftime('%A, %B', at)} {at.tm_mday}, {at.tm_year} at {hour}:{time.strftime('%M:%S %p', at)} "
        "Coordinated Universal Time"
    )
