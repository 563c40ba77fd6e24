"""check, hint and solution: the exercises answer the student.

Each lesson's exercises live in a module of their own, `lesson_00`, `lesson_01`, …; "3.2" is the second of
lesson 03.
"""

from helpers.exercises.engine import check, hint, solution

__all__ = ["check", "hint", "solution"]
