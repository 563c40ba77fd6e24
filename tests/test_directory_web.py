"""The page of the employee directory, by its requests and answers."""

import html
import io
import os
import re
import signal
import socket
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from zlib import compress, crc32

import boto3
import pytest
from botocore.stub import Stubber
from PIL import Image

from helpers import connect
from helpers.directory import DirectoryError, Unanswered, open_directory, serving
from helpers.directory.model import InvalidEmployee
from helpers.directory.photos import EDGE, MOST_BYTES, Photos, shrunk
from helpers.directory.serving import serve
from helpers.directory.web import create_app, initials
from helpers.errors import CourseError

HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE employee; --",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "سلمى العطار",
    "👩🏽‍🚀 Zoë",
]
ADA = {"full_name": "Ada Byron", "location": "London", "job_title": "Analyst", "badges": "mentor, speaker"}


@pytest.fixture(params=["sql", "dynamodb"])
def directory(request):
    connect("offline", fresh=True)
    return open_directory(request.param)


@pytest.fixture
def sql():
    connect("offline", fresh=True)
    return open_directory("sql")


@pytest.fixture
def photos():
    return Photos()


def browser(directory, photos=None):
    return create_app(directory, photos or Photos(), backend_name="a test").test_client()


def post(client, path: str, **fields):
    """Send a form as the page would: with its token, and the version that the employee's page holds."""
    page = client.get(path if client.get(path).status_code == 200 else "/employees/new").text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return client.post(path, data=hidden | fields)


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 400), color="teal", **more) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, kind, **more)
    return file.getvalue()


def upload(data: bytes, name: str = "me.png"):
    return {"photo": (io.BytesIO(data), name)}


def stored(photos) -> list[str]:
    found = photos.client.list_objects_v2(Bucket=photos.bucket)
    return sorted(file["Key"] for file in found.get("Contents", []))


def people(directory) -> list[tuple]:
    return [(who.full_name, who.location, who.job_title, set(who.badges)) for who in directory.all()]


class Broken:
    """A store that cannot answer."""

    def __getattr__(self, name):
        def fail(*_, **__):
            raise DirectoryError("The database is not there: start it.")

        return fail


# -- add, edit, remove ----------------------------------------------------------------------------------------


def test_add_edit_and_remove(directory):
    client = browser(directory)
    answer = post(client, "/employees/new", **ADA)
    assert (answer.status_code, answer.location) == (303, "/")
    assert people(directory) == [("Ada Byron", "London", "Analyst", {"mentor", "speaker"})]
    assert "was added" in client.get("/").text
    assert "was added" not in client.get("/").text

    (ada,) = directory.all()
    changed = ADA | {"full_name": "Ada King", "location": "", "badges": " , mentor,"}
    assert post(client, f"/employees/{ada.id}", **changed).status_code == 303
    assert people(directory) == [("Ada King", "", "Analyst", {"mentor"})]
    assert next(directory.all()).created == ada.created

    assert "Ada King" in client.get(f"/employees/{ada.id}/remove").text
    assert directory.count() == 1
    assert post(client, f"/employees/{ada.id}/remove").status_code == 303
    assert directory.count() == 0
    assert "was removed" in client.get("/").text


def test_the_page_names_its_backend_and_an_empty_directory_says_so(directory):
    page = browser(directory).get("/").text
    assert "on a test" in page and "Nobody here yet" in page


@pytest.mark.parametrize("name", HOSTILE)
def test_text_stays_text(directory, name):
    client = browser(directory)
    post(client, "/employees/new", **ADA | {"full_name": name, "location": name, "badges": name})
    (who,) = directory.all()
    assert (who.full_name, who.location) == (name, name)
    for path in ("/", f"/employees/{who.id}", f"/employees/{who.id}/remove", "/?search=" + name):
        page = client.get(path).text
        assert name in html.unescape(page)
        assert "<script" not in page and "<img" not in page and "49" not in re.sub(r'"[^"]*"', "", page)


