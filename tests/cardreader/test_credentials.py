"""Keys and certificates of simulated cards: like real ones, plainly TEST, and kept."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA384

from cardreader.simulated.credentials import KeyKind, issue_authority, issue_member
from cardreader.simulated.folder import member_credential
from machine.cards import credential

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


def test_the_same_member_has_the_same_key_next_time(tmp_path: Path) -> None:
    first = member_credential(tmp_path, "花子", NOW)
    assert member_credential(tmp_path, "花子", NOW).certificate == first.certificate


def test_members_differ_in_key_and_share_the_authority(tmp_path: Path) -> None:
    hanako, taro = (member_credential(tmp_path, member, NOW) for member in ("花子", "太郎"))
    assert hanako.public_key != taro.public_key
    assert hanako.authority == taro.authority


def test_a_members_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    member_credential(tmp_path / "cards", "../../outside", NOW)
    assert {path.parent for path in tmp_path.rglob("*.pem")} == {tmp_path / "cards"}


def test_kept_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    member_credential(tmp_path, "花子", NOW)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_every_name_says_test() -> None:
    certificate = credential().certificate
    assert "TEST" in certificate.issuer.rfc4514_string()
    assert "TEST" in certificate.subject.rfc4514_string()


def test_the_subject_tells_nothing_of_the_member() -> None:
    assert "hanako" not in credential("hanako").certificate.subject.rfc4514_string()


@pytest.mark.parametrize("kind", KeyKind, ids=lambda kind: kind.value)
def test_the_certificate_is_signed_by_its_authority(kind: KeyKind) -> None:
    issued = credential(kind=kind)
    issued.certificate.verify_directly_issued_by(issued.authority)


def test_generations_of_the_authority_share_a_name_and_differ_by_key() -> None:
    first, second = issue_authority(NOW), issue_authority(NOW)
    assert first.certificate.subject == second.certificate.subject
    assert first.public_key != second.public_key


def test_the_next_generation_of_cards_is_signed_with_sha384() -> None:
    algorithm = credential(kind=KeyKind.P_384).certificate.signature_hash_algorithm
    assert isinstance(algorithm, SHA384)


@pytest.mark.parametrize(
    ("issued", "until"),
    [
        pytest.param(datetime(2026, 4, 1, 9, tzinfo=UTC), datetime(2031, 4, 1, 14, 59, 59, tzinfo=UTC), id="by day"),
        pytest.param(datetime(2026, 4, 1, 15, tzinfo=UTC), datetime(2031, 4, 2, 14, 59, 59, tzinfo=UTC), id="by night"),
        pytest.param(datetime(2028, 2, 29, tzinfo=UTC), datetime(2033, 2, 28, 14, 59, 59, tzinfo=UTC), id="leap day"),
    ],
)
def test_it_is_valid_for_five_years_to_the_end_of_the_day_in_japan(issued: datetime, until: datetime) -> None:
    certificate = issue_member(issue_authority(issued), "花子", issued).certificate
    assert certificate.not_valid_after_utc == until
