"""Routes of the landing room: a link's page, its open, the public twin, and what leads there."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request

from plugin.decisions.shell import shell_view
from plugin.kernel.errors import Forbidden, Gone, NotFound
from plugin.links.resolve import ResolvedLink, resolve
from web.attention import camera
from web.errors import caller_language
from web.landing.opening import COOKIE, asked_language, open_video, read_order, seconds_left, silent_on_origin
from web.landing.plain_markdown import plain
from web.landing.shell import shell_page
from web.landing.stage import opened_page
from web.landing.twin import markdown, public_page, public_video, public_videos
from web.security import Headers, PageResponse, csp_nonce, new_nonce, public_headers, recipient_headers, same_origin
from web.services import services
from web.texts import direction, texts

bp = Blueprint("landing", __name__)

_HTML = ("Content-Type", "text/html; charset=utf-8")
_FRESH = "public, max-age=60, stale-while-revalidate=600"


# -- one person's link ---------------------------------------------------------


@bp.get("/v/<token>")
def show_link(token: str) -> Response:
    """The shell of a link. Fetching it changes nothing, asks no CRM and is never counted."""
    return _shell(token, token)


@bp.get("/w/<slug>")
def show_again(slug: str) -> Response:
    """The clean address: with our cookie the shell again, for anyone else the public twin."""
    token = request.cookies.get(COOKIE, "")
    try:
        return _shell(token, "", slug)
    except (NotFound, Gone):
        return _to_twin(slug)


@bp.post("/open")
def open_page() -> Response:
    """The open: the stage for htmx, a whole page for a browser without script."""
    here = services()
    order = camera.as_before(request, read_order(request), here)
    opening = open_video(here, request, order)
    fragment = request.headers.get("HX-Request") == "true"
    html = opened_page(opening, order, here, nonce=csp_nonce(), fragment=fragment)
    response = PageResponse([html], headers=[*recipient_headers(csp_nonce()), _HTML])
    left = seconds_left(opening.link.expires_at, here.clock())
    response.set_cookie(COOKIE, order.token, left, path="/", secure=True, httponly=True, samesite="Lax")
    if camera.COOKIE in request.cookies:
        camera.use_up(response)
    return response


@bp.get("/open")
def open_again() -> Response:
    """Someone reloaded or shared the address of an opened page: back to where opening starts."""
    token = request.cookies.get(COOKIE, "")
    try:
        slug = _resolved(token).campaign_slug
    except (NotFound, Gone):
        return redirect("/", 302)  # type: ignore[return-value]
    return redirect(f"/w/{slug}", 302)  # type: ignore[return-value]


@bp.post("/not-me")
def not_me() -> Response:
    """'This isn't me': this browser forgets the link and goes to the public twin."""
    if not same_origin(request) and not silent_on_origin(request):
        raise Forbidden("this only works from the page itself")
    response = _to_twin(request.form.get("slug", ""), 303)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _shell(token: str, in_form: str, slug: str | None = None) -> Response:
    here = services()
    with here.database.reading() as session:
        link = resolve(session, token, keyring=here.keyring, clock=here.clock)
        if slug is not None and link.campaign_slug != slug:
            raise NotFound("another campaign's link")
        view = shell_view(session, link, vault=here.vault, language=asked_language(request.args.get("lang")))
        page = shell_page(session, view.front, link.campaign_slug, here.settings.public_origin)
        with_camera = camera.invited(session, request, link, here) is not None
    nonce = new_nonce()
    body = page.fill(nonce=nonce, greeting=view.greeting, token=in_form)
    return PageResponse([body], headers=[*recipient_headers(nonce, camera=with_camera), _HTML])


def _resolved(token: str) -> ResolvedLink:
    here = services()
    with here.database.reading() as session:
        return resolve(session, token, keyring=here.keyring, clock=here.clock)


def _to_twin(slug: str, status: int = 302) -> Response:
    with services().database.reading() as session:
        try:
            path = public_video(session, slug).path
        except (NotFound, Gone):
            path = "/"
    return Response(status=status, headers=[("Location", path), *recipient_headers(new_nonce())])


# -- for everyone --------------------------------------------------------------


@bp.get("/c/<slug>")
def show_twin(slug: str) -> Response:
    """The public version: indexable, and whole without being watched."""
    page = public_page(services(), slug, asked_language(request.args.get("lang")))
    links = f'<{page.page_url}>; rel="canonical", <{page.markdown_path}>; rel="alternate"; type="text/markdown"'
    headers = [*public_headers(page.style_hash), _HTML, ("Content-Language", page.language), ("Link", links)]
    return _public(page.html, headers, page.etag)


@bp.get("/c/<slug>.md")
def show_markdown(slug: str) -> Response:
    """The public version as plain text."""
    here = services()
    origin = here.settings.public_origin
    with here.database.reading() as session:
        video = public_video(session, slug, asked_language(request.args.get("lang")))
        body = markdown(video, origin)
    canonical = ("Link", f'<{origin}{video.path}>; rel="canonical"')
    headers = [*public_headers(), ("Content-Type", "text/markdown; charset=utf-8"), canonical]
    return _public(body, [*headers, ("Content-Language", video.front.language)])


@bp.get("/")
def home() -> Response:
    """What this server is, and what of it is for everyone."""
    here, language = services(), caller_language()
    with here.database.reading() as session:
        campaigns = public_videos(session, language)
    words = texts(language, "landing")
    shown = {"lang": language, "dir": direction(language), "words": words, "campaigns": campaigns}
    html = render_template("landing/home.html", origin=here.settings.public_origin, **shown)
    return _public(html, [*public_headers(), _HTML, ("Vary", "Accept-Language"), ("Content-Language", language)])


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every public version, with its video (Google's video sitemap) and its languages."""
    return _listing("landing/sitemap.xml", "application/xml; charset=utf-8")


@bp.get("/llms.txt")
def llms() -> Response:
    """The same list for language models (llmstxt.org)."""
    return _listing("landing/llms.txt", "text/plain; charset=utf-8")


@bp.get("/robots.txt")
def robots() -> Response:
    """Recipients' pages may be fetched, so that their `noindex` can be read; the CRM has nothing to say to robots."""
    origin = services().settings.public_origin
    body = f"User-agent: *\nDisallow: /crm\nDisallow: /b\n\nSitemap: {origin}/sitemap.xml\n"
    return _public(body, [*public_headers(), ("Content-Type", "text/plain; charset=utf-8")])


def _listing(template: str, kind: str) -> Response:
    here = services()
    with here.database.reading() as session:
        videos = public_videos(session)
    shown = {"videos": videos, "origin": here.settings.public_origin, "words": texts("en", "landing"), "plain": plain}
    body = render_template(template, **shown)
    return _public(body, [*public_headers(), ("Content-Type", kind)])


def _public(body: str, headers: Headers, etag: str | None = None) -> Response:
    response = Response(body, headers=[*headers, ("Cache-Control", _FRESH)])
    if etag:
        response.set_etag(etag)
    else:
        response.add_etag()
    response.make_conditional(request)
    return response