def test_paging_shows_everyone_once_and_keeps_the_search(directory):
    for number in range(60):
        directory.add(f"Person {number:02}", "Kyoto" if number % 2 else "Lisbon", "Clerk")
    client = browser(directory)
    for address, expected in (("/", 60), ("/?search=kyoto", 30)):
        seen, pages = [], 0
        while address:
            page = client.get(address).text
            seen += re.findall(r'<h2 dir="auto">(.*?)</h2>', page)
            link = re.search(r'href="([^"]+)" rel="next"', page)
            address, pages = link and html.unescape(link[1]), pages + 1
        assert len(seen) == len(set(seen)) == expected
        assert pages == -(-expected // 24)


def test_an_office_is_a_list_of_its_own_in_the_order_of_names(directory):
    for name, office in (("Cy", "Lisbon"), ("bo", "Lisbon"), ("Ada", "Lisbon"), ("Eve", "Kyoto & Nara")):
        directory.add(name, office, "Analyst")
    client = browser(directory)
    link = re.search(r'<a href="([^"]+)">Kyoto &amp; Nara</a>', client.get("/").text)[1]
    page = client.get(html.unescape(link)).text
    assert re.findall(r'<h2 dir="auto">(\w+)<', page) == ["Eve"] and "in <bdi>Kyoto &amp; Nara</bdi>" in page
    page = client.get("/?office=LISBON").text
    assert re.findall(r'<h2 dir="auto">(\w+)<', page) == ["Ada", "bo", "Cy"]
    page = client.get("/?office=lisbon&search=B").text
    assert re.findall(r'<h2 dir="auto">(\w+)<', page) == ["bo"]
    assert '<input type="hidden" name="office" value="lisbon">' in page
    assert "Show the whole office" in page
    assert "Nobody works in an office of this name" in client.get("/?office=Oslo").text
    assert "begins with these letters" in client.get("/?office=Lisbon&search=zz").text


def test_the_pages_of_an_office_keep_the_office_and_the_search(directory):
    for i in range(30):
        directory.add(f"Name {i:02}", "Lisbon", "Analyst")
    client, shown, address = browser(directory), [], "/?office=lisbon&search=name"
    while address:
        page = client.get(address).text
        shown += re.findall(r'<h2 dir="auto">([^<]+)<', page)
        link = re.search(r'href="([^"]+)" rel="next"', page)
        address = link and html.unescape(link[1])
    assert shown == [f"Name {i:02}" for i in range(30)]


def test_a_search_without_result_says_so_and_a_made_up_page_is_not_found(directory):
    directory.add("Ada Byron", "London", "Analyst")
    client = browser(directory)
    assert "Ada Byron" in client.get("/?search=lond").text
    found = client.get("/?search=nobody")
    assert found.status_code == 200 and "Nobody found" in found.text and "Nobody here yet" not in found.text
    assert client.get("/?after=!!").status_code == 404


# -- what goes wrong ------------------------------------------------------------------------------------------


def test_a_store_that_cannot_answer_is_an_error_page_and_never_an_empty_list():
    client = browser(Broken())
    for path in ("/", "/?search=a", "/employees/1", "/employees/1/remove"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "The database is not there: start it." in answer.text and "Nobody" not in answer.text
    for path in ("/employees/new", "/employees/1"):
        answer = post(client, path, version="1", **ADA | {"full_name": "Typed with care"})
        assert answer.status_code == 503
        assert "Typed with care" in answer.text and "start it" in answer.text


def test_a_mistake_in_the_program_is_an_error_page_without_its_text(sql, monkeypatch):
    monkeypatch.setattr(type(sql), "page", lambda *_, **__: 1 / 0)
    answer = browser(sql).get("/")
    assert answer.status_code == 500 and "division" not in answer.text and "To the list" in answer.text


def test_a_dead_photo_storage_is_told_in_the_form(sql, photos):
    client = browser(sql, photos)
    photos.bucket = "no-such-bucket"
    answer = post(client, "/employees/new", **ADA, **upload(picture()))
    assert answer.status_code == 503 and "Ada Byron" in answer.text and "NoSuchBucket" in answer.text
    assert sql.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", ""),
        ("full_name", "A" * 201),
        ("job_title", " "),
        ("badges", "b" * 51),
        ("location", "\x00"),
    ],
)
def test_an_invalid_value_comes_back_with_its_reason_at_the_field(directory, field, value):
    client = browser(directory)
    answer = post(client, "/employees/new", **ADA | {field: value})
    assert answer.status_code == 422 and directory.count() == 0
    with pytest.raises(InvalidEmployee) as refused:
        directory.add(
            **ADA | {"badges": ADA["badges"].split(","), field: [value] if field == "badges" else value}
        )
    assert f'<p id="{field}-error" class="error">{html.escape(str(refused.value))}</p>' in answer.text
    assert re.search(rf'<input id="{field}"[^>]*aria-describedby="[^"]*{field}-error"', answer.text)
    for other in ADA.keys() - {field}:
        assert f'value="{ADA[other]}"' in answer.text


