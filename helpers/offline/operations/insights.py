"""CloudWatch Contributor Insights for DynamoDB: whether it is on, of a table and of each global index. Nothing is counted.

Sources: the API Reference page of each operation.
"""

from helpers.offline import rehearsal
from helpers.offline.refusal import Refused
from helpers.offline.tables.table import TableState

_MODE = "ACCESSED_AND_THROTTLED_KEYS"
_RULES = {"ACCESSED_AND_THROTTLED_KEYS": "CT", "THROTTLED_KEYS": "T"}


def update_insights(service, request: dict, parsed: None) -> dict:
    table = _found(service, request)
    name, on = request.get("IndexName", ""), request["ContributorInsightsAction"] == "ENABLE"
    mode = request.get("ContributorInsightsMode", _MODE)
    table.insights[name] = {
        "ContributorInsightsStatus": "ENABLING" if on else "DISABLING",
        "LastUpdateDateTime": rehearsal.now(),
        "ContributorInsightsMode": mode,
    }
    return _named(table, name) | _short(table.insights[name])


def describe_insights(service, request: dict, parsed: None) -> dict:
    table = _found(service, request)
    name = request.get("IndexName", "")
    told = table.insights.get(name, {"ContributorInsightsStatus": "DISABLED"})
    if name in table.insights:  # as a table's, a state passes when it has been shown
        table.insights[name] = told | {"ContributorInsightsStatus": _after(told)}
    return _named(table, name) | {"ContributorInsightsRuleList": _rules(table, name, told)} | told


def list_insights(service, request: dict, parsed: None) -> dict:
    tables = [service.find(request["TableName"])] if "TableName" in request else service.tables.values()
    found = [
        _named(table, name) | _short(told)
        for table in tables
        for name, told in sorted(table.insights.items())
    ]
    start = _start(request.get("NextToken", "0"))
    most = request.get("MaxResults") or 100
    more = {"NextToken": str(start + most)} if len(found) > start + most else {}
    return {"ContributorInsightsSummaries": found[start : start + most], **more}


def _found(service, request: dict) -> TableState:
    table = service.find(request["TableName"])
    if "IndexName" in request:
        index = table.indexes.get(request["IndexName"])
        if index is None or not index.is_global:
            raise Refused(
                f"Requested resource not found: Index: {request['IndexName']} not found",
                "ResourceNotFoundException",
            )
    return table


def _named(table: TableState, index: str) -> dict:
    return {"TableName": table.name} | ({"IndexName": index} if index else {})


def _short(told: dict) -> dict:
    return {name: value for name, value in told.items() if name != "LastUpdateDateTime"}


def _after(told: dict) -> str:
    return told["ContributorInsightsStatus"].replace("ING", "ED")


def _rules(table: TableState, index: str, told: dict) -> list[str]:
    """The names of the rules: of the partition key and of the sort key, accessed (C) and throttled (T)."""
    if not told["ContributorInsightsStatus"].startswith("ENABL"):
        return []
    keys = table.indexes[index].keys if index else table.keys
    roles = ["PK", "SK"][: len(keys)]
    kinds = _RULES[told["ContributorInsightsMode"]]
    place = f"{table.name}-{index}" if index else table.name
    moment = int(told["LastUpdateDateTime"] * 1000)
    return [f"DynamoDBContributorInsights-{role}{kind}-{place}-{moment}" for kind in kinds for role in roles]


def _start(token: str) -> int:
    if not (token.isascii() and token.isdecimal() and len(token) < 10):
        raise Refused("Invalid NextToken")
    return int(token)
