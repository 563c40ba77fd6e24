"""Tables of CloudFormation templates: AWS::DynamoDB::Table on moto's CloudFormation, made by the offline service.

moto reads the template, its parameters and functions, and makes all other resources. Ours are the tables, and what a
stack does where moto would raise or lose data: a refusal is an event and ends in a rollback, a replacement is made
before the old table goes, and what a template says to retain stays.

Source: CloudFormation Template Reference, AWS::DynamoDB::Table ("Update requires" of each property), DeletionPolicy
and UpdateReplacePolicy. moto is imported with the first request.
"""

import copy
import json

from botocore.model import Shape

from helpers.offline import forms

REPLACING = ("TableName", "KeySchema", "LocalSecondaryIndexes")  # and the type of a key attribute
_CREATED = """AttributeDefinitions KeySchema BillingMode ProvisionedThroughput OnDemandThroughput WarmThroughput
    GlobalSecondaryIndexes LocalSecondaryIndexes StreamSpecification SSESpecification TableClass Tags
    DeletionProtectionEnabled""".split()
# In the order in which they are changed: what is refused when it is changed back soon comes last.
_UPDATED = """BillingMode ProvisionedThroughput OnDemandThroughput WarmThroughput TableClass SSESpecification
    StreamSpecification DeletionProtectionEnabled""".split()
_BESIDE = ("Tags", "ResourcePolicy", "PointInTimeRecoverySpecification", "TimeToLiveSpecification")
_ONE_INDEX = "Cannot perform more than one GSI creation or deletion in a single update"
_NAMED = (
    "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
    "Rename {name} and update the stack again."
)
_NO_GLOBAL = "The offline service makes no AWS::DynamoDB::GlobalTable: use AWS::DynamoDB::Table."


class Failed(Exception):
    """A resource cannot be made, changed or deleted: the reason, as a stack event tells it."""


