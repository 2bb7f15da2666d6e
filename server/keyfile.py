"""Secrets the server makes for itself, kept in files that only the service can read.

Not in here: what the secrets are for, and terminals' keys (only their public halves ever come here).
"""

import os
import secrets
import stat
from pathlib import Path


class KeyFileExposedError(Exception):
    """A secret that others could have read: it is not used until somebody has looked at it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} can be read by others; make a new one or chmod 600 it")
        self.path = path


def load_or_create(path: Path, *, size: int) -> bytes:
    """The secret in `path`, `size` random bytes made at the first call.

    Raises KeyFileExposedError where group or others have any right to the file.
    """
    if not path.exists():
        _create(path, secrets.token_bytes(size))
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileExposedError(path)
    return path.read_bytes()


def _create(path: Path, content: bytes) -> None:
    """Linked into place whole, so that of two processes starting together one wins and both read the same secret."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
