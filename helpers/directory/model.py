"""What an employee is, and what every store of the directory does: the app knows nothing else of them."""

import base64
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from helpers.errors import CourseError

LIMITS = {"full_name": 200, "location": 100, "job_title": 100, "badges": 50, "photo_key": 255}
"""The longest text of each field, in characters; for badges, of each one."""

MOST_BADGES = 50
LARGEST_PAGE = 1000
LAST_VERSION = 2**31 - 2  # the next one still fits into a SQL INTEGER


@dataclass(frozen=True)
class Employee:
    """One employee, as it was read: a change is a new object, made by `dataclasses.replace`.

    Attributes:
        id: the store's own name for the employee, opaque to the app.
        location: the office; "" is none.
        photo_key: the object key of the photo in object storage; None is no photo.
        created: when the store got the employee, in UTC, in whole seconds. It never changes.
        version: 1 at first, and one more with every update.
    """

    id: str
    full_name: str
    location: str
    job_title: str
    badges: frozenset[str] = frozenset()
    photo_key: str | None = None
    created: datetime = field(kw_only=True)
    version: int = field(default=1, kw_only=True)


class DirectoryError(CourseError):
    """The store cannot answer: a dead database, no permission, a missing table."""


class NotFound(DirectoryError):
    """There is no such employee, or no such page."""


class Unanswered(DirectoryError):
    """A change was sent and no answer came: it may have been made, or not."""


class Changed(DirectoryError):
    """Somebody else changed the employee since it was read."""


class InvalidEmployee(DirectoryError):
    """A value that no store takes; `field` is the name of the attribute of `Employee` that holds it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Page:
    """Some employees, and where the next page begins: None says that this is the last one."""

    employees: list[Employee]
    next: str | None


class Directory(Protocol):
    """What the app asks of a store. Every method raises `DirectoryError` where the store cannot answer."""

    def page(self, after: str | None = None, size: int = 20, search: str = "") -> Page:
        """Up to `size` employees, from where the page before ended.

        `size` is 1 to 1,000, `after` the `next` of the page before. With `search`, those whose name or office contains it; case and accents do not count. Each page takes
        memory for one page, however many employees there are.

        Raises:
            NotFound: `after` is not where a page of this store ended.
        """

    def office(self, location: str, after: str | None = None, size: int = 20, begins: str = "") -> Page:
        """Up to `size` employees of one office, in the order of their names.

        With `begins`, those whose name begins so. Case and accents count neither in the office nor in the order;
        letters of other alphabets stand where the store's own order has them. Who has no office is in none.
        A store may learn of a change a moment late here, and nowhere else.

        Raises:
            NotFound: `after` is not where a page of this office ended.
        """

    def all(self) -> Iterator[Employee]:
        """Every employee, read page by page, in no promised order."""

    def get(self, employee_id: str) -> Employee:
        """The employee with this id, as it is now.

        Raises:
            NotFound: there is none.
        """

    def add(
        self,
        full_name: str,
        location: str,
        job_title: str,
        badges: Iterable[str] = (),
        photo_key: str | None = None,
    ) -> Employee:
        """Store a new employee; the store gives the id and the time.

        Raises:
            InvalidEmployee: a value is one that no store takes.
        """

    def update(self, employee: Employee) -> Employee:
        """Store a changed employee and return it with its new version.

        The time of creation stays as it is stored.

        Raises:
            Changed: the stored version is no longer `employee.version`.
            NotFound: the employee is gone, or never was.
            InvalidEmployee: a value is one that no store takes.
        """

    def remove(self, employee_id: str, version: int | None = None) -> Employee:
        """Remove an employee and return what was removed.

        With `version`, only if that is the stored one.

        Raises:
            Changed: the stored version is another.
            NotFound: there is no such employee.
        """

    def count(self) -> int:
        """How many employees there are now."""


# -- what stores share ----------------------------------------------------------------------------------------


def checked(
    full_name: str, location: str, job_title: str, badges: Iterable[str] = (), photo_key: str | None = None
) -> dict[str, Any]:
    """The values as every store keeps them: trimmed, in Unicode's composed form, badges as a frozenset.

    Name and job title are required; no location is "", no photo is None.

    Raises:
        InvalidEmployee: a value is missing, too long, or holds characters that are no text.
    """
    if isinstance(badges, str):  # its letters would be badges
        raise InvalidEmployee("badges", "Badges are a list of texts, not one text.")
    badges = frozenset(_text("badges", badge) for badge in badges)
    if len(badges) > MOST_BADGES:
        raise InvalidEmployee("badges", f"An employee has at most {MOST_BADGES} badges, not {len(badges)}.")
    return {
        "full_name": _text("full_name", full_name),
        "location": _text("location", location, required=False),
        "job_title": _text("job_title", job_title),
        "badges": badges,
        "photo_key": _text("photo_key", photo_key or "", required=False) or None,
    }


_LABELS = {
    "full_name": "The name",
    "location": "The location",
    "job_title": "The job title",
    "badges": "A badge",
    "photo_key": "The photo's key",
}


def _text(field: str, value: str, required: bool = True) -> str:
    label = _LABELS[field]
    if not isinstance(value, str):
        raise InvalidEmployee(field, f"{label} is text, not {type(value).__name__}.")
    text = unicodedata.normalize("NFC", value.strip())
    if len(text) > LIMITS[field]:
        raise InvalidEmployee(
            field, f"{label} has {len(text):,} characters and may have {LIMITS[field]}: shorten it."
        )
    # Control characters, lone surrogates, and separators of lines and paragraphs.
    if {"Cc", "Cs", "Zl", "Zp"}.intersection(map(unicodedata.category, text)):
        raise InvalidEmployee(field, f"{label} holds a control character or a line break: remove it.")
    if not any(map(_is_visible, text)):
        if required:
            raise InvalidEmployee(field, f"{label} is missing: write at least one visible character.")
        return ""
    return text


# Letters, signs and marks by their category that show nothing: Unicode's Default_Ignorable_Code_Point
# (DerivedCoreProperties.txt), which has, among others, the fillers of Hangul; and the empty Braille pattern.
_SHOWS_NOTHING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def _is_visible(character: str) -> bool:
    """Whether something of it is seen: no space, no code without a character, nothing that shows nothing."""
    return unicodedata.category(character)[0] not in "ZC" and not _SHOWS_NOTHING.match(character)


def fold(text: str) -> str:
    """The text as a search compares it: without case and accents.

    Only marks with a combining class go: the vowel signs of Indic scripts have none, and make other words.

    >>> fold("ÉLODIE Gagné")
    'elodie gagne'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def sought(search: str) -> str:
    """A search text made fit for every store: trimmed, composed, and without what no encoding can hold."""
    return unicodedata.normalize("NFC", search.encode("utf-8", "replace").decode("utf-8").strip())