class Table:
    """A table of a stack, as moto's CloudFormation knows its resources.

    Attributes:
        name: the table's name, which Ref gives.
        properties: what the template says of it, as the service's requests name it.
        service: the offline service whose table it is.
        replaces: the table that this one replaces until the stack's update is complete.
    """

    at_work: "tuple" = ()  # the service and the stack that a request is about
    cf_resource_type = logical_resource_id = ""

    def __init__(self, name: str, properties: dict, service, replaces: "Table | None" = None) -> None:
        self.name, self.properties, self.service, self.replaces = name, properties, service, replaces

    # --- what moto asks ----------------------------------------------------------------------------------

    @property
    def physical_resource_id(self) -> str:
        return self.name

    def is_created(self) -> bool:
        return True

    @staticmethod
    def has_cfn_attr(attribute: str) -> bool:
        return attribute in ("Arn", "StreamArn")

    def get_cfn_attribute(self, attribute: str) -> str:
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        member = {"Arn": "TableArn", "StreamArn": "LatestStreamArn"}.get(attribute)
        told = self._ask("DescribeTable")["Table"]
        if member not in told:
            raise UnformattedGetAttTemplateException
        return told[member]

    @classmethod
    def create_from_cloudformation_json(cls, name, template, account, region, LogicalId="", **_) -> "Table":
        service, stack = cls.at_work
        stack.tell(LogicalId, template["Type"], "CREATE_IN_PROGRESS", name)
        table = cls(name, _properties(template["Properties"], stack.tags), service)
        table.create(
            {
                "aws:cloudformation:stack-name": stack.name,
                "aws:cloudformation:stack-id": stack.stack_id,
                "aws:cloudformation:logical-id": LogicalId,
            }
        )
        stack.tell(LogicalId, template["Type"], "CREATE_COMPLETE", name)
        return table

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ) -> "Table":
        old, (_, stack) = original_resource, cls.at_work
        given = cloudformation_json["Properties"]
        wanted = _properties(given, stack.tags)
        named = "TableName" in given
        if not (old.must_be_replaced(wanted) or named and given["TableName"] != old.name):
            old.change(wanted)
            return old
        if named and given["TableName"] == old.name:
            raise Failed(_NAMED.format(name=old.name))
        new = cls.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name, old.logical_resource_id
        )
        new.replaces = old
        return new

    def delete(self, account: str = "", region: str = "") -> None:
        """Delete the table; one that is gone already is no failure."""
        if self.name in self.service.tables:
            self._ask("DeleteTable")
            self._settle()

    # --- the table itself ------------------------------------------------------------------------------------

    def create(self, tags: dict[str, str]) -> None:
        """Make it with all its settings, or leave nothing.

        Raises:
            Failed: the service refuses something.
        """
        self._ask(
            "CreateTable", **{name: self.properties[name] for name in _CREATED if name in self.properties}
        )
        self._settle()
        self.service.tables[self.name].tags |= tags
        try:
            for name in _BESIDE[1:]:
                self._change_beside(name, None, self.properties.get(name))
        except Exception:  # also a property of the wrong form
            self.service.tables[self.name].protected = False
            self.delete()
            raise

    def must_be_replaced(self, wanted: dict) -> bool:
        """Whether other properties ask for another table, as the reference says."""
        old, new = (
            {one["AttributeName"]: one["AttributeType"] for one in told.get("AttributeDefinitions", [])}
            for told in (self.properties, wanted)
        )
        edited = any(old[name] != new[name] for name in old.keys() & new.keys())
        return edited or any(self.properties.get(name) != wanted.get(name) for name in REPLACING[1:])

    def change(self, wanted: dict) -> None:
        """Change the table in place, step by step; what was changed before a refusal is changed back.

        Raises:
            Failed: the service refuses a step.
        """
        before, reached = self.properties, dict(self.properties)
        for step in (self._change_units, self._change_rest, self._change_indexes, self._change_all_beside):
            try:
                step(reached, wanted)
            except Failed:
                if before is not wanted:
                    self._back(reached, before)
                raise
        self.properties = wanted

    def _back(self, reached: dict, before: dict) -> None:
        for step in (self._change_units, self._change_rest, self._change_indexes, self._change_all_beside):
            try:
                step(reached, before)
            except Failed:
                continue  # such as Time to Live, which is changed once an hour

    def _change_units(self, reached: dict, wanted: dict) -> None:
        """Billing and capacity of the table and of the indexes that stay."""
        asked = {
            name: wanted[name]
            for name in _UPDATED[:3]
            if wanted.get(name) != reached.get(name) and name in wanted
        }
        if wanted.get("BillingMode", "PROVISIONED") != reached.get("BillingMode", "PROVISIONED"):
            asked["BillingMode"] = wanted.get("BillingMode", "PROVISIONED")
        updates = [
            {
                "Update": {"IndexName": name}
                | {
                    key: index[key]
                    for key in ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
                    if key in index
                }
            }
            for name, index in _indexes(wanted).items()
            if name in _indexes(reached) and index != _indexes(reached)[name]
        ]
        if updates:
            asked["GlobalSecondaryIndexUpdates"] = updates
        if any(
            _shape(index) != _shape(_indexes(reached).get(name, index))
            for name, index in _indexes(wanted).items()
        ):
            raise Failed(_ONE_INDEX)
        self._update(asked)
        reached |= {name: wanted.get(name) for name in _UPDATED[:3]}
        if "GlobalSecondaryIndexes" in reached:
            reached["GlobalSecondaryIndexes"] = [
                _indexes(wanted).get(name, index) for name, index in _indexes(reached).items()
            ]

    def _change_rest(self, reached: dict, wanted: dict) -> None:
        off = {
            "TableClass": "STANDARD",
            "SSESpecification": {"Enabled": False},
            "StreamSpecification": {"StreamEnabled": False},
            "DeletionProtectionEnabled": False,
        }
        for name in _UPDATED[3:]:
            old, new = reached.get(name), wanted.get(name)
            if old == new or (new is None and name not in off):
                continue
            if name == "StreamSpecification" and old and new:  # the view type changes: off, then on
                self._update({name: off[name]})
            self._update({name: off[name] if new is None else new})
            reached[name] = new

    def _change_indexes(self, reached: dict, wanted: dict) -> None:
        old, new = _indexes(reached), _indexes(wanted)
        gone = [{"Delete": {"IndexName": name}} for name in old if name not in new]
        made = [{"Create": index} for name, index in new.items() if name not in old]
        if len(gone) + len(made) > 1:
            raise Failed(_ONE_INDEX)
        if gone or made:
            defined = {"AttributeDefinitions": wanted["AttributeDefinitions"]} if made else {}
            self._update(defined | {"GlobalSecondaryIndexUpdates": gone or made})
        reached["GlobalSecondaryIndexes"] = wanted.get("GlobalSecondaryIndexes", [])

    def _change_all_beside(self, reached: dict, wanted: dict) -> None:
        for name in _BESIDE:
            self._change_beside(name, reached.get(name), wanted.get(name))
            reached[name] = wanted.get(name)

    def _change_beside(self, name: str, old, new) -> None:
        """Settings that have operations of their own; None is a setting that the template does not name."""
        if old == new:
            return
        arn = self.service.arn(self.name)
        if name == "Tags":
            before, after = ({tag["Key"]: tag["Value"] for tag in tags or []} for tags in (old, new))
            if gone := sorted(before.keys() - after.keys()):
                self._ask("UntagResource", None, ResourceArn=arn, TagKeys=gone)
            if new:
                self._ask("TagResource", None, ResourceArn=arn, Tags=new)
        elif name == "ResourcePolicy" and new:
            self._ask("PutResourcePolicy", None, ResourceArn=arn, Policy=json.dumps(new["PolicyDocument"]))
        elif name == "ResourcePolicy":
            self._ask("DeleteResourcePolicy", None, ResourceArn=arn)
        elif name == "PointInTimeRecoverySpecification":
            self._ask("UpdateContinuousBackups", **{name: new or {"PointInTimeRecoveryEnabled": False}})
        else:
            off = {"AttributeName": (old or new)["AttributeName"], "Enabled": False}
            was, wish = (old or {}).get("Enabled", False), (new or {}).get("Enabled", False)
            if was != wish or (wish and old != new):
                self._ask("UpdateTimeToLive", **{name: new if wish else off})

    # --- asking ----------------------------------------------------------------------------------------------

    def _update(self, asked: dict) -> None:
        if asked:
            self._ask("UpdateTable", **asked)
            self._settle()

    def _settle(self) -> None:
        """Two looks: a state is over when it was seen."""
        for _ in range(2):
            self.service.answer("DescribeTable", {"TableName": self.name})

    def _ask(self, operation: str, name: str | None = "", **asked) -> dict:
        about = {} if name is None else {"TableName": self.name}
        status, body = self.service.answer(operation, copy.deepcopy(about | asked))
        if status != 200:
            told = body.get("message") or body.get("Message") or body["__type"].rpartition("#")[2]
            raise Failed(
                f'Resource handler returned message: "{told} (Service: DynamoDb, Status Code: {status})"'
            )
        return body


