"""The page of the employee directory in a browser: headless Chromium, by hand and eye of a program."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from needs import need
from PIL import Image

from helpers import connect
from helpers.directory import open_directory
from helpers.directory.photos import Photos
from helpers.directory.serving import serve
from helpers.directory.web import create_app

AXE = Path(__file__).with_name("npm") / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RULES = "axe.run(document, {rules: {'target-size': {enabled: true}}})"
HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE employee; --",
    '"><img src=x onerror=alert(1)>',
    "سلمى العطار",
    "👩🏽‍🚀 Zoë",
    "\u202eevil\u202c",  # turns the direction of what follows, were it not isolated
]


@pytest.fixture(scope="module")
def chromium():
    need(CHROMIUM is not None, "there is no Chromium on this machine (Debian: apt-get install chromium)")
    need(AXE.exists(), "axe-core is not installed: npm ci --prefix tests/npm")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


ONE_STORE = pytest.mark.parametrize("directory", ["sql"], indirect=True)
"""For what the page does alike on every store."""


@pytest.fixture(params=["sql", "dynamodb"])
def directory(request):
    connect("offline", fresh=True)
    return open_directory(request.param)


@pytest.fixture
def site(directory):
    names = {"SqlStore": "SQL", "DynamoDBStore": "DynamoDB"}
    app = create_app(directory, Photos(), backend_name=names[type(directory).__name__])
    with serve(app) as served:
        yield served


@pytest.fixture
def person(chromium, site):
    """Makes people: each has a browser of their own, which must stay quiet and ask no other host."""
    bad, contexts = [], []

    def heard(message) -> None:
        if (
            message.type in ("error", "warning")
            and "the server responded with a status of 4" not in message.text
        ):
            bad.append(message.text)

    def asked(request) -> None:
        if not request.url.startswith(site.url):
            bad.append(request.url)

    def failed(error) -> None:
        bad.append(error)

    def dialog(it) -> None:
        bad.append(f"dialog: {it.message}")
        it.dismiss()

    def one():
        contexts.append(chromium.new_context(base_url=site.url, viewport={"width": 1000, "height": 800}))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        for event, note in (
            ("console", heard),
            ("request", asked),
            ("dialog", dialog),
            ("pageerror", failed),
        ):
            page.on(event, note)
        return page

    yield one
    for context in contexts:
        context.close()
    assert bad == []


def fill(page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f"#{name}", value)


def inspect(page) -> None:
    """axe finds nothing in light and dark, and at 320 pixels nothing needs scrolling sideways."""
    size = page.viewport_size
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(RULES)["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.set_viewport_size(size)


def follow(page, selector: str) -> None:
    """Click what leads to another page, and wait for that."""
    with page.expect_navigation():
        page.click(selector)


def shown(page) -> list[str]:
    return page.locator(".card h2").all_inner_texts()


@pytest.fixture
def portrait(tmp_path):
    path = tmp_path / "portrait.png"
    Image.new("RGB", (600, 400), "teal").save(path)
    return path


def test_add_find_edit_and_remove(person, directory, portrait):
    page = person()
    page.goto("/")
    assert page.inner_text(".empty h2") == "Nobody here yet"
    inspect(page)
    follow(page, "text=Add an employee")
    inspect(page)
    fill(page, full_name="Ada Byron", job_title="Analyst", location="London", badges="mentor, speaker")
    page.set_input_files("#photo", portrait)
    follow(page, "main button")
    assert page.inner_text("[role=status]") == "Ada Byron was added. Open"
    assert shown(page) == ["Ada Byron"] and page.locator(".badges li").all_inner_texts() == [
        "mentor",
        "speaker",
    ]
    assert (
        page.locator(".avatar img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    )
    inspect(page)

    directory.add("Grace Hopper", "New York", "Admiral")
    for search, expected in (("grace", ["Grace Hopper"]), ("LONDON", ["Ada Byron"]), ("zzz", [])):
        page.fill("#search", search)
        page.press("#search", "Enter")
        page.wait_for_url(f"**/?search={search}")
        assert shown(page) == expected
    inspect(page)
    follow(page, "text=Show everyone")
    assert sorted(shown(page)) == ["Ada Byron", "Grace Hopper"]

    follow(page, "role=link[name='Edit Ada Byron']")
    inspect(page)
    fill(page, full_name="Ada King", badges="")
    page.check("text=Remove the photo")
    follow(page, "main button")
    assert sorted(shown(page)) == ["Ada King", "Grace Hopper"] and page.locator(".avatar img").count() == 0

    follow(page, "role=link[name='Remove Ada King']")
    assert page.inner_text("h1") == "Remove this employee?"
    inspect(page)
    follow(page, "text=Keep")
    assert len(shown(page)) == 2
    follow(page, "role=link[name='Remove Ada King']")
    follow(page, "main button")
    assert page.inner_text("[role=status]") == "Ada King was removed." and shown(page) == ["Grace Hopper"]
    assert [who.full_name for who in directory.all()] == ["Grace Hopper"]


def test_two_people_edit_one_employee(person, directory):
    ada = directory.add("Ada Byron", "London", "Analyst")
    first, second = person(), person()
    for page in (first, second):
        page.goto(f"/employees/{ada.id}")
    fill(first, location="Paris")
    follow(first, "main button")
    fill(second, full_name="Ada King")
    follow(second, "main button")
    assert "Somebody else changed this employee" in second.inner_text("[role=alert]")
    assert second.inner_text(".theirs") == "Stored now: Ada Byron" or "Paris" in second.inner_text(".narrow")
    assert second.input_value("#full_name") == "Ada King"
    inspect(second)
    fill(second, location="Paris")
    follow(second, "main button")
    saved = directory.get(ada.id)
    assert (saved.full_name, saved.location, saved.version) == ("Ada King", "Paris", 3)

    # One removes while the other edits.
    second.goto(f"/employees/{ada.id}")
    directory.remove(ada.id)
    fill(second, job_title="Countess")
    follow(second, "main button")
    assert "Somebody else removed this employee" in second.inner_text("[role=alert]")
    inspect(second)
    follow(second, "main button")
    assert [who.job_title for who in directory.all()] == ["Countess"]


def test_names_are_text(person, directory):
    page = person()
    for name in HOSTILE:
        page.goto("/employees/new")
        fill(page, full_name=name, job_title=name, location=name, badges=name)
        follow(page, "main button")
        assert page.inner_text("[role=status]").endswith("was added. Open")
        follow(page, "text=Open")
        assert page.input_value("#full_name") == page.input_value("#badges") == name
    page.goto("/")
    assert sorted(page.locator(".card h2").all_text_contents()) == sorted(HOSTILE)
    inspect(page)
    for left in reversed(range(len(HOSTILE))):
        follow(page, ".card a:has-text('Remove')")
        follow(page, "main button")
        assert directory.count() == left


@ONE_STORE
def test_mistakes_are_told_at_their_field(person, directory, tmp_path):
    page = person()
    page.goto("/employees/new")
    fill(page, full_name="Ada Byron")
    page.click("main button")  # the browser itself asks for the job title
    assert page.url.endswith("/employees/new") and page.locator("[role=alert]").count() == 0
    fill(page, job_title="A" * 101)
    follow(page, "main button")
    page.wait_for_selector("#job_title:focus")
    assert "101 characters" in page.inner_text("#job_title-error")
    inspect(page)
    (tmp_path / "me.jpg").write_text("not a photo", encoding="utf-8")
    fill(page, job_title="Analyst")
    page.set_input_files("#photo", tmp_path / "me.jpg")
    follow(page, "main button")
    assert "no photo" in page.inner_text("#photo_key-error") and page.input_value("#full_name") == "Ada Byron"
    inspect(page)
    assert directory.count() == 0


@ONE_STORE
def test_error_pages_are_readable(person):
    page = person()
    page.goto("/employees/404")
    assert "There is no employee" in page.inner_text("main")
    inspect(page)
    follow(page, "text=To the list")
    assert page.inner_text("h1") == "Employees"


@ONE_STORE
def test_the_keyboard_is_enough_and_the_focus_is_seen(person, directory):
    page = person()
    page.goto("/")

    def tab_to(selector: str) -> None:
        for _ in range(20):
            page.keyboard.press("Tab")
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"{selector} is not reached")

    tab_to(".skip")
    tab_to("a.button.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/new")
    for field, text in (("full_name", "Ada Byron"), ("job_title", "Analyst")):
        tab_to(f"#{field}")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    assert [who.full_name for who in directory.all()] == ["Ada Byron"]


@ONE_STORE
def test_the_list_does_not_shift_when_photos_come(person, directory, portrait):
    key = Photos().add(portrait.read_bytes())
    for number in range(30):
        directory.add(
            f"Person {number}", "Kyoto", "Clerk", photo_key=key if number % 2 else "photos/lost.jpg"
        )
    page = person()
    page.goto("/", wait_until="networkidle")
    shift = """new Promise(done => {
        let sum = 0
        new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.value }))
            .observe({type: "layout-shift", buffered: true})
        setTimeout(() => done(sum), 200)
    })"""
    assert page.evaluate(shift) == 0
    assert len(shown(page)) == 24
    inspect(page)
    follow(page, "text=Next page")
    assert len(shown(page)) == 6
    inspect(page)


# -- other pages in the same browser ---------------------------------------------------------------------------


@pytest.fixture
def outside(tmp_path):
    """Writes a page and serves it from another port; returns its address under a host name."""
    handler = partial(
        type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": print_nothing}), directory=tmp_path
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def address(host: str, body: str) -> str:
            page = tmp_path / f"{len(list(tmp_path.iterdir()))}.html"
            page.write_text(f"<!doctype html>{body}", encoding="utf-8")
            return f"http://{host}:{server.server_address[1]}/{page.name}"

        yield address
        server.shutdown()


def print_nothing(*_) -> None:
    """In place of a log."""


@pytest.fixture
def anyone(chromium):
    """A page that may look at other hosts of this machine."""
    page = chromium.new_context().new_page()
    page.set_default_timeout(60_000)
    yield page
    page.context.close()


@ONE_STORE
def test_a_notebook_on_another_port_shows_the_page_in_a_frame(anyone, site, directory, outside):
    anyone.goto(outside("127.0.0.1", f'<iframe src="{site.url}" width="700" height="500"></iframe>'))
    frame = anyone.frame_locator("iframe")
    frame.locator("text=Add an employee").click()
    frame.locator("#full_name").fill("Ada Byron")
    frame.locator("#job_title").fill("Analyst")
    frame.locator("main button").click()
    assert frame.locator("[role=status]").inner_text() == "Ada Byron was added. Open"
    assert directory.count() == 1


@ONE_STORE
def test_another_site_can_neither_frame_it_nor_send_forms_to_it(anyone, site, directory, outside):
    anyone.goto(outside("evil.localhost", f'<iframe src="{site.url}"></iframe>'))
    anyone.wait_for_load_state("networkidle")
    assert "Employees" not in anyone.frame_locator("iframe").locator("body").inner_text()
    form = f'<form method="post" action="{site.url}employees/new">'
    form += (
        '<input name="full_name" value="Eve"><input name="job_title" value="Spy"><button>Win</button></form>'
    )
    anyone.goto(outside("evil.localhost", form))
    follow(anyone, "button")
    assert "open it again" in anyone.inner_text("main") and directory.count() == 0


@ONE_STORE
def test_another_name_for_this_machine_sees_nothing(anyone, site, directory):
    directory.add("Ada Byron", "London", "Analyst")
    anyone.goto(site.url.replace("127.0.0.1", "evil.localhost"))
    assert "Ada" not in anyone.content() and "127.0.0.1 and localhost only" in anyone.content()
    anyone.goto(site.url.replace("127.0.0.1", "localhost"))
    assert "Ada Byron" in anyone.content()
