"""Another implementation's lists and answers are understood: OpenSSL as the authority that revokes."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cardreader.revocation.lists import read_list, register
from cardreader.revocation.ocsp import NoAnswer, Responder
from cardreader.revocation.source import Revocation
from cardreader.simulated.credentials import Credential, KeyKind
from machine.certificates import YEAR, holder, production_authority

ISSUED, REVOKED, NEVER_ISSUED = 0x41424344, 0x45464748, 0x494A4B4C
CONFIGURATION = "[ca]\ndefault_ca = authority\n[authority]\ndatabase = index.txt\n"


@dataclass(frozen=True, slots=True)
class OpenSsl:
    """The authority's office: its papers and its register, as OpenSSL keeps them, in `folder`."""

    folder: Path
    authority: Credential

    def prepare(self, now: datetime) -> None:
        key = self.authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "key.pem").write_bytes(key)
        (self.folder / "ca.pem").write_bytes(self.authority.certificate.public_bytes(Encoding.PEM))
        (self.folder / "ca.conf").write_text(CONFIGURATION)
        ends = f"{now + YEAR:%y%m%d%H%M%SZ}"
        (self.folder / "index.txt").write_text(
            f"V\t{ends}\t\t{ISSUED:X}\tunknown\t/CN=HOLDER\n"
            f"R\t{ends}\t{now - YEAR:%y%m%d%H%M%SZ}\t{REVOKED:X}\tunknown\t/CN=HOLDER\n"
        )

    def answer(self, request: bytes) -> bytes:
        (self.folder / "request.der").write_bytes(request)
        signer = "-rsigner ca.pem -rkey key.pem -CA ca.pem -index index.txt"
        self._run(f"ocsp -reqin request.der -respout answer.der {signer}")
        return (self.folder / "answer.der").read_bytes()

    def revocation_list(self) -> bytes:
        self._run("ca -config ca.conf -gencrl -crldays 1 -md sha256 -keyfile key.pem -cert ca.pem -out list.pem")
        return (self.folder / "list.pem").read_bytes()

    def _run(self, command: str) -> None:
        run = subprocess.run(
            ["openssl", *command.split()], cwd=self.folder, capture_output=True, check=False, timeout=60
        )
        if run.returncode:
            raise NoAnswer(run.stderr.decode())


@pytest.fixture(params=KeyKind, ids=lambda kind: kind.value)
def openssl(request: pytest.FixtureRequest, tmp_path: Path) -> OpenSsl:
    now = datetime.now(UTC)
    office = OpenSsl(tmp_path, production_authority(since=now - YEAR, until=now + YEAR, kind=request.param))
    office.prepare(now)
    return office


def certificate(openssl: OpenSsl, serial: int) -> x509.Certificate:
    now = datetime.now(UTC)
    return holder(openssl.authority, serial=serial, since=now - YEAR, until=now + YEAR)


@pytest.mark.parametrize(
    ("serial", "expected"),
    [(ISSUED, Revocation.GOOD), (REVOKED, Revocation.REVOKED), (NEVER_ISSUED, Revocation.UNKNOWN)],
    ids=["issued", "revoked", "never issued"],
)
def test_its_responder_is_understood(openssl: OpenSsl, serial: int, expected: Revocation) -> None:
    source = Responder(openssl.answer, lambda count: bytes(range(count)))
    authority = openssl.authority.certificate
    assert source.of_certificate(certificate(openssl, serial), authority, datetime.now(UTC)) is expected


def test_its_list_is_understood(openssl: OpenSsl) -> None:
    authority = openssl.authority.certificate
    lists = register([authority], [read_list(openssl.revocation_list(), [authority])])
    soon = datetime.now(UTC) + timedelta(seconds=1)
    name = certificate(openssl, ISSUED).issuer.public_bytes()
    assert lists.look_up(REVOKED, name, soon) is Revocation.REVOKED
    assert lists.look_up(ISSUED, name, soon) is Revocation.GOOD
