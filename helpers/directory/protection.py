"""What keeps the page to this machine and its forms to itself.

Nobody logs in: the page is safe because it answers 127.0.0.1 alone, in one process. On a network it would need a
login, HTTPS, and a secret and a token that all its processes share: here each process draws its own, so the form
of one would be refused by the other.

The danger on one machine is another page in the same browser: it could send a form here, frame this page
invisibly, or give its own name to 127.0.0.1 and then read everything ("DNS rebinding").
"""

import hmac
import secrets
from ipaddress import ip_address

from flask import Flask, Response, abort, request

from helpers.directory.photos import MOST_BYTES

# A notebook on another port of this machine may show the page in a frame.
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*",
    ]
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protect(app: Flask) -> None:
    """Refuse other machines, other host names, forms without this server's token, and far too large requests."""
    app.config.update(
        SECRET_KEY=secrets.token_bytes(),
        TRUSTED_HOSTS=["127.0.0.1", "localhost"],
        # Room for a photo that is too large, so that the form can say so and keep what was typed.
        MAX_CONTENT_LENGTH=8 * MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=8 * MOST_BYTES,  # of the texts alone: Flask's 500 kB would blame the request
        SESSION_COOKIE_NAME="directory",  # it holds nothing but the message for the next page
        SESSION_COOKIE_SAMESITE="Lax",  # all ports of this machine are one site
    )
    # The token belongs to the server, not to a visitor: only a page of this address can read it, and a page in a
    # frame needs no cookie, which browsers more and more withhold there.
    token = secrets.token_urlsafe()
    app.jinja_env.globals["token"] = token

    @app.before_request
    def _check_machine() -> None:
        if not ip_address(request.remote_addr or "0.0.0.0").is_loopback:
            abort(
                403,
                "The directory has no login, so it answers on the machine where it runs and nowhere else.",
            )

    @app.before_request
    def _check_token() -> None:
        sent = request.form.get("token", "") if request.method == "POST" else token
        if not hmac.compare_digest(sent.encode(), token.encode()):
            abort(400, "The form is from before the directory was started, or from elsewhere: open it again.")

    @app.after_request
    def _add_headers(response: Response) -> Response:
        response.headers.update(_HEADERS)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response
