"""What goes wrong when asked to, and what is used up."""

from __future__ import annotations

import pytest
import requests
from simple_salesforce.api import Salesforce

from connectors.salesforce.sandbox import Sandbox
from tests.connectors.salesforce.sandbox.conftest import codes, engagement, first, refused, upsert


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("limit_daily", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("limit_concurrent", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("lock", 400, "UNABLE_TO_LOCK_ROW"),
        ("lock_500", 500, "UNABLE_TO_LOCK_ROW"),
        ("duplicate", 400, "DUPLICATE_VALUE"),
        ("api_off", 403, "API_DISABLED_FOR_ORG"),
        ("500", 500, "UNKNOWN_EXCEPTION"),
        ("503", 503, "SERVER_UNAVAILABLE"),
        ("session", 401, "INVALID_SESSION_ID"),
    ],
)
def test_a_refused_call_does_nothing(sf: Salesforce, sandbox: Sandbox, kind: str, status: int, code: str) -> None:
    sandbox.faults.add(kind, times=1)

    told = refused(lambda: upsert(sf, engagement("a")))

    assert sandbox.counts.latest[-1].headers["Sforce-Limit-Info"].startswith("api-usage=")
    assert told[:2] == (status, code)
    assert list(sandbox.org.live("Video_Engagement__c")) == []


def test_an_injected_end_of_a_session_ends_it(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.faults.add("session", times=1)
    refused(sf.limits)

    assert refused(sf.limits)[:2] == (401, "INVALID_SESSION_ID")


def test_single_records_are_struck_by_chance_that_repeats(sf: Salesforce, sandbox: Sandbox) -> None:
    asked = [engagement(f"k{number}") for number in range(200)]
    sandbox.faults.add("lock_item", probability=0.05)

    found = codes(upsert(sf, *asked))

    assert 3 <= found.count("UNABLE_TO_LOCK_ROW") <= 20
    assert len(list(sandbox.org.live("Video_Engagement__c"))) == found.count("")
    sandbox.faults.clear()
    sandbox.faults.add("lock_item", probability=0.05)
    assert codes(upsert(sf, *asked)) == found


@pytest.mark.parametrize(("kind", "done"), [("timeout_after_commit", True), ("cut_mid_answer", True), ("cut", False)])
def test_a_lost_answer_doesnt_tell_whether_it_was_done(sf: Salesforce, sandbox: Sandbox, kind: str, done: bool) -> None:
    sandbox.faults.add(kind, times=1)

    with pytest.raises(requests.exceptions.RequestException):
        upsert(sf, engagement("a"))

    assert bool(list(sandbox.org.live("Video_Engagement__c"))) is done
    assert sandbox.counts.latest[-1].committed is done


def test_a_late_answer_can_be_waited_for_or_not(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.faults.add("slow", slow_ms=300, times=1)

    with pytest.raises(requests.exceptions.ReadTimeout):
        upsert(sf, engagement("a"), timeout=0.05)


def test_maintenance_speaks_html(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.faults.add("maintenance", times=1, path="*/limits*")

    answer = requests.get(f"{sandbox.origin}/services/data/v67.0/limits/", timeout=10)

    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html")


def test_the_days_calls_run_out_and_come_back_within_24_hours(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.org.limits.most = 3
    assert [sf.limits()["DailyApiRequests"]["Remaining"] for _ in range(3)] == [2, 1, 0]
    assert sf.api_usage["api-usage"] == (3, 3)

    assert refused(sf.limits) == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    sandbox.clock.advance(23 * 3600)
    sandbox.logins.session_s = 10**6
    sf.session_id = sandbox.sign_in()
    sf.headers["Authorization"] = f"Bearer {sf.session_id}"
    assert refused(sf.limits)[1] == "REQUEST_LIMIT_EXCEEDED"
    sandbox.clock.advance(2 * 3600)

    assert sf.limits()["DailyApiRequests"] == {"Max": 3, "Remaining": 2}


def test_a_locked_record_stays_locked_for_hours(sf: Salesforce, sandbox: Sandbox) -> None:
    contact = first(sandbox, "Contact")
    sandbox.logins.session_s = 10**6
    sf.session_id = sandbox.sign_in()
    sf.headers["Authorization"] = f"Bearer {sf.session_id}"
    sandbox.org.hold([contact], 3 * 3600)

    assert codes(upsert(sf, engagement("a", Contact__c=contact), engagement("b"))) == ["UNABLE_TO_LOCK_ROW", ""]
    sandbox.clock.advance(3 * 3600 + 1)
    assert codes(upsert(sf, engagement("a", Contact__c=contact))) == [""]


def test_an_approval_locks_only_the_record_itself(sf: Salesforce, sandbox: Sandbox) -> None:
    contact = first(sandbox, "Contact")
    sandbox.org.hold([contact], 60, "ENTITY_IS_LOCKED")

    assert codes(upsert(sf, engagement("a", Contact__c=contact))) == [""]


def test_an_edition_without_api_answers_nobody(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.org.set_edition("Professional Edition")
    assert refused(sf.limits)[:2] == (403, "API_DISABLED_FOR_ORG")

    sandbox.org.switches.api_add_on = True
    assert sf.limits()


def test_faults_are_set_and_calls_counted_over_http(sf: Salesforce, sandbox: Sandbox) -> None:
    rules = {"rules": [{"kind": "503", "path": "*/query/*", "times": 1}], "seed": 7}
    assert requests.post(f"{sandbox.origin}/__sandbox/faults", json=rules, timeout=10).json()["seed"] == 7

    assert refused(lambda: sf.query("SELECT Id FROM Lead"))[0] == 503
    sf.query("SELECT Id FROM Lead")

    counts = requests.get(f"{sandbox.origin}/__sandbox/counts", timeout=10).json()
    assert (counts["total"], counts["apiCalls"]) == (2, 1)
    bad = {"rules": [{"kind": "503", "probability": 7}]}
    assert requests.post(f"{sandbox.origin}/__sandbox/faults", json=bad, timeout=10).status_code == 400


def test_a_url_may_not_be_longer_than_salesforce_reads(sf: Salesforce) -> None:
    names = "', '".join(["x" * 50] * 400)

    with pytest.raises(Exception, match="URI Too Long"):
        sf.query(f"SELECT Id FROM Contact WHERE LastName IN ('{names}')")
