"""The admin's guide says of the app what the app is."""

from __future__ import annotations

import re

from connectors.hubspot.accounts.scopes import ALL, Scope, asked
from connectors.hubspot.package_build import SOURCE

GUIDE = SOURCE.parent / "README.md"


def asked_for(scope: Scope) -> str:
    if scope.required:
        return "always"
    if scope not in asked("oauth")[1]:
        return "with `--app-events`"
    if scope in asked("static")[0]:
        return "usually"
    return "with OAuth" if scope.oauth_only else f"with OAuth; static: `--with` ({scope.tier})"


def test_the_table_of_scopes_is_the_list_of_scopes() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.+?) \| (.+?) \| (.+?) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)

    assert rows == [(scope.name, asked_for(scope), scope.reason, scope.adds) for scope in ALL]


def test_the_titles_a_card_may_show_stand_in_the_table_of_odd_things() -> None:
    text = GUIDE.read_text("utf-8").replace("'", "’")
    shown = re.findall(r"Trouble\(\s*'([^']+)'", (SOURCE / "shared" / "call.ts").read_text("utf-8"))

    for title in ("Segue didn’t answer", "Segue doesn’t trust this request", "Segue’s answer can’t be read"):
        assert title in shown
        assert f"**{title}**" in text
