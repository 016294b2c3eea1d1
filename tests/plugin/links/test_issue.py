"""Issuing, resolving, withdrawing."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select

from plugin.kernel.database import ReadingSession
from plugin.kernel.errors import BadInput, NotFound
from plugin.links.address import address, token_in
from plugin.links.errors import LinkExpired, LinkInvalid, LinkRevoked, LinkUnknown
from plugin.links.find import list_links, look
from plugin.links.issue import LinkOrder, RecipientSuppressed, issue, issue_many
from plugin.links.keys import Keyring
from plugin.links.models import Link, SigningKey
from plugin.links.resolve import resolve
from plugin.links.revoke import revoke, revoke_of
from plugin.privacy.suppress import lift, pseudonym_of, suppress
from plugin.recipients.enrol import enrol, enrol_many
from plugin.recipients.ports import ExternalRef
from tests.conftest import NOW
from tests.make import make_campaign, make_recipient


@pytest.fixture
def campaign(database):
    with database.transaction() as session:
        return make_campaign(session, slug="spring")


@pytest.fixture
def order(database, campaign):
    with database.transaction() as session:
        return LinkOrder(campaign.id, enrol(session, ExternalRef(campaign.installation_id, "contact", "7")))


@pytest.fixture
def link(database, order, keyring, clock):
    with database.transaction() as session:
        return issue(session, order, keyring=keyring, clock=clock, days=90)


def test_a_link_leads_back_to_its_campaign_and_record(database, campaign, link, keyring, clock):
    with database.reading() as session:
        found = resolve(session, link.token, keyring=keyring, clock=clock)

    assert (found.id, found.campaign_id, found.campaign_slug) == (link.id, campaign.id, "spring")
    assert found.ref == ExternalRef(campaign.installation_id, "contact", "7")
    assert found.expires_at == link.expires_at == NOW + timedelta(days=90)


def test_resolving_takes_one_query_once_the_keys_are_known(database, link, keyring, clock, monkeypatch):
    queries = []
    with database.reading() as session:
        resolve(session, link.token, keyring=keyring, clock=clock)
    event.listen(database.engine, "before_cursor_execute", lambda *given: queries.append(given[2]))
    monkeypatch.setattr(ReadingSession, "driver", lambda self: Telling(driver(self), queries))

    with database.reading() as session:
        resolve(session, link.token, keyring=keyring, clock=clock)

    assert len([query for query in queries if "FROM" in query]) == 1


driver = ReadingSession.driver


@dataclass
class Telling:
    """A driver's connection that tells what it is asked."""

    connection: Any
    queries: list[str]

    def execute(self, query: str, given: Any) -> Any:
        self.queries.append(query)
        return self.connection.execute(query, given)


def test_issuing_twice_gives_the_same_text(database, order, link, keyring, clock):
    clock.now += timedelta(days=10)

    with database.transaction() as session:
        again = issue(session, order, keyring=keyring, clock=clock)

    assert again.token == link.token
    assert again.reused
    assert not link.reused


def test_a_link_signed_by_another_process_s_new_key_is_reused(database, vault, order, clock):
    mine, theirs = Keyring(database, vault), Keyring(database, vault)
    assert mine.find("000000") is None  # has just looked, so won't look again for a second
    with database.transaction() as session:
        first = issue(session, order, keyring=theirs, clock=clock)

    with database.transaction() as session:
        assert issue(session, order, keyring=mine, clock=clock).token == first.token


def test_a_link_whose_key_is_lost_is_not_reused(database, vault, order, link, clock):
    with database.transaction() as session:
        session.execute(delete(SigningKey))

        assert issue(session, order, keyring=Keyring(database, vault), clock=clock).id != link.id


def test_an_expired_or_withdrawn_link_is_followed_by_a_new_one(database, order, link, keyring, clock):
    clock.now += timedelta(days=91)
    with database.transaction() as session:
        second = issue(session, order, keyring=keyring, clock=clock)
        revoke(session, second.id, clock=clock)

        third = issue(session, order, keyring=keyring, clock=clock)

    assert len({link.id, second.id, third.id}) == 3


def test_a_link_about_to_end_is_renewed_when_asked(database, order, link, keyring, clock):
    clock.now += timedelta(days=80)

    with database.transaction() as session:
        assert issue(session, order, keyring=keyring, clock=clock).id == link.id
        renewed = issue(session, order, keyring=keyring, clock=clock, renew_days=14)
        assert issue(session, order, keyring=keyring, clock=clock, renew_days=14).id == renewed.id

    assert renewed.id != link.id
    with database.reading() as session:
        assert resolve(session, link.token, keyring=keyring, clock=clock).id == link.id


def test_a_withdrawn_link_says_so_and_names_only_the_campaign(database, link, keyring, clock):
    with database.transaction() as session:
        assert revoke(session, link.id, clock=clock)
        assert not revoke(session, link.id, clock=clock)

    with database.reading() as session, pytest.raises(LinkRevoked) as caught:
        resolve(session, link.token, keyring=keyring, clock=clock)

    assert caught.value.campaign_slug == "spring"
    assert set(vars(caught.value)) == {"link_id", "campaign_slug"}


def test_an_expired_link_names_only_the_campaign(database, link, keyring, clock):
    clock.now += timedelta(days=90)

    with database.reading() as session, pytest.raises(LinkExpired) as caught:
        resolve(session, link.token, keyring=keyring, clock=clock)

    assert caught.value.campaign_slug == "spring"


