"""A terminal's life after enrolment: another key, a successor, shut out and let back in; each may ask for itself only."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.http import HttpResponse

from machine.signing_terminal import SigningTerminal, document, refusal
from server.members.models import Member
from server.terminals.lifecycle import replace, restore, revoke, succeed
from server.terminals.models import NAME_LENGTH, Facility, Terminal
from server.terminals.signature import TerminalRevokedError
from visits.statement import new_key_statement, successor_statement

NOW = datetime.now(UTC)


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def other(facility: Facility) -> SigningTerminal:
    return SigningTerminal.enrolled_at(facility, "退室機")


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def ask(terminal: SigningTerminal, what: str, body: dict[str, Any], of: UUID | None = None) -> HttpResponse:
    return terminal.request("POST", f"/api/v1/terminals/{of or terminal.id}/{what}", json.dumps(body).encode())


def offered(key: Ed25519PrivateKey, statement: bytes) -> dict[str, str]:
    return {"public_key": b64encode(raw(key)).decode(), "proof": b64encode(key.sign(statement)).decode()}


def rotation(terminal: SigningTerminal, key: Ed25519PrivateKey) -> dict[str, str]:
    return offered(key, new_key_statement(terminal.id, raw(key)))


def succession(old: SigningTerminal, new: UUID, key: Ed25519PrivateKey) -> dict[str, str]:
    return {"terminal": str(new), **offered(key, successor_statement(old.id, new, raw(key)))}


def test_from_its_rotation_on_only_the_new_key_signs(terminal: SigningTerminal, key: Ed25519PrivateKey) -> None:
    answer = ask(terminal, "key", rotation(terminal, key))

    assert (answer.status_code, set(document(answer))) == (200, {"server_time"})
    assert refusal(terminal.roster()) == (401, "bad_signature")
    terminal.key = key
    assert terminal.roster().status_code == 200


def test_a_chain_goes_on_over_a_rotation(terminal: SigningTerminal, key: Ed25519PrivateKey, facility: Facility) -> None:
    member = Member.objects.create(home_facility=facility, number="1", name="青葉 みのり")
    terminal.deliver(terminal.record(member.pk))
    ask(terminal, "key", rotation(terminal, key))
    terminal.key = key

    assert terminal.deliver(terminal.record(member.pk))["acknowledged"] == 2


@pytest.mark.parametrize("signer", ["the key before", "the new key"])
def test_a_rotation_whose_answer_was_lost_is_answered_again(
    terminal: SigningTerminal, key: Ed25519PrivateKey, signer: str
) -> None:
    body = rotation(terminal, key)
    ask(terminal, "key", body)
    if signer == "the new key":
        terminal.key = key

    assert ask(terminal, "key", body).status_code == 200

    assert bytes(Terminal.objects.get(pk=terminal.id).public_key or b"") == raw(key)


def test_the_key_before_can_repeat_but_not_decide(terminal: SigningTerminal, key: Ed25519PrivateKey) -> None:
    ask(terminal, "key", rotation(terminal, key))

    answer = ask(terminal, "key", rotation(terminal, Ed25519PrivateKey.generate()))

    assert refusal(answer) == (401, "bad_signature")
    assert bytes(Terminal.objects.get(pk=terminal.id).public_key or b"") == raw(key)


def test_a_key_two_rotations_ago_says_nothing_any_more(terminal: SigningTerminal, key: Ed25519PrivateKey) -> None:
    first = terminal.key
    ask(terminal, "key", rotation(terminal, key))
    terminal.key = key
    third = Ed25519PrivateKey.generate()
    ask(terminal, "key", rotation(terminal, third))
    terminal.key = first

    assert refusal(ask(terminal, "key", rotation(terminal, third))) == (401, "bad_signature")


def test_a_key_that_another_terminal_has_is_refused(terminal: SigningTerminal, other: SigningTerminal) -> None:
    assert refusal(ask(terminal, "key", rotation(terminal, other.key))) == (409, "key_in_use")


@pytest.mark.parametrize(
    "spoilt",
    [
        {"proof": b64encode(b"\x00" * 64).decode()},
        {"proof": "鳥"},
        {"proof": ""},
        {"public_key": b64encode(b"\x00" * 31).decode()},
        {"public_key": b64encode(b"\xff" * 32).decode()},
    ],
    ids=str,
)
def test_a_key_nobody_proves_to_have_is_refused(
    terminal: SigningTerminal, key: Ed25519PrivateKey, spoilt: dict[str, str]
) -> None:
    assert refusal(ask(terminal, "key", {**rotation(terminal, key), **spoilt})) == (422, "bad_proof")
    assert refusal(ask(terminal, "successor", {**succession(terminal, uuid4(), key), **spoilt})) == (422, "bad_proof")


def test_a_proof_for_one_terminal_proves_nothing_for_another(
    terminal: SigningTerminal, other: SigningTerminal, key: Ed25519PrivateKey
) -> None:
    assert refusal(ask(terminal, "key", rotation(other, key))) == (422, "bad_proof")
    assert refusal(ask(terminal, "successor", succession(other, uuid4(), key))) == (422, "bad_proof")


def test_a_successor_stands_at_the_same_door(terminal: SigningTerminal, key: Ed25519PrivateKey) -> None:
    new = uuid4()

    answer = ask(terminal, "successor", succession(terminal, new, key))

    assert (answer.status_code, document(answer)["terminal"]) == (200, str(new))
    old, row = Terminal.objects.get(pk=terminal.id), Terminal.objects.get(pk=new)
    assert (row.facility, row.direction, row.name, row.succeeds) == (old.facility, old.direction, "入室機 2", old)
    assert SigningTerminal(new, key).roster().status_code == 200


def test_the_terminal_that_is_succeeded_may_still_deliver(
    terminal: SigningTerminal, key: Ed25519PrivateKey, facility: Facility
) -> None:
    member = Member.objects.create(home_facility=facility, number="1", name="青葉 みのり")
    ask(terminal, "successor", succession(terminal, uuid4(), key))

    assert terminal.deliver(terminal.record(member.pk))["acknowledged"] == 1


def test_a_succession_whose_answer_was_lost_is_answered_again(
    terminal: SigningTerminal, key: Ed25519PrivateKey
) -> None:
    body = succession(terminal, uuid4(), key)
    first = ask(terminal, "successor", body)

    again = ask(terminal, "successor", body)

    assert (again.status_code, document(again)["terminal"]) == (200, document(first)["terminal"])
    assert Terminal.objects.count() == 2


def test_successors_are_numbered_by_their_names(terminal: SigningTerminal) -> None:
    Terminal.objects.filter(pk=terminal.id).update(name="機" * NAME_LENGTH)

    for _ in range(2):
        ask(terminal, "successor", succession(terminal, uuid4(), Ed25519PrivateKey.generate()))

    assert {row.name for row in Terminal.objects.filter(succeeds=terminal.id)} == {
        "機" * (NAME_LENGTH - 2) + ending for ending in (" 2", " 3")
    }


def test_an_id_that_is_taken_is_refused(
    terminal: SigningTerminal, other: SigningTerminal, key: Ed25519PrivateKey
) -> None:
    assert refusal(ask(terminal, "successor", succession(terminal, other.id, key))) == (409, "id_in_use")
    assert refusal(ask(terminal, "successor", succession(terminal, terminal.id, key))) == (409, "id_in_use")


def test_a_successor_does_not_change_its_key_by_the_old_ones_word(
    terminal: SigningTerminal, key: Ed25519PrivateKey
) -> None:
    new = uuid4()
    ask(terminal, "successor", succession(terminal, new, key))

    answer = ask(terminal, "successor", succession(terminal, new, Ed25519PrivateKey.generate()))

    assert refusal(answer) == (409, "id_in_use")


def test_a_successor_has_a_key_of_its_own(terminal: SigningTerminal) -> None:
    answer = ask(terminal, "successor", succession(terminal, uuid4(), terminal.key))

    assert refusal(answer) == (409, "key_in_use")


@pytest.mark.parametrize("what", ["events", "key", "successor"])
def test_no_terminal_asks_for_another(
    terminal: SigningTerminal, other: SigningTerminal, key: Ed25519PrivateKey, what: str
) -> None:
    bodies = {
        "events": other.batch(other.record(uuid4())),
        "key": rotation(other, key),
        "successor": succession(other, uuid4(), key),
    }

    assert refusal(ask(terminal, what, bodies[what], of=other.id)) == (403, "not_your_terminal")
    assert refusal(ask(SigningTerminal(other.id, terminal.key), what, bodies[what])) == (401, "bad_signature")
    assert Terminal.objects.count() == 2


@pytest.mark.parametrize("what", ["key", "successor"])
def test_a_revoked_terminal_gets_nothing(terminal: SigningTerminal, key: Ed25519PrivateKey, what: str) -> None:
    bodies = {"key": rotation(terminal, key), "successor": succession(terminal, uuid4(), key)}
    revoke([Terminal.objects.get(pk=terminal.id)], NOW)

    assert refusal(ask(terminal, what, bodies[what])) == (403, "terminal_revoked")


def test_with_a_terminal_all_are_shut_out_that_its_key_could_have_made(
    terminal: SigningTerminal, other: SigningTerminal, key: Ed25519PrivateKey
) -> None:
    heir = SigningTerminal(uuid4(), key)
    ask(terminal, "successor", succession(terminal, heir.id, heir.key))
    grandchild = SigningTerminal(uuid4(), Ed25519PrivateKey.generate())
    ask(heir, "successor", succession(heir, grandchild.id, grandchild.key))

    revoked = revoke([Terminal.objects.get(pk=terminal.id)], NOW)

    assert {row.pk for row in revoked} == {terminal.id, heir.id, grandchild.id}
    assert refusal(grandchild.roster()) == (403, "terminal_revoked")
    assert other.roster().status_code == 200


def test_with_a_terminal_those_are_shut_out_whose_keys_its_disk_may_have(
    terminal: SigningTerminal, other: SigningTerminal, key: Ed25519PrivateKey
) -> None:
    heir = uuid4()
    ask(terminal, "successor", succession(terminal, heir, key))

    revoked = revoke([Terminal.objects.get(pk=heir)], NOW)

    assert {row.pk for row in revoked} == {heir, terminal.id}
    assert refusal(terminal.roster()) == (403, "terminal_revoked")
    assert other.roster().status_code == 200


def test_a_terminal_revoked_while_it_asks_gets_no_successor(terminal: SigningTerminal, key: Ed25519PrivateKey) -> None:
    admitted, new = Terminal.objects.get(pk=terminal.id), uuid4()
    revoke([Terminal.objects.get(pk=terminal.id)], NOW)

    with pytest.raises(TerminalRevokedError):
        succeed(admitted, new, raw(key), key.sign(successor_statement(terminal.id, new, raw(key))), NOW)


def test_a_restored_terminal_works_again(terminal: SigningTerminal) -> None:
    row = Terminal.objects.get(pk=terminal.id)
    revoke([row], NOW)

    assert restore([row]) == [row]

    assert terminal.roster().status_code == 200


def test_a_terminal_that_was_not_revoked_is_not_restored(terminal: SigningTerminal) -> None:
    assert restore([Terminal.objects.get(pk=terminal.id)]) == []


def test_a_replacement_is_prepared_for_the_same_door_and_shares_nothing_else(terminal: SigningTerminal) -> None:
    old = Terminal.objects.get(pk=terminal.id)

    new = replace(old)

    assert (new.facility, new.direction, new.name) == (old.facility, old.direction, "入室機 2")
    assert (new.public_key, new.succeeds) == (None, None)