def test_the_second_of_two_people_sees_both_versions_and_loses_nothing(directory, photos):
    client = browser(directory, photos)
    ada = directory.add("Ada Byron", "London", "Analyst")
    directory.update(replace(ada, location="Paris"))
    mine = ADA | {"full_name": "Ada King"}
    answer = post(client, f"/employees/{ada.id}", **mine | {"version": "1"}, **upload(picture()))
    assert answer.status_code == 409
    assert "Stored now: <bdi>Paris</bdi>" in answer.text and 'value="Ada King"' in answer.text
    assert directory.get(ada.id).full_name == "Ada Byron"

    # Saving again, with what that page holds, puts mine in the place of theirs: also the photo sent the first time.
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    assert client.post(f"/employees/{ada.id}", data=mine | hidden).status_code == 303
    saved = directory.get(ada.id)
    assert (saved.full_name, saved.location, saved.version) == ("Ada King", "London", 3)
    assert [saved.photo_key] == stored(photos)


def test_what_was_typed_about_somebody_removed_meanwhile_can_be_added(directory):
    client = browser(directory)
    ada = directory.add("Ada Byron", "London", "Analyst")
    directory.remove(ada.id)
    answer = post(client, f"/employees/{ada.id}", version="1", **ADA)
    assert answer.status_code == 404
    assert 'action="/employees/new"' in answer.text and 'value="Ada Byron"' in answer.text
    assert directory.count() == 0


def test_somebody_changed_meanwhile_is_not_removed(directory):
    client = browser(directory)
    ada = directory.add("Ada Byron", "London", "Analyst")
    directory.update(replace(ada, location="Paris"))
    answer = post(client, f"/employees/{ada.id}/remove", version="1")
    assert answer.status_code == 409 and "Paris" in answer.text and directory.count() == 1
    assert post(client, f"/employees/{ada.id}/remove").status_code == 303


def test_who_does_not_exist_is_not_found(directory):
    client = browser(directory)
    for path in ("/employees/404", "/employees/404/remove", "/employees/a%2Fb", "/nothing"):
        assert client.get(path).status_code == 404
    assert post(client, "/employees/404/remove", version="1").status_code == 404
    assert post(client, "/employees/404", version="1", **ADA).status_code == 404
    assert directory.count() == 0


def test_a_change_that_was_not_answered_is_not_called_unsaved(sql, monkeypatch):
    told = "DynamoDB did not answer in time, so the change may have been made or not: look first."
    ada = sql.add("Ada Byron", "London", "Analyst")

    def fail(*_, **__):
        raise Unanswered(told)

    for name in ("add", "update", "remove"):
        monkeypatch.setattr(sql, name, fail)
    client = browser(sql)
    for path in ("/employees/new", f"/employees/{ada.id}"):
        answer = post(client, path, **ADA | {"full_name": "Typed with care"})
        assert answer.status_code == 503 and "Typed with care" in answer.text
        assert told in answer.text and "Nothing was saved" not in answer.text
    answer = post(client, f"/employees/{ada.id}/remove")
    assert answer.status_code == 503 and told in answer.text


# -- what is refused ------------------------------------------------------------------------------------------


def test_a_form_without_this_servers_token_changes_nothing(sql):
    client = browser(sql)
    ada = sql.add("Ada Byron", "London", "Analyst")
    for path in ("/employees/new", f"/employees/{ada.id}", f"/employees/{ada.id}/remove"):
        for token in ({}, {"token": "wrong"}, {"token": "ü"}):
            answer = client.post(path, data=ADA | {"version": "1"} | token)
            assert answer.status_code == 400 and "open it again" in answer.text
    assert [who.full_name for who in sql.all()] == ["Ada Byron"]
    other = browser(sql)
    token = re.search(r'name="token" value="([^"]+)"', other.get("/employees/new").text)[1]
    assert client.post("/employees/new", data=ADA | {"token": token}).status_code == 400


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1"]
)
def test_another_host_name_gets_nothing(sql, host):
    sql.add("Ada Byron", "London", "Analyst")
    answer = browser(sql).get("/", headers={"Host": host})
    assert answer.status_code == 400 and "Ada" not in answer.text
    for own in ("127.0.0.1:8061", "localhost:1"):
        assert browser(sql).get("/", headers={"Host": own}).status_code == 200


