"""What our user must see and write: found missing by name, with what mends it, and the campaigns' own fields too."""

from __future__ import annotations

import pytest

from connectors.salesforce.accounts.choose import choose
from connectors.salesforce.accounts.needs import NEEDS, of_campaigns
from connectors.salesforce.accounts.probe import probe
from connectors.salesforce.accounts.usage import usage
from plugin.accounts.models import Installation
from plugin.campaigns.publish import publish
from plugin.kernel.errors import BadInput, NotFound
from tests.connectors.salesforce.world import World
from tests.plugin.campaigns.boards import FIELDS, make_document
from tests.plugin.campaigns.test_publish import make_clips


def hide(world: World, *paths: str, read_only: tuple[str, ...] = ()) -> None:
    access = world.sandbox.org.schema.of(world.sandbox.org.integration_id)
    access.hidden, access.read_only = set(paths), set(read_only)
    world.sandbox.org.schema.changed()


def test_with_the_package_and_its_permission_set_nothing_is_missing(world: World) -> None:
    assert probe(world.org()).config.missing == ()


@pytest.mark.parametrize("path", [f"{need.object}.{name}" for need in NEEDS for name in need.fields if not need.writes])
def test_each_field_that_is_read_is_missed_when_it_is_hidden(world: World, path: str) -> None:
    hide(world, path)

    assert path in probe(world.org()).config.missing


def test_what_can_be_seen_but_not_written_is_missing_where_it_is_written(world: World) -> None:
    hide(world, read_only=("Contact.Video_Link__c", "Contact.FirstName", "Video_Engagement__c.Revision__c"))

    config = probe(world.org()).config

    assert set(config.missing) == {"Contact.Video_Link__c", "Video_Engagement__c.Revision__c"}
    assert not config.engagement


def test_fields_a_published_campaign_names_are_looked_for_too(world: World) -> None:
    renamed = {"contact.first_name": "contact.FirstName", "contact.tier": "account.Nothing__c"}
    fields = [{**field, "source": renamed.get(field["source"], field["source"])} for field in FIELDS]
    with world.database.transaction() as session:
        document = make_document(fields=fields)
        make_clips(session, document)
        publish(session, vault=world.vault, slug="spring", installation_id=world.installation_id, document=document)

    found = probe(world.org())

    assert {"Account.Nothing__c", "Contact.points"} <= set(found.config.missing)
    assert "Contact.FirstName" not in found.config.missing
    assert found.config.engagement
    with world.database.reading() as session:
        named = {need.object: need for need in of_campaigns(session, world.installation_id)}
    assert named["Account"].lacking(found.config.missing) == ("Nothing__c",)
    assert "field-level security" in named["Account"].mend


def test_an_org_is_called_by_its_name(world: World) -> None:
    world.sandbox.org.is_sandbox = True
    world.sandbox.org.table("Organization").write(world.sandbox.org.id, {"IsSandbox": True, "Name": "Acme \n Travel"})
    world.sandbox.org.journal.close()

    probe(world.org())

    with world.database.reading() as session:
        assert session.get_one(Installation, world.installation_id).label == "Salesforce Acme Travel (sandbox)"


def test_calls_of_all_processes_are_counted_together(world: World) -> None:
    for _ in range(3):
        world.org().api.call("GET", "limits/")
    with world.database.reading() as session:
        used = usage(session, world.installation_id, world.org().config, world.clock())

    assert used.ours >= 3
    assert used.org >= used.ours
    assert (used.our_most, used.org_most) == (7_500, 15_000)


def test_a_used_up_day_says_until_when(world: World) -> None:
    world.sandbox.org.limits.spend(world.sandbox.clock(), 15_000)
    with pytest.raises(Exception, match="used up"):
        world.org().api.call("GET", "limits/")

    with world.database.reading() as session:
        used = usage(session, world.installation_id, world.org().config, world.clock())

    assert used.closed_until is not None
    assert used.closed_until > world.clock()


def test_what_is_chosen_holds_and_what_can_not_be_is_refused(world: World) -> None:
    with world.database.transaction() as session:
        choose(session, world.installation_id, {"opened": "Seen", "watched": ""}, 0.3)
        with pytest.raises(BadInput, match="of its own"):
            choose(session, world.installation_id, {"opened": "Seen", "clicked": "seen"}, 0.3)
        with pytest.raises(NotFound):
            choose(session, "nobody", {}, 0.3)

    config = world.org().config
    assert dict(config.statuses) == {"opened": "Seen", "watched": "", "clicked": ""}
    assert config.share == 0.3
