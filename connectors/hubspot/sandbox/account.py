"""`/account-info/…`: which account this is, and how many calls its private apps made today."""

from __future__ import annotations

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox.answers import json_answer
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.clock import iso, utc_offset_ms
from connectors.sandbox.wire import Answer

routes = Routes()


@routes("GET", f"/account-info/{API}/details", ["oauth"])
def details(call: Call) -> Answer:
    offset_ms = utc_offset_ms(call.now, call.portal.time_zone)
    hours, minutes = divmod(abs(offset_ms) // 60_000, 60)
    return json_answer(
        {
            "portalId": call.portal.id,
            "accountType": call.portal.account_type,
            "timeZone": call.portal.time_zone,
            "companyCurrency": call.portal.currency,
            "additionalCurrencies": [],
            "utcOffset": f"{'-' if offset_ms < 0 else '+'}{hours:02}:{minutes:02}",
            "utcOffsetMilliseconds": offset_ms,
            "uiDomain": call.sandbox.origin.removeprefix("http://"),
            "dataHostingLocation": "na1",
        }
    )


@routes("GET", f"/account-info/{API}/api-usage/daily/private-apps", ["oauth"])
def usage(call: Call) -> Answer:
    private = [each for each in call.portal.installations.values() if each.kind == "static"]
    return json_answer(
        {
            "results": [
                {
                    "name": "private-apps-api-calls-daily",
                    "usageLimit": each.limits.daily or 0,
                    "currentUsage": each.limits.used_today,
                    "collectedAt": iso(call.now),
                    "fetchStatus": "SUCCESS",
                    "resetsAt": iso(call.portal.midnight()),
                }
                for each in private
            ]
        }
    )
