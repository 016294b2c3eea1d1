"""Marketing Cloud: a journey calls us for a contact, its body an HS256 JWT; and links are signed as mails are sent."""

from __future__ import annotations

import secrets
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from connectors.salesforce.sandbox.org import Org
from connectors.sandbox.outbound import Outbound, Sent

TIMEOUT_S = 90.0
KEPT = 100


@dataclass
class JourneyActivity:
    """The activity as a journey holds it. `salt_key` is the package's Salt key, whose bytes sign as they are."""

    org: Org
    url: str
    salt_key: str = field(default_factory=lambda: secrets.token_hex(32))
    mail_key: str = field(default_factory=lambda: secrets.token_hex(32))
    """The symmetric key in Key Management that links in mails are signed with."""
    outbound: Outbound = field(default_factory=Outbound)
    log: deque[Sent] = field(default_factory=lambda: deque(maxlen=KEPT))

    def execute(
        self, contact_key: str, arguments: Mapping[str, str], *, key: str | None = None, activity_id: str = ""
    ) -> Sent:
        """One contact passes: `arguments` are what the marketer bound to fields. `key`: sign with another."""
        body: dict[str, Any] = {
            "inArguments": [dict(arguments)],
            "outArguments": [],
            "activityObjectID": str(uuid.uuid4()),
            "journeyId": "5c1b9d2e-0000-4000-8000-5e67e0000002",
            "activityId": activity_id or "5c1b9d2e-0000-4000-8000-5e67e0000003",
            "definitionInstanceId": str(uuid.uuid4()),
            "activityInstanceId": str(uuid.uuid4()),
            "keyValue": contact_key,
            "mode": 0,
        }
        return self._send(self.url, body, key)

    def step(self, name: str, arguments: Mapping[str, str], *, key: str | None = None) -> Sent:
        """The journey is saved, validated, published or stopped, with the activity as it is configured."""
        body = {
            "arguments": {"execute": {"inArguments": [dict(arguments)]}},
            "activityObjectID": str(uuid.uuid4()),
            "interactionId": "5c1b9d2e-0000-4000-8000-5e67e0000002",
        }
        return self._send(f"{self.url.rpartition('/')[0]}/{name}", body, key)

    def mail_link(self, subscriber_key: str, campaign: str, *, minutes: int = 86_400, key: str | None = None) -> str:
        """The address our AMPscript puts into a mail as it is sent: signed by `GetJWTByKeyName`, with no call to us."""
        ends = (int(self.org.clock() // 60) + minutes) * 60
        payload = {"sub": subscriber_key, "campaign": campaign, "exp": ends}
        origin = self.url.partition("/salesforce/")[0]
        return f"{origin}/salesforce/mail/{jwt.encode(payload, (key or self.mail_key).encode(), 'HS256')}"

    def _send(self, url: str, body: Mapping[str, Any], key: str | None) -> Sent:
        token = jwt.encode(dict(body), (key or self.salt_key).encode(), "HS256")
        headers = {"Content-Type": "application/jwt", "User-Agent": "JourneyBuilder"}
        sent = self.outbound.post(url, token.encode(), headers, at=self.org.clock(), timeout_s=TIMEOUT_S)
        self.log.append(sent)
        return sent
