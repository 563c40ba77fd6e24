"""The page of the employee directory: list, search, add, edit, remove, photos. Plain forms, no JavaScript."""

from dataclasses import dataclass, field, replace
from zlib import crc32

from flask import Flask, Response, abort, flash, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from wcwidth import iter_graphemes
from werkzeug.exceptions import HTTPException, SecurityError

from helpers.directory.model import (
    Changed,
    Directory,
    DirectoryError,
    Employee,
    InvalidEmployee,
    NotFound,
    Unanswered,
    checked_version,
)
from helpers.directory.photos import Photos
from helpers.directory.protection import protect

PAGE_SIZE = 24  # fills rows of one, two, three and four


def create_app(directory: Directory, photos: Photos, *, backend_name: str) -> Flask:
    """The page as a WSGI application.

    Args:
        directory: where the employees are.
        photos: where their photos are.
        backend_name: what the page says it runs on, such as "DynamoDB".
    """
    app = Flask(__name__)
    protect(app)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals |= {"backend_name": backend_name, "initials": initials, "tone": tone}
    pages = _Pages(directory, photos, URLSafeSerializer(app.secret_key, "photo"))
    app.add_url_rule("/", view_func=pages.people)
    app.add_url_rule("/employees/new", view_func=pages.new)
    app.add_url_rule("/employees/new", view_func=pages.add, methods=["POST"])
    app.add_url_rule("/employees/<id>", view_func=pages.edit)
    app.add_url_rule("/employees/<id>", view_func=pages.update, methods=["POST"])
    app.add_url_rule("/employees/<id>/remove", view_func=pages.confirm)
    app.add_url_rule("/employees/<id>/remove", view_func=pages.remove, methods=["POST"])
    app.add_url_rule("/photo/<path:key>", view_func=pages.photo)
    app.register_error_handler(NotFound, lambda error: _problem(404, "Not there", error))
    app.register_error_handler(DirectoryError, lambda error: _problem(503, "No answer", error))
    app.register_error_handler(HTTPException, _http_problem)
    return app


@dataclass
class _Form:
    """What the form of one employee shows: what was typed so far, and what there is to say about it."""

    typed: dict[str, str]
    version: str = ""
    photo_key: str | None = None
    no_photo: bool = False
    new_photo: str = ""  # a photo that was stored before the employee could be: its signed key
    notice: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)  # what somebody else saved meanwhile


class _Pages:
    """The views: each takes a request and returns a page, or sends the browser on to one."""

    def __init__(self, directory: Directory, photos: Photos, signer: URLSafeSerializer) -> None:
        self.directory = directory
        self.photos = photos
        self.signer = signer

    def people(self) -> str:
        search = request.args.get("search", "").strip()
        after = request.args.get("after")
        if office := request.args.get("office", "").strip():  # there the search is for how a name begins
            page = self.directory.office(office, after=after, size=PAGE_SIZE, begins=search)
        else:
            page = self.directory.page(after=after, size=PAGE_SIZE, search=search)
        return render_template("people.html", page=page, search=search, office=office, after=after)

    def new(self) -> str:
        return render_template("form.html", id=None, form=_Form(_written()))

    def add(self) -> Response | tuple[str, int]:
        form = _typed_form()
        try:
            form.photo_key = self._sent_photo(form)
            added = self.directory.add(**_values(form), photo_key=form.photo_key)
        except DirectoryError as problem:
            return _again(None, form, problem)
        return _done(added, "was added")

    def edit(self, id: str) -> str:
        employee = self.directory.get(id)
        form = _Form(_written(employee), str(employee.version), employee.photo_key)
        return render_template("form.html", id=id, form=form)

    def update(self, id: str) -> Response | tuple[str, int]:
        form = _typed_form()
        try:
            sent = self._sent_photo(form)
            now = self.directory.get(id)
            form.photo_key = sent or (None if form.no_photo else now.photo_key)
            mine = replace(now, **_values(form), photo_key=form.photo_key, version=_version(form))
            saved = self.directory.update(mine)
        except NotFound:
            form.notice = "Somebody else removed this employee. Saving adds what you typed as a new one."
            form.photo_key = sent
            return render_template("form.html", id=None, form=form), 404
        except Changed:
            now = self.directory.get(id)
            form.version, form.theirs = str(now.version), _written(now)
            form.photo_key = sent or now.photo_key
            return render_template("form.html", id=id, form=form), 409
        except InvalidEmployee as problem:
            form.photo_key = form.photo_key or self.directory.get(id).photo_key
            return _again(id, form, problem)
        except DirectoryError as problem:
            return _again(id, form, problem)
        if now.photo_key != saved.photo_key:
            self._forget(now.photo_key)
        return _done(saved, "was saved")

    def confirm(self, id: str) -> str:
        return render_template("remove.html", employee=self.directory.get(id), changed=False)

    def remove(self, id: str) -> Response | tuple[str, int]:
        try:
            removed = self.directory.remove(id, version=_version(_typed_form()))
        except Changed:
            employee = self.directory.get(id)
            return render_template("remove.html", employee=employee, changed=True), 409
        self._forget(removed.photo_key)
        return _done(removed, "was removed", gone=True)

    def photo(self, key: str) -> Response:
        jpeg = self.photos.get(key)
        if jpeg is None:
            abort(404, "There is no such photo.")
        kept = {"Cache-Control": "private, max-age=31536000, immutable"}  # a changed photo has another key
        return Response(jpeg, mimetype="image/jpeg", headers=kept)

    def _sent_photo(self, form: _Form) -> str | None:
        """The key of the photo that came with the form, now or with an earlier try of it.

        One whose form is then given up stays behind; in a bucket of your own, a lifecycle rule removes such.
        """
        file = request.files.get("photo")
        if file and file.filename:
            key = self.photos.add(file.read())
            form.new_photo = self.signer.dumps(key)
            return key
        return self._signed_key(form.new_photo) if form.new_photo else None

    def _signed_key(self, signed: str) -> str:
        """Only keys that this server gave out: another one may be the photo of somebody else."""
        try:
            return self.signer.loads(signed)
        except BadSignature:
            abort(400, "The photo in the form is not one that was sent from here.")

    def _forget(self, key: str | None) -> None:
        """Remove a photo that no employee has any longer; the change itself is done, whatever S3 says."""
        if key:
            try:
                self.photos.remove(key)
            except DirectoryError as problem:
                flash({"text": f"The old photo is still there. {problem}"})


