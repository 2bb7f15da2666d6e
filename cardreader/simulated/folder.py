"""A folder of simulated members: the same name is the same card next time.

One PEM file per member with key and certificate, and one for the TEST authority. No PIN is ever written here.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from cardreader.simulated.credentials import Credential, issue_authority, issue_member


def member_credential(folder: Path, member: str, now: datetime) -> Credential:
    """What `member` holds; issued at `now` and saved when the name is new."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = _kept(folder / "authority.pem", lambda: issue_authority(now))
    path = folder / f"member-{quote(member, safe='')}.pem"
    return _kept(path, lambda: issue_member(authority, member, now))


def _kept(path: Path, issue: Callable[[], Credential]) -> Credential:
    if not path.exists():
        _save(path, issue())
    return _load(path)


def _save(path: Path, credential: Credential) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        credential.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + credential.certificate.public_bytes(Encoding.PEM)
        + credential.authority.public_bytes(Encoding.PEM)
    )


def _load(path: Path) -> Credential:
    pem = path.read_bytes()
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA key")
    certificate, authority = x509.load_pem_x509_certificates(pem)
    return Credential(key, certificate, authority)
