"""Errors that the course itself raises: one sentence that says what is wrong and what to do."""


class CourseError(Exception):
    """Something the reader can put right; the message is one sentence that says how."""


class OffMachineError(CourseError):
    """Code tried to reach an address that is not on this machine while the guard is up: see `helpers.guard`."""
