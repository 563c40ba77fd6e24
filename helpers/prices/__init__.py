"""What reads, writes and storage cost in us-east-1.

listed   the list of prices with their days, and small sums with it
bills    a monthly bill of access patterns
"""

from helpers.prices.bills import bill, units
from helpers.prices.listed import (
    HOURS,
    SECONDS,
    cost,
    crossing_point,
    modes_by_use,
    price,
    prices,
    prices_age,
    provisioned_cost,
    storage_cost,
)

__all__ = [
    "HOURS",
    "SECONDS",
    "bill",
    "cost",
    "crossing_point",
    "modes_by_use",
    "price",
    "prices",
    "prices_age",
    "provisioned_cost",
    "storage_cost",
    "units",
]
