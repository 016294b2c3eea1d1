"""A worker killed again and again in the middle of a list: everyone ends with one link, the one on their contact."""

from __future__ import annotations

import multiprocessing
import random
import time

from sqlalchemy import update

from connectors.runs.models import LinkRun
from connectors.runs.tally import members_done
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from tests.connectors.hubspot.lists.listed import make_listed
from tests.connectors.hubspot.lists.worker import work
from tests.connectors.hubspot.world import connected

KILLS = 5
MEMBERS = 300

forking = multiprocessing.get_context("forkserver")
# A child that had to import the tests would take longer than the list.
forking.set_forkserver_preload(["tests.connectors.hubspot.lists.worker"])


def test_killed_again_and_again_everyone_gets_one_link(database: Database) -> None:
    master, chance = bytes(range(32)), random.Random(3)
    with connected(database, Vault(master)) as world:
        listed = make_listed(world, MEMBERS)
        run_id = listed.start()
        url = database.engine.url.render_as_string(hide_password=False)

        def begin() -> multiprocessing.process.BaseProcess:
            process = forking.Process(target=work, args=(url, world.sandbox.origin, master), daemon=True)
            process.start()
            return process

        kills = 0
        while listed.run(run_id).state == "running" and kills < KILLS:
            before = world.calls()
            process = begin()
            deadline = time.monotonic() + 60
            while world.calls() < before + 3 and time.monotonic() < deadline:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.15))
            process.kill()
            process.join()
            kills += 1
            with database.transaction() as session:
                session.execute(update(LinkRun).values(leased_until=None))
        last = begin()
        last.join(120)

        found = listed.run(run_id)
        assert kills == KILLS
        assert found.state == "done"
        assert members_done(found.counts) == MEMBERS
        listed.assert_whole()
