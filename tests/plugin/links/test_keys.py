"""Keys: made once, sealed, rotated without breaking a link."""

from __future__ import annotations

import multiprocessing
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from plugin.kernel.database import Database
from plugin.kernel.errors import Busy
from plugin.kernel.seal import SealBroken, Vault
from plugin.links.errors import LinkExpired, LinkInvalid
from plugin.links.issue import LinkOrder, issue
from plugin.links.keys import REFRESH_S, UNKNOWN_S, Keyring, rotate
from plugin.links.models import SigningKey
from plugin.links.resolve import resolve
from plugin.links.token import sign, verify
from tests.conftest import NOW
from tests.make import make_campaign, make_recipient


class Ticks:
    """A monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def order(session) -> LinkOrder:
    campaign = make_campaign(session)
    return LinkOrder(campaign.id, make_recipient(session, campaign.installation_id).id)


def count_queries(database: Database) -> list[str]:
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    return seen


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_the_first_key_is_made_at_need_and_kept(database, vault, algorithm):
    with database.transaction() as session:
        made = Keyring(database, vault, algorithm).signer(session)

    with database.transaction() as session:
        again = Keyring(database, vault, algorithm).signer(session)
        assert again.kid == made.kid
        assert again.algorithm == algorithm
        assert session.scalar(select(func.count()).select_from(SigningKey)) == 1
    token = sign("a", NOW + timedelta(days=1), made)
    assert verify(token, Keyring(database, vault), NOW) == "a"


def _sign_in_another_process(url: str, ready, results) -> None:
    database = Database(url)
    ready.wait()
    with database.transaction() as session:
        results.put(Keyring(database, Vault(bytes(range(32)))).signer(session).kid)
    database.dispose()


def test_processes_that_race_to_the_first_key_end_with_the_same(database):
    spawn = multiprocessing.get_context("spawn")
    url = database.engine.url.render_as_string(hide_password=False)
    ready, results = spawn.Barrier(3), spawn.Queue()
    racers = [spawn.Process(target=_sign_in_another_process, args=(url, ready, results)) for _ in range(3)]
    for racer in racers:
        racer.start()

    kids = {results.get(timeout=60) for _ in racers}

    for racer in racers:
        racer.join()
    assert len(kids) == 1


def test_a_rotated_key_keeps_its_links_alive_and_signs_no_more(database, vault, keyring, clock):
    with database.transaction() as session:
        before = issue(session, order(session), keyring=keyring, clock=clock, days=30)

    with database.transaction() as session:
        done = rotate(session, keyring, clock=clock)

    assert done.verifies_until == before.expires_at
    with database.transaction() as session:
        after = issue(session, order(session), keyring=keyring, clock=clock)
    fresh = Keyring(database, vault)
    with database.reading() as session:
        assert resolve(session, before.token, keyring=fresh, clock=clock).id == before.id
        assert resolve(session, after.token, keyring=fresh, clock=clock).id == after.id
    assert before.token.split(".")[0] != after.token.split(".")[0]
    clock.now += timedelta(days=31)
    with database.reading() as session, pytest.raises(LinkExpired):
        resolve(session, before.token, keyring=fresh, clock=clock)


def test_a_retired_key_in_a_thief_s_hands_opens_nothing_new(database, vault, keyring, clock):
    with database.transaction() as session:
        stolen = keyring.signer(session)
        issue(session, order(session), keyring=keyring, clock=clock, days=30)
    with database.transaction() as session:
        rotate(session, keyring, clock=clock)

    forged = sign("x", NOW + timedelta(days=31), stolen)

    with pytest.raises(LinkInvalid):
        verify(forged, Keyring(database, vault), NOW)


def test_rotation_through_many_keys_leaves_every_link_alive(database, vault, keyring, clock):
    issued = []
    for _ in range(5):
        with database.transaction() as session:
            issued.append(issue(session, order(session), keyring=keyring, clock=clock))
            rotate(session, keyring, clock=clock)

    fresh = Keyring(database, vault)

    assert [verify(link.token, fresh, NOW) for link in issued] == [link.id for link in issued]


def test_switching_the_algorithm_keeps_links_of_the_other(database, vault, keyring, clock):
    with database.transaction() as session:
        old = issue(session, order(session), keyring=keyring, clock=clock)
    switched = Keyring(database, vault, "EdDSA")

    with database.transaction() as session:
        new = issue(session, order(session), keyring=switched, clock=clock)

    assert verify(old.token, switched, NOW) == old.id
    assert verify(new.token, switched, NOW) == new.id
    assert len(new.token) > len(old.token)


def test_another_process_s_new_key_is_found_at_first_sight(database, vault, keyring):
    ticks = Ticks()
    ring = Keyring(database, vault, tick=ticks)
    assert ring.find("000000") is None
    with database.transaction() as session:
        kid = keyring.signer(session).kid
    ticks.at += UNKNOWN_S

    assert ring.find(kid) is not None


def test_invented_kids_can_t_hammer_the_database(database, vault):
    ticks = Ticks()
    ring = Keyring(database, vault, tick=ticks)
    queries = count_queries(database)

    for number in range(1000):
        assert ring.find(f"{number:06x}") is None

    assert sum("signing_key" in query for query in queries) == 1


def test_a_known_key_is_read_again_once_a_minute(database, vault, keyring, clock):
    ticks = Ticks()
    ring = Keyring(database, vault, tick=ticks)
    with database.transaction() as session:
        kid = keyring.signer(session).kid
    ring.find(kid)
    with database.transaction() as session:
        session.execute(update(SigningKey).values(verifies_until=NOW))
    queries = count_queries(database)

    assert ring.find(kid).verifies_until is None
    assert queries == []
    ticks.at += REFRESH_S + 1
    assert ring.find(kid).verifies_until == NOW
    ring.find(kid)
    assert sum("signing_key" in query for query in queries) == 1


def test_a_known_key_outlives_a_database_that_is_away(database, vault, keyring, monkeypatch):
    ticks = Ticks()
    ring = Keyring(database, vault, tick=ticks)
    with database.transaction() as session:
        kid = keyring.signer(session).kid
    ring.find(kid)
    ticks.at += REFRESH_S + 1

    def gone():
        raise Busy("away")

    monkeypatch.setattr(database, "reading", gone)

    assert ring.find(kid).kid == kid
    with pytest.raises(Busy):
        ring.find("000000")


def test_a_key_moved_to_another_row_does_not_open(database, vault, keyring):
    with database.transaction() as session:
        keyring.signer(session)
        session.execute(update(SigningKey).values(kid="ffffff"))

    with pytest.raises(SealBroken):
        Keyring(database, vault).find("ffffff")


def test_the_secret_is_not_in_the_database(database, vault, keyring):
    with database.transaction() as session:
        secret = keyring.signer(session).signs

    with database.reading() as session:
        assert secret not in session.scalars(select(SigningKey.sealed)).one()
