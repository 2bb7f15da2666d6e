"""Who the terminal speaks to, over real TLS: the server it was told of, or nobody, and the log says why."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from machine.tls import Authority, Shown, serving
from sync.address import Service, UnsafeAddress, UnusableTrust, usable
from sync.clock import SYSTEM_CLOCK, ServerTime
from sync.outcome import Untrusted
from sync.transport import Link

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ANSWER = json.dumps({"server_time": "2026-11-22T01:00:00.000Z"}).encode()
SERVICE = Service("https://checkin.example.jp")

Ask = Callable[[Service], object]
Open = Callable[..., str]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def shown(authority: Authority) -> Shown:
    return authority.certify("server")


@pytest.fixture
def serve() -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(serving(arguments[0], lambda: ANSWER, *arguments[1:]))


def ask(service: Service) -> object:
    link = Link(usable(service), "me", KEY, ServerTime(SYSTEM_CLOCK))
    try:
        return link.get("/")
    finally:
        link.close()


def why(service: Service) -> str:
    with pytest.raises(Untrusted) as untrusted:
        ask(service)
    return untrusted.value.why


def test_a_server_by_the_authority_that_was_named_is_spoken_to(serve: Open, shown: Shown, authority: Authority) -> None:
    assert ask(Service(serve(shown), ca_file=str(authority.file)))


def test_with_no_authority_named_the_usual_ones_decide(serve: Open, shown: Shown) -> None:
    assert "certificate is not believed" in why(Service(serve(shown)))


def test_a_server_by_another_authority_is_not_believed(serve: Open, shown: Shown, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    assert "certificate is not believed" in why(Service(serve(shown), ca_file=str(other.file)))


def test_the_certificate_of_another_name_is_not_believed(serve: Open, authority: Authority) -> None:
    elsewhere = authority.certify("elsewhere", "elsewhere.example.jp")
    assert "127.0.0.1" in why(Service(serve(elsewhere), ca_file=str(authority.file)))


@pytest.mark.parametrize(
    "written", [str.lower, str.upper, lambda text: ":".join(map("".join, zip(*[iter(text)] * 2, strict=True)))]
)
def test_the_pinned_certificate_is_spoken_to(
    serve: Open, shown: Shown, authority: Authority, written: Callable[[str], str]
) -> None:
    assert ask(Service(serve(shown), ca_file=str(authority.file), fingerprint=written(shown.fingerprint)))


def test_another_certificate_than_the_pinned_one_is_not_believed_whoever_signed_it(
    serve: Open, shown: Shown, authority: Authority
) -> None:
    newer = authority.certify("newer")
    service = Service(serve(newer), ca_file=str(authority.file), fingerprint=shown.fingerprint)
    assert why(service) == "the server's certificate is not the one of server.fingerprint"


def test_a_pinned_certificate_still_needs_an_authority(serve: Open, shown: Shown, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    service = Service(serve(shown), ca_file=str(other.file), fingerprint=shown.fingerprint)
    assert "certificate is not believed" in why(service)


def test_a_terminal_shows_its_certificate_where_it_is_asked_for(
    serve: Open, shown: Shown, authority: Authority
) -> None:
    mine = authority.certify("terminal")
    url = serve(shown, authority)
    assert ask(Service(url, ca_file=str(authority.file), client_certificate=str(mine.file)))


def test_a_terminal_without_a_certificate_is_told_that_one_is_wanted(
    serve: Open, shown: Shown, authority: Authority
) -> None:
    url = serve(shown, authority)
    assert "wants a certificate of this terminal" in why(Service(url, ca_file=str(authority.file)))


def test_a_terminal_with_a_certificate_by_another_authority_is_turned_away(
    serve: Open, shown: Shown, authority: Authority, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "other").certify("stranger")
    url = serve(shown, authority)
    service = Service(url, ca_file=str(authority.file), client_certificate=str(stranger.file))
    assert "wants a certificate of this terminal" in why(service)


def test_trust_is_not_given_up_for_an_answer(serve: Open, shown: Shown, tmp_path: Path) -> None:
    """The same terminal asks again and again: it never falls back to asking without looking."""
    link = Link(
        Service(serve(shown), ca_file=str(Authority(tmp_path, "other").file)), "me", KEY, ServerTime(SYSTEM_CLOCK)
    )
    for _ in range(3):
        with pytest.raises(Untrusted):
            link.get("/")
    link.close()


def test_what_speaks_no_tls_is_no_secure_connection() -> None:
    def speak_plainly() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        speaking = Thread(target=speak_plainly)
        speaking.start()
        assert "no secure connection" in why(Service(f"https://127.0.0.1:{listening.getsockname()[1]}"))
        speaking.join()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ca_file": "/nowhere.pem"}, "server.ca_file: /nowhere.pem: No such file"),
        ({"ca_file": __file__}, "server.ca_file: .* does not hold what it must"),
        ({"client_certificate": "/nowhere.pem"}, "server.client_certificate: /nowhere.pem: No such file"),
        ({"client_certificate": __file__}, "server.client_certificate: .* does not hold what it must"),
        ({"client_key": "/nowhere.pem"}, "server.client_key is of no use"),
        ({"fingerprint": "12ab"}, "server.fingerprint must be 64"),
        ({"fingerprint": "x" * 64}, "server.fingerprint must be 64"),
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_used_is_named(change: dict[str, str], told: str) -> None:
    with pytest.raises(UnusableTrust, match=told):
        usable(replace(SERVICE, **change))


def test_a_certificate_needs_its_key(authority: Authority) -> None:
    with pytest.raises(UnusableTrust, match=r"server\.client_certificate"):
        usable(replace(SERVICE, client_certificate=str(authority.file)))


def test_an_address_is_looked_at_with_the_rest() -> None:
    assert usable(replace(SERVICE, url="https://checkin.example.jp/")) == SERVICE
    with pytest.raises(UnsafeAddress):
        usable(replace(SERVICE, url="http://checkin.example.jp"))