class GlobalTable:
    """AWS::DynamoDB::GlobalTable: refused in one sentence."""

    @staticmethod
    def has_cfn_attr(attribute: str) -> bool:
        return True

    @staticmethod
    def create_from_cloudformation_json(*_, **__):
        raise Failed(_NO_GLOBAL)

    update_from_cloudformation_json = create_from_cloudformation_json


def _indexes(properties: dict) -> dict[str, dict]:
    return {one["IndexName"]: one for one in properties.get("GlobalSecondaryIndexes") or []}


def _shape(index: dict) -> tuple:
    """What no update of an index can change."""
    return index.get("KeySchema"), index.get("Projection")


def _properties(given: dict, tags: dict[str, str]) -> dict:
    """A template's properties as the service's requests name and type them.

    Raises:
        Failed: there is no such property, or the offline service has not what it asks for.
    """
    known = {*_CREATED, *_BESIDE, "TableName"}
    for name, value in given.items():
        if name in (
            "ContributorInsightsSpecification",
            "KinesisStreamSpecification",
            "ImportSourceSpecification",
        ):
            if value != {"Enabled": False}:
                raise Failed(f"The offline service has no {name}.")
        elif name not in known:
            raise Failed(f"Encountered unsupported property {name}")
    given = copy.deepcopy(given)
    if isinstance(encryption := given.get("SSESpecification"), dict) and "SSEEnabled" in encryption:
        encryption["Enabled"] = encryption.pop("SSEEnabled")
    if isinstance(stream := given.get("StreamSpecification"), dict):
        stream["StreamEnabled"] = True
    told = {name: _typed(value, _shape_of(name)) for name, value in given.items() if name in known}
    own = {tag.get("Key"): tag.get("Value") for tag in told.get("Tags", [])}
    if all_tags := tags | own:
        told["Tags"] = [{"Key": key, "Value": value} for key, value in all_tags.items()]
    return told


def _shape_of(name: str) -> Shape | None:
    """The shape of a property in the service's requests; None where there is none."""
    for operation in ("CreateTable", "UpdateTimeToLive", "UpdateContinuousBackups"):
        members = forms.input_of(operation).members
        if name in members and name != "ResourcePolicy":
            return members[name]
    return None


def _typed(value, shape: Shape | None):
    """A value as its shape wants it: a template may write 5 as "5" and true as "true"."""
    if shape is None:
        return copy.deepcopy(value)
    if shape.type_name == "structure" and isinstance(value, dict):
        if unknown := sorted(value.keys() - shape.members.keys()):
            raise Failed(f"Encountered unsupported property {unknown[0]}")
        return {name: _typed(one, shape.members[name]) for name, one in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_typed(one, shape.member) for one in value]
    if shape.type_name == "boolean" and str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    if shape.type_name in ("long", "integer") and isinstance(value, str) and value.isdigit():
        return int(value)
    if shape.type_name == "string" and isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
