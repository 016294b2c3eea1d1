"""The OpenAPI document an admin registers under External Services: what a Flow can ask without our Apex action.

Within what External Services takes: version 3.0, one media type, every object named, texts and yes or no alone.
"""

from __future__ import annotations

from typing import Any

_JSON = "application/json"
_PROBLEM = "application/problem+json"


def document(origin: str) -> dict[str, Any]:
    """For this server."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Segue",
            "version": "1.0.0",
            "description": "Personal video links for Contacts, Leads and Campaign Members.",
        },
        "servers": [{"url": origin}],
        "paths": {
            "/salesforce/link": {
                "post": _operation(
                    "createVideoLink",
                    "The link of one record; asked again, the same link while it lives.",
                    "VideoLinkRequest",
                    "VideoLink",
                )
            },
            "/salesforce/links": {
                "post": _operation(
                    "createVideoLinks", "The links of up to 200 records.", "VideoLinksRequest", "VideoLinks"
                )
            },
        },
        "components": {"schemas": _SCHEMAS},
    }


def _operation(name: str, words: str, asked: str, answered: str) -> dict[str, Any]:
    problems = {
        "400": "The request can't be read.",
        "403": "The org or its key isn't known.",
        "503": "The server is busy; ask again later.",
    }
    return {
        "operationId": name,
        "summary": words,
        "parameters": [
            {
                "name": "X-Segue-Org",
                "in": "header",
                "required": True,
                "description": "The org's id: in a Flow, {!$Organization.Id}.",
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {"required": True, "content": {_JSON: {"schema": _named(asked)}}},
        "responses": {
            "200": {"description": words, "content": {_JSON: {"schema": _named(answered)}}},
            **{
                status: {"description": why, "content": {_PROBLEM: {"schema": _named("Problem")}}}
                for status, why in problems.items()
            },
        },
    }


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _text(words: str) -> dict[str, Any]:
    return {"type": "string", "description": words}


def _flag(words: str) -> dict[str, Any]:
    return {"type": "boolean", "description": words}


def _object(required: tuple[str, ...], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def _list_of(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _named(name)}


_ANSWER = {
    "recordId": _text("The record, in 18 characters."),
    "ok": _flag("Whether there is a link to use."),
    "link": _text("The link; empty when there is none."),
    "expiresAt": _text("When it ends, as 2027-02-01T00:00:00Z; empty when there is none."),
    "reused": _flag("Whether it was there already."),
    "error": _text("Why there is none; empty when all is well."),
}
_SCHEMAS: dict[str, Any] = {
    "VideoLinkRequest": _object(
        ("recordId", "campaign"),
        recordId=_text("A Contact, Lead or Campaign Member."),
        campaign=_text("The campaign's short name in Segue."),
        days=_text("How many days the link lives; empty: as long as the server says."),
        campaignMemberId=_text("With a Contact or Lead: the campaign member the link is for."),
    ),
    "VideoLink": _object(tuple(_ANSWER), **_ANSWER),
    "VideoLinksRequest": _object(("requests",), requests=_list_of("VideoLinkRequest")),
    "VideoLinks": _object(("results",), results=_list_of("VideoLink")),
    "Problem": _object(("title",), title=_text("What is wrong."), detail=_text("More of it.")),
}
