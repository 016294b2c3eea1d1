"""A logo is a drawing and nothing more."""

from __future__ import annotations

import pytest

from plugin.campaigns.logo import logo_fault

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'


def test_a_drawing_may_stand() -> None:
    drawing = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs>'
        '<g fill="url(#g)" fill-rule="evenodd"><path d="M0 0h9v9z" stroke-width="2"/><use href="#g"/></g>'
    )

    assert logo_fault(f"{HEAD}<title>Alder</title>{drawing}</svg>") is None


@pytest.mark.parametrize(
    "svg",
    [
        f"{HEAD}<script>1</script></svg>",
        f"{HEAD}<path onload='x()'/></svg>",
        f"{HEAD}<a href='https://x.example'><path/></a></svg>",
        f"{HEAD}<use href='https://x.example/#a'/></svg>",
        f"{HEAD}<use xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='javascript:1'/></svg>",
        f"{HEAD}<image href='data:image/png;base64,AA'/></svg>",
        f"{HEAD}<foreignObject><p>x</p></foreignObject></svg>",
        f"{HEAD}<style>*{{}}</style></svg>",
        f"{HEAD}<path style='fill:red'/></svg>",
        f"{HEAD}<path fill='url(https://x.example/#a)'/></svg>",
        f"{HEAD}<path fill='u\\72l(https://x.example/#a)'/></svg>",
        f"{HEAD}<set attributeName='href' to='javascript:1'/></svg>",
        '<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + f"{HEAD}<title>&a;</title></svg>",
        f"<?xml-stylesheet href='x'?>{HEAD}</svg>",
        f"{HEAD}<!--><img src=x onerror=x()>--></svg>",
        f"{HEAD}<title><text><![CDATA[><img src=x onerror=x()>]]></text></title></svg>",
        f'<?xml version="1.0" encoding="utf-7"?>{HEAD}</svg>',
        "<html xmlns='http://www.w3.org/1999/xhtml'/>",
        f"{HEAD}<path>",
        "",
    ],
)
def test_anything_more_is_refused(svg: str) -> None:
    assert logo_fault(svg)
