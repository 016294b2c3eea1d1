"""Server and app agree: what the server makes is the file that the app's own tests read (`tests/node-hubspot`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from connectors.hubspot.accounts.config import PortalConfig
from connectors.hubspot.inbound.ask_again import Outcome
from connectors.hubspot.inbound.card import as_json, bare
from connectors.hubspot.inbound.settings_answer import settings_json, unknown_json
from plugin.outbox.health import OutboxHealth
from tests.conftest import NOW
from tests.connectors.hubspot.inbound.test_card import FACTS, ORIGIN

FILE = Path(__file__).parents[3] / "node-hubspot/server-answers.json"
ADMIN = "https://video.example.com/connections/x"


def made() -> dict[str, Any]:
    """One answer of each kind."""
    queue = OutboxHealth(1, 0, 2, 3, 4.0, NOW, "HubSpot refused it: Phone is required", NOW)
    config = PortalConfig(
        scopes=("oauth", "media_bridge.write"), possible=("media_bridge", "none"), probed_at=NOW.isoformat()
    )
    return {
        "card": as_json(FACTS, ORIGIN, NOW),
        "notConnected": bare("not_connected"),
        "copied": Outcome(True, f"{ORIGIN}/v/x", "This is the link they have.").as_json(),
        "refused": Outcome(False, None, "They opted out of mail.").as_json(),
        "settings": settings_json("111", "HubSpot 111", config, queue, admin_url=ADMIN),
        "unknown": unknown_json("111", ADMIN),
    }


def test_the_servers_answers_are_those_the_apps_tests_read() -> None:
    # Changed on purpose? `python -m tests.connectors.hubspot.inbound.test_both_sides` writes the file anew.
    assert json.loads(FILE.read_text("utf-8")) == made()


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), indent=2, ensure_ascii=False) + "\n", "utf-8")