@pytest.mark.parametrize("address", ["192.168.0.7", "10.0.0.1", "::ffff:192.168.0.7", "2001:db8::1", ""])
def test_another_machine_gets_nothing(sql, address):
    """Whatever serves the app, and whatever host name is asked for: there is no login."""
    sql.add("Ada Byron", "London", "Analyst")
    client = browser(sql)
    for answer in (
        client.get("/", environ_base={"REMOTE_ADDR": address}),
        client.post("/employees/new", data=ADA, environ_base={"REMOTE_ADDR": address}),
    ):
        assert answer.status_code == 403 and "has no login" in answer.text and "Ada" not in answer.text
    for own in ("127.0.0.1", "::1", "127.8.0.1"):
        assert client.get("/", environ_base={"REMOTE_ADDR": own}).status_code == 200
    assert sql.count() == 1


def test_every_answer_carries_the_headers(sql):
    client = browser(sql)
    found = [client.get("/"), client.get("/nothing"), client.post("/"), client.get("/static/directory.css")]
    for answer in [*found, browser(Broken()).get("/"), client.get("/", headers={"Host": "evil.example"})]:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "script-src" not in policy
        assert "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    post(client, "/employees/new", **ADA)
    cookie = client.get("/").headers.get("Set-Cookie", "")  # the message was shown: the cookie ends
    assert "SameSite=Lax" in cookie and "Expires=Thu, 01 Jan 1970" in cookie


def test_a_page_needs_no_inline_style_or_script(sql):
    ada = sql.add("Ada Byron", "London", "Analyst")
    for path in ("/", "/employees/new", f"/employees/{ada.id}", f"/employees/{ada.id}/remove", "/nothing"):
        page = browser(sql).get(path).text
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://", page)


def test_a_request_too_large_to_be_meant_is_refused(sql):
    client = browser(sql)
    answer = post(client, "/employees/new", **ADA, **upload(b"x" * 9 * MOST_BYTES))
    assert answer.status_code == 413 and "a photo may have 2 MB, and a text some" in answer.text


@pytest.mark.parametrize("length", [201, 600_000, 5_000_000])
@pytest.mark.parametrize("files", [[], ["photo"]], ids=["plain", "multipart"])
def test_a_text_too_long_is_told_at_its_field_and_not_as_a_photo_too_large(sql, length, files):
    sent = ADA | {"full_name": "A" * length} | {name: (io.BytesIO(), "") for name in files}
    answer = post(browser(sql), "/employees/new", **sent)
    assert answer.status_code == 422 and "A" * length in answer.text and "too large" not in answer.text
    assert f"The name has {length:,} characters and may have 200" in answer.text


def test_a_version_that_is_no_number_is_a_bad_request(directory):
    client = browser(directory)
    ada = directory.add("Ada Byron", "London", "Analyst")
    for path in (f"/employees/{ada.id}", f"/employees/{ada.id}/remove"):
        for version in ("one", "", "0", "-1", "1.0", "9" * 400, "9" * 5000, "2147483647", "\0", "½"):
            answer = post(client, path, **ADA | {"version": version})
            assert answer.status_code == 400 and "does not say which version" in answer.text
    assert directory.get(ada.id) == ada


# -- photos ---------------------------------------------------------------------------------------------------


