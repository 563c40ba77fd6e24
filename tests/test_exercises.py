"""Every exercise: the solution passes, untried is told, each wrong answer gets its own message, errors get a sentence."""

import inspect
import re
from pathlib import Path

import boto3
import nbformat
import pytest

from helpers import check, connect, hint, solution
from helpers.datasets import table_input
from helpers.errors import CourseError
from helpers.exercises import engine

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
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


@pytest.mark.parametrize("swallows", [False, True])
def test_a_fresh_start_in_an_exercise_takes_nothing_away(swallows):
    own = connect(fresh=True)
    own.create_table(**table_input("employees"))

    def answer(table):
        try:
            connect(fresh=True)
        except Exception:
            if not swallows:
                raise

    line = engine.verdict(ALL["0.1"], answer)
    assert line.startswith("not yet, because ")
    assert ("would take the tables of your notebook away" in line) is not swallows
    assert [table.name for table in own.tables.all()] == ["Employees"]
    connect(fresh=True)
    assert not list(own.tables.all())


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


@pytest.mark.parametrize("number", ["9.9", "3", "x.y", "", "0.1.1", "99.1"])
def test_an_unknown_exercise_is_one_sentence(number):
    with pytest.raises(CourseError, match="There is no exercise"):
        check(number, print)


def test_what_is_missing_from_a_check_is_told():
    for call, told in [
        (lambda: check(0.1, print), 'Write the number in quotes: check("0.1", name).'),
        (lambda: hint(0.1), 'Write the number in quotes: hint("0.1").'),
        (lambda: solution(0.1), 'Write the number in quotes: solution("0.1").'),
        (lambda: solution(print), 'Write the number in quotes: solution("1.2").'),
        (lambda: check(print), 'The number comes first, then your function: check("1.2", name).'),
        (lambda: check(print, "0.1"), 'The number comes first, then your function: check("1.2", name).'),
    ]:
        with pytest.raises(CourseError) as error:
            call()
        assert str(error.value) == told
    with pytest.raises(CourseError, match="check needs two things"):
        check("0.1")


def test_a_function_that_is_stopped_gets_a_sentence():
    def answer(table):
        raise KeyboardInterrupt

    assert engine.verdict(ALL["0.1"], answer) == (
        "not yet, because you stopped your function: does its loop come to an end?"
    )


def test_a_long_refusal_keeps_its_end():
    def answer(table):
        raise ValueError("a" * 500 + " the reason")

    line = engine.verdict(ALL["0.1"], answer)
    assert line.endswith("the reason.")
    assert len(line) < 350


@pytest.mark.parametrize("number", ALL)
def test_a_section_that_a_hint_names_speaks_of_it(number):
    """Sections move when a lesson grows; a hint must not point to another one."""
    lesson = next(NOTEBOOKS.glob(f"{int(number.partition('.')[0]):02}_*.ipynb"))
    cells = [cell.source for cell in nbformat.read(lesson, 4).cells]
    for text in ALL[number].hints:
        for section, sentence in re.findall(r"[Ss]ection (\d+)([^.]*)", text):
            start = next(i for i, cell in enumerate(cells) if cell.startswith(f"## {section} "))
            end = next((i for i in range(start + 1, len(cells)) if cells[i].startswith("## ")), len(cells))
            longest = max(re.findall(r"[a-z]+", sentence.lower()), key=len)
            body = " ".join(cells[start:end]).lower()
            assert longest[:6] in body, (section, sentence)


@pytest.mark.parametrize("which", [0, 4, -1, "one"])
def test_an_unknown_hint_is_one_sentence(which):
    with pytest.raises(CourseError, match="ask for 1 to"):
        hint("1.1", which)
