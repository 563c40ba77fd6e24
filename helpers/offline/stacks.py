"""What a stack of CloudFormation does where moto would raise or lose data. Imported with its first request.

Source: CloudFormation User Guide, Understand CloudFormation stack creation events; Stack update behaviors; Template
Reference, DeletionPolicy and UpdateReplacePolicy attributes.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from yaml import YAMLError

from helpers.offline.templates import GlobalTable, Table

models_stack = models.Stack  # moto's own, while ours stands in its place
KEPT = ("Retain", "RetainExceptOnCreate")
# Parameters of the requests about stacks that moto passes over, and the only value with which they say nothing.
_PASSED_OVER = {
    "DisableRollback": "false",
    "OnFailure": "ROLLBACK",
    "OnStackFailure": "ROLLBACK",
    "RetainExceptOnCreate": "false",
    "RetainResources": "[]",
    "DeletionMode": "STANDARD",
    "ImportExistingResources": "false",
    "ResourcesToImport": "[]",
}
_ASKING = ("create_stack", "update_stack", "delete_stack", "create_change_set", "execute_change_set")


class Stack(models.Stack):
    """A stack whose refusals are events, and whose updates lose nothing before they have succeeded."""

    @staticmethod
    def parse_template(template: str) -> dict:
        try:
            told = models_stack.parse_template(template)
        except (ValueError, YAMLError):
            raise ValidationError(message="Template format error: it is neither JSON nor YAML.") from None
        resources = told.get("Resources") if isinstance(told, dict) else None
        if not isinstance(resources, dict) or not all(isinstance(one, dict) for one in resources.values()):
            raise ValidationError(message="Template format error: Resources is no object of objects.")
        if lacking := [name for name, one in resources.items() if "Type" not in one]:
            raise ValidationError(message=f"Template format error: [/Resources/{lacking[0]}] has no Type.")
        return told

    def tell(self, name: str, kind: str, status: str, physical: str = "", reason: str | None = None) -> None:
        """Add an event of a resource."""
        about = (self.stack_id, self.name, name, physical, kind, status, reason, None)
        self.events.append(models.Event(*about))

    @property
    def exports(self) -> list:
        """Its exports; making them makes resources, and what is refused there `create_resources` will tell."""
        Table.at_work = (Table.at_work[0], self)
        try:
            return super().exports
        except Exception:
            return []

    def create_resources(self) -> None:
        """Make everything, or roll back."""
        Table.at_work = (Table.at_work[0], self)
        self.status = "CREATE_IN_PROGRESS"
        try:
            super().create_resources()
        except Exception as error:
            self._tell_failure(error, self.template_dict["Resources"], "CREATE")
            self._add_stack_event("ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create.")
            resources = [
                one
                for one in self.resource_map._parsed_resources.values()
                if hasattr(one, "physical_resource_id")
            ]
            failed = [one for one in reversed(resources) if not self._delete(one)]
            self._end("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE")

    def update(self, template, role_arn=None, parameters=None, tags=None) -> None:
        """Change what the template changes; on a refusal everything is as it was."""
        Table.at_work = (Table.at_work[0], self)
        wanted, before = self.parse_template(template), self._state()
        if (
            wanted == self.template_dict
            and (not parameters or parameters == self.parameters)
            and tags in (None, {}, self.tags)
        ):
            raise ValidationError(message="No updates are to be performed.")
        known, there = wanted.get("Resources") or {}, self.template_dict["Resources"]
        if changed := sorted(n for n in known if n in there and known[n].get("Type") != there[n].get("Type")):
            raise ValidationError(
                message="Update of resource type is not permitted. The new template modifies resource type of the "
                f"following resources: [{', '.join(changed)}]"
            )
        self._add_stack_event("UPDATE_IN_PROGRESS", "User Initiated")
        resources = self.resource_map
        moves = resources.build_resource_diff(wanted, parameters)
        done: list[str] = []
        self.template, self.template_dict, self.tags = template, wanted, self.tags if tags is None else tags
        name = ""
        try:
            self._read(wanted, parameters)
            for name in moves["Add"]:
                done.append(name) if resources[name] is not None else None
            for name in moves["Modify"]:
                done.append(name)
                self._modify(name)
            self.output_map = self._outputs()
        except Exception as error:
            self._tell_failure(error, known, "UPDATE", name)
            self._roll_back(before, done, moves)
            return
        self._add_stack_event("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(before, moves, known)
        self.role_arn, self.parameters = role_arn, parameters or self.parameters
        self.status = "UPDATE_COMPLETE"
        self._add_stack_event("UPDATE_COMPLETE")

    def delete(self) -> None:
        """Delete what the template does not retain; a table that stays makes the stack DELETE_FAILED."""
        self._add_stack_event("DELETE_IN_PROGRESS", "User Initiated")
        failed = []
        for name, about in reversed(self.resource_map._resource_json_map.items()):
            resource = self.resource_map._parsed_resources.get(name)
            if resource is None:
                continue
            if about.get("DeletionPolicy") in KEPT:
                self.tell(
                    name, about["Type"], "DELETE_SKIPPED", getattr(resource, "physical_resource_id", "")
                )
            elif self._delete(resource, about):
                del self.resource_map._parsed_resources[name]
            else:
                failed.append(name)
        if failed:
            self.status = "DELETE_FAILED"
            reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            self._add_stack_event(self.status, reason)
        else:
            self._end("DELETE_COMPLETE")

    # --- steps -----------------------------------------------------------------------------------------------

    def _state(self) -> tuple:
        resources = self.resource_map
        old = (self.template, self.template_dict, self.tags, resources.input_parameters)
        return *old, dict(resources._parsed_resources), dict(resources.resolved_parameters)

    def _read(self, template: dict, parameters: dict | None) -> None:
        resources = self.resource_map
        resources._template, resources._resource_json_map = template, template["Resources"]
        if parameters:
            resources.input_parameters = parameters
        resources.resolved_parameters = {}
        resources.load()

    def _outputs(self):
        made = self._create_output_map()
        list(made.values())
        return made

    def _modify(self, name: str) -> None:
        resources, about = self.resource_map, self.resource_map._resource_json_map[name]
        old = resources._parsed_resources.get(name)
        if old is None:  # a condition that was false
            resources[name]
            return
        self.tell(name, about["Type"], "UPDATE_IN_PROGRESS", getattr(old, "physical_resource_id", ""))
        new = parsing.parse_and_update_resource(name, about, resources, self.account_id, self.region_name)
        resources._parsed_resources[name] = new or old
        self.tell(name, about["Type"], "UPDATE_COMPLETE", getattr(new or old, "physical_resource_id", ""))

    def _roll_back(self, before: tuple, done: list[str], moves: dict) -> None:
        self._add_stack_event("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update.")
        self.template, self.template_dict, self.tags, parameters, there, _ = before
        now = dict(self.resource_map._parsed_resources)
        self._read(self.template_dict, parameters)
        self.resource_map._parsed_resources.update(there)
        for name in reversed(done):
            old, new = there.get(name), now.get(name)
            if old is None or new is not old:
                self._delete(new)
                if old is None:
                    self.resource_map._parsed_resources.pop(name, None)
            else:
                try:
                    self._modify(name)
                except Exception as error:
                    self._tell_failure(error, self.template_dict["Resources"], "UPDATE", name)
        self.output_map = self._outputs()
        self.status = "UPDATE_ROLLBACK_COMPLETE"
        self._add_stack_event(self.status)

    def _clean_up(self, before: tuple, moves: dict, wanted: dict) -> None:
        old_template, there = before[1]["Resources"], before[4]
        for name in moves["Remove"]:
            self.resource_map._parsed_resources.pop(name, None)
            if name in there and old_template[name].get("DeletionPolicy") not in KEPT:
                self._delete(there[name], old_template[name])
        for name in moves["Modify"]:
            new = self.resource_map._parsed_resources.get(name)
            replaced = getattr(new, "replaces", None)
            if replaced is not None:
                new.replaces = None
                if wanted[name].get("UpdateReplacePolicy") not in KEPT:
                    self._delete(replaced, wanted[name])

    def _delete(self, resource, about: dict | None = None) -> bool:
        """Delete a resource; False where it stays, which an event tells."""
        if resource is None or isinstance(resource, str):
            return True
        name, kind = resource.logical_resource_id, getattr(resource, "cf_resource_type", "")
        physical = resource.physical_resource_id
        about = about or {"Type": kind, "Properties": {}}
        self.tell(name, kind, "DELETE_IN_PROGRESS", physical)
        try:
            self.resource_map._delete_resource(resource, about)
        except Exception as error:
            self.tell(name, kind, "DELETE_FAILED", physical, _reason(error))
            return False
        self.tell(name, kind, "DELETE_COMPLETE", physical)
        return True

    def _tell_failure(self, error: Exception, known: dict, what: str, name: str = "") -> None:
        """An event of the resource that failed: the one that is in progress, or that has not been made."""
        made = self.resource_map._parsed_resources
        name = name or next((one for one in known if one not in made), self.name)
        kind = known.get(name, {}).get("Type", "AWS::CloudFormation::Stack")
        physical = getattr(made.get(name), "physical_resource_id", "")
        if what == "UPDATE" and name not in made:
            what = "CREATE"
        self.tell(name, kind, f"{what}_FAILED", physical, _reason(error))

    def _end(self, status: str) -> None:
        """Nothing is left; moto would make a resource again when somebody looks at its outputs."""
        self.resource_map._resource_json_map = {}
        self.output_map = models.OutputMap(self.resource_map, {}, self.stack_id)
        self.status = status
        self._add_stack_event(status)


def _reason(error: Exception) -> str:
    """An event's words; a template that is not of its resource's form meets Python's errors first."""
    if isinstance(error, AttributeError | KeyError | TypeError):
        return "Properties validation failed: a property is of the wrong type, or a member of it is missing."
    return str(getattr(error, "message", None) or error) or type(error).__name__


