"""Pictures: what a reader's browser receives, letters that can be read, and one grammar in all of them."""

import base64
import io
import subprocess
import sys
from html.parser import HTMLParser
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.colors import to_rgb
from PIL import Image

from helpers import figures
from helpers.figures import bars, canvas, curves, diagrams, fonts, indexes, matrices, timelines
from helpers.figures.canvas import cell, label
from helpers.figures.grammar import LOOKS
from helpers.figures.picture import picture, png
from helpers.prices import modes_by_use
from helpers.retries import storm
from helpers.throughput import Bucket, serve, serve_keys

PEOPLE = pd.DataFrame(
    [["value", "NULL"], ["value", ""], ["", "value"]], columns=["fullName", "agency of the contractor"]
)
READS = pd.DataFrame({"returned": [3, 0], "query reads": [18, 0], "scan reads": [40, 40]}, ["a", "b"])
SIZES = pd.DataFrame({"name": [10, 8], "value": [5, 1_500]}, index=["employeeId", "about"])
COLUMNS = pd.DataFrame(
    [
        ("office", "id", "INTEGER", "primary", ""),
        ("employee", "id", "TEXT", "primary", ""),
        ("employee", "office_id", "INTEGER", "", "office"),
        ("badge", "employee_id", "TEXT", "", "employee"),
    ],
    columns=["table", "column", "type", "key", "points to"],
)
PLACES = pd.DataFrame({"answers": ["a DynamoDB"], "needs": ["nothing"]}, index=["offline"])
STORES = pd.DataFrame({"class": ["A", "B"], "keeps": ["rows", "items"]}, index=["SQL", "DynamoDB"])
HELD = {
    "People": pd.DataFrame({"id": ["1", "2"], "fullName": ["Ada Byron", "Bo"], "leads": [3, None]}),
    "by_leads": pd.DataFrame({"leads": [3], "id": ["1"]}),
    "by_name": pd.DataFrame({"fullName": ["Ada Byron", "Bo"], "id": ["1", "2"]}),
}
HELD_BY = {"People": ["id"], "by_leads": ["leads"], "by_name": ["fullName"]}
LADDER = pd.DataFrame({"table": [1, 1], "by_office": [2, 0]}, index=["another office", "another phone"])
NOTES = [{"userId": user, "noteId": f"2026-03-{day:02}"} for user in ("ada", "mei") for day in range(1, 12)]
STEPS = pd.DataFrame(
    {
        "way": ["request", "lost", "request", "answer"],
        "says": ["ADD opened 1", "done, the answer is lost", "the same once more", "done"],
        "stored": ["", "opened 8", "", "opened 9"],
    },
    index=[0, 0.005, 60.005, 60.01],
)
STORMS = {"without jitter": storm(jitter=False), "with jitter": storm(jitter=True)}
SPIKE = serve([4] * 55 + [90] * 5 + [4] * 120, Bucket(10, 1), attempts=1).seconds()
KEYS = serve_keys(
    {"celebrity": [2_500] * 9} | {f"user-{n}": [10] * 9 for n in range(8)}, Bucket(5_000)
).keys()
DRAWN = {
    "day": lambda: figures.draw_day(SPIKE),
    "quiet day": lambda: figures.draw_day(SPIKE.head(50), "item"),
    "minutes": lambda: figures.draw_minutes(SPIKE, "item"),
    "crossing": lambda: figures.draw_crossing(modes_by_use()),
    "hot key": lambda: figures.draw_hot_key({"one hot key": KEYS, "the others": KEYS.drop("celebrity")}),
    "grammar": lambda: figures.draw_grammar(),
    "route": lambda: figures.draw_route(PLACES),
    "partitions": lambda: figures.draw_partitions(NOTES, "userId", "noteId"),
    "item size": lambda: figures.draw_item_size(SIZES),
    "reads": lambda: figures.draw_reads(READS),
    "schema": lambda: figures.draw_schema(COLUMNS),
    "presence": lambda: figures.draw_presence({"people": PEOPLE}),
    "lost answer": lambda: figures.draw_lost_answer(STEPS),
    "retries": lambda: figures.draw_retries(STORMS),
    "backends": lambda: figures.draw_backends(STORES),
    "indexes": lambda: figures.draw_indexes(HELD, HELD_BY),
    "ladder": lambda: figures.draw_ladder(LADDER),
}


