"""Drawing by hand, over Skia: colours, easing, type and a few shapes; lengths in pixels of a 1920 × 1080 picture."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import skia
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

WIDTH, HEIGHT, FPS = 1920, 1080, 25
MARGIN = 132
VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"

CREAM = "#fff4e0"
BRASS = "#f2bd62"
CORAL = "#ff8a6b"
NIGHT = "#121a45"
INK = "#10163a"
MOON = "#fbe9c6"


# -- colour and time ----------------------------------------------------------


def rgb(colour: str) -> tuple[int, int, int]:
    """`#rrggbb` as three bytes."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(one: str, other: str, part: float) -> str:
    """`part` of the way from one colour to the other."""
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(rgb(one), rgb(other), strict=True))


def fill(colour: str, alpha: float = 1.0) -> skia.Paint:
    """Paint for the inside of a shape."""
    return skia.Paint(AntiAlias=True, Color=skia.Color(*rgb(colour), round(255 * clamp(alpha))))


def stroke(colour: str, width: float, alpha: float = 1.0) -> skia.Paint:
    """Paint for a line with round ends."""
    paint = fill(colour, alpha)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeWidth(width)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.setStrokeJoin(skia.Paint.kRound_Join)
    return paint


def clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """`value` held between two others."""
    return max(low, min(high, value))


def ramp(t: float, start: float, length: float) -> float:
    """How far `t` is through a stretch of time: 0 before, 1 after."""
    return clamp((t - start) / length)


def ease(x: float) -> float:
    """Slow, fast, slow."""
    return x * x * x * (x * (x * 6 - 15) + 10)


def ease_out(x: float) -> float:
    """Fast, then a long soft landing."""
    return 1 - (1 - x) ** 4


def ease_back(x: float) -> float:
    """Lands a little too far, and settles."""
    return 1 + 2.2 * (x - 1) ** 3 + 1.2 * (x - 1) ** 2


# -- type ---------------------------------------------------------------------


@cache
def _face(family: str, weight: int) -> skia.Typeface:
    if family == "display":
        file = VENDOR / "bricolage-grotesque" / "bricolage-grotesque-latin-opsz-normal.woff2"
        font = instantiateVariableFont(TTFont(file), {"opsz": 96, "wght": weight})
    else:
        file = VENDOR / "instrument-sans" / "instrument-sans-latin-wght-normal.woff2"
        font = instantiateVariableFont(TTFont(file), {"wght": weight})
    font.flavor = None
    out = io.BytesIO()
    font.save(out)
    return skia.Typeface.MakeFromData(skia.Data.MakeWithCopy(out.getvalue()))


@cache
def font(family: str, size: float, weight: int = 700) -> skia.Font:
    """The face the page itself uses: `display` is Bricolage Grotesque, `text` Instrument Sans."""
    made = skia.Font(_face(family, weight), size)
    made.setSubpixel(True)
    made.setLinearMetrics(True)
    made.setHinting(skia.FontHinting.kNone)
    return made


def measure(words: str, face: skia.Font, spacing: float = 0.0) -> float:
    """Width of a line."""
    return float(face.measureText(words)) + spacing * max(0, len(words) - 1)


def write(
    canvas: skia.Canvas,
    words: str,
    x: float,
    y: float,
    face: skia.Font,
    colour: str,
    *,
    alpha: float = 1.0,
    align: str = "left",
    spacing: float = 0.0,
) -> None:
    """One line with its baseline at `y`; kerned as a whole unless it is letter-spaced."""
    if alpha <= 0:
        return
    width = measure(words, face, spacing)
    x -= {"left": 0.0, "center": width / 2, "right": width}[align]
    paint = fill(colour, alpha)
    if not spacing:
        # The shaper kerns, and puts the line's top where a caller expects its baseline.
        canvas.drawTextBlob(skia.TextBlob.MakeFromShapedText(words, face), x, y + face.getMetrics().fAscent, paint)
        return
    for letter in words:
        canvas.drawString(letter, x, y, face, paint)
        x += float(face.measureText(letter)) + spacing


def rising(
    canvas: skia.Canvas, words: str, x: float, y: float, face: skia.Font, colour: str, part: float, leave: float = 0.0
) -> None:
    """A line that comes up out of its own baseline, as if from behind a sill, and goes on upward when it leaves."""
    if part <= 0 or leave >= 1:
        return
    size = face.getSize()
    canvas.save()
    canvas.clipRect(skia.Rect(x - 40, y - size * 1.02, x + measure(words, face) + 40, y + size * 0.3))
    write(canvas, words, x, y + size * 1.3 * (1 - ease_out(part)) - size * 1.4 * ease(leave), face, colour)
    canvas.restore()


# -- shapes -------------------------------------------------------------------


def rounded(canvas: skia.Canvas, x: float, y: float, w: float, h: float, r: float, paint: skia.Paint) -> None:
    """A rectangle with round corners."""
    canvas.drawRoundRect(skia.Rect(x, y, x + w, y + h), r, r, paint)


def crescent(x: float, y: float, r: float, open_: float = 0.42) -> skia.Path:
    """A waxing moon: a disc less another, `open_` of a diameter to the left of it."""
    whole, bite = skia.Path(), skia.Path()
    whole.addCircle(x, y, r)
    bite.addCircle(x - r * 2 * open_, y - r * 0.12, r * 0.92)
    return skia.Op(whole, bite, skia.PathOp.kDifference_PathOp)


def phase(x: float, y: float, r: float, lit: float) -> skia.Path:
    """A moon whose right part is lit, from 0 (new) to 1 (full)."""
    path = skia.Path()
    path.moveTo(x, y - r)
    path.arcTo(skia.Rect(x - r, y - r, x + r, y + r), -90, 180, False)
    bulge = r * (2 * lit - 1)
    oval = skia.Rect(x - abs(bulge), y - r, x + abs(bulge), y + r)
    path.arcTo(oval, 90, 180 if bulge >= 0 else -180, False)
    path.close()
    return path


def mark(canvas: skia.Canvas, x: float, y: float, r: float, colour: str, alpha: float = 1.0, turn: float = 1.0) -> None:
    """The club's sign: a crescent that is also a sail, over two lines of track."""
    canvas.save()
    canvas.translate(x, y)
    canvas.rotate(-50 * (1 - turn))
    canvas.drawPath(crescent(0, 0, r), fill(colour, alpha))
    canvas.restore()


def bed(canvas: skia.Canvas, x: float, y: float, w: float, h: float, r: float, alpha: float) -> None:
    """The soft dark under a card: three flat steps, as the sky has, so it stays clean at any bitrate."""
    for grow, drop, part in ((18, 22, 0.10), (9, 14, 0.12), (2, 7, 0.16)):
        rounded(canvas, x - grow, y + drop - grow, w + 2 * grow, h + 2 * grow, r + grow, fill("#050820", alpha * part))
