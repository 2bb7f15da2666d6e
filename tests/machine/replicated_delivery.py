"""`python -m machine.replicated_delivery TERMINALS` delivers to a server in this process, on the database of DATABASE_URL.

Every acknowledgement is said on standard output when it came, as JSON [terminal, seq, hash]; what was not answered is
sent again until it is held. Ends when standard input does. Not in here: the database, and what becomes of it meanwhile.
"""

import json
import logging
import os
import sys
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from machine.signing_terminal import SigningTerminal

_AGAIN_SECONDS = 0.05


def main(terminals: int) -> None:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "server.settings", "CHECKIN_SERVER_HOSTS": "testserver"}
    django.setup()
    logging.disable()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    over = threading.Event()
    threads = [threading.Thread(target=_deliver, args=(number, over)) for number in range(terminals)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()


def _deliver(number: int, over: threading.Event) -> None:
    from machine.signing_terminal import SigningTerminal
    from server.members.models import Member
    from server.terminals.models import Facility
    from visits.event import Kind, record_hash

    facility = Facility.objects.create(name=str(number))
    member = Member.objects.create(home_facility=facility, number=str(number), name="誰か", standing="active").pk
    terminal = SigningTerminal.enrolled_at(facility, "入室機")
    while not over.is_set():
        record = terminal.record(member, Kind.CHECK_OUT if terminal.seq % 2 else Kind.CHECK_IN)
        if _until_answered(terminal, record, over):
            line = json.dumps([str(terminal.id), record["seq"], record_hash(record).hex()])
            os.write(sys.stdout.fileno(), f"{line}\n".encode())


def _until_answered(terminal: "SigningTerminal", record: dict[str, object], over: threading.Event) -> bool:
    """False where it was over before there was an answer."""
    from django.db import close_old_connections

    from machine.signing_terminal import document

    while not over.is_set():
        # The test client keeps connections that a server would look at before every request.
        close_old_connections()
        answer = terminal.post(terminal.batch(record))
        if answer.status_code == HTTPStatus.OK and document(answer)["acknowledged"] == record["seq"]:
            return True
        time.sleep(_AGAIN_SECONDS)
    return False


if __name__ == "__main__":
    main(int(sys.argv[1]))