# -- forms ----------------------------------------------------------------------------------------------------


def _typed_form() -> _Form:
    names = ("full_name", "location", "job_title", "badges")
    typed = {name: request.form.get(name, "") for name in names}
    return _Form(
        typed,
        request.form.get("version", ""),
        no_photo="no_photo" in request.form,
        new_photo=request.form.get("new_photo", ""),
    )


def _written(employee: Employee | None = None) -> dict[str, str]:
    """An employee as the form's fields hold it; None is an empty form."""
    if employee is None:
        return dict.fromkeys(("full_name", "location", "job_title", "badges"), "")
    return {
        "full_name": employee.full_name,
        "location": employee.location,
        "job_title": employee.job_title,
        "badges": ", ".join(sorted(employee.badges)),
    }


def _values(form: _Form) -> dict:
    """What was typed as the values of an `Employee`."""
    badges = [badge for badge in form.typed["badges"].split(",") if badge.strip()]
    return form.typed | {"badges": frozenset(badges)}


def _version(form: _Form) -> int:
    try:
        return checked_version(int(form.version[:20]))
    except (ValueError, DirectoryError):
        abort(400, "The form does not say which version of the employee it is about.")


def _again(id: str | None, form: _Form, problem: DirectoryError) -> tuple[str, int]:
    """The form once more with everything typed: what is wrong stands at its field, or on top."""
    if isinstance(problem, InvalidEmployee):
        form.errors = {problem.field: str(problem)}
        return render_template("form.html", id=id, form=form), 422
    form.notice = str(problem) if isinstance(problem, Unanswered) else f"Nothing was saved. {problem}"
    return render_template("form.html", id=id, form=form), 503


def _done(employee: Employee, what: str, *, gone: bool = False) -> Response:
    """Send the browser on, so that reloading does not send the form twice, and tell there what was done."""
    flash({"name": employee.full_name, "text": what, "id": None if gone else employee.id})
    return redirect(url_for("people"), 303)


# -- errors ---------------------------------------------------------------------------------------------------

_TITLES = {
    400: "That was not understood",
    404: "Not there",
    405: "Not like that",
    413: "Too large",
    500: "A mistake in the page",
}
_SENTENCES = {
    404: "There is no page at this address.",
    405: "This address does not take that kind of request.",
    413: "The form is too large to be read: a photo may have 2 MB, and a text some hundred characters.",
    500: "The program failed, and the terminal or notebook that runs it shows why.",
}


def _problem(status: int, title: str, text: object) -> tuple[str, int]:
    return render_template("problem.html", title=title, text=text), status


def _http_problem(error: HTTPException) -> tuple[str, int] | Response:
    if isinstance(error, SecurityError):  # another host name: it has no addresses to link to
        return Response("This server answers at 127.0.0.1 and localhost only.", 400, mimetype="text/plain")
    own = error.description != type(error).description  # given to abort()
    text = error.description if own else _SENTENCES.get(error.code, error.description)
    return _problem(error.code, _TITLES.get(error.code, error.name), text)


# -- avatars --------------------------------------------------------------------------------------------------


def initials(name: str) -> str:
    """One or two letters for a name: in scripts with capitals its first and last, in others its first.

    >>> initials("Ada King Lovelace"), initials("森本 さくら")
    ('AL', '森')
    """
    firsts = [next(iter_graphemes(word)) for word in name.split()] or ["?"]
    has_capitals = firsts[0].upper() != firsts[0].lower()
    chosen = {0: firsts[0], -1: firsts[-1]} if has_capitals and len(firsts) > 1 else {0: firsts[0]}
    return "".join(chosen.values()).upper()


def tone(employee_id: str) -> int:
    """One of six colours, always the same for an employee."""
    return crc32(employee_id.encode()) % 6
