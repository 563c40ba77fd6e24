"""Answers to the exercises of lesson 09."""

import random
import time

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError, ReadTimeoutError

from helpers.exercises.engine import Answers

# --- 9.1 -----------------------------------------------------------------------------------------------------


def rename(table, employee_id, old, new):
    import random
    import time

    from botocore.exceptions import ClientError

    key = {"employeeId": employee_id}
    for attempt in range(8):
        read = table.get_item(Key=key, ConsistentRead=True)
        item = read.get("Item", {})
        projects = item.get("projects", [])
        if old not in projects:  # none such, or done: an answer was lost
            return new in projects
        try:
            table.update_item(
                Key=key,
                UpdateExpression="SET projects = :new, version = :next",
                ConditionExpression="version = :read",
                ExpressionAttributeValues={
                    ":new": [new if one == old else one for one in projects],
                    ":read": item["version"],
                    ":next": item["version"] + 1,
                },
            )
            return True
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise RuntimeError("others changed the employee each time")


def _read(table, employee_id):
    answer = table.get_item(Key={"employeeId": employee_id}, ConsistentRead=True)
    return {"projects": [], "version": 0} | answer.get("Item", {})


def _refused(call, **request):
    """Whether the condition of a write failed."""
    try:
        call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return True
    return False


def _new_list(item, old, new):
    return [new if one == old else one for one in item["projects"]]


def _update(item, old, new, condition=None, raised=1, key="employeeId"):
    request = {
        "Key": {"employeeId": item[key]},
        "UpdateExpression": "SET projects = :new, version = :next",
        "ExpressionAttributeValues": {":new": _new_list(item, old, new), ":next": item["version"] + raised},
    }
    return request | ({"ConditionExpression": condition} if condition else {})


def _without_a_condition(table, employee_id, old, new):
    item = _read(table, employee_id)
    if old not in item["projects"]:
        return new in item["projects"]
    table.update_item(**_update(item, old, new))
    return True


def _puts_the_whole_item(table, employee_id, old, new):
    item = _read(table, employee_id)
    if old not in item["projects"]:
        return new in item["projects"]
    table.put_item(Item={**item, "projects": _new_list(item, old, new), "version": item["version"] + 1})
    return True


def _by_place(table, employee_id, old, new):
    item = _read(table, employee_id)
    if old not in item["projects"]:
        return new in item["projects"]
    table.update_item(
        Key={"employeeId": employee_id},
        UpdateExpression=f"SET projects[{item['projects'].index(old)}] = :new ADD version :one",
        ExpressionAttributeValues={":new": new, ":one": 1},
    )
    return True


def _by_version(tries, found_again=False, raised=1):
    """Optimistic, so many times; `found_again` says what is returned when the old name is not there."""

    def answer(table, employee_id, old, new):
        for _ in range(tries):
            item = _read(table, employee_id)
            if old not in item["projects"]:
                return new in item["projects"] if found_again else False
            if not _refused(
                table.update_item, **_update(item, old, new, Attr("version").eq(item["version"]), raised)
            ):
                return True
        return False

    return answer


def _stumbles_over_its_own(table, employee_id, old, new):
    """Right on a good day: after its own repetition it looks for a name that is not there any more."""
    first = _read(table, employee_id)
    if old not in first["projects"]:
        return False
    while True:
        item = _read(table, employee_id)
        item["projects"][item["projects"].index(old)] = new
        values = {":new": item["projects"], ":read": item["version"], ":next": item["version"] + 1}
        request = {
            "Key": {"employeeId": employee_id},
            "UpdateExpression": "SET projects = :new, version = :next",
            "ConditionExpression": "version = :read",
            "ExpressionAttributeValues": values,
        }
        if not _refused(table.update_item, **request):
            return True


def _lets_the_refusal_through(table, employee_id, old, new):
    item = _read(table, employee_id)
    if old not in item["projects"]:
        return new in item["projects"]
    table.update_item(**_update(item, old, new, Attr("version").eq(item["version"])))
    return True


