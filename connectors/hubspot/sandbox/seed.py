"""What a new account holds: twelve contacts of every kind, their companies and deals, and a list."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.sandbox import mail, write
from connectors.hubspot.sandbox.associations import DEFAULT, HUBSPOT, PRIMARY
from connectors.hubspot.sandbox.listing import make_list
from connectors.hubspot.sandbox.portal import Portal

_COMPANIES = (
    {"name": "Example Travel Ltd", "domain": "travel.example.com", "city": "Dublin", "country": "Ireland"},
    {"name": "Café Ñandú 🌴", "domain": "nandu.example", "city": "Montevideo", "annualrevenue": "1250000.50"},
    {"name": "شركة المثال", "domain": "mithal.example", "city": "دبي"},
)
# firstname, lastname, e-mail name, language, tier, points, next trip, company, more
_CONTACTS: tuple[tuple[str, str, str, str, str, str, str, int | None, dict[str, str]], ...] = (
    ("Ana", "García", "ana", "es", "gold", "12480", "2027-02-14", 1, {"jobtitle": "Directora", "phone": "+34 600 001"}),
    ("Ben", "Okafor", "ben", "en", "silver", "3200", "2027-01-09", 0, {"jobtitle": "Head of Sales"}),
    ("Chloé", "D’Arc-Müller", "chloe", "fr", "gold", "54000", "", 0, {"city": "Genève"}),
    ("עדי", "לוי", "adi", "he", "bronze", "90", "2026-12-24", None, {"city": "תל אביב"}),
    ("ليلى", "حداد", "layla", "ar", "gold", "7777", "2027-03-01", 2, {"jobtitle": "مديرة"}),
    ("🦊 Felix", "Fuchs 🎿", "felix", "de", "silver", "1500.5", "2027-02-02", 1, {}),
    ("花子", "山田", "hanako", "ja", "", "0", "", None, {"country": "日本"}),
    ("", "", "no.name", "", "", "", "", None, {}),
    ("Otto", "", "", "de", "bronze", "", "", None, {"phone": "+49 30 000000"}),
    ("Long", "Story", "long", "en", "silver", "42", "", 0, {"address": "Rue de l’Exemple " * 588}),
    ("Robert'); DROP", "<b>Tables</b>", "robert", "en", "gold", "-5", "2027-05-05", None, {"website": "https://example.com/?a=1&b=2"}),
    ("Opted", "Out", "opted.out", "en", "gold", "100", "2027-01-01", 0, {}),
)  # fmt: skip
_DEALS = (
    ("Spring retreat", "12000", "qualifiedtobuy", "2027-03-31T00:00:00Z", (0, 1), 0),
    ("Company offsite", "48500.75", "closedwon", "2026-10-01T00:00:00Z", (1,), 0),
    ("Ski week 🎿", "8200", "closedlost", "2026-09-15T00:00:00Z", (5,), 1),
)
_NAMES = ("firstname", "lastname", "email", "hs_language", "tier", "points", "next_trip")


def plant(portal: Portal) -> None:
    """Put them all into an empty account."""
    companies = [_make(portal, "companies", values) for values in _COMPANIES]
    contacts = []
    for first, last, local, *rest, company, more in _CONTACTS:
        values = dict(zip(_NAMES, (first, last, local and f"{local}@example.com", *map(str, rest)), strict=True))
        contacts.append(_make(portal, "contacts", {**values, **more}))
        if company is not None:
            _bind(portal, "contacts", contacts[-1], "companies", companies[company], primary=True)
            portal.contacts.records[contacts[-1]].properties["company"] = _COMPANIES[company]["name"]
    for name, amount, stage, close, whose, company in _DEALS:
        values = {"dealname": name, "amount": amount, "dealstage": stage, "closedate": close, "pipeline": "default"}
        deal = _make(portal, "deals", {**values, "deal_currency_code": "EUR"})
        _bind(portal, "deals", deal, "companies", companies[company], primary=True)
        for contact in whose:
            _bind(portal, "deals", deal, "contacts", contacts[contact])
    mail.opt_out(portal, "opted.out@example.com")
    make_list(portal, "Spring travellers", [*contacts[:6], contacts[-1]])


def _make(portal: Portal, type_name: str, values: dict[str, Any]) -> str:
    given = {name: value for name, value in values.items() if value}
    return write.create(portal, portal.stores[type_name], given, source=write.UI_SOURCE).id


def _bind(portal: Portal, of: str, of_id: str, to: str, to_id: str, *, primary: bool = False) -> None:
    number = PRIMARY[(of, to)] if primary else DEFAULT[(of, to)]
    portal.associations.add((of, of_id), (to, to_id), [(HUBSPOT, number)])
