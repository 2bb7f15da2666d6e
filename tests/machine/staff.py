"""Somebody at the reception's console, as a browser would be: logged in, marking rows and pressing actions."""

from typing import Any

import requests

from kiosk.stage import STAFF, Stage

_SECONDS = 20


class Staff:
    def __init__(self, stage: Stage) -> None:
        self._url = stage.url
        self._session = requests.Session()
        self._session.trust_env = False
        self._post(f"{stage.url}/console/login/", {"next": "/console/", "username": STAFF, "password": stage.password})

    def get(self, path: str, **query: str) -> Any:
        """What the API answers this browser, from JSON."""
        answer = self._session.get(f"{self._url}{path}", params=query, timeout=_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def suspend(self, member: str) -> None:
        self._act("members/member", "suspend", member, asked="1", reason="for the test")

    def revoke(self, terminal: str) -> None:
        self._act("terminals/terminal", "revoke", terminal)

    def restore(self, terminal: str) -> None:
        self._act("terminals/terminal", "restore", terminal)

    def _act(self, model: str, action: str, row: str, **answers: str) -> None:
        """`answers` are those of the page on which the action asks for more."""
        self._post(f"{self._url}/console/{model}/", {"action": action, "_selected_action": row, **answers})

    def _post(self, page: str, form: dict[str, str]) -> None:
        """Raises HTTPError, also where the page answers that it did nothing."""
        self._session.get(page, timeout=_SECONDS).raise_for_status()
        token = self._session.cookies["csrftoken"]
        answer = self._session.post(
            page, data={**form, "csrfmiddlewaretoken": token}, headers={"Referer": page}, timeout=_SECONDS
        )
        answer.raise_for_status()
        if "errornote" in answer.text or 'class="warning"' in answer.text:
            raise requests.HTTPError(f"{page} did not do it", response=answer)
