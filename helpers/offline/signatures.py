"""Whether an HTTP request is signed. By whom is not looked at: any keys will do.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html; wording and order are those of dynalite's tests.
"""

import re
from email.message import Message
from urllib.parse import parse_qs, urlsplit

from helpers.offline.refusal import Refused

_IN_HEADER = ("Credential", "Signature", "SignedHeaders")
_IN_QUERY = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")


def check(headers: Message, path: str) -> None:
    """Refuse a request without a signature, or with half of one.

    Args:
        headers: the request's.
        path: what it asks for, with its query.
    """
    header = headers.get("Authorization", "")
    query = parse_qs(urlsplit(path).query, keep_blank_values=True)
    if header and "X-Amz-Algorithm" in query:
        raise Refused(
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
            "InvalidSignatureException",
        )
    if "X-Amz-Algorithm" not in query and not header.startswith("AWS4-"):
        raise Refused("Request is missing Authentication Token", "MissingAuthenticationTokenException")
    lacking = _lacking_in_header(headers, header) if header else _lacking_in_query(query)
    if lacking:
        raise Refused(lacking, "IncompleteSignatureException")


def _lacking_in_header(headers: Message, header: str) -> str:
    pieces = (piece.partition("=") for piece in re.split("[, ]+", header)[1:])
    given = {name for name, _, value in pieces if value}
    told = "".join(
        f"Authorization header requires '{name}' parameter. " for name in _IN_HEADER if name not in given
    )
    if "X-Amz-Date" not in headers and "Date" not in headers:
        told += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
    return told and f"{told}Authorization={header}"


def _lacking_in_query(query: dict[str, list[str]]) -> str:
    told = "".join(
        f"AWS query-string parameters must include '{name}'. "
        for name in _IN_QUERY
        if not any(query.get(name, ()))
    )
    return told and f"{told}Re-examine the query-string parameters."
