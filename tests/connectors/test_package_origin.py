"""The server's address, as a CRM must reach it."""

from __future__ import annotations

import pytest

from connectors.package_origin import origin_of
from plugin.kernel.errors import BadInput


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("", "nothing but https"),
        ("http://video.example.com", "nothing but https"),
        ("video.example.com", "nothing but https"),
        ("https://", "no host name"),
        ("https://video.example.com/segue", "more than an origin"),
        ("https://video.example.com?x=1", "more than an origin"),
        ("https://me:secret@video.example.com", "more than an origin"),
        ("https://localhost", "can't reach localhost"),
        ("https://127.0.0.1", "can't reach"),
        ("https://[::1]:8000", "can't reach"),
        ("https://intranet", "no host name"),
        ("https://bücher.example", "no host name"),
        ("https://video.example.com:port", "no address"),
        ("https://[", "no address"),
        ("https://video.example.com'+x", "no host name"),
        ("https://-a.example.com", "no host name"),
    ],
)
def test_an_origin_a_crm_could_not_call_is_refused_with_an_example(origin: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        origin_of(origin, caller="HubSpot")

    assert "https://video.example.com" in str(refused.value)


def test_a_port_and_a_slash_at_the_end_are_borne() -> None:
    assert origin_of(" https://VIDEO.example.com:8443/ ", caller="HubSpot") == "https://video.example.com:8443"