def test_a_photo_is_kept_shown_replaced_and_removed(directory, photos):
    client = browser(directory, photos)
    post(client, "/employees/new", **ADA, **upload(picture(), "../../etc/passwd.png"))
    (ada,) = directory.all()
    assert stored(photos) == [ada.photo_key] and re.fullmatch(r"photos/[0-9a-f-]{36}\.jpg", ada.photo_key)
    answer = client.get(re.search(r'<img src="([^"]+)"', client.get("/").text)[1])
    assert answer.mimetype == "image/jpeg" and Image.open(io.BytesIO(answer.data)).size == (EDGE, EDGE)

    post(client, f"/employees/{ada.id}", **ADA | {"full_name": "Ada King"})
    assert stored(photos) == [ada.photo_key] == [directory.get(ada.id).photo_key]

    post(client, f"/employees/{ada.id}", **ADA, **upload(picture(color="red")))
    second = directory.get(ada.id).photo_key
    assert stored(photos) == [second] != [ada.photo_key]

    post(client, f"/employees/{ada.id}", **ADA, no_photo="on")
    assert stored(photos) == [] and directory.get(ada.id).photo_key is None

    post(client, f"/employees/{ada.id}", **ADA, **upload(picture()))
    post(client, f"/employees/{ada.id}/remove")
    assert stored(photos) == []


def test_a_photo_survives_a_mistake_in_another_field(sql, photos):
    client = browser(sql, photos)
    first = post(client, "/employees/new", **ADA | {"full_name": ""}, **upload(picture()))
    assert first.status_code == 422 and "<img" in first.text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', first.text))
    assert client.post("/employees/new", data=ADA | hidden).status_code == 303
    assert [next(sql.all()).photo_key] == stored(photos)


def test_a_refused_photo_leaves_the_old_one_in_sight_and_in_place(sql, photos):
    client = browser(sql, photos)
    ada = sql.add("Ada Byron", "London", "Analyst", photo_key=photos.add(picture()))
    answer = post(client, f"/employees/{ada.id}", **ADA, **upload(b"no photo"))
    assert answer.status_code == 422 and f"/photo/{ada.photo_key}" in answer.text
    assert sql.get(ada.id) == ada and stored(photos) == [ada.photo_key]


def test_the_photo_of_somebody_else_cannot_be_claimed(sql, photos):
    client = browser(sql, photos)
    key = photos.add(picture())
    for forged in (key, f'"{key}"', f'"{key}".c2ln'):
        assert post(client, "/employees/new", **ADA, new_photo=forged).status_code == 400
    assert sql.count() == 0


def test_offline_photos_are_found_again_and_a_bucket_can_be_named(photos, monkeypatch):
    assert Photos().get(photos.add(picture())) is not None
    assert Photos("another").bucket == "another" and stored(Photos("another")) == []
    monkeypatch.setenv("DIRECTORY_BUCKET", "from-the-setting")
    assert (Photos().bucket, stored(Photos())) == ("from-the-setting", [])


def test_in_an_account_no_bucket_is_made_and_one_must_be_named(monkeypatch):
    """The names of buckets are shared with everybody; a Stubber refuses each call that it was not told of."""
    client = boto3.client("s3")
    with Stubber(client) as stub:
        with pytest.raises(
            DirectoryError, match="bucket of your account: create one, and name it in DIRECTORY_BUCKET"
        ):
            Photos(client=client)
        stub.add_client_error("head_bucket", "404", http_status_code=404)
        with pytest.raises(
            DirectoryError, match="no bucket 'mine' that you may use .S3 says 404.: create it"
        ):
            Photos("mine", client=client)
        stub.add_response("head_bucket", {})
        monkeypatch.setenv("DIRECTORY_BUCKET", "ours")
        assert Photos(client=client).bucket == "ours"
        stub.assert_no_pending_responses()
    monkeypatch.delenv("DIRECTORY_BUCKET")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "SOMEBODY")
    with pytest.raises(DirectoryError, match="bucket of your account"):
        Photos()


def test_a_lost_photo_leaves_the_list_as_it_is(sql):
    sql.add("Ada Byron", "London", "Analyst", photo_key="photos/lost.jpg")
    client = browser(sql)
    assert "Ada Byron" in client.get("/").text
    assert client.get("/photo/photos/lost.jpg").status_code == 404


def claiming(width: int, height: int) -> bytes:
    """A small PNG whose header claims another size."""
    file = picture("PNG", (1, 1))
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + file[24:29]
    return file[:12] + header + crc32(header).to_bytes(4, "big") + file[33:]


BAD_PHOTOS = {
    "text": b"Not an image at all.",
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "empty": b"",
    "cut": picture("JPEG", quality=95, color="red")[:700],
    "broken": picture("PNG")[:60] + b"\0" * 200,
    "bmp": picture("BMP", (8, 8)),
    "tiff": picture("TIFF", (8, 8)),
    "claims": claiming(600, 400),
    "bomb": claiming(20_000, 20_000),
    "large": picture("PNG") + b"\0" * MOST_BYTES,
}


