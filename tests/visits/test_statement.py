"""What terminals sign about their keys, byte for byte."""

from uuid import UUID

from visits.event import head_statement
from visits.statement import new_key_statement, successor_statement

OLD, NEW = UUID("0b6c5c2e-7f2a-4a57-8f42-2d9a0e6b1c01"), UUID("6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001")
KEY = bytes(range(32))


def test_a_new_key_is_stated_for_one_terminal() -> None:
    assert new_key_statement(OLD, KEY) == (
        b"checkin-terminal new key v1\n0b6c5c2e-7f2a-4a57-8f42-2d9a0e6b1c01\n"
        b"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    )


def test_a_successor_is_stated_for_the_old_and_the_new_terminal() -> None:
    assert successor_statement(OLD, NEW, KEY) == (
        b"checkin-terminal successor v1\n0b6c5c2e-7f2a-4a57-8f42-2d9a0e6b1c01\n6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001\n"
        b"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    )


def test_no_statement_can_be_taken_for_another() -> None:
    statements = (new_key_statement(OLD, KEY), successor_statement(OLD, NEW, KEY), head_statement(OLD, 1, KEY))
    assert len({statement.split(b"\n")[0] for statement in statements}) == len(statements)
