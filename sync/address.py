"""The server from the configuration: its address, and by what it is known to be the one. Not in here: whether it answers."""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from urllib.parse import urlsplit


class UnsafeAddress(Exception):  # noqa: N818 - named for what happened
    """A server address that must not be used: what is wrong with it."""


class UnusableTrust(Exception):  # noqa: N818 - named for what happened
    """A setting about certificates that cannot be used: what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Service:
    """`url` as `checked` gives it; every other field may be "".

    `ca_file` holds the only authorities believed (PEM). `fingerprint` is the SHA-256 of the one certificate spoken to, in
    hexadecimal; it stands in for the name, not for the authority. `client_certificate` and `client_key` (PEM) are shown
    to a proxy that asks for them.
    """

    url: str
    ca_file: str = ""
    fingerprint: str = ""
    client_certificate: str = ""
    client_key: str = ""


_FINGERPRINT = re.compile(r"([0-9A-Fa-f]{2}:?){32}")


def usable(service: Service) -> Service:
    """The same with its address checked, its files readable as what they should be. Raises UnsafeAddress, UnusableTrust."""
    if service.fingerprint and not _FINGERPRINT.fullmatch(service.fingerprint):
        raise UnusableTrust("server.fingerprint must be 64 hexadecimal digits")
    if service.client_key and not service.client_certificate:
        raise UnusableTrust("server.client_key is of no use without server.client_certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if service.ca_file:
        _load(lambda: context.load_verify_locations(service.ca_file), "server.ca_file", service.ca_file)
    if service.client_certificate:
        shown, key = service.client_certificate, service.client_key or None
        _load(lambda: context.load_cert_chain(shown, key, password=_no_password), "server.client_certificate", shown)
    return replace(service, url=checked(service.url))


def _load(load: Callable[[], None], setting: str, path: str) -> None:
    try:
        load()
    except ssl.SSLError as error:
        raise UnusableTrust(f"{setting}: {path} does not hold what it must (PEM): {error.reason}") from error
    except OSError as error:
        raise UnusableTrust(f"{setting}: {path}: {error.strerror}") from error


def _no_password() -> str:
    """An encrypted key would make OpenSSL ask at the terminal, where nobody sits."""
    return ""


def checked(base_url: str) -> str:
    """Scheme, host and port, nothing behind; https, or http to this machine itself. Raises UnsafeAddress."""
    try:
        parts = urlsplit(base_url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise UnsafeAddress("the server address is not a URL") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UnsafeAddress("the server address must begin with https:// and name a host")
    if parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UnsafeAddress("the server address must end after host and port")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise UnsafeAddress("the server address must be https, except on this machine itself")
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
