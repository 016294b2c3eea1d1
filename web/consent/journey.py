"""OAuth in the browser: state and PKCE's verifier wait in a cookie of this admin's session until the CRM sends back.

RFC 6749 section 10.12, RFC 7636, RFC 9700. The cookie is sealed (AES-GCM) and bound to CRM and session, HttpOnly, for
ten minutes and one way back; what an admin typed for this journey waits in it as well, unreadable to the browser.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import orjson
from flask import Response, make_response, redirect, render_template, request, url_for

from plugin.kernel.errors import SegueError
from plugin.kernel.seal import SealBroken
from web.crm.access import viewer
from web.services import services

LIFE_S = 600
_MOST_CODE = 2000
_DENIED = "{crm} says that the app wasn’t allowed. Nothing was connected. Begin again when you want to allow it."
_NO_WAY = (
    "This way back from {crm} isn’t yours, was used already, or took longer than ten minutes. Nothing was changed: "
    "begin again from here."
)
_SPENT = "{crm} took the code it had given us for spent. Nothing was connected: begin again from here."
_LATE = "{crm} didn’t answer as it should ({why}). Nothing was connected: try again in a moment."


class Spent(SegueError):
    """The code that came back is good no more."""


class Late(SegueError):
    """The CRM didn't answer as it should; the text says how."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What must come back, and what the exchange needs then; `given` is what the admin chose for this journey."""

    state: str
    verifier: str
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Connected:
    """Which account came of it; `again`: it was known."""

    installation_id: str
    again: bool


Exchange = Callable[[Waiting, str], Connected]
"""Turns a code into a connected account; raises `Spent`, `Late`, or another `SegueError` with its reason."""


@dataclass(frozen=True, slots=True)
class Consent:
    """The journeys to one CRM. `denials`: the CRM's own words for a no, each with ours."""

    crm: str
    name: str
    denials: Mapping[str, str]

    @property
    def cookie(self) -> str:
        """Its name; `__Host-` keeps subdomains and plain http from setting it."""
        return f"__Host-segue-{self.crm}"

    def keep(self, response: Response, waiting: Waiting) -> None:
        """Let the journey wait with this browser."""
        told = {
            "s": waiting.state,
            "v": waiting.verifier,
            "g": dict(waiting.given),
            "t": services().clock().timestamp(),
        }
        sealed = base64.urlsafe_b64encode(services().vault.seal(self._place(), orjson.dumps(told))).decode()
        response.set_cookie(self.cookie, sealed, max_age=LIFE_S, secure=True, httponly=True, samesite="Lax", path="/")

    def come_back(self, exchange: Exchange) -> Response:
        """Back from the CRM: with a code that is exchanged once, or with a no."""
        response = self._settle(exchange)
        response.delete_cookie(self.cookie, secure=True, httponly=True, samesite="Lax", path="/")
        return response

    def explain(self, text: str, status: int) -> Response:
        """Why nothing was connected, and how to begin again."""
        shown = render_template("connections/consent.html", text=text, crm=self.crm, name=self.name)
        return make_response(shown, status)

    def _settle(self, exchange: Exchange) -> Response:
        waiting = self._waiting()
        if waiting is None or not _same(request.args.get("state", ""), waiting.state):
            return self.explain(_NO_WAY.format(crm=self.name), 400)
        if error := request.args.get("error"):
            late = _LATE.format(crm=self.name, why=_word(error))
            return self.explain({"access_denied": _DENIED.format(crm=self.name), **self.denials}.get(error, late), 400)
        code = request.args.get("code", "")
        if not 0 < len(code) <= _MOST_CODE:
            return self.explain(_NO_WAY.format(crm=self.name), 400)
        try:
            made = exchange(waiting, code)
        except Spent:
            return self.explain(_SPENT.format(crm=self.name), 400)
        except Late as late:
            return self.explain(_LATE.format(crm=self.name, why=late), 502)
        except SegueError as error:
            return self.explain(f"Nothing was connected: {str(error).rstrip('.')}.", 400)
        done = "again" if made.again else "connected"
        target = url_for("connections.overview", installation_id=made.installation_id, done=done)
        return cast("Response", redirect(target, 303))

    def _waiting(self) -> Waiting | None:
        # Another admin at this browser, or this one signed in anew, can't open it and begins anew.
        try:
            sealed = base64.urlsafe_b64decode(request.cookies.get(self.cookie, "").encode("ascii", "replace"))
            told = orjson.loads(services().vault.unseal(self._place(), sealed))
        except (SealBroken, ValueError):
            return None
        age = timedelta(seconds=services().clock().timestamp() - told["t"])
        return Waiting(told["s"], told["v"], told["g"]) if age <= timedelta(seconds=LIFE_S) else None

    def _place(self) -> str:
        return f"consent|{self.crm}|{viewer().csrf}"


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), known.encode())


def _word(error: str) -> str:
    return error[:60] if error.replace("_", "").isalnum() and error.isascii() else "an error without a name"
