"""What the picture in a mail may say of a link before anyone opens it: the public cut's clip, and a first name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugin.campaigns.choose import language_for
from plugin.decisions.shell import StoryFront, front_of
from plugin.decisions.story import Story, published_story
from plugin.fields.read import Profile, read_fields
from plugin.kernel.seal import Vault
from plugin.links.resolve import ResolvedLink
from plugin.media.assembly import ClipMedia
from plugin.media.catalogue import clips_by_id
from plugin.recipients.profile import snapshot_of


@dataclass(frozen=True, slots=True)
class MailPicture:
    """All a thumbnail is drawn from."""

    front: StoryFront
    clip: ClipMedia
    name: str
    """As the last sealed snapshot has it, if the link's tier allows it; else empty."""


def mail_picture(
    session: Session, campaign_id: str, version: int | None, link: ResolvedLink | None, *, vault: Vault
) -> MailPicture:
    """The picture for a link, or for anyone when `link` is None; raises `NotPublished`. No side effect, no CRM call."""
    story = published_story(session, campaign_id, version)
    reading = snapshot_of(session, vault, link.recipient_id, story.greeting_paths).values if link else {}
    profile = read_fields(story.greeting_fields, reading)
    front = front_of(story, language_for(story.storyboard, profile, None))
    clip_id = front.public.scenes[0].clip_id
    return MailPicture(front, clips_by_id(session, [clip_id])[clip_id], _first_name(story, profile))


def _first_name(story: Story, profile: Profile) -> str:
    """The first text the greeting names: a name is what a greeting is about."""
    for field in story.greeting_fields:
        value = profile.value(field.name)
        if field.type == "text" and isinstance(value, str):
            return value
    return ""
