"""What every answer tells the browser to allow, and whether a request comes from our own page.

Content Security Policy Level 3, Fetch metadata, OWASP ASVS 5.0 L2 (V3). Four header sets: a recipient's page, a public
page, a static file, media and data. A route that sends its own set is left alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Flask, Request, Response, current_app, g, request
from werkzeug.datastructures import Headers as WsgiHeaders

from web.services import services

Headers = list[tuple[str, str]]

_SENSORS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
_WITH_CAMERA = _SENSORS.replace("camera=()", "camera=(self)")
_PAGE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", _SENSORS),
)
_RECIPIENT = (
    *_PAGE,
    ("Cache-Control", "no-store, private"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex, nofollow, noarchive"),
)
_PUBLIC = (*_PAGE, ("Referrer-Policy", "strict-origin-when-cross-origin"))
_FILE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
_POLICY = ("Content-Security-Policy",)
_HTTPS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def _policy(script: str, style: str, media_origin: str = "") -> str:
    store = f" {media_origin}" if media_origin else ""
    return (
        f"default-src 'none'; script-src {script}; style-src 'self' {style}; img-src 'self' data:{store}; "
        f"font-src 'self'; media-src 'self' blob:{store}; connect-src 'self'{store}; worker-src 'self' blob:; "
        "base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    )


class PageResponse(Response):
    """An answer whose headers are final as they stand; the framework's own would copy and check each once more."""

    def get_wsgi_headers(self, environ: object) -> WsgiHeaders:
        """What was set, and the length."""
        if isinstance(self.response, list):
            self.headers["Content-Length"] = str(sum(map(len, self.response)))
        return self.headers


def new_nonce() -> str:
    """128 random bits for one answer's policy."""
    return secrets.token_urlsafe(16)


def csp_nonce() -> str:
    """This request's nonce, made at first need; templates call it too."""
    if "csp_nonce" not in g:
        g.csp_nonce = new_nonce()
    return str(g.csp_nonce)


def recipient_headers(nonce: str, *, camera: bool = False) -> Headers:
    """For a page that belongs to one person: never stored, never indexed, never referred from.

    `camera`: only for the page that a yes has just led to; see `web.attention.camera`.
    """
    # A module imported by a nonced module inherits its nonce, so neither 'self' nor 'strict-dynamic' is needed.
    made = _sets()
    headers = [("Content-Security-Policy", made.recipient_policy.replace("@", nonce)), *made.recipient]
    return [(name, _WITH_CAMERA if value == _SENSORS else value) for name, value in headers] if camera else headers


def public_headers(style_hash: str = "") -> Headers:
    """For a page anyone may store: no nonce, so that its bytes stay the same; `style_hash` is base64 SHA-256."""
    style = f"'sha256-{style_hash}'" if style_hash else ""
    policy = _policy("'self'", style, _media_origin())
    return [("Content-Security-Policy", policy), *_with_https(_PUBLIC)]


def file_headers() -> Headers:
    """For static files, media and data."""
    return _sets().file


def worker_headers() -> Headers:
    """For the one script that runs WebAssembly, in a worker of its own, which has a policy of its own."""
    policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'"
    return [("Content-Security-Policy", policy), *(pair for pair in file_headers() if pair[0] not in _POLICY)]


def _with_https(headers: tuple[tuple[str, str], ...]) -> Headers:
    https = services().settings.public_origin.startswith("https://")
    return [*headers, _HTTPS] if https else list(headers)


def _media_origin() -> str:
    return str(current_app.config.get("MEDIA_ORIGIN", ""))


@dataclass(frozen=True, slots=True)
class _Sets:
    """Texts that never change within one application, made once; `@` stands for the nonce."""

    recipient_policy: str
    recipient: Headers
    file: Headers


def _sets() -> _Sets:
    made: _Sets | None = current_app.extensions.get("segue-headers")
    if made is None:
        policy = _policy("'nonce-@'", "'nonce-@'", _media_origin())
        made = _Sets(policy, _with_https(_RECIPIENT), _with_https(_FILE))
        current_app.extensions["segue-headers"] = made
    return made


def same_origin(incoming: Request) -> bool:
    """True when a browser says that our own page sent this; for requests that carry the cookie.

    `Sec-Fetch-Site: same-origin`, or for older browsers `Origin` exactly ours. Neither header: not ours.
    """
    site = incoming.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return incoming.headers.get("Origin") == services().settings.public_origin


def install(app: Flask) -> None:
    """Give every answer that has no policy of its own the strictest fitting set; `csp_nonce()` to templates."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.after_request
    def guard(response: Response) -> Response:
        headers = response.headers
        if "Content-Security-Policy" in headers:
            return response
        chosen = recipient_headers(csp_nonce()) if response.mimetype == "text/html" else file_headers()
        present = {name.lower() for name, _ in headers}
        for name, value in chosen:
            if name.lower() not in present:
                headers.add(name, value)
        if request.endpoint == "static":
            _cache_static(response)
        return response


def _cache_static(response: Response) -> None:
    # Fonts never change under their name; scripts and styles are asked after, and answered 304.
    lasting = request.path.endswith(".woff2")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "public, no-cache"