def test_an_erased_link_is_unknown_and_an_erased_expired_one_names_nothing(database, link, keyring, clock):
    with database.transaction() as session:
        session.execute(delete(Link))

    with database.reading() as session:
        with pytest.raises(LinkUnknown):
            resolve(session, link.token, keyring=keyring, clock=clock)
        clock.now += timedelta(days=91)
        with pytest.raises(LinkExpired) as caught:
            resolve(session, link.token, keyring=keyring, clock=clock)
    assert caught.value.campaign_slug is None


def test_a_row_ended_early_wins_over_the_token(database, link, keyring, clock):
    with database.transaction() as session:
        session.get(Link, link.id).expires_at = NOW

    with database.reading() as session, pytest.raises(LinkExpired):
        resolve(session, link.token, keyring=keyring, clock=clock)


def test_a_tampered_link_says_nothing(database, link, keyring, clock):
    with database.reading() as session, pytest.raises(LinkInvalid) as caught:
        resolve(session, link.token[:-2], keyring=keyring, clock=clock)

    assert vars(caught.value) == {}


def test_a_suppressed_person_gets_no_link_until_it_is_lifted(database, campaign, order, keyring, vault, clock):
    person = pseudonym_of(vault, ExternalRef(campaign.installation_id, "contact", "7"))
    with database.transaction() as session:
        suppress(session, person, "asked to stop")

        with pytest.raises(RecipientSuppressed):
            issue(session, order, keyring=keyring, clock=clock)

        other = enrol(session, ExternalRef(campaign.installation_id, "contact", "8"))
        made = issue_many(session, campaign.id, [order.recipient_id, other], keyring=keyring, clock=clock)
        assert set(made) == {other}
        lift(session, person)
        assert issue(session, order, keyring=keyring, clock=clock)


def test_a_recipient_of_another_account_or_none_is_not_found(database, campaign, order, keyring):
    with database.transaction() as session:
        stranger = make_recipient(session, make_campaign(session).installation_id).id
        for bad in (
            LinkOrder(campaign.id, stranger),
            LinkOrder(campaign.id, "nobody"),
            LinkOrder("none", order.recipient_id),
        ):
            with pytest.raises(NotFound):
                issue(session, bad, keyring=keyring)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_link_lives_for_a_sensible_time(database, order, keyring, days):
    with database.transaction() as session, pytest.raises(BadInput):
        issue(session, order, keyring=keyring, days=days)


def test_many_are_issued_in_a_few_statements(database, campaign, keyring, clock):
    refs = [ExternalRef(campaign.installation_id, "contact", f"c{number}") for number in range(12_000)]
    queries = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: queries.append(given[2]))

    with database.transaction() as session:
        people = enrol_many(session, refs)
        links = issue_many(session, campaign.id, people.values(), keyring=keyring, clock=clock)
        again = issue_many(session, campaign.id, people.values(), keyring=keyring, clock=clock)

    assert len(links) == 12_000
    assert {each.token for each in links.values()} == {each.token for each in again.values()}
    assert len(queries) < 60
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Link)) == 12_000


def test_two_threads_issuing_to_the_same_people_make_one_link_each(database, campaign, keyring, clock):
    refs = [ExternalRef(campaign.installation_id, "contact", f"c{number}") for number in range(50)]
    start = threading.Barrier(4)
    results = []

    def work(mine):
        start.wait()
        with database.transaction() as session:
            people = enrol_many(session, mine)
            links = issue_many(session, campaign.id, people.values(), keyring=keyring, clock=clock)
            results.append({ref: links[people[ref]].token for ref in mine})

    threads = [threading.Thread(target=work, args=(refs[:: 1 if turn % 2 else -1],)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 4
    assert all(result == results[0] for result in results)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Link)) == 50


def test_a_person_s_links_can_be_withdrawn_at_once(database, order, link, keyring, clock):
    with database.transaction() as session:
        assert revoke_of(session, order.campaign_id, order.recipient_id, clock=clock) == 1
        assert revoke_of(session, order.campaign_id, order.recipient_id, clock=clock) == 0


def test_no_such_link_can_be_withdrawn(database):
    with database.transaction() as session, pytest.raises(NotFound):
        revoke(session, "none")


def test_an_operator_sees_where_links_stand(database, order, link, keyring, clock):
    def states(state=None):
        with database.reading() as session:
            return [each.state for each in list_links(session, order.campaign_id, state=state, clock=clock)]

    assert (states(), states("live"), states("expired"), states("revoked")) == (["live"], ["live"], [], [])
    clock.now += timedelta(days=100)
    assert (states(), states("live"), states("expired")) == (["expired"], [], ["expired"])
    with database.transaction() as session:
        assert look(session, link.token, keyring=keyring, clock=clock).state == "expired"
        revoke(session, link.id, clock=clock)
        assert look(session, link.token, keyring=keyring, clock=clock).state == "revoked"
    assert (states(), states("expired"), states("revoked")) == (["revoked"], [], ["revoked"])


@pytest.mark.parametrize(
    "pasted",
    ["a.b.c", " a.b.c\n", "https://x.example/v/a.b.c", "<https://x.example/v/a.b.c?utm=1#t=3>", "/v/a.b.c/still.jpg"],
)
def test_a_pasted_address_holds_its_token(pasted):
    assert token_in(pasted) == "a.b.c"
    assert address("https://x.example/", "a.b.c") == "https://x.example/v/a.b.c"