def delete_stack(self, name_or_stack_id: str) -> None:
    """In moto's backend: a stack whose deletion failed stays."""
    for stack in list(self.stacks.values()):
        if name_or_stack_id in (stack.name, stack.stack_id):
            if stack.enable_termination_protection in (True, "true"):
                raise ValidationError(
                    message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
                )
            Table.at_work = (Table.at_work[0], stack)
            exports = [export.name for export in stack.exports]
            stack.delete()
            if stack.status == "DELETE_FAILED":
                continue
            self.deleted_stacks[stack.stack_id] = self.stacks.pop(stack.stack_id)
            for export in exports:
                self.exports.pop(export, None)


def execute_change_set(self, change_set_name: str, stack_name: str | None = None) -> None:
    """In moto's backend: a change set fails as a stack's creation or update does."""
    chosen = self.describe_change_set(change_set_name)
    stack = self.stacks[chosen.stack_id]
    if chosen.change_set_type == "CREATE":
        stack._add_stack_event("CREATE_IN_PROGRESS", resource_status_reason="User Initiated")
        stack.template, stack.parameters = chosen.template, chosen.parameters
        stack._parse_template()
        stack.resource_map = stack._create_resource_map()
        stack.output_map = stack._create_output_map()
        stack.create_resources()
    else:
        stack.update(chosen.template, parameters=chosen.parameters)
    chosen.execution_status = (
        "EXECUTE_COMPLETE" if stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE") else "EXECUTE_FAILED"
    )