def check_size(size: int) -> None:
    """Refuse a page of no size, and one that would not be small.

    Raises:
        DirectoryError: the size is not from 1 to 1,000.
    """
    if not isinstance(size, int) or not 1 <= size <= LARGEST_PAGE:
        raise DirectoryError(f"A page holds 1 to {LARGEST_PAGE:,} employees, not {size!r}.")


def checked_version(version: int) -> int:
    """The version, if a store can have it.

    Raises:
        DirectoryError: it is no whole number from 1 to `LAST_VERSION`.
    """
    if type(version) is not int or not 1 <= version <= LAST_VERSION:
        shown = repr(version) if len(repr(version)) <= 20 else f"{repr(version)[:19]}…"
        raise DirectoryError(f"A version is a whole number from 1 to {LAST_VERSION:,}, not {shown}.")
    return version


def to_cursor(*place: str | int) -> str:
    """Where a page ended, as text that fits into an address."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode("ascii").rstrip("=")


def from_cursor(cursor: str, *kinds: type) -> list:
    """The place that `to_cursor` was given, a value of each of these types.

    Raises:
        NotFound: the text is not a cursor of this kind.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if [type(part) for part in place] == list(kinds) and all(map(_is_storable, place)):
            return place
    except (ValueError, TypeError, RecursionError):
        pass
    raise not_there()


def not_there() -> NotFound:
    """The error for a cursor that no page ended with."""
    return NotFound("The directory has no such page: begin again at the first.")


def _is_storable(part: str | int) -> bool:
    """Whether a database can be asked for it: text that UTF-8 can hold, a number of 64 bits."""
    return bool(part.encode("utf-8")) if isinstance(part, str) else abs(part) < 2**63


def now() -> datetime:
    """This moment in UTC: the clock of every store that is given no other."""
    return datetime.now(UTC)


def whole_second(moment: datetime) -> datetime:
    """A moment as stores keep it: in UTC, without fractions of a second."""
    return moment.astimezone(UTC).replace(microsecond=0)


def to_iso(moment: datetime) -> str:
    """2026-03-14T09:26:53Z: in this form the order of texts is the order of times."""
    return moment.isoformat().replace("+00:00", "Z")


def not_found(employee_id: object) -> NotFound:
    """The error for an id that no employee has (any longer), and for what is no text and so no id."""
    if not isinstance(employee_id, str):
        return NotFound(f"There is no employee {employee_id!r}: an id is text, as the list gives it.")
    shown = employee_id if len(employee_id) <= 40 else f"{employee_id[:39]}…"
    return NotFound(
        f"There is no employee {shown!r}: someone may have removed it, so look at the list again."
    )


def changed(employee_id: str) -> Changed:
    """The error for a version that is no longer the stored one."""
    return Changed(
        f"Somebody else changed employee {employee_id!r} in the meantime: "
        "look at it as it is now, then make your change again."
    )


def unanswered(why: str) -> Unanswered:
    """The error for a change of which nobody knows whether it was made."""
    return Unanswered(f"{why}, so the change may have been made or not: look before you make it again.")
