"""What HubSpot knows of mail to a contact: opted out of all or of one kind, bounced. Properties follow."""

from __future__ import annotations

from connectors.hubspot.sandbox.portal import Portal

KINDS: dict[int, tuple[str, str]] = {
    1: ("Marketing Information", "Marketing offers and updates."),
    2: ("One to One", "One to one e-mails."),
}
_SOURCE = "EMAIL"


def status(portal: Portal, address: str, kind: int) -> str:
    """SUBSCRIBED, UNSUBSCRIBED or NOT_SPECIFIED."""
    if address.lower() in portal.opted_out:
        return "UNSUBSCRIBED"
    return portal.subscriptions.get(address.lower(), {}).get(kind, "NOT_SPECIFIED")


def choose(portal: Portal, address: str, kind: int, chosen: str) -> None:
    """The person's choice for one kind of mail."""
    portal.subscriptions.setdefault(address.lower(), {})[kind] = chosen


def opt_out(portal: Portal, address: str, *, out: bool = True) -> None:
    """Of all mail; or back."""
    if out:
        portal.opted_out.add(address.lower())
    else:
        portal.opted_out.discard(address.lower())
    _set(portal, address, {"hs_email_optout": "true" if out else ""})


def bounce(portal: Portal, address: str, reason: str = "UNKNOWN_USER") -> None:
    """Mail to this address came back for good."""
    record = portal.contacts.by_value("email", address)
    bounces = int(record.properties.get("hs_email_bounce", "0")) + 1 if record else 1
    told = {"hs_email_hard_bounce_reason_enum": reason, "hs_email_bounce": str(bounces), "hs_email_bad_address": "true"}
    _set(portal, address, told)


def _set(portal: Portal, address: str, values: dict[str, str]) -> None:
    if record := portal.contacts.by_value("email", address):
        for name, value in portal.contacts.put(record, values, portal.now(), _SOURCE).items():
            portal.changed("contact.propertyChange", record.id, name=name, value=value, source=_SOURCE)
