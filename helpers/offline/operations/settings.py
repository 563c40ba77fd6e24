"""What surrounds a table: Time to Live, tags, policies, point-in-time recovery, the account's limits and endpoints.

Sources: the API Reference page of each operation; TTL.html, Tagging.html and ServiceQuotas.html of the guide.
"""

import json
import re
from decimal import Decimal

from helpers.offline import rehearsal
from helpers.offline.language.values import INVALID
from helpers.offline.refusal import Refused, not_found
from helpers.offline.tables import admission
from helpers.offline.tables.history import DAYS, History
from helpers.offline.tables.quotas import ACCOUNT_UNITS, TABLE_UNITS
from helpers.offline.tables.table import TableState, short_name

MAX_TAGS = 50
SECONDS_BETWEEN_TTL_CHANGES = 3600
MAX_TTL_AGE = 5 * 365 * 24 * 3600
_TAG_TEXT = re.compile(r"[\w\s+\-=.:/@]*")
_NO_TAGS = {  # parts of a table that have an ARN, but no tags
    "index": "Invalid resource arn provided, only table or stream is accepted. Provided resource arn",
    "backup": "Provided Arn is not a DynamoDB resource arn",
}


# --- Time to Live --------------------------------------------------------------------------------------------


def update_time_to_live(service, request: dict, parsed: None) -> dict:
    table, wanted = service.find(request["TableName"]), request["TimeToLiveSpecification"]
    name = wanted["AttributeName"]
    if (
        table.status == "CREATING"
    ):  # what surrounds a table learns of it later than the table's own operations
        raise not_found(table.name)
    if wanted["Enabled"] and table.ttl == name:
        raise Refused("TimeToLive is already enabled")
    if not wanted["Enabled"] and table.ttl is None:
        raise Refused("TimeToLive is already disabled")
    if table.ttl not in (None, name):
        raise Refused(
            f"TimeToLive is active on a different AttributeName: current AttributeName is {table.ttl}"
        )
    if table.ttl_changed and rehearsal.now() - table.ttl_changed < SECONDS_BETWEEN_TTL_CHANGES:
        raise Refused("Time to live has been modified multiple times within a fixed interval")
    for one in table.group.members.values() if table.group else (table,):
        one.ttl, one.ttl_changed = (name if wanted["Enabled"] else None), rehearsal.now()
    return {"TimeToLiveSpecification": wanted}


def describe_time_to_live(service, request: dict, parsed: None) -> dict:
    table = service.find(request["TableName"])
    if table.status in ("CREATING", "DELETING"):
        raise Refused(
            f"Cannot describe time to live while table is in {table.status} state: "
            f"Current table state is {table.status}"
        )
    if table.ttl is None:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": table.ttl}}


