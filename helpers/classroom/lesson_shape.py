"""The shape of a lesson: what makes it readable, stable and the same everywhere, one rule a function.

A rule takes a `Lesson` and yields a sentence for each problem, beginning with notebook and cell. `problems` must be empty;
`advice` is for the author to weigh. Cells are numbered from 1, text cells counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode

from helpers.classroom.refresh import CELL_METADATA, DRAWN, METADATA, RAISES, canonical

# A lesson is named by what its reader does; add the verb of a new one.
# fmt: off
VERBS = {
    "Add", "Answer", "Build", "Choose", "Compare", "Compute", "Create", "Declare", "Design", "Evolve", "Give", "Index", "Keep",
    "Know", "Let", "Load", "Make", "Measure", "Meet", "Model", "Move", "Plan", "Put", "Query", "Read", "Run", "Share", "Ship", "Start",
    "Store", "Swap", "Write",
}
# fmt: on
OFFLINE_ONLY = "offline-only"  # of a cell that other modes cannot run: they say so in one sentence
TAGS = {RAISES, OFFLINE_ONLY}
COLUMNS = 68  # as notebooks/ruff.toml has it
SLIDES = {"slide", "subslide", "fragment", "skip", "notes", "-"}
# What outputs hold only on the author's machine, today.
TRACES = {
    "a memory address": re.compile(r"\b0x[0-9a-fA-F]{6,}\b"),
    "an absolute path": re.compile(
        r"(?<![\w:/.<])/(?:home|Users|root|tmp|var|opt|usr|private|mnt)/|\b[A-Za-z]:\\\w"
    ),
    "a path of installed packages": re.compile(r"site-packages"),
    "a port of this machine": re.compile(r"\b(?:127\.0\.0\.1|localhost):\d+"),
}
ANSI = re.compile(r"\x1b\[[0-9;]*m")
EXERCISE = re.compile(r"""\bcheck\(\s*["'](\d+\.\d+)["']""")
HINT = re.compile(r"""\bhint\(\s*["'](\d+\.\d+)["']""")
LINK = re.compile(r"\]\(<?([^()<>\s]+)>?[^()]*\)|\b(?:href|src)=[\"']([^\"']+)")


class Lesson:
    """A notebook on disk, and how to point at a cell of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_bytes().decode()
        self.nb = nbformat.v4.reads(self.text)  # nbformat.reads would repair it

    def cells(self, kind: str | None = None) -> Iterator[tuple[int, NotebookNode]]:
        """Number and cell, of one kind or all."""
        return ((n, c) for n, c in enumerate(self.nb.cells, 1) if kind in (None, c.cell_type))

    def outputs(self) -> Iterator[tuple[int, NotebookNode]]:
        """Number of its cell and output, for every stored output."""
        return ((n, output) for n, cell in self.cells("code") for output in cell.outputs)

    def at(self, number: int, sentence: str) -> str:
        return f"{self.path.name}, cell {number}: {sentence}"


def problems(path: Path) -> list[str]:
    """What is wrong with the shape of this lesson, a sentence each; an empty list for a sound one."""
    lesson = Lesson(path)
    broken = list(valid(lesson))
    return broken or [sentence for rule in RULES for sentence in rule(lesson)]


def advice(path: Path) -> list[str]:
    """Where this lesson might be too long, a sentence each."""
    return list(lengths(Lesson(path)))


def valid(lesson: Lesson) -> Iterator[str]:
    """nbformat 4.5, valid, each cell with an id of its own: ids keep a diff to the cells that changed."""
    form = (lesson.nb.nbformat, lesson.nb.nbformat_minor)
    if form != (4, 5):
        yield f"{lesson.path.name}: its format is {form[0]}.{form[1]}, not 4.5, so its cells have no stable ids."
        return
    seen: set[str | None] = {None}
    for number, cell in lesson.cells():
        if cell.get("id") in seen:
            yield lesson.at(number, "it has no id of its own: refresh the lesson.")
        seen.add(cell.get("id"))
    if len(seen) > len(lesson.nb.cells):
        for error in nbformat.validator.iter_validate(lesson.nb):
            yield f"{lesson.path.name}: it is no valid notebook: {str(error).splitlines()[0]}."


def stored_once(lesson: Lesson) -> Iterator[str]:
    """The one stored form, so that a refresh of an unchanged lesson changes no line."""
    if lesson.text != canonical(lesson.nb):
        yield f"{lesson.path.name}: it is not stored as `course refresh` stores it: refresh it."


def metadata(lesson: Lesson) -> Iterator[str]:
    """Kernel python3 and nothing of the author's machine."""
    for key in sorted(lesson.nb.metadata.keys() | METADATA.keys()):
        if lesson.nb.metadata.get(key) != METADATA.get(key):
            yield f"{lesson.path.name}: its metadata says {key} otherwise than every lesson: refresh it."
    for number, cell in lesson.cells():
        if extra := sorted(set(cell.metadata) - CELL_METADATA):
            yield lesson.at(number, f"its metadata holds {', '.join(extra)}: refresh the lesson.")


def executed(lesson: Lesson) -> Iterator[str]:
    """Every code cell ran once, in order, and kept its outputs."""
    for count, (number, cell) in enumerate(lesson.cells("code"), 1):
        if cell.execution_count is None:
            yield lesson.at(number, "it never ran, or its outputs were cleared: refresh the lesson.")
        elif cell.execution_count != count:
            yield lesson.at(
                number, f"its execution count is {cell.execution_count}, not {count}: refresh the lesson."
            )


def nothing_skipped(lesson: Lesson) -> Iterator[str]:
    """No tag or comment that makes a tool skip the cell or its outputs."""
    for number, cell in lesson.cells():
        if odd := sorted(set(cell.metadata.get("tags", [])) - TAGS):
            yield lesson.at(
                number, f"tag {', '.join(odd)} is not one that lessons use ({', '.join(sorted(TAGS))})."
            )
        if cell.cell_type == "code" and re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE)", cell.source):
            yield lesson.at(number, "a comment tells nbval to look away: every output is compared.")


def no_stderr(lesson: Lesson) -> Iterator[str]:
    for number, output in lesson.outputs():
        if output.output_type == "stream" and output.name == "stderr":
            yield lesson.at(number, f"it writes to stderr: {output.text.strip().splitlines()[0]}")


def raising(lesson: Lesson) -> Iterator[str]:
    """A cell is tagged raises-exception if and only if it raises."""
    for number, cell in lesson.cells("code"):
        raised = any(output.output_type == "error" for output in cell.outputs)
        tagged = RAISES in cell.metadata.get("tags", [])
        if raised and not tagged:
            yield lesson.at(number, f"it raises, but is not tagged {RAISES}.")
        if tagged and not raised:
            yield lesson.at(number, f"it is tagged {RAISES}, but does not raise.")


def rehearsing(lesson: Lesson) -> Iterator[str]:
    """A cell that rehearses trouble is tagged offline-only."""
    for number, cell in lesson.cells("code"):
        if re.search(r"\bwith faults\(", cell.source) and OFFLINE_ONLY not in cell.metadata.get("tags", []):
            yield lesson.at(number, f"it opens faults(), but is not tagged {OFFLINE_ONLY}.")


def figures(lesson: Lesson) -> Iterator[str]:
    """A figure carries alt text of 30 to 500 characters, in HTML, and its numbers stand beside it as text."""
    for number, cell in lesson.cells("code"):
        drawn = [o for o in cell.outputs if "image/png" in o.get("data", {}) or _images(o)]
        for output in drawn:
            if "image/png" in output.data:
                yield lesson.at(number, "its figure is a bare PNG, whose alt text reaches no reader.")
            for alt in _images(output):
                if not 30 <= len(alt) <= 500:
                    yield lesson.at(
                        number, f"the alt text of its figure has {len(alt)} characters, not 30 to 500."
                    )
                if alt != output.data.get("text/plain"):
                    yield lesson.at(number, "the text form of its figure is not the alt text.")
        beside = "".join(_text(o) for o in cell.outputs if o not in drawn)
        if drawn and not re.search(r"\d", beside):
            yield lesson.at(number, "it draws a figure and does not print the figure's numbers beside it.")


def _images(output: NotebookNode) -> list[str]:
    """The alt texts of the images in an output's HTML, "" for one without."""
    tags = re.findall(r"<img\b[^>]*>", output.get("data", {}).get("text/html", ""))
    found = [re.search(r"""\salt=(["'])(.*?)\1""", tag, re.DOTALL) for tag in tags]
    return [unescape(alt[2]) if alt else "" for alt in found]


def nothing_local(lesson: Lesson) -> Iterator[str]:
    """Outputs hold no address, path, home directory or date of the machine and the day that ran the lesson."""
    today = date.today()
    days = {today.isoformat(), f"{today:%d %B %Y}", f"{today:%B %d, %Y}", f"{today:%d/%b/%Y}"}
    for number, output in lesson.outputs():
        text = _text(output)
        for what, pattern in TRACES.items():
            if found := pattern.search(text):
                yield lesson.at(
                    number, f"its output holds {what}: {text[found.start() : found.end() + 30]!r}"
                )
        if str(Path.home()) in text and len(str(Path.home())) > 1:
            yield lesson.at(number, "its output holds your home directory.")
        if any(day in text for day in days):
            yield lesson.at(number, "its output holds today's date: it will differ tomorrow.")


def free_ports(lesson: Lesson) -> Iterator[str]:
    """A port that a lesson chooses itself may be taken: the same lesson is open in another kernel."""
    for number, cell in lesson.cells("code"):
        if found := re.search(r"\bport\s*=\s*[1-9]\d*", cell.source):
            yield lesson.at(number, f"it chooses a port of its own, {found[0]}: take a free one.")


def title(lesson: Lesson) -> Iterator[str]:
    """The first cell begins `# Verb the thing`."""
    first = lesson.nb.cells[0] if lesson.nb.cells else None
    found = (
        re.match(r"# (?:\d+ )?(\w+) ?\S*", first.source) if first and first.cell_type == "markdown" else None
    )
    if not found:
        yield lesson.at(1, "it does not begin with a title, `# Verb the thing`.")
    elif found[1] not in VERBS:
        yield lesson.at(1, f"the title begins with {found[1]}, no verb that lesson_shape.VERBS knows.")


def links(lesson: Lesson) -> Iterator[str]:
    """Links to files and headings lead somewhere; the lessons before and after are linked."""
    seen = set()
    for number, cell in lesson.cells("markdown"):
        for found in LINK.finditer(_without_code(cell.source)):
            target = unquote(found[1] or found[2])
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            path = (lesson.path.parent / file) if file else lesson.path
            seen.add(path.name)
            if file.startswith("/") or not path.is_file():
                yield lesson.at(number, f"its link leads nowhere: {target}")
            elif anchor and path.suffix == ".ipynb" and anchor not in _anchors(path):
                yield lesson.at(number, f"its link leads to no heading: {target}")
    siblings = sorted(lesson.path.parent.glob("[0-9][0-9]_*.ipynb"))
    if lesson.path in siblings:
        here = siblings.index(lesson.path)
        for other in siblings[max(here - 1, 0) : here + 2]:
            if other != lesson.path and other.name not in seen:
                yield f"{lesson.path.name}: it has no link to {other.name}."


def ahead(lesson: Lesson) -> Iterator[str]:
    """A lesson that the text speaks of is there, but where the cell says that it is planned."""
    there = {path.name[:2] for path in lesson.path.parent.glob("[0-9][0-9]_*.ipynb")}
    for number, cell in lesson.cells("markdown"):
        for other in re.findall(r"\blessons? (\d\d)\b", cell.source, re.IGNORECASE):
            if other not in there and "planned" not in cell.source:
                yield lesson.at(number, f"it speaks of lesson {other}, which is not there.")


def narrow(lesson: Lesson) -> Iterator[str]:
    """Code fits the columns that slides, phones and the site show whole; `ruff format` leaves text as long as it is."""
    for number, cell in lesson.cells("code"):
        for line in cell.source.splitlines():
            if len(line) > COLUMNS:
                yield lesson.at(
                    number, f"a line of its code has {len(line)} columns, not up to {COLUMNS}: {line.strip()}"
                )


def prose(lesson: Lesson) -> Iterator[str]:
    """A calm voice: no exclamation marks, nothing is called easy by a filler word."""
    for number, cell in lesson.cells("markdown"):
        text = re.sub(r"!\[|<!--.*?-->", "", _without_code(cell.source), flags=re.DOTALL)
        if "!" in text:
            yield lesson.at(number, "it holds an exclamation mark.")
        for word in re.findall(r"\b(simply|just)\b", text, re.IGNORECASE):
            yield lesson.at(number, f"it says {word!r}: leave the word out.")


def slides(lesson: Lesson) -> Iterator[str]:
    for number, cell in lesson.cells():
        if cell.metadata.get("slideshow", {}).get("slide_type") not in SLIDES:
            yield lesson.at(number, f"its slideshow metadata is none of {', '.join(sorted(SLIDES))}.")


def exercises(lesson: Lesson) -> Iterator[str]:
    """An exercise belongs to its lesson's number, is checked in one cell and tells how to get a hint."""
    source = "\n".join(cell.source for _, cell in lesson.cells())
    hinted, met = set(HINT.findall(source)), set()
    for number, cell in lesson.cells("code"):
        for exercise in EXERCISE.findall(cell.source):
            if lesson.path.name[:2].isdigit() and int(exercise.split(".")[0]) != int(lesson.path.name[:2]):
                yield lesson.at(number, f"exercise {exercise} belongs to another lesson.")
            if exercise in met:
                yield lesson.at(number, f"exercise {exercise} is checked a second time.")
            elif exercise not in hinted:
                yield lesson.at(number, f'exercise {exercise} has no mention of hint("{exercise}").')
            met.add(exercise)


def predictions(lesson: Lesson) -> Iterator[str]:
    """`Predict:` is answered in a `<details>`, in its own cell or before the next prediction."""
    texts = list(lesson.cells("markdown"))
    for place, (number, cell) in enumerate(texts):
        if not re.search(r"\bPredict:", cell.source):
            continue
        below = [cell.source.split("Predict:", 1)[1]]
        for _, later in texts[place + 1 :]:
            if "Predict:" in later.source:
                break
            below.append(later.source)
        if not re.search(r"<details>.*?<summary>.*?</summary>.*?</details>", "\n".join(below), re.DOTALL):
            yield lesson.at(number, "its prediction is not answered in a <details> with a <summary>.")


def lengths(lesson: Lesson) -> Iterator[str]:
    """Code cells of up to 15 lines, text cells of up to 110 words; speaker notes may be longer."""
    for number, cell in lesson.cells():
        lines, words = (
            len(cell.source.splitlines()),
            len(re.findall(r"\w[\w'’.-]*", _readable(cell.source))),
        )
        if cell.cell_type == "code" and lines > 15:
            yield lesson.at(number, f"{lines} lines of code: 15 are what a reader takes in at once.")
        notes = cell.metadata.get("slideshow", {}).get("slide_type") == "notes"
        if cell.cell_type == "markdown" and words > 110 and not notes:
            yield lesson.at(number, f"{words} words: 110 are what a reader takes in at once.")


RULES = (
    stored_once,
    metadata,
    executed,
    nothing_skipped,
    no_stderr,
    raising,
    rehearsing,
    figures,
    nothing_local,
    free_ports,
    title,
    links,
    ahead,
    narrow,
    prose,
    slides,
    exercises,
    predictions,
)


def _text(output: NotebookNode) -> str:
    """All that an output says in text, without colours; a figure's bytes are not text."""
    parts = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
    for mime, value in output.get("data", {}).items():
        parts.append(DRAWN.sub("", str(value)) if not mime.startswith("image/") else "")
    return ANSI.sub("", "\n".join(parts))


def _without_code(source: str) -> str:
    """Markdown without its code blocks and code spans."""
    return re.sub(
        r"(`+).+?\1",
        " ",
        re.sub(r"^(```|~~~).*?^\1", " ", source, flags=re.DOTALL | re.MULTILINE),
        flags=re.DOTALL,
    )


def _readable(source: str) -> str:
    """Markdown as words to read: without code blocks, tags and link targets."""
    text = re.sub(r"^(```|~~~).*?^\1", " ", source, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"<[^<>]+>|\]\([^()]*\)", " ", text)


def _anchors(path: Path) -> set[str]:
    """The anchors that Jupyter gives the headings of a notebook."""
    texts = (cell.source for _, cell in Lesson(path).cells("markdown"))
    return {h.replace(" ", "-") for text in texts for h in re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)}
