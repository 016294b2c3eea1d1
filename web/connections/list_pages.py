"""Links for everyone in one place of a CRM: begun here, carried out by the worker, watched, paused, gone on with."""

from __future__ import annotations

from flask import Response, request
from sqlalchemy.orm import Session

from connectors.runs.models import LinkRun
from connectors.runs.run import cancel, look as look_at_run, pause, resume, runs, start
from connectors.runs.tally import members_done
from plugin.campaigns.models import Campaign
from plugin.kernel.errors import BadInput, NotFound
from web.connections.present import attempt, campaigns_of, look, page, sentence, to
from web.connections.sources import sources_of
from web.services import services

ACTS = {"pause": pause, "resume": resume, "cancel": cancel}
SHOWN = 20
REASONS_SHOWN = 20


def lists(installation_id: str) -> Response:
    """What the account has to choose from, and the runs there were."""
    return _shown(installation_id, None, 200)


def begin(installation_id: str) -> Response:
    """Begin a run, or find the one under way for the same people and campaign."""
    account = look(installation_id)
    days, problem = _days(request.form.get("days", ""))
    source = None
    if problem is None:
        chosen_id = (request.form.get("id", "") or request.form.get("list", "")).strip()
        source, problem = attempt(lambda: sources_of(account.crm).get(installation_id, chosen_id))
    if source is None:
        return _shown(installation_id, problem, 422)
    found = source
    with services().database.transaction() as session:
        campaign = next(
            (each for each in campaigns_of(session, installation_id) if each.slug == request.form.get("campaign")), None
        )
        if campaign is None:
            problem = "Choose a published campaign of this account."
        else:
            chosen = campaign
            begun, problem = attempt(lambda: start(session, chosen, found, days=days, clock=services().clock).id)
    if problem is not None:
        return _shown(installation_id, problem, 422)
    return to("run", installation_id, run_id=begun)


def run(installation_id: str, run_id: str) -> Response:
    """One run: how far it is, and who got no link and why."""
    account = look(installation_id)
    with services().database.reading() as session:
        shown = _told(session, _run(session, installation_id, run_id))
    return page("run", account, here_tab="lists", run=shown, words=sources_of(account.crm).WORDING)


def steer(installation_id: str, run_id: str, act: str) -> Response:
    """Pause it, go on with it, or end it for good; one that is through already is left as it is."""
    with services().database.transaction() as session:
        _run(session, installation_id, run_id)
        try:
            ACTS[act](session, run_id, clock=services().clock)
        except BadInput:
            # It ended meanwhile, or somebody else was quicker: the page shows how it stands.
            pass
    return to("run", installation_id, run_id=run_id)


def _run(session: Session, installation_id: str, run_id: str) -> LinkRun:
    found = look_at_run(session, run_id)
    if found.installation_id != installation_id:
        raise NotFound("no such run")
    return found


def _told(session: Session, found: LinkRun) -> dict[str, object]:
    done, size = members_done(found.counts), found.size
    return {
        "id": found.id,
        "list": found.source_name or found.source_id,
        "campaign": session.get_one(Campaign, found.campaign_id).slug,
        "state": found.state,
        "waits": found.reason,
        "done": done,
        "size": size,
        "percent": 100 if found.state == "done" else min(99, 100 * done // size) if size else None,
        "counts": found.counts,
        "refused": found.refused[:REASONS_SHOWN],
        "more": max(0, len(found.refused) - REASONS_SHOWN),
        "started_at": found.started_at,
        "updated_at": found.updated_at,
    }


def _days(text: str) -> tuple[int, str | None]:
    text = text.strip()
    if not text:
        return services().settings.link_days, None
    if not text.isdecimal() or len(text) > 5:
        return 0, "Days are a whole number."
    return int(text), None


def _shown(installation_id: str, problem: str | None, status: int) -> Response:
    account = look(installation_id)
    sources, words = sources_of(account.crm), request.values.get("q", "")[:200]
    found, trouble = attempt(lambda: sources.find(installation_id, words)) if account.connected else ((), None)
    with services().database.reading() as session:
        campaigns = [campaign.slug for campaign in campaigns_of(session, installation_id)]
        known = [_told(session, each) for each in runs(session, installation_id, limit=SHOWN)]
    return page(
        "lists",
        account,
        status,
        here_tab="lists",
        problem=problem or (sentence(trouble) if trouble else None),
        groups=found or (),
        words=sources.WORDING,
        q=words,
        campaigns=campaigns,
        given=request.form,
        link_days=services().settings.link_days,
        runs=known,
    )