def sweep(service, now: float | None = None) -> int:
    """Delete the items that have expired, as the service does in the background, and say how many these were.

    Until then they are read like any other: on AWS typically for a few days. Deleting them costs no capacity, and
    their stream records name the service as the one who deleted.

    Args:
        service: the offline service; of a lesson's, `helpers.backends.service_of("OFFLINE")`.
        now: seconds since 1970; None for the present.
    """
    now, count = rehearsal.now() if now is None else now, 0
    for table in service.tables.values():
        if table.ttl is None or table.status == "DELETING":
            continue
        for item in [item for item in table.shelf if _expired(item.get(table.ttl), now)]:
            table.write(item, None, {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"})
            count += 1
    return count


def _expired(value: dict | None, now: float) -> bool:
    """A Number of seconds since 1970 that has passed, but not more than five years ago."""
    return bool(value) and "N" in value and now - MAX_TTL_AGE < Decimal(value["N"]) <= now


# --- tags ----------------------------------------------------------------------------------------------------


def check_tags(tags: list[dict]) -> None:
    """Refuse tags that no resource can have."""
    seen: set[str] = set()
    for tag in tags:
        key = tag.get("Key")
        for member, shortest, longest in (("Key", 1, 128), ("Value", 0, 256)):
            _check_text(member, tag.get(member), shortest, longest)
        _check_prefix(key)
        if key in seen:
            raise Refused(f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}")
        seen.add(key)
    _check_count(len(tags))


def _check_text(member: str, text: str | None, shortest: int, longest: int) -> None:
    if text is None or not shortest <= len(text) <= longest or not _TAG_TEXT.fullmatch(text):
        told = "null" if text is None else text
        raise Refused(f"The Tag {member} provided is invalid, {member}: {told}")


def _check_prefix(key: str) -> None:
    if key.lower().startswith("aws:"):
        raise Refused(f"Tag Key cannot be prefixed with aws:, Key: {key}")


def _check_count(count: int) -> None:
    if count > MAX_TAGS:
        raise Refused("Number of Tags exceed the current limit for the provided ResourceArn")


def check_tag(request: dict) -> None:
    _check_arn(request.get("ResourceArn"))
    if not request["Tags"]:
        raise Refused("Atleast one Tag needs to be provided as Input.")  # the spelling is the service's
    check_tags(request["Tags"])


def check_untag(request: dict) -> None:
    _check_arn(request.get("ResourceArn"))
    if not request["TagKeys"]:
        raise Refused("Atleast one Tag Key needs to be provided as Input.")
    for key in request["TagKeys"]:
        _check_text("Key", key, 1, 128)
        _check_prefix(key)
    _check_count(len(request["TagKeys"]))


def check_list_tags(request: dict) -> None:
    _check_arn(request.get("ResourceArn"))
    if "NextToken" in request:  # all tags are told at once, so no answer gave one
        raise Refused("Invalid NextToken")


def _check_arn(arn: str) -> None:
    if not arn.startswith("arn:"):
        raise Refused(f"{INVALID}ARNs must start with 'arn:': {arn}")
    for part, told in _NO_TAGS.items():
        if re.fullmatch(rf"arn:aws:dynamodb:[^:]+:\d+:table/[^/]+/{part}/.*", arn):
            raise Refused(f"{INVALID}{told}: {arn}")
    if not re.fullmatch(r"arn:aws:dynamodb:[^:]+:\d+:table/[^/]{3,}", arn) and not _of_another_service(arn):
        raise _invalid_arn(arn)


def _of_another_service(arn: str) -> bool:
    return bool(re.fullmatch(r"arn:aws:(?!dynamodb:)[\w-]+:[^:]*:\d*:.+", arn))


def _invalid_arn(arn: str) -> Refused:
    return Refused(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")


def _tagged(service, operation: str, arn: str, told: bool = True) -> TableState:
    """The table of an ARN: it is looked for in the caller's account, then in the Region."""
    region, account = arn.split(":")[3:5]
    if account != service.account or _of_another_service(arn):
        raise Refused(
            f"User: arn:aws:iam::{service.account}:root is not authorized to perform: dynamodb:{operation} "
            f"on resource: {arn}",
            "AccessDeniedException",
        )
    if region != service.region:
        raise _invalid_arn(arn)
    table = service.tables.get(arn.rpartition("/")[2])
    if table is None or table.status == "CREATING":
        more = f": ResourceArn: {arn} not found" if told else ""
        raise Refused(f"Requested resource not found{more}", "ResourceNotFoundException")
    return table


def tag_resource(service, request: dict, parsed: None) -> dict:
    table = _tagged(service, "TagResource", request["ResourceArn"])
    new = table.tags | {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    _check_count(len(new))
    if new != table.tags:
        admission.check_there(table)
    table.tags = new
    return {}


def untag_resource(service, request: dict, parsed: None) -> dict:
    table = _tagged(service, "UntagResource", request["ResourceArn"], told=False)
    table.tags = {key: value for key, value in table.tags.items() if key not in request["TagKeys"]}
    return {}


def list_tags_of_resource(service, request: dict, parsed: None) -> dict:
    table = _tagged(service, "ListTagsOfResource", request["ResourceArn"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in table.tags.items()]}


# --- resource-based policies: kept and shown; nothing is allowed or denied by them ----------------------------

MAX_POLICY_BYTES = 20 * 1024
_NO_POLICY = "NO_POLICY"  # what a request expects where there is none yet


def check_policy(policy: str) -> None:
    """Refuse a text that can be no policy: rbac-considerations.html of the guide for its size; the words are ours."""
    if len(policy.encode()) > MAX_POLICY_BYTES:
        raise Refused(f"The resource-based policy has more than {MAX_POLICY_BYTES} bytes.")
    try:
        is_policy = isinstance(json.loads(policy), dict)
    except (ValueError, RecursionError):
        is_policy = False
    if not is_policy:
        raise Refused("The resource-based policy is no JSON object.")


def check_put_policy(request: dict) -> None:
    check_policy(request["Policy"])


def _check_revision(table: TableState, expected: str | None) -> None:
    """Refuse a change of a policy that has another revision than the request expects."""
    if expected is None:
        return
    there = table.policy and table.policy[1]
    if expected == _NO_POLICY and there:
        raise _no_policy(
            f"Requested policy update expecting none to be present for table {table.name}, "
            f"but a policy exists with revision id {there}."
        )
    if expected != _NO_POLICY and there is None:
        raise _no_policy(table.arn)
    if expected not in (_NO_POLICY, there):
        raise _no_policy(
            f"Requested update for policy with revision id {expected}, but the policy associated to target table "
            f"{table.name} has revision id {there}."
        )


def _no_policy(told: str) -> Refused:
    return Refused(
        f"Resource-based policy not found for the provided ResourceArn: {told}", "PolicyNotFoundException"
    )


def put_resource_policy(service, request: dict, parsed: None) -> dict:
    table = service.find(request["ResourceArn"])
    _check_revision(table, request.get("ExpectedRevisionId"))
    table.take_policy(request["Policy"])
    return {"RevisionId": table.policy[1]}


def get_resource_policy(service, request: dict, parsed: None) -> dict:
    table = service.find(request["ResourceArn"])
    if table.policy is None:
        raise _no_policy(request["ResourceArn"])
    return dict(zip(("Policy", "RevisionId"), table.policy, strict=True))


def delete_resource_policy(service, request: dict, parsed: None) -> dict:
    table = service.find(request["ResourceArn"])
    _check_revision(table, request.get("ExpectedRevisionId"))
    gone, table.policy = table.policy, None
    return {"RevisionId": gone[1]} if gone else {}


# --- point-in-time recovery ----------------------------------------------------------------------------------


def recoverable(service, name: str, told: str = "") -> TableState:
    """The table of this name or ARN, for backups: these have an error of their own for one that is not there.

    Args:
        told: what that error names; "" for the table's name.
    """
    short = short_name(name)
    if short not in service.tables or service.tables[short].status == "CREATING":
        raise _no_table(told or short)
    return service.tables[short]


def copyable(service, name: str, told: str = "") -> TableState:
    """The table of this name or ARN, to make a copy of: one that is being deleted is gone already."""
    table = recoverable(service, name, told)
    if table.status == "DELETING":
        raise _no_table(told or table.name)
    return table


def _no_table(name: str) -> Refused:
    return Refused(f"Table not found: {name}", "TableNotFoundException")


def update_continuous_backups(service, request: dict, parsed: None) -> dict:
    table = recoverable(service, request["TableName"])
    wanted = request["PointInTimeRecoverySpecification"]
    on, days = wanted["PointInTimeRecoveryEnabled"], wanted.get("RecoveryPeriodInDays")
    if not on:
        table.recovery = None
    elif table.recovery:
        table.recovery.days = days or table.recovery.days
    else:
        table.recovery = History(days or DAYS)
    return describe_continuous_backups(service, request, parsed)


def describe_continuous_backups(service, request: dict, parsed: None) -> dict:
    table = recoverable(service, request["TableName"])
    told: dict = {"PointInTimeRecoveryStatus": "ENABLED" if table.recovery else "DISABLED"}
    if table.recovery:
        told |= {
            "RecoveryPeriodInDays": table.recovery.days,
            "EarliestRestorableDateTime": table.recovery.earliest,
            "LatestRestorableDateTime": table.recovery.latest,
        }
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": told,
        }
    }


def restorable(service, name: str, told: str = "") -> TableState:
    """The table of this name or ARN; refuse one that is not there, as `told`, or whose recovery is off."""
    table = copyable(service, name, told)
    if not table.recovery:
        raise Refused(
            f"Point in time recovery is not enabled for table '{table.name}'",
            "PointInTimeRecoveryUnavailableException",
        )
    return table


def check_continuous_backups(request: dict) -> None:
    wanted = request["PointInTimeRecoverySpecification"]
    if not wanted["PointInTimeRecoveryEnabled"] and "RecoveryPeriodInDays" in wanted:
        raise Refused(
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
        )


# --- the account ---------------------------------------------------------------------------------------------


def describe_limits(service, request: dict, parsed: None) -> dict:
    return {
        "AccountMaxReadCapacityUnits": ACCOUNT_UNITS,
        "AccountMaxWriteCapacityUnits": ACCOUNT_UNITS,
        "TableMaxReadCapacityUnits": TABLE_UNITS,
        "TableMaxWriteCapacityUnits": TABLE_UNITS,
    }


def describe_endpoints(service, request: dict, parsed: None) -> dict:
    address = f"dynamodb.{service.region}.amazonaws.com"
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": 1440}]}
