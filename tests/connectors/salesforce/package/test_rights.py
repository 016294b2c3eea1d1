"""Permission sets: each names what is there, gives what its people need, and no more."""

from __future__ import annotations

import pytest

from connectors.salesforce.accounts.needs import NEEDS
from connectors.salesforce.writeback import fold
from tests.connectors.salesforce.package.project import ENGAGEMENT, Node, fields, files, metadata
from tests.connectors.salesforce.package.test_fields import LINKS, told

SETS = dict(metadata("permissionsets"))
TASKS = {"Opened_Task_Id__c", "Watched_Task_Id__c", "CTA_Task_Id__c"}
each_set = pytest.mark.parametrize("rights", SETS.values(), ids=SETS)


def on_fields(rights: Node, right: str) -> set[str]:
    """`Object.Field` with `readable` or `editable`."""
    return {node.one("field") for node in rights.all("fieldPermissions") if node.one(right) == "true"}


def on_objects(rights: Node) -> dict[str, set[str]]:
    """What may be done, by object."""
    names = ("allowCreate", "allowRead", "allowEdit", "allowDelete", "modifyAllRecords", "viewAllRecords")
    return {
        node.one("object"): {name for name in names if node.one(name) == "true"}
        for node in rights.all("objectPermissions")
    }


@each_set
def test_every_field_named_is_there_and_none_is_one_that_needs_no_right(rights: Node) -> None:
    for named in (node.one("field") for node in rights.all("fieldPermissions")):
        of, _, name = named.partition(".")
        if name.endswith("__c"):
            assert name in fields(of), named
            # Salesforce refuses a package that sets rights on a required field.
            assert fields(of)[name].one("required") != "true", named


@each_set
def test_what_may_be_changed_may_be_seen_and_nothing_is_named_twice(rights: Node) -> None:
    named = rights.texts("fieldPermissions/field")

    assert on_fields(rights, "editable") <= on_fields(rights, "readable") == set(named)
    assert len(named) == len(set(named))
    for of, allowed in on_objects(rights).items():
        assert "allowRead" in allowed, of


@each_set
def test_every_class_tab_and_credential_named_is_there(rights: Node) -> None:
    for name in rights.texts("classAccesses/apexClass"):
        assert f"classes/{name}.cls" in files()
    for name in rights.texts("tabSettings/tab"):
        assert f"tabs/{name}.tab-meta.xml" in files()
    for name in rights.texts("externalCredentialPrincipalAccesses/externalCredentialPrincipal"):
        credential, _, principal = name.partition("-")
        (held,) = (node for found, node in metadata("externalCredentials") if found == credential)
        assert principal in [
            node.one("parameterName")
            for node in held.all("externalCredentialParameters")
            if node.one("parameterType") == "NamedPrincipal"
        ]


def test_the_server_may_write_all_the_adapter_writes_and_delete_nothing() -> None:
    rights = SETS["Segue_Integration"]
    written = set(fold.row("visit", fold.fold({}, told()), {"Contact__c": "x", "Lead__c": "x", "Campaign__c": "x"}))

    editable = on_fields(rights, "editable")
    needed = {f"{need.object}.{name}" for need in NEEDS if need.writes for name in need.fields if name.endswith("__c")}
    # A required field takes no right of its own.
    required = {f"{ENGAGEMENT}.Session_Key__c", f"{ENGAGEMENT}.attributes"}
    assert (needed | {f"{ENGAGEMENT}.{name}" for name in written}) - required <= editable
    assert all(
        "allowDelete" not in allowed and "modifyAllRecords" not in allowed for allowed in on_objects(rights).values()
    )
    assert on_objects(rights)[ENGAGEMENT] == {"allowCreate", "allowRead", "allowEdit", "viewAllRecords"}


def test_the_server_makes_no_calls_to_itself_and_runs_no_code() -> None:
    rights = SETS["Segue_Integration"]

    assert rights.texts("userPermissions/name") == ["ApiEnabled"]
    assert not rights.all("externalCredentialPrincipalAccesses")
    assert not rights.all("classAccesses")


def test_the_marks_of_tasks_are_the_flows_alone() -> None:
    for rights in (SETS["Segue_Integration"], SETS["Segue_Rep"]):
        assert not {f"{ENGAGEMENT}.{name}" for name in TASKS} & on_fields(rights, "editable")


def test_a_rep_sees_engagement_changes_none_of_it_and_may_make_a_link() -> None:
    rights = SETS["Segue_Rep"]
    links = {f"{of}.{name}" for of, names in LINKS.items() for name in names}

    assert on_objects(rights)[ENGAGEMENT] == {"allowRead"}
    assert on_fields(rights, "editable") == links
    assert set(rights.texts("classAccesses/apexClass")) == {"SegueCreateLink", "SegueEngagement"}
    assert rights.all("externalCredentialPrincipalAccesses")


def test_an_admin_may_all_a_rep_may() -> None:
    admin, rep = SETS["Segue_Admin"], SETS["Segue_Rep"]

    for right in ("readable", "editable"):
        assert on_fields(rep, right) <= on_fields(admin, right)
    for of, allowed in on_objects(rep).items():
        assert allowed <= on_objects(admin)[of]
    assert set(rep.texts("classAccesses/apexClass")) <= set(admin.texts("classAccesses/apexClass"))


def test_only_whom_the_integration_set_names_may_use_the_app() -> None:
    (policy,) = (node for _, node in metadata("extlClntAppOauthPolicies"))

    assert policy.one("permittedUsersPolicyType") == "AdminApprovedPreAuthorized"
    assert policy.one("commaSeparatedPermissionSet") in SETS
    assert policy.one("ipRelaxationPolicyType") == "Enforce"