class Tags(HTMLParser):
    """The tags of a piece of HTML with their attributes, as a browser reads them."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def shown(monkeypatch):
    """What `picture` displays, the last one: the mime bundle; and the figure it is made of."""
    last = {}
    monkeypatch.setattr("helpers.figures.picture.display", lambda data, raw: last.update(data))
    drawn = png

    def keep(figure):
        last["figure"] = figure
        return drawn(figure)

    monkeypatch.setattr("helpers.figures.picture.png", keep)
    return last


def pixels(figure):
    return Image.open(io.BytesIO(png(figure))).convert("RGB")


def texts(figure):
    return [text for axes in figure.axes for text in axes.texts if text.get_text()]


# what a browser receives


def test_a_figure_is_an_image_with_alt_text_whatever_the_text_holds(shown):
    alt = 'Two bars <b>"A" & \'B\'</b>, src="data:image/png;base64,AAAA"'
    picture(canvas.canvas(1)[0], alt)
    assert {kind for kind in shown if kind != "figure"} == {"text/html", "text/plain"}
    [(tag, attributes)] = Tags(shown["text/html"]).found
    assert (tag, attributes["alt"], shown["text/plain"]) == ("img", alt, alt)
    kind, _, bytes_ = attributes["src"].partition(",")
    image = Image.open(io.BytesIO(base64.b64decode(bytes_, validate=True)))
    assert (kind, image.format) == ("data:image/png;base64", "PNG")
    assert attributes.keys() == {"alt", "src", "width"}, (
        "JupyterLab lets these through before it trusts a notebook"
    )


@pytest.mark.parametrize("name", DRAWN)
def test_letters_are_12_points_as_shown_and_stay_inside(shown, name):
    DRAWN[name]()
    figure = shown["figure"]
    [(_, attributes)] = Tags(shown["text/html"]).found
    inches = int(attributes["width"]) / 96
    assert inches == pytest.approx(figure.get_figwidth(), abs=0.01) and inches <= 7.7, "a page shrinks it"
    assert figure.get_figheight() <= 6.5, "a screen shows it whole"
    frame = figure.bbox
    for text in texts(figure):
        assert text.get_fontsize() >= 12, text.get_text()
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= frame.x1 and box.y0 >= 0 and box.y1 <= frame.y1, text.get_text()


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_drawing_is_the_same_small_file(shown, name):
    DRAWN[name]()
    first = shown["text/html"]
    DRAWN[name]()
    assert shown["text/html"] == first
    assert len(first) < 60_000
    assert 30 <= len(shown["text/plain"]) <= 500


def test_a_picture_has_paper_and_ink_of_its_own():
    """Nothing is transparent: it looks the same on a light page and on a dark one."""
    figure, axes = canvas.canvas(0.5)
    label(axes, 0, 0.25, "HHHH", bold=True)
    image = Image.open(io.BytesIO(png(figure)))
    assert "transparency" not in image.info and image.mode == "P"
    colours = {colour for _, colour in image.convert("RGB").getcolors(1_000)}
    assert (255, 255, 255) in colours and min(sum(colour) for colour in colours) < 120


# the grammar


def test_the_grammar_tells_what_is_drawn():
    table = figures.grammar()
    assert list(table.index) == list(LOOKS)
    assert {"key", "item", "read", "returned", "billed", "refused", "absent"} <= set(table.index)
    assert table.pattern.is_unique and table.means.is_unique


def swatch(kind):
    figure, axes = canvas.canvas(0.5)
    cell(axes, 0, 0, 1.2, 0.5, kind)
    return pixels(figure).crop((20, 20, 180, 86))


@pytest.mark.parametrize(("one", "other"), list(combinations(LOOKS, 2)))
def test_kinds_differ_without_colour(one, other):
    """In shades of grey of the same mean, what is left is the pattern."""
    grey = [np.asarray(swatch(kind).convert("L"), dtype=float) for kind in (one, other)]
    plain = {kind for kind in (one, other) if not (LOOKS[kind].hatch or LOOKS[kind].ring)}
    if plain == {one, other}:  # a key and an item: dark and light
        assert abs(grey[0].mean() - grey[1].mean()) > 80
    else:
        levelled = [shades - shades.mean() for shades in grey]
        assert np.abs(levelled[0] - levelled[1]).mean() > 5


# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB.
BLINDNESS = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("kind", BLINDNESS)
def test_letters_on_a_key_and_edges_can_be_seen_by_everybody(kind):
    """A contrast of 4.5 for letters and of 3 for the marks of a pattern (WCAG 2.2, 1.4.3 and 1.4.11)."""

    def light(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return float(np.clip(np.array(BLINDNESS[kind]) @ linear, 0, 1) @ [0.2126, 0.7152, 0.0722])

    def contrast(one, other):
        lower, upper = sorted((light(one), light(other)))
        return (upper + 0.05) / (lower + 0.05)

    for look in LOOKS.values():
        if not look.hatch:  # nobody writes on a pattern
            assert contrast(look.fill, look.ink) >= 4.5, look
        if look.hatch or look.ring:
            assert contrast(look.fill, look.edge) >= 3, look


@pytest.mark.parametrize("name", sorted(DRAWN.keys() - {"grammar"}))
def test_a_picture_names_every_kind_that_it_draws(name, monkeypatch):
    drawn, named = set(), set()

    def spy(module, function, note):
        original = getattr(module, function)

        def call(*arguments, **options):
            note(arguments)
            return original(*arguments, **options)

        monkeypatch.setattr(module, function, call)

    for module in (bars, curves, diagrams, indexes, matrices, timelines):
        spy(module, "legend", lambda given: named.update(given[1]))
        for function, place in {"area": 3, "box": 5, "cell": 5, "cells": 4}.items():
            if hasattr(module, function):
                spy(
                    module,
                    function,
                    lambda given, place=place: drawn.update(given[place : place + 1] or [""]),
                )
    DRAWN[name]()
    outlined = {""} & drawn  # an outline has no meaning of its own: a legend may name it
    assert named - outlined == drawn - outlined, "a legend has the kinds that are drawn and no other"


# letters


def test_a_dollar_is_a_dollar():
    _, axes = canvas.canvas(1)
    assert label(axes, 0, 0.6, "$5 or $6") > label(axes, 0, 0.2, "5 or 6"), (
        "read as mathematics it is narrower"
    )
    label(axes, 0, 0.2, r"$\frac{1$")  # as mathematics, an error


def test_long_text_is_shortened_to_its_room():
    figure, axes = canvas.canvas(1)
    assert label(axes, 0, 0.5, "a long text " * 9, width=1.5) <= 1.5
    assert label(axes, 0, 0.2, "short", width=1.5) < 1.5
    long, short = texts(figure)
    assert long.get_text().startswith("a long te") and long.get_text().endswith("…")
    assert short.get_text() == "short"


@pytest.fixture
def one_font(monkeypatch, tmp_path):
    """Make this a machine with DejaVu and one more family, by its name and its letters, at first 會 alone."""

    def install(name="Only Here", letters=(0x6703,), path="only-here.ttf"):
        entry = font_manager.FontEntry(fname=path, name=name, style="normal", weight=400)
        monkeypatch.setattr(fonts.fontManager, "ttflist", [entry])
        own = fonts._letters
        for cached in (fonts._others, fonts._family):
            cached.cache_clear()
        monkeypatch.setattr(fonts, "_letters", lambda file: frozenset(letters) if file == path else own(file))

    yield install
    monkeypatch.undo()
    for cached in (fonts._others, fonts._family):
        cached.cache_clear()


def test_a_letter_that_dejavu_lacks_is_drawn_with_a_font_of_the_machine(one_font):
    one_font()
    text, font = fonts.lettering("a 會", bold=True)
    assert text == "a 會" and font.get_family() == ["DejaVu Sans", "Only Here"]


@pytest.mark.parametrize("name", ["Last Resort High-Efficiency", ".LastResort", "Adobe Blank"])
def test_a_font_of_boxes_is_none(one_font, name):
    one_font(name)
    assert fonts.lettering("會")[0] == fonts.MISSING


def test_what_dejavu_has_is_drawn_with_the_very_file_of_matplotlib(one_font):
    """So a stored picture is the same on a machine that has another DejaVu, or many other fonts."""
    one_font("DejaVu Sans", letters=range(0x110000))
    text, font = fonts.lettering("Olena Олена, José → ≥ …", bold=True)
    assert text == "Olena Олена, José → ≥ …"
    assert font.get_file().endswith("DejaVuSans-Bold.ttf") and "matplotlib" in font.get_file()


def test_a_font_that_is_listed_and_gone_is_passed_over(one_font, tmp_path):
    assert fonts._letters(str(tmp_path / "gone.ttf")) == frozenset()


def test_control_characters_line_breaks_and_halves_of_pairs_are_drawn_as_one_line():
    assert fonts.lettering("a\n b\x00\u200b\x1b[31m")[0] == "a b[31m"
    assert fonts.lettering("\ud800z")[0] == f"{fonts.MISSING}z"


def test_no_letter_writes_to_stderr():
    """Also where the machine has no font for it: scripts of a student's own data, and none."""
    code = (
        "from helpers.figures import draw_partitions\n"
        "names = ['会议记录', '森本 さくら', 'अनन्या देशमुख', 'ශානිකා', 'ليلى', '한국어', '\U0010ffff', '👩‍👩‍👧']\n"
        "draw_partitions([{'u': name, 'n': name} for name in names], 'u', 'n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr == ""


@pytest.mark.parametrize("items", [[], [{"u": "a", "n": 1}]])
def test_small_data_draw_too(shown, items):
    figures.draw_partitions(items, "u", "n")
    figures.draw_presence({"nobody": pd.DataFrame(columns=["a"])})
    assert "0 values" in shown["text/plain"]


def test_the_numbers_of_a_picture_stand_in_it(shown):
    figures.draw_reads(READS)
    written = {text.get_text() for text in texts(shown["figure"])}
    assert {"3 of 18", "3 of 40", "0 of 0", "0 of 40"} <= written
    figures.draw_item_size(SIZES)
    written = {text.get_text() for text in texts(shown["figure"])}
    assert {"10 + 5", "8 + 1500", "Together 1,523 bytes. A write bills each KB begun: 2 WCU."} <= written
    figures.draw_retries(STORMS)
    written = {text.get_text() for text in texts(shown["figure"])}
    assert "without jitter: 340 requests, 300 refused, 60 given up" in written
    figures.draw_presence({"people": PEOPLE})
    assert [text.get_text() for text in texts(shown["figure"])][2:6] == [
        "fullName",
        "2",
        "agency of the…",
        "1",
    ]
    figures.draw_ladder(LADDER)
    written = [text.get_text() for text in texts(shown["figure"])]
    assert written[:8] == ["table", "by_office", "another office", "1", "2", "another phone", "1", "0"]
    assert "another office: 1, 2; another phone: 1, 0" in shown["text/plain"]
    figures.draw_indexes(HELD, HELD_BY)
    assert {"People: 2 items", "by_leads: 1 item", "by_name: 2 items"} <= {
        text.get_text() for text in texts(shown["figure"])
    }
    assert "index by_leads, by leads: 1; index by_name, by fullName: 2" in shown["text/plain"]


# lines


def test_a_day_tells_its_sums_and_a_spike_stays_in_sight(shown):
    figures.draw_day(SPIKE)
    assert "1,150 asked for, 750 served, 400 refused" in shown["text/plain"]
    assert SPIKE["demand"].sum() == 1150 and SPIKE["throttled"].sum() == 5 * 80
    written = {text.get_text() for text in texts(shown["figure"])}
    assert {"90", "80"} <= written  # of 90 in a second, 80 find no room in the bucket of 10


def test_seconds_and_cloudwatch_s_minutes_stand_at_one_scale(shown):
    figures.draw_minutes(SPIKE)
    alt = shown["text/plain"]
    assert "up to 90 units asked for, 10 served, 10 provisioned, 400 refused" in alt
    assert f"at most {(55 * 4 + 5 * 10) / 60:.1f} units a second" in alt
    highest = [text.get_text() for text in texts(shown["figure"])].count("90")
    assert highest == 2


def test_the_crossing_point_is_where_the_lines_meet(shown):
    figures.draw_crossing(modes_by_use(step=10))
    assert "cross at 29 per cent and $47.45" in shown["text/plain"]
    assert "29 %" in {text.get_text() for text in texts(shown["figure"])}
    figures.draw_crossing(modes_by_use(step=10).head(3))
    assert "do not cross" in shown["text/plain"]


def test_a_hot_key_stands_first_with_what_it_got(shown):
    figures.draw_hot_key({"one hot key": KEYS})
    written = [text.get_text() for text in texts(shown["figure"])]
    assert written[:3] == ["one hot key", "celebrity", f"{KEYS['served']['celebrity']:,.0f} of 2,500"]
    rest = KEYS.drop("celebrity").iloc[4:]["served"].sum()
    assert f"4 more keys, together {rest:,.0f} of 40" in written
