"""The project made for a server: HubSpot could take it, it points to that server, and asks for no more than said."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from connectors.hubspot.accounts.scopes import ALL, CORE, OPTIONAL, asked, names
from connectors.hubspot.package_build import PROJECT, SOURCE, PackageOrder, build
from plugin.kernel.errors import BadInput

ORIGIN = "https://video.example.com"
STATIC = PackageOrder(ORIGIN)
OAUTH = PackageOrder(ORIGIN, auth="oauth", support_email="help@example.com")
EVENTS = replace(OAUTH, app_events=True)
ORDERS = {"static": STATIC, "oauth": OAUTH, "events": EVENTS}
SCHEMAS = {file.stem: json.loads(file.read_bytes()) for file in (Path(__file__).parent / "schemas").glob("*.json")}
EVENT_TYPES = [f"segue_video_{name}" for name in ("cta_clicked", "opened", "played", "progress", "summary")]


def metas(order: PackageOrder) -> dict[str, dict[str, Any]]:
    """Every component by its uid."""
    found = (json.loads(content) for path, content in build(order).items() if path.endswith("-hsmeta.json"))
    return {meta["uid"]: meta for meta in found}


def auth_of(order: PackageOrder) -> dict[str, Any]:
    auth: dict[str, Any] = metas(order)["segue_video"]["config"]["auth"]
    return auth


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_every_component_is_what_its_schema_allows(order: PackageOrder) -> None:
    assert not list(Draft202012Validator(SCHEMAS["hsproject"]).iter_errors(json.loads(build(order)["hsproject.json"])))
    for meta in metas(order).values():
        schema = SCHEMAS[meta["type"]]
        Draft202012Validator.check_schema(schema)

        assert [error.message for error in Draft202012Validator(schema).iter_errors(meta)] == [], meta["uid"]


@pytest.mark.parametrize(
    ("uid", "spoil"),
    [
        ("segue_video", lambda config: config["permittedUrls"].update(fetch=[f"{ORIGIN}/hubspot"])),
        ("segue_video", lambda config: config["auth"].update(optionalScopes=["crm.lists.read"])),
        ("segue_video", lambda config: config.update(distribution="marketplace")),
        ("segue_video_card", lambda config: config.update(objectTypes=["CONTACT"])),
        ("segue_settings", lambda config: config.update(entrypoint="SettingsPage.tsx")),
        ("segue_webhooks", lambda config: config["settings"].update(targetUrl="http://video.example.com/x")),
        ("segue_webhooks", lambda config: config["subscriptions"]["crmObjects"][0].update(objectType=None)),
        ("segue_webhooks", lambda config: config["subscriptions"]["crmObjects"][-1].pop("propertyName")),
        ("segue_create_video_link", lambda config: config.update(actionUrl="${ORIGIN}/hubspot/workflow/link")),
        ("segue_create_video_link", lambda config: config["inputFields"][0].pop("supportedValueTypes")),
    ],
)
def test_the_schemas_refuse_what_hubspot_would(uid: str, spoil: Any) -> None:
    meta = metas(STATIC)[uid]

    spoil(meta["config"])

    assert not Draft202012Validator(SCHEMAS[meta["type"]]).is_valid(meta)


def test_the_schema_of_event_types_refuses_a_choice_without_options() -> None:
    meta = metas(EVENTS)["segue_video_opened"]

    meta["config"]["properties"][2].pop("options")

    assert not Draft202012Validator(SCHEMAS["app-event"]).is_valid(meta)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_everything_points_to_the_server_and_nothing_is_left_to_fill_in(order: PackageOrder) -> None:
    files = build(replace(order, origin="https://Watch.Example.org:443/"))

    text = "".join(content.decode() for path, content in files.items() if not path.endswith((".ts", ".tsx")))
    assert set(re.findall(r"https?://[^\s\"/]+", text)) == {"https://watch.example.org"}
    assert "${" not in text
    for folder in ("cards", "settings"):
        assert "'https://watch.example.org'" in files[f"src/app/{folder}/shared/origin.ts"].decode()


def test_the_addresses_are_those_the_server_answers_at() -> None:
    made = metas(OAUTH)

    assert made["segue_create_video_link"]["config"]["actionUrl"] == f"{ORIGIN}/hubspot/workflow/link"
    assert made["segue_webhooks"]["config"]["settings"]["targetUrl"] == f"{ORIGIN}/hubspot/webhooks"
    assert auth_of(OAUTH)["redirectUrls"] == [f"{ORIGIN}/hubspot/oauth/callback"]


def test_an_app_with_oauth_requires_the_core_and_asks_for_the_rest() -> None:
    assert auth_of(OAUTH)["requiredScopes"] == list(names(CORE))
    assert set(auth_of(OAUTH)["optionalScopes"]) == set(names(OPTIONAL)) - {"timeline"}


def test_an_app_with_a_static_token_asks_for_what_every_edition_has_and_can_be_asked_for_more_or_less() -> None:
    usual = auth_of(STATIC)["requiredScopes"]
    chosen = auth_of(replace(STATIC, more=["automation"], fewer=["crm.lists.read"]))["requiredScopes"]

    assert usual == list(names(asked("static")[0]))
    assert all(not scope.tier and not scope.oauth_only for scope in ALL if scope.name in usual)
    assert set(chosen) == {*usual, "automation"} - {"crm.lists.read"}


def test_event_types_come_only_when_asked_for_and_then_as_hubspot_takes_them() -> None:
    assert set(metas(EVENTS)) - set(metas(OAUTH)) == set(EVENT_TYPES)
    assert metas(EVENTS)["segue_video"]["config"]["distribution"] == "marketplace"
    assert "timeline" in auth_of(EVENTS)["requiredScopes"]


def test_a_template_names_only_properties_its_event_has() -> None:
    for uid in EVENT_TYPES:
        config = metas(EVENTS)[uid]["config"]
        named = set(re.findall(r"\{\{(\w+)\}\}", config["headerTemplate"] + config["detailTemplate"]))

        assert named <= {prop["name"] for prop in config["properties"]}, uid


def test_hubspot_is_asked_to_tell_of_people_who_are_gone_merged_or_opted_out_and_of_properties_named() -> None:
    def followed(order: PackageOrder) -> list[str]:
        subscriptions = metas(order)["segue_webhooks"]["config"]["subscriptions"]
        return [
            item.get("propertyName") or item["subscriptionType"] for part in subscriptions.values() for item in part
        ]

    assert {"contact.privacyDeletion", "object.merge", "object.deletion", "hs_email_optout"} <= set(followed(STATIC))
    more = followed(replace(STATIC, properties=["tier", "firstname", "tier"]))
    assert sorted(more) == sorted([*followed(STATIC), "tier"])


def test_every_entrypoint_is_a_file_and_every_import_of_it_leads_to_one() -> None:
    files = build(STATIC)

    for uid in ("segue_video_card", "segue_settings"):
        assert f"src{metas(STATIC)[uid]['config']['entrypoint']}" in files
    for path, content in files.items():
        if path.endswith((".ts", ".tsx")):
            for target in re.findall(r"from '(\.[^']+)'", content.decode()):
                assert (Path(path).parent / target).as_posix() in files, f"{path}: {target}"


def test_the_packages_hubspot_installs_are_those_the_tests_ran_with() -> None:
    root = SOURCE.parents[2]
    tested = json.loads((root / "tests" / "node-hubspot" / "package.json").read_bytes())["devDependencies"]

    for folder in ("cards", "settings"):
        asked_for = json.loads(build(STATIC)[f"src/app/{folder}/package.json"])
        assert asked_for["dependencies"].items() <= tested.items()


def test_the_same_order_makes_the_same_bytes_under_the_projects_own_name() -> None:
    assert build(STATIC) == build(replace(STATIC))
    assert json.loads(build(STATIC)["hsproject.json"])["name"] == PROJECT
    assert next(iter(build(STATIC))) == "hsproject.json"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"origin": "http://video.example.com"}, "HubSpot calls nothing but https"),
        ({"name": " "}, "1 to 100"),
        ({"name": "a\nb"}, "1 to 100"),
        ({"support_email": "nobody"}, "no e-mail address"),
        ({"fewer": ["oauth"]}, "can't work without oauth"),
        ({"more": ["crm.everything"]}, "has no use for"),
        ({"more": ["timeline"]}, "--app-events"),
        ({"app_events": True}, "--auth oauth"),
        ({"auth": "oauth", "more": ["automation"]}, "every optional scope"),
        ({"properties": ["First Name"]}, "internal name"),
        ({"properties": [f"p{number}" for number in range(101)]}, "at most 100"),
    ],
)
def test_an_order_hubspot_could_not_use_is_refused_with_the_reason(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        build(replace(STATIC, **changes))
