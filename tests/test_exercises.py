"""Every exercise: the solution passes, untried is told, each wrong answer gets its own message, errors get a sentence."""

import inspect

import boto3
import pytest

from helpers import check, connect, hint, solution
from helpers.errors import CourseError
from helpers.exercises import engine

ALL = {number: one for lesson in range(13) for number, one in engine.exercises(lesson).items()}
WRONG = [(number, place) for number, one in ALL.items() for place in range(len(one.wrong))]
ODD_RESULTS = [None, 0, "", "x", [], {}, [None], {"a": 1}, object(), ..., lambda: None]


def returning(result, exercise):
    """A function of the solution's signature that returns `result`."""
    names = ", ".join(inspect.signature(exercise.solution).parameters)
    return eval(f"lambda {names}: result", {"result": result})


def test_the_lessons_so_far_have_exercises():
    assert {number.partition(".")[0] for number in ALL} >= {"0", "1"}
    assert len(engine.exercises(0)) == 1
    assert len(engine.exercises(1)) == 3


@pytest.mark.parametrize("number", ALL)
def test_the_solution_passes(number, capsys):
    check(number, ALL[number].solution)
    assert capsys.readouterr().out.startswith(f"{number} right: ")


@pytest.mark.parametrize("number", ALL)
def test_the_printed_solution_is_the_tested_one(number, capsys):
    solution(number)
    names = {}
    exec(capsys.readouterr().out, names)
    answer = names[ALL[number].solution.__name__]
    assert engine.verdict(ALL[number], answer).startswith("right")


@pytest.mark.parametrize("number", ALL)
def test_untried_is_told(number, capsys):
    check(number, returning(..., ALL[number]))
    check(number, ...)
    assert all(line.startswith(f"{number} not tried yet: ") for line in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize(("number", "place"), WRONG)
def test_each_wrong_answer_gets_its_own_message(number, place):
    answer, reason = ALL[number].wrong[place]
    line = engine.verdict(ALL[number], answer)
    assert line.startswith("not yet, because ")
    assert reason in line
    assert "\n" not in line


@pytest.mark.parametrize("number", ALL)
def test_wrong_answers_are_told_apart(number):
    lines = [engine.verdict(ALL[number], answer) for answer, _ in ALL[number].wrong]
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("number", ALL)
def test_the_same_answer_gets_the_same_line_again(number):
    answer = ALL[number].wrong[0][0]
    assert engine.verdict(ALL[number], answer) == engine.verdict(ALL[number], answer)


@pytest.mark.parametrize("number", ALL)
@pytest.mark.parametrize("result", ODD_RESULTS, ids=lambda result: type(result).__name__ + str(result)[:8])
def test_no_result_is_right_by_chance_or_breaks_the_judge(number, result):
    line = engine.verdict(ALL[number], returning(result, ALL[number]))
    assert line.startswith(("not yet, because ", "not tried yet"))
    assert "another form" not in line, "the judge stumbled over it"


@pytest.mark.parametrize("number", ALL)
@pytest.mark.parametrize(
    "error", [ValueError("no\nluck"), KeyError("noteId"), SystemExit(1), AssertionError()]
)
def test_an_answer_that_raises_gets_a_sentence(number, error):
    def raising(*_):
        raise error

    line = engine.verdict(ALL[number], raising)
    assert line.startswith("not yet, because your function ")
    assert "Traceback" not in line
    assert "\n" not in line


@pytest.mark.parametrize("number", ALL)
def test_hints_neither_repeat_nor_tell_the_whole_answer(number, capsys):
    hints = ALL[number].hints
    assert 2 <= len(hints) == len(set(hints))
    for which in range(1, len(hints) + 1):
        hint(number, which)
    body = "\n".join(inspect.getsource(ALL[number].solution).splitlines()[1:])
    assert body not in capsys.readouterr().out


def test_the_wrong_number_of_arguments_is_told():
    assert "must take one argument" in engine.verdict(ALL["0.1"], lambda: None)


def test_calling_the_function_is_told():
    assert "the function itself" in engine.verdict(ALL["0.1"], {"employeeId": "E-100"})


@pytest.mark.parametrize("swallows", [False, True])
def test_reaching_for_the_notebooks_own_table_is_told(swallows):
    own = connect(fresh=True).Table("Employees")

    def answer(table):
        try:
            own.put_item(Item={"employeeId": "E-100", "fullName": "x"})
        except Exception:
            if not swallows:
                raise

    assert "a table outside the exercise" in engine.verdict(ALL["0.1"], answer)


def test_a_client_of_ones_own_is_outside_too():
    def answer(table):
        boto3.client("dynamodb").list_tables()

    assert "a table outside the exercise" in engine.verdict(ALL["0.1"], answer)


def test_the_notebooks_tables_stay_as_they_were():
    db = connect(fresh=True)
    for number, one in ALL.items():
        engine.verdict(one, one.solution)
        assert not list(db.tables.all()), number


def test_a_loop_without_an_end_is_told():
    def answer(table):
        while True:
            table.scan()

    assert "had not finished after 1,000 requests" in engine.verdict(ALL["0.1"], answer)


@pytest.mark.parametrize("number", ["9.9", "3", "x.y", "", "0.1.1", None, 0.1])
def test_an_unknown_exercise_is_one_sentence(number):
    with pytest.raises(CourseError, match="There is no exercise"):
        check(number, print)


@pytest.mark.parametrize("which", [0, 4, -1, "one"])
def test_an_unknown_hint_is_one_sentence(which):
    with pytest.raises(CourseError, match="ask for 1 to"):
        hint("1.1", which)