def _by_the_list(table, employee_id, old, new):
    """Its condition is the list itself."""
    while True:
        item = _read(table, employee_id)
        if old not in item["projects"]:
            return new in item["projects"]
        request = {
            "Key": {"employeeId": employee_id},
            "UpdateExpression": "SET projects = :new ADD version :one",
            "ConditionExpression": "projects = :old",
            "ExpressionAttributeValues": {
                ":new": _new_list(item, old, new),
                ":old": item["projects"],
                ":one": 1,
            },
        }
        if not _refused(table.update_item, **request):
            return True


def _by_the_place_as_read(table, employee_id, old, new):
    """Its condition is that the old name is still at its place."""
    for _ in range(20):
        item = _read(table, employee_id)
        if old not in item["projects"]:
            return new in item["projects"]
        place = item["projects"].index(old)
        request = {
            "Key": {"employeeId": employee_id},
            "UpdateExpression": f"SET projects[{place}] = :new ADD version :one",
            "ConditionExpression": f"projects[{place}] = :old",
            "ExpressionAttributeValues": {":new": new, ":old": old, ":one": 1},
        }
        if not _refused(table.update_item, **request):
            return True
    raise RuntimeError("busy")


def _everybody_has_projects(table, employee_id, old, new):
    answer = table.get_item(Key={"employeeId": employee_id}, ConsistentRead=True)
    if "Item" in answer and old not in answer["Item"]["projects"]:
        return new in answer["Item"]["projects"]
    return rename(table, employee_id, old, new)


def _puts_guarded_by_the_list(table, employee_id, old, new):
    """Its condition is the list, and it writes all the rest over, too."""
    while True:
        item = _read(table, employee_id)
        if old not in item["projects"]:
            return new in item["projects"]
        changed = {**item, "projects": _new_list(item, old, new), "version": item["version"] + 1}
        if not _refused(
            table.put_item, Item=changed, ConditionExpression=Attr("projects").eq(item["projects"])
        ):
            return True


def _creates_who_is_missing(table, employee_id, old, new):
    item = {"projects": [], "version": 0} | _read(table, employee_id)
    if old not in item["projects"] and "employeeId" in item:
        return new in item["projects"]
    if "employeeId" not in item:
        table.put_item(Item={"employeeId": employee_id, "projects": []})
        return False
    return rename(table, employee_id, old, new)


def _returns_nothing(table, employee_id, old, new):
    rename(table, employee_id, old, new)


RENAME = Answers(
    solution=rename,
    wrong=(
        (_without_a_condition, "put a project at the front of the list between your read and your write"),
        (_puts_the_whole_item, "put a project at the front of the list between your read and your write"),
        (_by_place, "put a project at the front of the list meanwhile, and now it is"),
        (_by_version(1), "a colleague came between one time, and the project has its old name"),
        (_by_version(2), "a colleague came between two times, and the project has its old name"),
        (_by_version(8), "the answer of your first write was lost, and it returned False"),
        (
            _stumbles_over_its_own,
            "the answer of your first write was lost, and your function raised ValueError",
        ),
        (
            _lets_the_refusal_through,
            "a colleague came between your read and your write, and DynamoDB refused",
        ),
        (_by_version(8, True, raised=0), "version is still"),
        (_everybody_has_projects, "an employee has no projects at all, and your function raised KeyError"),
        (_puts_guarded_by_the_list, "changed jobTitle between your read and your write, and that change is"),
        (_creates_who_is_missing, "there was no E-999, and now there is"),
        (_returns_nothing, "it returned None, and the project has its new name"),
        (
            lambda table, employee_id, old, new: rename(table, employee_id, old, new + "!"),
            "the projects are [",
        ),
        (lambda table, employee_id, old, new: True, "the projects of the employee are as before"),
        (lambda *given: rename(*given) and ..., "the dots are still in the return line"),
    ),
    right=(_by_the_list, _by_the_place_as_read, _by_version(8, True)),
)

# --- 9.2 -----------------------------------------------------------------------------------------------------


