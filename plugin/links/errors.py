"""What can be wrong with a link, in the product's words: enough to explain, never whose it was."""

from __future__ import annotations

from plugin.kernel.errors import Gone, NotFound


class LinkInvalid(NotFound):
    """Not a link we made: tampered, cut short, signed by nobody we know. Nothing is known about it."""

    def __init__(self) -> None:
        super().__init__("this link is not one of ours, or part of it got lost")


class LinkUnknown(NotFound):
    """We signed it, but no such link exists any more."""

    def __init__(self) -> None:
        super().__init__("this link no longer exists")


class _Ended(Gone):
    """An authentic link that has ended; `campaign_slug` names the public twin to offer, when it is known."""

    why = ""

    def __init__(self, link_id: str, campaign_slug: str | None = None) -> None:
        super().__init__(self.why)
        self.link_id = link_id
        self.campaign_slug = campaign_slug


class LinkExpired(_Ended):
    """It was ours and its time is over."""

    why = "this link has expired"


class LinkRevoked(_Ended):
    """It was ours and has been withdrawn."""

    why = "this link has been withdrawn"
