"""Answers to the exercises of lesson 06."""

from dataclasses import replace

from helpers.directory.model import Changed, NotFound
from helpers.exercises.engine import Answers

# --- 6.1 -----------------------------------------------------------------------------------------------------


def rename(directory, employee_id, full_name):
    import random
    import time
    from dataclasses import replace

    from helpers.directory import Changed

    for attempt in range(8):
        employee = directory.get(employee_id)
        try:
            return directory.update(replace(employee, full_name=full_name))
        except Changed:
            if attempt == 7:  # enough: let the caller know
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))


def _tries_once(directory, employee_id, full_name):
    directory.update(replace(directory.get(employee_id), full_name=full_name))


def _gives_up_quietly(directory, employee_id, full_name):
    try:
        _tries_once(directory, employee_id, full_name)
    except Changed:
        pass


def _tries_twice(directory, employee_id, full_name):
    try:
        _tries_once(directory, employee_id, full_name)
    except Changed:
        _tries_once(directory, employee_id, full_name)


def _forces(directory, employee_id, full_name):
    mine = directory.get(employee_id)
    while True:
        try:
            return directory.update(
                replace(mine, full_name=full_name, version=directory.get(employee_id).version)
            )
        except Changed:
            continue


def _adds_anew(directory, employee_id, full_name):
    old = directory.remove(employee_id)
    directory.add(full_name, old.location, old.job_title, badges=old.badges)


def _hides_all(directory, employee_id, full_name):
    try:
        rename(directory, employee_id, full_name)
    except NotFound:
        return


def _with_the_old_copy(tries):
    def answer(directory, employee_id, full_name):
        employee = replace(directory.get(employee_id), full_name=full_name)
        for attempt in range(tries):
            try:
                return directory.update(employee)
            except Changed:
                if attempt == tries - 1:
                    raise

    return answer


def _catches_everything(directory, employee_id, full_name):
    while True:
        try:
            return directory.update(replace(directory.get(employee_id), full_name=full_name))
        except Exception:
            continue


def _calls_itself(directory, employee_id, full_name):
    try:
        directory.update(replace(directory.get(employee_id), full_name=full_name))
    except Changed:
        _calls_itself(directory, employee_id, full_name)


def _reads_after_the_refusal(directory, employee_id, full_name):
    employee, done = directory.get(employee_id), False
    while not done:
        try:
            directory.update(replace(employee, full_name=full_name))
            done = True
        except Changed:
            (employee,) = [each for each in directory.all() if each.id == employee_id]


RENAME = Answers(
    solution=rename,
    wrong=(
        (_tries_once, "a colleague came between, and your function gave up after one attempt"),
        (_gives_up_quietly, "a colleague came between, and the name is as before"),
        (_tries_twice, "your function gave up after two attempts"),
        (_with_the_old_copy(1000), "it tried 50 times with the employee as it was at first"),
        (_with_the_old_copy(4), "gave up after 4 attempts, not each with an employee read anew"),
        (_catches_everything, "there is no id-999, and your function tries again and again"),
        (_forces, "what a colleague changed meanwhile is lost"),
        (_adds_anew, "the employee was removed or doubled"),
        (_hides_all, "let NotFound through"),
        (lambda *given: rename(*given) and ..., "the dots are still in the return line"),
        (lambda directory, employee_id, full_name: None, "nothing was updated"),
    ),
    right=(_calls_itself, _reads_after_the_refusal),
)

# --- 6.2 -----------------------------------------------------------------------------------------------------


def differences(one, other):
    def facts(directory):
        return {e.full_name: (e.location, e.job_title, e.badges) for e in directory.all()}

    mine, yours = facts(one), facts(other)
    return sorted(name for name in mine.keys() | yours.keys() if mine.get(name) != yours.get(name))


def _by(fact, people=lambda directory: directory.all()):
    def answer(one, other):
        mine = {e.full_name: fact(e) for e in people(one)}
        yours = {e.full_name: fact(e) for e in people(other)}
        return sorted(name for name in mine.keys() | yours.keys() if mine.get(name) != yours.get(name))

    return answer


def _whole(employee):
    return employee.location, employee.job_title, employee.badges


def _one_way(one, other):
    yours = {e.full_name: _whole(e) for e in other.all()}
    return sorted(e.full_name for e in one.all() if yours.get(e.full_name) != _whole(e))


def _loops(one, other):
    found = set()
    for mine, yours in ((one, other), (other, one)):
        there = {employee.full_name: _whole(employee) for employee in yours.all()}
        found |= {each.full_name for each in mine.all() if there.get(each.full_name) != _whole(each)}
    return sorted(found)


DIFFERENCES = Answers(
    solution=differences,
    wrong=(
        (_by(lambda employee: employee), "is among them, and both directories agree"),
        (_by(lambda employee: employee.location), "'Another Title' is missing"),
        (_by(lambda employee: (employee.location, employee.job_title)), "'Other Badges' is missing"),
        (
            _by(_whole, lambda directory: directory.page().employees),
            " among the",
        ),
        (_one_way, "'Only In Other' is missing"),
        (lambda one, other: differences(one, other)[::-1], "not sorted"),
        (lambda one, other: sorted(differences(one, other) * 2), "not each once"),
        (lambda one, other: set(differences(one, other)), "it returned a set"),
        (lambda one, other: differences(one, other) and ..., "the dots are still in the return line"),
        (lambda one, other: [], "'Abeba Tadesse' is missing"),
    ),
    right=(_loops,),
)

ANSWERS = [RENAME, DIFFERENCES]
