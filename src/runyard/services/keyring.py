"""The keys that close and open secrets: AES-256-GCM, with keys in a file outside the database.

The file has one key per line (64 hex digits). The first one closes; all of them open. A value is bound to where it
belongs and to its name: copied into another row it cannot be opened.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from runyard.store.scopes import Scope

_NONCE_BYTES = 12
_KEY_BYTES = 32


class KeyMissing(Exception):  # noqa: N818
    """A value was closed by a key that the file does not hold, or was tampered with."""


class KeyFileUnusable(Exception):  # noqa: N818
    """The key file cannot be understood. The message names the file and what to do."""


class Keyring:
    """Keys by id, which is derived from the key. `current` closes."""

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = {_key_id(key): key for key in keys}
        self.current = _key_id(keys[0])

    @classmethod
    def read(cls, path: Path) -> Keyring:
        """The keys of a file. Raises KeyFileUnusable."""
        keys = []
        for number, line in enumerate(path.read_text("ascii", "replace").split("\n"), 1):
            text = line.strip()
            if not text:
                continue
            try:
                key = bytes.fromhex(text)
            except ValueError:
                key = b""
            if len(key) != _KEY_BYTES:
                raise KeyFileUnusable(
                    f"Line {number} of the key file {path} is no key: write {2 * _KEY_BYTES} hexadecimal digits, "
                    "as 'openssl rand -hex 32' makes them."
                )
            keys.append(key)
        if not keys:
            raise KeyFileUnusable(f"The key file {path} is empty: restore it from a backup, or remove it.")
        return cls(keys)

    def close(self, text: str, scope: Scope, name: str) -> bytes:
        """Encrypt with the current key."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + _cipher(self._keys[self.current]).encrypt(nonce, text.encode(), _bound_to(scope, name))

    def open(self, key_id: str, data: bytes, scope: Scope, name: str) -> str:
        """Decrypt. Raises KeyMissing."""
        from cryptography.exceptions import InvalidTag

        key = self._keys.get(key_id)
        if key is None:
            raise KeyMissing(f"secret '{name}' was stored with key {key_id}, which is not in the key file")
        try:
            return _cipher(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound_to(scope, name)).decode()
        except InvalidTag:
            raise KeyMissing(f"secret '{name}' does not open with key {key_id}") from None


def fresh_key() -> bytes:
    """The content of a new key file."""
    return f"{secrets.token_hex(_KEY_BYTES)}\n".encode()


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"runyard secrets key\0" + key).hexdigest()[:16]


def _bound_to(scope: Scope, name: str) -> bytes:
    return f"{scope}\0{name}".encode()


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
