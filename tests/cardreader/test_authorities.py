"""Which certificates are believed: the signature of an installed authority decides, never a name, never the card."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA224
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from cardreader.authorities import Distrust, Trust, UnusableAuthority, load_authorities
from cardreader.simulated.credentials import KeyKind, issue_authority, issue_member
from machine.cards import credential
from machine.certificates import CRITICAL_USAGE, NOW, YEAR, critical, holder, production_authority

SECOND = timedelta(seconds=1)
KINDS = pytest.mark.parametrize("kind", KeyKind, ids=lambda kind: kind.value)


def judged(certificate: x509.Certificate, *authorities: x509.Certificate) -> x509.Certificate | Distrust:
    return Trust(authorities, tests_allowed=False).authority_of(certificate, NOW)


@KINDS
@pytest.mark.parametrize("generation", [0, 1, 2])
def test_generations_of_one_name_are_told_apart_by_their_signature(generation: int, kind: KeyKind) -> None:
    generations = [production_authority(which, kind=kind) for which in range(3)]
    installed = [each.certificate for each in generations]
    assert len({each.subject for each in installed}) == 1
    assert judged(holder(generations[generation]), *installed) == installed[generation]


def test_an_authority_of_the_right_name_that_is_not_installed_is_unknown() -> None:
    installed = production_authority(0).certificate
    assert judged(holder(production_authority(1)), installed) is Distrust.UNKNOWN_AUTHORITY


def test_the_right_key_under_another_name_is_unknown() -> None:
    other = production_authority(name=x509.Name.from_rfc4514_string("O=Others,C=JP"))
    assert judged(holder(production_authority()), other.certificate) is Distrust.UNKNOWN_AUTHORITY


def test_a_changed_certificate_is_of_no_authority() -> None:
    der = bytearray(holder(production_authority()).public_bytes(Encoding.DER))
    der[der.index(b"HOLDER")] ^= 1
    changed = x509.load_der_x509_certificate(bytes(der))
    assert judged(changed, production_authority().certificate) is Distrust.UNKNOWN_AUTHORITY


def test_without_installed_authorities_nobody_is_known() -> None:
    assert judged(holder(production_authority())) is Distrust.UNKNOWN_AUTHORITY


@pytest.mark.parametrize("installed", [True, False], ids=["installed", "not installed"])
def test_the_test_hierarchy_is_refused_by_its_own_word(installed: bool) -> None:
    test = credential()
    authorities = [test.authority] if installed else []
    assert judged(test.certificate, *authorities) is Distrust.TEST_HIERARCHY


def test_the_name_seen_on_test_cards_says_test() -> None:
    name = x509.Name.from_rfc4514_string("OU=JPKI for user authentication,O=JPKI-TEST,C=JP")
    authority = production_authority(name=name)
    assert judged(holder(authority), authority.certificate) is Distrust.TEST_HIERARCHY


@KINDS
def test_the_test_hierarchy_is_believed_where_it_is_allowed_and_installed(kind: KeyKind) -> None:
    test = credential(kind=kind)
    assert Trust((test.authority,), tests_allowed=True).authority_of(test.certificate, NOW) == test.authority


def test_allowing_tests_does_not_install_them() -> None:
    assert Trust((), tests_allowed=True).authority_of(credential().certificate, NOW) is Distrust.UNKNOWN_AUTHORITY


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        pytest.param(NOW, NOW + YEAR, None, id="from this second on"),
        pytest.param(NOW - YEAR, NOW, None, id="to the end of this second"),
        pytest.param(NOW + SECOND, NOW + YEAR, Distrust.NOT_YET_VALID, id="from the next second on"),
        pytest.param(NOW - YEAR, NOW - SECOND, Distrust.EXPIRED, id="to the second before"),
    ],
)
def test_a_certificate_counts_within_its_validity(since: datetime, until: datetime, expected: Distrust | None) -> None:
    authority = production_authority()
    certificate = holder(authority, since=since, until=until)
    assert judged(certificate, authority.certificate) == (expected or authority.certificate)


@pytest.mark.parametrize(
    "validity",
    [pytest.param({"until": NOW - SECOND}, id="ended"), pytest.param({"since": NOW + SECOND}, id="not begun")],
)
def test_an_authority_counts_only_within_its_own_validity(validity: dict[str, datetime]) -> None:
    authority = production_authority(**validity)  # type: ignore[arg-type]
    assert judged(holder(authority), authority.certificate) is Distrust.AUTHORITY_NOT_VALID


def test_a_signature_over_a_digest_that_no_longer_counts_is_none() -> None:
    authority = production_authority()
    weak = holder(authority, digest=SHA224())
    weak.verify_directly_issued_by(authority.certificate)
    assert judged(weak, authority.certificate) is Distrust.UNKNOWN_AUTHORITY


AUTHORITY = critical(x509.BasicConstraints(ca=True, path_length=None))
UNKNOWN_EXTENSION = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.2"), b"\x05\x00")
UNREADABLE = x509.UnrecognizedExtension(x509.CertificatePolicies.oid, b"\xff\xff")
POLICIES = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.999.1"), None)])


@pytest.mark.parametrize(
    "extensions",
    [
        pytest.param([], id="without any usage"),
        pytest.param([CRITICAL_USAGE, critical(UNKNOWN_EXTENSION)], id="an unknown critical extension"),
        pytest.param([CRITICAL_USAGE, critical(UNREADABLE)], id="an unreadable extension"),
        pytest.param([CRITICAL_USAGE, AUTHORITY], id="an authority's own"),
        pytest.param(
            [CRITICAL_USAGE, critical(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]))], id="a server's"
        ),
    ],
)
def test_a_certificate_for_something_else_is_refused(extensions: list[x509.Extension[x509.ExtensionType]]) -> None:
    authority = production_authority()
    assert judged(holder(authority, extensions=extensions), authority.certificate) is Distrust.WRONG_USAGE


def test_a_certificate_for_signing_documents_is_refused() -> None:
    test = issue_authority(NOW)
    member = issue_member(test, "hanako", NOW, signing=False)
    trust = Trust((test.certificate,), tests_allowed=True)
    assert trust.authority_of(member.certificate, NOW) is Distrust.WRONG_USAGE


@pytest.mark.parametrize(
    "extensions",
    [
        pytest.param([CRITICAL_USAGE, critical(POLICIES)], id="critical policies, as on real cards"),
        pytest.param(
            [CRITICAL_USAGE, critical(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))], id="for clients"
        ),
        pytest.param(
            [CRITICAL_USAGE, x509.Extension(UNKNOWN_EXTENSION.oid, critical=False, value=UNKNOWN_EXTENSION)],
            id="an unknown extension that is not critical",
        ),
        pytest.param(
            [CRITICAL_USAGE, critical(x509.BasicConstraints(ca=False, path_length=None))], id="expressly no authority"
        ),
    ],
)
def test_a_certificate_for_authentication_is_believed(extensions: list[x509.Extension[x509.ExtensionType]]) -> None:
    authority = production_authority()
    assert judged(holder(authority, extensions=extensions), authority.certificate) == authority.certificate


def test_authorities_are_loaded_from_pem_and_der_alike(tmp_path: Path) -> None:
    first, second, third = (production_authority(which).certificate for which in range(3))
    (tmp_path / "a.cer").write_bytes(first.public_bytes(Encoding.DER))
    (tmp_path / "b.PEM").write_bytes(second.public_bytes(Encoding.PEM) + third.public_bytes(Encoding.PEM))
    (tmp_path / "readme.txt").write_text("where they came from")
    assert load_authorities(tmp_path) == (first, second, third)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"", "holds no certificate", id="empty"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\n", "holds no certificate", id="cut short"),
        pytest.param(
            holder(production_authority()).public_bytes(Encoding.DER), "of no authority", id="a member's certificate"
        ),
        pytest.param(
            holder(production_authority(), extensions=[AUTHORITY, CRITICAL_USAGE]).public_bytes(Encoding.DER),
            "of no authority",
            id="an authority that may not issue",
        ),
    ],
)
def test_a_file_that_is_no_authority_is_refused_by_name(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "wrong.cer").write_bytes(content)
    with pytest.raises(UnusableAuthority, match=problem) as caught:
        load_authorities(tmp_path)
    assert caught.value.path == tmp_path / "wrong.cer"


def test_a_folder_without_authorities_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableAuthority, match="holds no authority"):
        load_authorities(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableAuthority, match="cannot be read"):
        load_authorities(tmp_path / "gone")
