"""Warm throughput: what a table or a global index serves at once, and what it is asked to serve.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html; what is refused is that of
Alternator's test_warm_throughput.py, the wording moto's.
"""

from helpers.offline.language.values import INVALID
from helpers.offline.refusal import Refused

_UNITS = {"ReadUnitsPerSecond": "ReadCapacityUnits", "WriteUnitsPerSecond": "WriteCapacityUnits"}
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
_ON_DEMAND = (12_000, 4_000)
_START = (
    "initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
    "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
)


def warm_units(rcu: int, wcu: int, asked: dict | None = None) -> dict:
    """The units a second: those that were asked for, else what every table of this capacity has; 0: on demand."""
    least = dict(zip(_UNITS, (rcu, wcu) if rcu else _ON_DEMAND, strict=True))
    return {unit: max(number, (asked or {}).get(unit, 0)) for unit, number in least.items()}


def check_new(request: dict, what: str) -> None:
    """A new table or index is warm at least for its own capacity. `what`: "table" or "index by_name"."""
    throughput = request.get("ProvisionedThroughput") or {}
    least = warm_units(*(throughput.get(name, 0) for name in _UNITS.values()))
    for unit, name in _UNITS.items():
        told = f"{name} of ProvisionedThroughput" if throughput else _START
        _check(request, unit, least, what, told)


def check_change(request: dict, current: dict, what: str) -> None:
    """Warm throughput is raised, never lowered."""
    for unit in _UNITS:
        _check(
            request, unit, current, what, "current WarmThroughput, decreasing WarmThroughput is not supported"
        )


def _check(request: dict, unit: str, least: dict, what: str, told: str) -> None:
    if (request.get("WarmThroughput") or {}).get(unit, least[unit]) < least[unit]:
        raise Refused(f"{INVALID}Requested {unit} for WarmThroughput for {what} is lower than {told}")
