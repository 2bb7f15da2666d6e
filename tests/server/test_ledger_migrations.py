"""A server that is updated keeps what it held: the ledger migrated from its previous state."""

import json
from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from machine.signing_terminal import MORNING, SigningTerminal
from server.ledger.models import Event, Visit
from server.terminals.models import Facility, Terminal
from visits.event import canonical, record_hash

BEFORE = [("ledger", "0001_initial"), ("members", "0001_initial"), ("terminals", "0002_lifecycle")]


def migrated_to(*targets: tuple[str, str]) -> Apps:
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    return executor.loader.project_state(list(targets)).apps


def test_events_of_the_first_version_keep_their_times_and_say_what_they_rest_on(transactional_db: None) -> None:
    facility = Facility.objects.create(name="みどり町コワーキング")
    terminal = SigningTerminal.enrolled_at(facility, "入室機")
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        old = migrated_to(*BEFORE)
        member = old.get_model("members", "Member").objects.create(
            home_facility_id=facility.pk, number="1", name="誰か", standing="active"
        )
        for clock in ("synchronised", "unsynchronised"):
            record = terminal.spoilt(member.pk, {"clock": clock})
            old.get_model("ledger", "Event").objects.create(
                facility_id=facility.pk,
                terminal_id=terminal.id,
                seq=record["seq"],
                hash=record_hash(record),
                record=canonical(record).decode(),
                received_at=datetime.now(UTC),
                kind=record["kind"],
                member_id=member.pk,
                at=MORNING,
            )
        old.get_model("ledger", "Event").objects.create(
            facility_id=facility.pk,
            terminal_id=terminal.id,
            seq=3,
            hash=bytes(32),
            record=json.dumps({"v": 2}),
            received_at=datetime.now(UTC),
            rejection="unreadable",
        )
    finally:
        migrated_to(*latest)

    held = Event.objects.order_by("seq").values_list("at", "basis", "boot", "rejection")
    assert list(held) == [
        (MORNING, "clock", terminal.boot, None),
        (MORNING, "doubtful", terminal.boot, None),
        (None, None, None, "unreadable"),
    ]


def test_a_chain_begun_before_the_update_goes_on_after_it(transactional_db: None) -> None:
    facility = Facility.objects.create(name="みどり町コワーキング")
    terminal = SigningTerminal.enrolled_at(facility, "入室機")
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        old = migrated_to(*BEFORE)
        member = old.get_model("members", "Member").objects.create(
            home_facility_id=facility.pk, number="1", name="誰か", standing="active"
        )
        record = terminal.record(member.pk)
        old.get_model("ledger", "Event").objects.create(
            facility_id=facility.pk,
            terminal_id=terminal.id,
            seq=1,
            hash=record_hash(record),
            record=canonical(record).decode(),
            received_at=datetime.now(UTC),
            kind="check_in",
            member_id=member.pk,
            at=MORNING,
        )
    finally:
        migrated_to(*latest)

    assert terminal.deliver(record, terminal.record(member.pk))["acknowledged"] == 2
    assert Terminal.objects.count() == 1
    assert Visit.objects.count() == 1
