"""schema.org markup of a video anyone may know about: never a person's plan, always the public cut.

schema.org 29 VideoObject and Clip; Google Search's video structured data (required: name, thumbnailUrl, uploadDate);
`digitalSourceType` names IPTC's terms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from markupsafe import Markup

from plugin.media.disclosure import Disclosure
from web.landing.present import Part, plain_transcript
from web.landing.words import iso_duration


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What the markup tells; every URL is absolute."""

    name: str
    description: str
    language: str
    duration_s: float
    published_at: datetime
    page_url: str
    poster_url: str
    content_url: str
    captions_url: str
    publisher: str
    publisher_url: str
    disclosure: Disclosure


def video_object(video: VideoFacts, shown: Iterable[Part] = ()) -> dict[str, Any]:
    """A VideoObject; with `shown`, its transcript and its chapters as Clips with `?t=` links."""
    out: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "@id": f"{video.page_url}#video",
        "name": video.name,
        "description": video.description,
        "url": video.page_url,
        "thumbnailUrl": [video.poster_url],
        "uploadDate": video.published_at.isoformat(timespec="seconds"),
        "duration": iso_duration(video.duration_s),
        "contentUrl": video.content_url,
        "encodingFormat": "video/mp4",
        "inLanguage": video.language,
        "isAccessibleForFree": True,
        "publisher": {"@type": "Organization", "name": video.publisher, "url": video.publisher_url},
        "caption": {
            "@type": "MediaObject",
            "contentUrl": video.captions_url,
            "encodingFormat": "text/vtt",
            "inLanguage": video.language,
        },
    }
    if video.disclosure.source_type:
        out["digitalSourceType"] = f"https://schema.org/{video.disclosure.source_type}"
    chapters = tuple(shown)
    if chapters:
        out["transcript"] = plain_transcript(chapters)
        out["hasPart"] = [_clip(part, video.page_url) for part in chapters]
    return out


def _clip(part: Part, page_url: str) -> dict[str, Any]:
    join = "&" if "?" in page_url else "?"
    return {
        "@type": "Clip",
        "name": part.title,
        "startOffset": int(part.start_s),
        "endOffset": max(int(part.start_s) + 1, int(part.end_s)),
        "url": f"{page_url}{join}t={int(part.start_s)}",
    }


def script_json(document: dict[str, Any]) -> Markup:
    """JSON that can't end the script element it stands in."""
    text = orjson.dumps(document).decode()
    for sign, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, escaped)
    return Markup(text)  # noqa: S704 - every character that could leave the element is escaped above