@pytest.mark.parametrize("data", BAD_PHOTOS.values(), ids=BAD_PHOTOS)
def test_what_is_no_photo_or_too_large_is_refused(sql, photos, data):
    client = browser(sql, photos)
    answer = post(client, "/employees/new", **ADA, **upload(data, "me.jpg"))
    assert (
        answer.status_code == 422
        and 'id="photo_key-error"' in answer.text
        and 'value="Ada Byron"' in answer.text
    )
    assert stored(photos) == [] and sql.count() == 0


def test_an_image_too_large_to_unpack_is_refused_by_its_header():
    with pytest.raises(InvalidEmployee, match="6,000 × 6,000 pixels"):
        shrunk(claiming(6000, 6000))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_accepted_format_becomes_a_small_jpeg(kind):
    made = shrunk(picture(kind, (1600, 900)))
    image = Image.open(io.BytesIO(made))
    assert (image.format, image.size, image.mode) == ("JPEG", (EDGE, EDGE), "RGB") and len(made) < 20_000


def grey_of_16_bits(kind: int, *samples: int) -> bytes:
    """A PNG of 64 x 64 pixels that are all the same, written by the format's own rules: Pillow makes few kinds."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + crc32(name + data).to_bytes(4, "big")

    row = b"\0" + b"".join(sample.to_bytes(2, "big") for sample in samples) * 64
    header = (64).to_bytes(4, "big") * 2 + bytes([16, kind, 0, 0, 0])
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", compress(row * 64)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("grey", [0, 10_000, 30_000, 65_535])
@pytest.mark.parametrize("kind", [0, 2, 4, 6], ids=["grey", "colour", "grey-alpha", "colour-alpha"])
def test_a_png_of_16_bits_keeps_its_brightness(kind, grey):
    samples = {0: [grey], 2: [grey] * 3, 4: [grey, 65_535], 6: [grey] * 3 + [65_535]}[kind]
    seen = Image.open(io.BytesIO(shrunk(grey_of_16_bits(kind, *samples)))).getpixel((EDGE // 2, EDGE // 2))
    assert all(abs(part - grey / 257) < 3 for part in seen)


@pytest.mark.parametrize(
    ("mode", "color", "kind"),
    [
        ("1", 0, "PNG"),
        ("L", 77, "PNG"),
        ("LA", (77, 255), "PNG"),
        ("P", 0, "GIF"),
        ("CMYK", (0, 0, 0, 178), "JPEG"),
    ],
)
def test_a_photo_of_another_kind_of_colour_is_not_white(mode, color, kind):
    seen = Image.open(io.BytesIO(shrunk(picture_of(mode, color, kind)))).getpixel((EDGE // 2, EDGE // 2))
    assert max(seen) < 90


def picture_of(mode: str, color, kind: str) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (64, 64), color).save(file, kind)
    return file.getvalue()


def test_nothing_but_the_picture_is_kept():
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    given = picture(
        "JPEG", exif=exif, comment=b"SECRETCOMMENT", icc_profile=b"SECRETPROFILE" * 20, xmp=b"SECRETXMP"
    )
    assert given.count(b"SECRET") >= 4 and Image.open(io.BytesIO(given)).getexif().get_ifd(0x8825)
    made = shrunk(given)
    assert b"SECRET" not in made and b"Exif" not in made
    assert Image.open(io.BytesIO(made)).getexif() == {}


def test_a_photo_is_turned_upright():
    image = Image.new("RGB", (400, 400), "red")
    image.paste("blue", (0, 200, 400, 400))
    exif = Image.Exif()
    exif[0x0112] = 3  # the camera was upside down
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    upright = Image.open(io.BytesIO(shrunk(file.getvalue())))
    red, _, blue = upright.getpixel((EDGE // 2, 20))
    assert blue > 200 > red


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada King Lovelace", "AL"),
        ("Plato", "P"),
        ("ada byron", "AB"),
        ("森本 さくら", "森"),
        ("நிலா செல்வராஜ்", "நி"),
        ("👩🏽‍🚀 Zoë", "👩🏽‍🚀"),
        ("", "?"),
    ],
)
def test_initials(name, expected):
    assert initials(name) == expected


# -- serving --------------------------------------------------------------------------------------------------


def test_a_notebook_serves_the_page_until_it_stops_it(sql):
    sql.add("Ada Byron", "London", "Analyst")
    app = create_app(sql, Photos(), backend_name="SQL")
    with serve(app) as page:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", page.url)
        assert "Ada Byron" in urlopen(page.url, timeout=5).read().decode()
        port = int(page.url[:-1].rpartition(":")[2])
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=1):
            pass
        again = serve(app, port)  # a cell that runs again
        assert again.url == page.url and urlopen(again.url, timeout=5).status == 200
        again.stop()
        again.stop()
    with pytest.raises(OSError):
        urlopen(page.url, timeout=1)


def test_a_frame_shows_the_page_and_is_not_stored(sql, monkeypatch):
    """The port is another in every run, so a frame may stand in no stored output."""
    monkeypatch.delenv("COURSE_PROOF", raising=False)
    app = create_app(sql, Photos(), backend_name="SQL")
    with serve(app) as one, serve(app) as other:
        assert one.url != other.url, "the same lesson may be open twice"
        with warnings.catch_warnings(action="error"):
            assert "iframe" in one.frame().data
        assert f'src="{one.url}"' in one.frame().data and "title=" in one.frame().data
        monkeypatch.setenv("COURSE_PROOF", "1")
        assert one.frame().data == other.frame().data
        assert "127.0.0.1" not in one.frame().data


def test_a_port_in_use_is_one_sentence(sql):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CourseError, match=f"^Port {port} cannot be used .*: choose another.$"):
            serve(create_app(sql, Photos(), backend_name="SQL"), port)
        with pytest.raises(CourseError, match="Port"):
            serving.main(["--backend", "dynamodb", "--port", str(port)])


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_cannot_be_is_one_sentence(port, sql, capsys):
    with pytest.raises(CourseError, match=f"^Port {port} cannot be used"):
        serve(create_app(sql, Photos(), backend_name="SQL"), int(port))
    with pytest.raises(SystemExit):
        serving.main(["--backend", "dynamodb", f"--port={port}"])
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"'{port}' is no port" in said


def test_a_dead_database_is_one_sentence_at_the_start():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"mysql://someone:secret@127.0.0.1:{unused.getsockname()[1]}/directory"
        with pytest.raises(CourseError) as told:
            serving.main(["--backend", "sql", "--url", url])
    assert "\n" not in str(told.value) and "secret" not in str(told.value)


def test_where_no_file_can_be_written_employees_are_kept_in_memory(tmp_path, monkeypatch):
    (tmp_path / "my-course").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(serving, "DATABASE", tmp_path / "my-course" / "directory.sqlite")
    directory, name, where = serving._open("sql", None)
    assert (directory.count(), name) == (60, "SQL")
    assert "my-course/directory.sqlite cannot be written" in where and "forgotten" in where


def test_the_command_keeps_sql_employees_in_a_file_that_it_fills_once(tmp_path, monkeypatch):
    monkeypatch.setattr(serving, "DATABASE", tmp_path / "my-course" / "directory.sqlite")
    directory, name, where = serving._open("sql", None)
    assert (directory.count(), name) == (60, "SQL") and "my-course/directory.sqlite" in where
    for who in list(directory.all())[1:]:
        directory.remove(who.id)
    assert serving._open("sql", None)[0].count() == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no way to send one process Ctrl-C")
def test_the_command_says_where_it_is_and_ends_on_ctrl_c():
    code = "import sys; from helpers.directory.serving import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "--backend", "dynamodb", "--port", "0"]
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as command:
        try:
            ready = command.stdout.readline()
            url = re.search(r"on DynamoDB: (http://127\.0\.0\.1:\d+/)$", ready)[1]
            assert "forgets all changes" in command.stdout.readline()
            assert "has no login, and answers this machine alone" in command.stdout.readline()
            assert "<h2" in urlopen(url, timeout=10).read().decode()
            with pytest.raises(HTTPError):
                urlopen(url + "nothing", timeout=10)
            command.send_signal(signal.SIGINT)
            assert command.wait(10) == 0 and command.stderr.read() == ""
        finally:
            command.kill()