def hire(client, employee):
    import random
    import time

    from boto3.dynamodb.types import TypeDeserializer
    from botocore.exceptions import ClientError

    mark = {"employeeId": "email#" + employee["email"]}
    mark["owner"] = employee["employeeId"]
    puts = [
        {
            "Put": {
                "TableName": "Employees",
                "Item": item,
                "ConditionExpression": "attribute_not_exists(employeeId)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }
        for item in (employee, mark)
    ]
    busy = {
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    }
    for attempt in range(8):
        try:
            client.transact_write_items(TransactItems=puts)
            return "stored"
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", [])
            codes = {reason["Code"] for reason in reasons}
            if not codes & (busy | {"ConditionalCheckFailed"}):
                raise
        if not codes & busy:
            break
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
    else:
        raise RuntimeError("other transactions came between each time")
    stored = [TypeDeserializer().deserialize({"M": reason.get("Item", {})}) for reason in reasons]
    if stored == [employee, mark]:  # both are ours: an answer was lost
        return "stored"
    return "id taken" if stored[0] else "e-mail taken"


_NEW = "attribute_not_exists(employeeId)"


def _puts(employee, owner=True, **more):
    mark = {"employeeId": "email#" + employee["email"]}
    if owner:
        mark["owner"] = employee["employeeId"]
    return [
        {"Put": {"TableName": "Employees", "Item": item, "ConditionExpression": _NEW, **more}}
        for item in (employee, mark)
    ]


def _codes(client, **request):
    """The codes of the CancellationReasons; none if the transaction was made."""
    try:
        client.transact_write_items(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        return [reason["Code"] for reason in error.response["CancellationReasons"]]
    return []


def _never_its_own(client, employee):
    codes = _codes(client, TransactItems=_puts(employee))
    if not codes:
        return "stored"
    return "id taken" if codes[0] == "ConditionalCheckFailed" else "e-mail taken"


def _says_stored_always(client, employee):
    _codes(client, TransactItems=_puts(employee))
    return "stored"


def _looks_first(client, employee):
    for key, told in ((employee["employeeId"], "id taken"), ("email#" + employee["email"], "e-mail taken")):
        if "Item" in client.get_item(TableName="Employees", Key={"employeeId": key}, ConsistentRead=True):
            return told
    mark = {"employeeId": "email#" + employee["email"]}
    for item in (employee, mark):
        client.put_item(TableName="Employees", Item=item)
    return "stored"


def _one_after_the_other(clean):
    """Two conditional puts; `clean` says whether the mark is taken away where the id is taken."""

    def answer(client, employee):
        mark, names = (
            _puts(employee)[1]["Put"]["Item"],
            {"TableName": "Employees", "ConditionExpression": _NEW},
        )
        if _refused(client.put_item, Item=mark, **names):
            return "e-mail taken"
        if _refused(client.put_item, Item=employee, **names):
            if clean:
                client.delete_item(TableName="Employees", Key={"employeeId": mark["employeeId"]})
            return "id taken"
        return "stored"

    return answer


def _knows_its_mark_alone(client, employee):
    """Compares the mark with its own, and not the employee."""
    mark, names = _puts(employee)[1]["Put"]["Item"], {"TableName": "Employees", "ConditionExpression": _NEW}
    key = {"employeeId": mark["employeeId"]}
    if _refused(client.put_item, Item=mark, **names):
        answer = client.get_item(TableName="Employees", Key=key, ConsistentRead=True)
        if answer["Item"] != mark:
            return "e-mail taken"
    if _refused(client.put_item, Item=employee, **names):
        client.delete_item(TableName="Employees", Key=key)
        return "id taken"
    return "stored"


def _by_scan(client, employee):
    people = client.scan(TableName="Employees", ConsistentRead=True)["Items"]
    if any(one.get("email") == employee["email"] and one != employee for one in people):
        return "e-mail taken"
    return hire(client, employee)


def _without_conditions(client, employee):
    for put in _puts(employee):
        client.put_item(TableName="Employees", Item=put["Put"]["Item"])
    return "stored"


def _without_a_mark(client, employee):
    taken = _refused(client.put_item, TableName="Employees", Item=employee, ConditionExpression=_NEW)
    return "id taken" if taken else "stored"


def _mixes_them_up(client, employee):
    told = hire(client, employee)
    return {"id taken": "e-mail taken", "e-mail taken": "id taken"}.get(told, told)


def _by_token(client, employee):
    """The same token for the same employee: within ten minutes DynamoDB knows the repetition."""
    token = employee["employeeId"]
    try:
        codes = _codes(client, TransactItems=_puts(employee), ClientRequestToken=token)
    except ClientError as error:
        if error.response["Error"]["Code"] != "IdempotentParameterMismatchException":
            raise
        codes = _codes(client, TransactItems=_puts(employee))
    if not codes:
        return "stored"
    return "id taken" if codes[0] == "ConditionalCheckFailed" else "e-mail taken"


def _reads_after_the_refusal(of_whom, repeats=True):
    """Reads what is there; `of_whom` says whether it is what this call asked for."""

    def answer(client, employee):
        puts = _puts(employee)
        codes = (_again_after_conflicts if repeats else _codes)(client, TransactItems=puts)
        if not codes:
            return "stored"
        mark = puts[1]["Put"]["Item"]
        keys = [{"employeeId": one["employeeId"]} for one in (employee, mark)]
        found = [client.get_item(TableName="Employees", Key=key, ConsistentRead=True) for key in keys]
        met = [one.get("Item") for one in found]
        if of_whom(met, employee, mark):
            return "stored"
        return "id taken" if met[0] else "e-mail taken"

    return answer


def _believes_the_first_reason(client, employee):
    """Repeats only where a conflict is all there is."""
    codes = _codes(client, TransactItems=_puts(employee))
    if "TransactionConflict" in codes and _FAILED in codes:
        return "e-mail taken"
    return hire(client, employee)


HIRE = Answers(
    solution=hire,
    wrong=(
        (
            _never_its_own,
            "4 times until boto3 gave up: your function was called again, and the employee and the mark",
        ),
        (_says_stored_always, "the address was taken, and it returned 'stored'"),
        (
            _looks_first,
            "somebody else took the address between your look and your write, and now two have it",
        ),
        (_one_after_the_other(False), "the id was taken, and email#"),
        (
            _one_after_the_other(True),
            "the answer of your first write was lost, and the employee is not in the table",
        ),
        (
            _knows_its_mark_alone,
            "the answer of your second write was lost, and there is no item with the key email#",
        ),
        (_by_scan, "it scanned the table"),
        (
            _by_token,
            "your function was called again an hour later, and the employee and the mark are stored, and it returned 'id taken'",
        ),
        (
            _reads_after_the_refusal(lambda met, employee, mark: met == [employee, mark], repeats=False),
            "another transaction came between and yours was cancelled, and the employee is not",
        ),
        (
            _reads_after_the_refusal(lambda met, employee, mark: met[0] == employee),
            "the address is marked as somebody else's, and it returned 'stored'",
        ),
        (
            _reads_after_the_refusal(lambda met, employee, mark: met[1] == mark),
            "another name under this id and address is stored, and it returned 'stored'",
        ),
        (_believes_the_first_reason, "the employee's own transaction was still going on, and"),
        (_without_conditions, "the address was taken, and E-"),
        (_without_a_mark, "there is no item with the key email#"),
        (_mixes_them_up, "the address was taken, and it returned 'id taken'"),
        (lambda client, employee: hire(client, {**employee, "active": True}), "the employee is stored as {"),
        (lambda client, employee: hire(client, employee) and None, "and it returned None"),
        (lambda client, employee: hire(client, employee) and ..., "the dots are still in the return line"),
        (lambda client, employee: "stored", "the employee is not in the table, and it returned 'stored'"),
    ),
    right=(_reads_after_the_refusal(lambda met, employee, mark: met == [employee, mark]),),
)

# --- 9.3 -----------------------------------------------------------------------------------------------------


def pay(client, payment_id, payer, payee, amount):
    import random
    import time

    from botocore.exceptions import ClientError

    payment = {"employeeId": "payment#" + payment_id}
    actions = [
        {
            "Put": {
                "TableName": "Employees",
                "Item": payment,
                "ConditionExpression": "attribute_not_exists(employeeId)",
            }
        }
    ]
    for one, change in ((payer, -amount), (payee, amount)):
        update = {
            "TableName": "Employees",
            "Key": {"employeeId": one},
            "UpdateExpression": "ADD credit :change",
            "ConditionExpression": "credit >= :needed",
            "ExpressionAttributeValues": {
                ":change": change,
                ":needed": max(-change, 0),
            },
        }
        actions.append({"Update": update})
    busy = {
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    }
    for attempt in range(8):
        try:
            client.transact_write_items(TransactItems=actions)
            return "paid"
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", [])
            codes = [reason["Code"] for reason in reasons]
            if codes[:1] == ["ConditionalCheckFailed"]:
                return "paid"
            if codes[:2] == ["None", "ConditionalCheckFailed"]:
                return "too little"
            if not set(codes) & busy:
                raise
            time.sleep(random.uniform(0, 0.05 * 2**attempt))
    raise RuntimeError("other transactions came between each time")


def _actions(payment_id, payer, payee, amount, marked=True):
    mark = {"employeeId": f"payment#{payment_id}"}
    actions = [{"Put": {"TableName": "Employees", "Item": mark, "ConditionExpression": _NEW}}] * marked
    for one, change, condition in ((payer, -amount, "credit >= :much"), (payee, amount, "credit < :most")):
        values = {":change": change, ":much": amount} if change < 0 else {":change": change, ":most": 10**9}
        update = {
            "TableName": "Employees",
            "Key": {"employeeId": one},
            "UpdateExpression": "ADD credit :change",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        actions.append({"Update": update})
    return actions


def _again_after_conflicts(client, **request):
    for attempt in range(8):
        codes = _codes(client, **request)
        if "TransactionConflict" not in codes:
            return codes
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
    raise RuntimeError("busy")


_FAILED = "ConditionalCheckFailed"


def _two_updates(client, payment_id, payer, payee, amount):
    put, take, give = (next(iter(one.values())) for one in _actions(payment_id, payer, payee, amount))
    if _refused(client.put_item, **put):
        return "paid"
    if _refused(client.update_item, **take):
        client.delete_item(TableName="Employees", Key=put["Item"])
        return "too little"
    client.update_item(**give)
    return "paid"


def _no_transaction(client, payment_id, payer, payee, amount):
    _, take, give = (next(iter(one.values())) for one in _actions(payment_id, payer, payee, amount))
    if _refused(client.update_item, **take):
        return "too little"
    client.update_item(**give)
    return "paid"


def _nothing_remembered(client, *payment):
    codes = _again_after_conflicts(client, TransactItems=_actions(*payment, marked=False))
    return "too little" if codes else "paid"


def _token_alone(client, payment_id, payer, payee, amount):
    codes = _again_after_conflicts(
        client,
        TransactItems=_actions(payment_id, payer, payee, amount, marked=False),
        ClientRequestToken=payment_id,
    )
    return "too little" if codes else "paid"


def _every_cancellation_is_paid(client, *payment):
    codes = _again_after_conflicts(client, TransactItems=_actions(*payment))
    return "too little" if codes[1:2] == [_FAILED] else "paid"


def _gives_up_on_conflicts(client, *payment):
    codes = _codes(client, TransactItems=_actions(*payment))
    if codes[:1] == [_FAILED]:
        return "paid"
    return "too little" if codes else "paid"


def _believes_a_part_of_the_reasons(client, *payment):
    """Whatever the mark's action met, the payer's condition failed."""
    for attempt in range(8):
        codes = _codes(client, TransactItems=_actions(*payment))
        if not codes or codes[0] == _FAILED:
            return "paid"
        if codes[1] == _FAILED:
            return "too little"
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
    raise RuntimeError("busy")


def _raises_on_conflicts(client, *payment):
    try:
        client.transact_write_items(TransactItems=_actions(*payment))
    except ClientError as error:
        codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
        if codes[0] == _FAILED:
            return "paid"
        if codes[1] == _FAILED:
            return "too little"
        raise
    return "paid"


def _repetition_is_no_payment(client, *payment):
    codes = _again_after_conflicts(client, TransactItems=_actions(*payment))
    return "paid" if not codes else "too little" if codes[0] == "None" else "paid already"


def _below_zero(client, payment_id, payer, payee, amount):
    actions = _actions(payment_id, payer, payee, amount)
    for one in actions[1:]:
        one["Update"].pop("ConditionExpression")
        one["Update"]["ExpressionAttributeValues"] = {
            ":change": one["Update"]["ExpressionAttributeValues"][":change"]
        }
    _again_after_conflicts(client, TransactItems=actions)
    return "paid"


def _one_id_for_all(client, payment_id, payer, payee, amount):
    return pay(client, "of " + payer, payer, payee, amount)


def _remembers_in_the_payer(client, payment_id, payer, payee, amount):
    """The payer's own item keeps the ids of what was paid."""
    take, give = _actions(payment_id, payer, payee, amount, marked=False)
    update = take["Update"]
    update["UpdateExpression"] += ", paid :ids"
    update["ConditionExpression"] += " AND NOT contains(paid, :id)"
    update["ExpressionAttributeValues"] |= {":ids": {payment_id}, ":id": payment_id}
    codes = _again_after_conflicts(client, TransactItems=[take, give])
    if not codes:
        return "paid"
    item = client.get_item(TableName="Employees", Key={"employeeId": payer}, ConsistentRead=True)["Item"]
    return "paid" if payment_id in item.get("paid", ()) else "too little"


def _goes_on_after_a_time_out(client, *payment):
    while True:
        try:
            return pay(client, *payment)
        except ReadTimeoutError:
            continue


PAY = Answers(
    solution=pay,
    wrong=(
        (_no_transaction, "it was called a second time for the same payment, and the payment was made twice"),
        (_two_updates, "the answer of your first write was lost, and the payment was not made"),
        (
            _nothing_remembered,
            "it was called a second time for the same payment, and the payment was made twice",
        ),
        (_token_alone, "your function was called again an hour later, and the payment was made twice"),
        (
            _every_cancellation_is_paid,
            "4 times until boto3 gave up: your function was called again at once, for what was paid, and it returned 'too little'",
        ),
        (
            _gives_up_on_conflicts,
            "another transaction came between and yours was cancelled, and there was credit enough, and it returned 'too little'",
        ),
        (
            _raises_on_conflicts,
            "another transaction came between and yours was cancelled, and DynamoDB refused",
        ),
        (
            _believes_a_part_of_the_reasons,
            "the payment's own transaction was still going on, and it returned 'too little'",
        ),
        (_repetition_is_no_payment, "there was credit enough, and it returned 'paid already'"),
        (_below_zero, "there was too little credit, and "),
        (_one_id_for_all, "there were two payments of the same amount, and the payment was made once"),
        (
            lambda client, payment_id, payer, payee, amount: pay(client, payment_id, payee, payer, amount),
            "the payment went the other way",
        ),
        (lambda *given: pay(*given) and None, "there was credit enough, and it returned None"),
        (lambda *given: pay(*given) and ..., "the dots are still in the return line"),
        (lambda client, payment_id, payer, payee, amount: "paid", "the payment was not made"),
    ),
    right=(_remembers_in_the_payer, _goes_on_after_a_time_out),
)

# --- 9.4 -----------------------------------------------------------------------------------------------------


def store_all(client, notes):
    import random
    import time

    left = []
    for start in range(0, len(notes), 25):
        part = notes[start : start + 25]
        puts = [{"PutRequest": {"Item": note}} for note in part]
        for number in range(9):  # the first time, and after eight pauses
            if number:
                time.sleep(random.uniform(0, 0.05 * 2**number))
            answer = client.batch_write_item(RequestItems={"notes": puts})
            puts = answer["UnprocessedItems"].get("notes", [])
            if not puts:
                break
        left += [put["PutRequest"]["Item"] for put in puts]
    return left


def _writer(pause, most=9, size=25, told=lambda puts: [put["PutRequest"]["Item"] for put in puts]):
    """A writer that pauses by a function of how often it has, sends each part so often, and returns what is left."""

    def answer(client, notes):
        left = []
        for start in range(0, len(notes), size):
            puts = [{"PutRequest": {"Item": note}} for note in notes[start : start + size]]
            for number in range(most):
                if number and pause:
                    pause(number)
                puts = client.batch_write_item(RequestItems={"notes": puts})["UnprocessedItems"].get(
                    "notes", []
                )
                if not puts:
                    break
            left += puts
        return told(left)

    return answer


def _jitter(number):
    time.sleep(random.uniform(0, 0.05 * 2**number))


def _sends_it_again_at_once(client, notes):
    for start in range(0, len(notes), 25):
        puts = [{"PutRequest": {"Item": note}} for note in notes[start : start + 25]]
        while puts:
            puts = client.batch_write_item(RequestItems={"notes": puts})["UnprocessedItems"].get("notes", [])
    return []


def _one_by_one(client, notes):
    for note in notes:
        client.put_item(TableName="notes", Item=note)
    return []


def _in_one(client, notes):
    client.batch_write_item(RequestItems={"notes": [{"PutRequest": {"Item": note}} for note in notes]})
    return []


def _mixes_the_rest_with_new_ones(client, notes):
    """What came back goes with the next notes; one count of pauses for all."""
    waiting, pauses = list(notes), 0
    while waiting and pauses < 9:
        puts = [{"PutRequest": {"Item": note}} for note in waiting[:25]]
        answer = client.batch_write_item(RequestItems={"notes": puts})
        back = [put["PutRequest"]["Item"] for put in answer["UnprocessedItems"].get("notes", [])]
        waiting = back + waiting[25:]
        if back:
            time.sleep(0.05 * 2**pauses * random.uniform(0.5, 1))
            pauses += 1
    return waiting


def _ends_with_the_first(client, notes):
    """Gives up for all at the first batch, and returns the rest of that one."""
    for start in range(0, len(notes), 25):
        if left := store_all(client, notes[start : start + 25]):
            return left
    return []


def _to_the_end(client, notes):
    return [
        note for start in range(0, len(notes), 25) for note in store_all(client, notes[start : start + 25])
    ]


STORE = Answers(
    solution=store_all,
    wrong=(
        (_one_by_one, "and 3 carry them, 25 in each"),
        (_in_one, "DynamoDB refused BatchWriteItem"),
        (_writer(_jitter, size=10), "and 3 carry them, 25 in each"),
        (_writer(None, most=1), "are not in the table: DynamoDB was busy and sent them back"),
        (
            _writer(None),
            "DynamoDB was busy and sent a part back three times, and there were no pauses",
        ),
        (_sends_it_again_at_once, "and there were no pauses: call time.sleep"),
        (_writer(_jitter, most=30), "give up after eight pauses"),
        (_writer(lambda number: time.sleep(0.05 * 2**number)), "its pauses were the same in 6 runs"),
        (_writer(lambda number: time.sleep(random.uniform(0, 0.1))), "its pauses did not grow"),
        (_writer(_jitter, most=3), "DynamoDB was busy, and it gave up after three requests"),
        (
            _writer(_jitter, told=lambda puts: []),
            "notes were not stored, and what it returned is another list, of 0",
        ),
        (
            _writer(_jitter, told=lambda puts: puts),
            "notes were not stored, and what it returned is another list",
        ),
        (_writer(_jitter, told=len), "it returned 0: an empty list was asked for"),
        (
            lambda client, notes: store_all(client, notes) and None or ...,
            "the dots are still in the return line",
        ),
        (lambda client, notes: [], "notes are not in the table"),
        (_mixes_the_rest_with_new_ones, "it gave up after 9 requests for three batches: eight pauses"),
        (_ends_with_the_first, "notes were not stored, and what it returned is another list, of 16"),
    ),
    right=(_writer(_jitter), _to_the_end),
)

ANSWERS = [RENAME, HIRE, PAY, STORE]
