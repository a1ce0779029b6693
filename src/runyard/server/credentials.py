"""The `Authorization` header of every client: `token T`, `Bearer T`, `Basic` with the token as password."""

from __future__ import annotations

import base64
import binascii

from runyard.services.errors import Unauthenticated


def token_in(header: str | None) -> str | None:
    """The token in an Authorization header, None when there is no header. Raises Unauthenticated for a useless one.

    Scheme names are compared without case (checkout writes `basic`). Basic: the password, or the user name when the
    password is empty or `x-oauth-basic`.
    """
    if not header:
        return None
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    match scheme.lower():
        case "token" | "bearer":
            token = value
        case "basic":
            token = _basic(value)
        case _:
            raise Unauthenticated(f"the authorization scheme '{scheme[:20]}' is not known; use token, Bearer or Basic")
    if not token:
        raise Unauthenticated("the authorization header holds no token")
    return token


def _basic(value: str) -> str:
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Unauthenticated("the basic authorization header is not valid base64 text") from None
    return name if password in ("", "x-oauth-basic") else password
