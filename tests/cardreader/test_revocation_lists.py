"""What revocation lists say of a certificate, alone and together."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA224, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from cardreader.revocation.lists import Freshness, ListProblem, RevocationList, UnusableList, read_list, register
from cardreader.revocation.source import NoSource, Revocation
from cardreader.simulated.authority import VALIDITY, revocation_list
from cardreader.simulated.credentials import Credential, KeyKind
from machine.certificates import NOW, PRODUCTION, YEAR, holder, production_authority

SERIAL = 0x41424344
OTHER = 0x45464748
NAME = PRODUCTION.public_bytes()
SECOND = timedelta(seconds=1)
OLD, NEW = (production_authority(which) for which in range(2))


def listed(authority: Credential, *revoked: int, since: timedelta = timedelta(0)) -> RevocationList:
    return read_list(revocation_list(authority, revoked, NOW + since), [authority.certificate])


def answer(
    authorities: Sequence[Credential], *lists: RevocationList, issuer: bytes = NAME, after: timedelta = timedelta(0)
) -> Revocation:
    return register([each.certificate for each in authorities], lists).look_up(SERIAL, issuer, NOW + after)


@pytest.mark.parametrize("kind", KeyKind, ids=lambda kind: kind.value)
def test_a_listed_certificate_is_revoked_and_another_good(kind: KeyKind) -> None:
    authority = production_authority(kind=kind)
    assert answer([authority], listed(authority, OTHER, SERIAL)) is Revocation.REVOKED
    assert answer([authority], listed(authority, OTHER)) is Revocation.GOOD


def test_an_empty_list_says_good() -> None:
    assert answer([OLD], listed(OLD)) is Revocation.GOOD


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(timedelta(0), Revocation.GOOD, id="its first second"),
        pytest.param(VALIDITY, Revocation.GOOD, id="its last second"),
        pytest.param(-SECOND, Revocation.SOURCE_STALE, id="before it"),
        pytest.param(VALIDITY + SECOND, Revocation.SOURCE_STALE, id="after it"),
    ],
)
def test_a_list_counts_in_its_time(after: timedelta, expected: Revocation) -> None:
    assert answer([OLD], listed(OLD), after=after) is expected


def test_who_was_revoked_stays_revoked_when_the_list_gets_old() -> None:
    assert answer([OLD], listed(OLD, SERIAL), after=VALIDITY + SECOND) is Revocation.REVOKED


def test_the_list_of_any_generation_revokes() -> None:
    assert answer([OLD, NEW], listed(OLD, SERIAL), listed(NEW)) is Revocation.REVOKED
    assert answer([OLD, NEW], listed(OLD), listed(NEW, SERIAL)) is Revocation.REVOKED


def test_good_needs_the_lists_of_all_generations() -> None:
    assert answer([OLD, NEW], listed(OLD), listed(NEW)) is Revocation.GOOD
    assert answer([OLD, NEW], listed(NEW)) is Revocation.SOURCE_UNAVAILABLE


def test_revoked_needs_only_the_list_that_says_so() -> None:
    assert answer([OLD, NEW], listed(NEW, SERIAL)) is Revocation.REVOKED


def test_good_needs_every_list_to_be_of_now() -> None:
    assert answer([OLD, NEW], listed(OLD, since=-VALIDITY - SECOND), listed(NEW)) is Revocation.SOURCE_STALE


def test_a_generation_that_has_ended_needs_no_list() -> None:
    ended = production_authority(2, since=NOW - YEAR, until=NOW - SECOND)
    assert answer([ended, NEW], listed(NEW)) is Revocation.GOOD


def test_the_newest_list_of_an_authority_counts_in_any_order() -> None:
    suspended, released = listed(OLD, SERIAL, since=-2 * SECOND), listed(OLD, since=-SECOND)
    assert answer([OLD], suspended, released) is Revocation.GOOD
    assert answer([OLD], released, suspended) is Revocation.GOOD


def test_without_any_list_the_source_is_unavailable() -> None:
    assert answer([OLD]) is Revocation.SOURCE_UNAVAILABLE


def test_a_certificate_of_an_authority_not_installed_is_unknown() -> None:
    elsewhere = x509.Name.from_rfc4514_string("O=Others,C=JP").public_bytes()
    assert answer([OLD], listed(OLD, SERIAL), issuer=elsewhere) is Revocation.UNKNOWN


def test_the_issuer_is_the_one_that_stands_in_certificates() -> None:
    """As bytes of the certificate, which is how a tap gets at it."""
    assert NAME in holder(OLD).public_bytes(Encoding.DER)


def test_pem_is_read_as_well() -> None:
    der = revocation_list(OLD, [SERIAL], NOW)
    pem = x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)
    assert read_list(pem, [OLD.certificate]) == read_list(der, [OLD.certificate])


def test_the_signer_is_found_by_signature_among_generations() -> None:
    raw = revocation_list(NEW, [], NOW)
    assert read_list(raw, [OLD.certificate, NEW.certificate]).authority == NEW.certificate


def point(**changes: object) -> x509.IssuingDistributionPoint:
    fields: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "extension",
    [
        pytest.param(point(full_name=[x509.UniformResourceIdentifier("http://localhost/part")]), id="of a partition"),
        pytest.param(point(only_contains_ca_certs=True), id="of authorities only"),
        pytest.param(point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})), id="for some reasons only"),
        pytest.param(point(indirect_crl=True), id="of other authorities too"),
        pytest.param(x509.DeltaCRLIndicator(1), id="of changes only"),
        pytest.param(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.2"), b"\5\0"), id="under unknown terms"),
    ],
)
def test_a_list_that_covers_only_a_part_is_not_used(extension: x509.ExtensionType) -> None:
    with pytest.raises(UnusableList) as caught:
        read_list(revocation_list(OLD, [], NOW, extension), [OLD.certificate])
    assert caught.value.problem is ListProblem.INCOMPLETE


def test_a_list_of_all_holders_is_complete() -> None:
    raw = revocation_list(OLD, [SERIAL], NOW, point(only_contains_user_certs=True))
    assert SERIAL in read_list(raw, [OLD.certificate]).serials


@pytest.mark.parametrize(
    "signer",
    [
        pytest.param(NEW, id="another key under the same name"),
        pytest.param(production_authority(name=x509.Name.from_rfc4514_string("O=Others,C=JP")), id="another name"),
    ],
)
def test_a_list_of_another_signer_is_not_used(signer: Credential) -> None:
    with pytest.raises(UnusableList) as caught:
        read_list(revocation_list(signer, [], NOW), [OLD.certificate])
    assert caught.value.problem is ListProblem.UNKNOWN_SIGNER


def test_a_list_signed_over_a_digest_that_no_longer_counts_is_not_used() -> None:
    builder = x509.CertificateRevocationListBuilder(PRODUCTION, NOW, NOW + VALIDITY)
    with pytest.raises(UnusableList) as caught:
        read_list(builder.sign(OLD.key, SHA224()).public_bytes(Encoding.DER), [OLD.certificate])
    assert caught.value.problem is ListProblem.UNKNOWN_SIGNER


def test_a_changed_list_is_not_used() -> None:
    raw = revocation_list(OLD, [SERIAL], NOW)
    with pytest.raises(UnusableList) as caught:
        read_list(raw.replace(SERIAL.to_bytes(4), OTHER.to_bytes(4)), [OLD.certificate])
    assert caught.value.problem is ListProblem.UNKNOWN_SIGNER


def without_next_update(authority: Credential) -> bytes:
    """A list signed anew after its second time, the next update, was cut out; the lengths are short enough for one byte."""
    crl = x509.load_der_x509_crl(revocation_list(authority, [], NOW))
    tbs = crl.tbs_certlist_bytes
    second_time = tbs.rindex(b"\x17\x0d")
    body = tbs[2 + (tbs[1] == 0x81) : second_time] + tbs[second_time + 15 :]
    assert isinstance(authority.key, EllipticCurvePrivateKey)
    tbs = element(0x30, body)
    signature = authority.key.sign(tbs, ECDSA(SHA384()))
    algorithm = bytes.fromhex("300a06082a8648ce3d040303")
    return element(0x30, tbs + algorithm + element(0x03, b"\0" + signature))


def element(tag: int, content: bytes) -> bytes:
    length = len(content)
    short = (
        bytes((length,)) if length < 0x80 else b"\x82" + length.to_bytes(2) if length > 0xFF else bytes((0x81, length))
    )
    return bytes((tag,)) + short + content


def test_a_list_that_does_not_say_when_the_next_comes_is_not_used() -> None:
    with pytest.raises(UnusableList) as caught:
        read_list(without_next_update(OLD), [OLD.certificate])
    assert caught.value.problem is ListProblem.WITHOUT_END


@pytest.mark.filterwarnings("ignore:Attribute's length")  # a name damaged in its kind is still a name
@given(at=st.integers(0, 400), value=st.integers(0, 255))
def test_a_damaged_list_is_never_anything_but_unusable(at: int, value: int) -> None:
    raw = bytearray(revocation_list(OLD, [SERIAL], NOW))
    at %= len(raw)
    if raw[at] == value:
        return
    raw[at] = value
    with pytest.raises(UnusableList):
        read_list(bytes(raw), [OLD.certificate])


def test_a_list_of_a_version_there_is_not_is_unreadable() -> None:
    raw = revocation_list(OLD, [SERIAL], NOW)
    version_2 = bytes.fromhex("020101")
    with pytest.raises(UnusableList) as caught:
        read_list(raw.replace(version_2, bytes.fromhex("020109"), 1), [OLD.certificate])
    assert caught.value.problem is ListProblem.UNREADABLE


def test_no_source_says_that_nothing_was_checked() -> None:
    assert NoSource().of_certificate(holder(OLD), OLD.certificate, NOW) is Revocation.NOT_CHECKED
    assert NoSource().at_tap(SERIAL, NAME, NOW) is Revocation.NOT_CHECKED


def test_serial_numbers_are_not_shown() -> None:
    shown = repr(listed(OLD, SERIAL)) + repr(register([OLD.certificate], [listed(OLD, SERIAL)]))
    assert str(SERIAL) not in shown


def test_how_fresh_the_lists_are_is_counted_by_authority() -> None:
    third = production_authority(2)
    authorities = [each.certificate for each in (OLD, NEW, third)]
    known = register(authorities, [listed(OLD), listed(OLD, since=-VALIDITY - SECOND), listed(NEW, since=-VALIDITY)])
    assert known.freshness(NOW) == Freshness(good=2, stale=0, missing=1)
    assert known.freshness(NOW + SECOND) == Freshness(good=1, stale=1, missing=1)


def test_an_authority_whose_own_certificate_has_ended_needs_no_list() -> None:
    ended = OLD.certificate.not_valid_after_utc + SECOND
    assert register([OLD.certificate], []).freshness(ended) == Freshness(good=0, stale=0, missing=0)
