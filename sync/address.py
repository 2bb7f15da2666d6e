"""The server's address from the configuration. Not in here: whether anyone answers there."""

from ipaddress import ip_address
from urllib.parse import urlsplit


class UnsafeAddress(Exception):  # noqa: N818 - named for what happened
    """A server address that must not be used: what is wrong with it."""


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