def read_only(template: str) -> list:
    """ValidateTemplate without the linter: the template is read, and no more."""
    Stack.parse_template(template)
    return []


def refusing(asked: Callable) -> Callable:
    """The same request of moto's, which refuses what would be passed over."""

    def refuse_or_ask(self):
        for name, nothing in _PASSED_OVER.items():
            given = self._get_param(name)
            if given is not None and str(given).lower() != nothing.lower():
                raise ValidationError(message=f"The offline service has no {name} of a stack.")
        return asked(self)

    return refuse_or_ask


@contextmanager
def tables_of(service) -> Iterator[None]:
    """Inside, the tables of CloudFormation's stacks are those of `service`; one request at a time."""
    kinds = {"AWS::DynamoDB::Table": Table, "AWS::DynamoDB::GlobalTable": GlobalTable}
    with ExitStack() as swaps:
        swaps.enter_context(patch.dict(parsing.get_model_map(), kinds))
        swaps.enter_context(patch.object(models, "Stack", Stack))
        swaps.enter_context(patch.object(models, "validate_template_cfn_lint", read_only))
        swaps.enter_context(patch.object(models.CloudFormationBackend, "delete_stack", delete_stack))
        swaps.enter_context(
            patch.object(models.CloudFormationBackend, "execute_change_set", execute_change_set)
        )
        for name in _ASKING:
            asked = refusing(getattr(CloudFormationResponse, name))
            swaps.enter_context(patch.object(CloudFormationResponse, name, asked))
        swaps.enter_context(patch.object(Table, "at_work", (service, None)))
        yield
