"""How often one terminal may ask, and one address whose requests are not taken: so many in each window of ten seconds.

Counted in this process's cache, so what all processes together let through is so many times more. ninja's own
SimpleRateThrottle keeps the request it is judging in itself, which all threads share.
Not in here: wrong enrolment codes, which are counted in the database (terminals.enrolment).
"""

from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from server.terminals.models import ADDRESS_LENGTH

WINDOW_SECONDS = 10


class Rate(BaseThrottle):
    """`name` is one of settings.RATES; `whose` tells who is counted."""

    def __init__(self, name: str, whose: Callable[[HttpRequest], str]) -> None:
        self._name = name
        self._whose = whose

    def allow_request(self, request: HttpRequest) -> bool:
        key = f"rate:{self._name}:{quote(self._whose(request))}"
        cache.add(key, 0, WINDOW_SECONDS)
        try:
            return bool(cache.incr(key) <= settings.RATES[self._name])
        except ValueError:
            # The window ended in between, so this is the first request of the next.
            return True

    def wait(self) -> float:
        """The longest it can last; the answer's Retry-After."""
        return WINDOW_SECONDS


def client_address(request: HttpRequest) -> str:
    """Of the machine that asks, as the nearest CHECKIN_SERVER_PROXIES proxies tell it, if there are any."""
    return (BaseThrottle().get_ident(request) or "")[:ADDRESS_LENGTH]


def _signer(request: HttpRequest) -> str:
    return str(request.auth.pk)  # type: ignore[attr-defined] # set by ninja before it asks for the rate


PER_TERMINAL = Rate("terminal", _signer)
PER_ADDRESS = Rate("address", client_address)
