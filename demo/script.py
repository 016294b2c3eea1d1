"""What is said and written in every clip, in each language; a person's values are drawn by the viewer's device."""

from __future__ import annotations

from dataclasses import dataclass

BRAND = "Velaluna"
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip in every language: where it stands in the journey, what the voice says, what stands on screen."""

    name: str
    slot: int
    """Which leg of the journey it crosses, from 0; shots of one slot are alternatives and share both their ends."""
    title: dict[str, str]
    said: dict[str, tuple[str, ...]]
    """Sentences, in order; each becomes one caption."""
    shown: dict[str, dict[str, str]]


SHOTS = (
    Shot(
        name="welcome",
        slot=0,
        title={"en": "Welcome aboard", "es": "Te damos la bienvenida"},
        said={
            "en": ("Good evening, and welcome aboard.", "This is your year with Velaluna, the night train club."),
            "es": ("Buenas noches, y gracias por subir.", "Este es tu año en Velaluna, el club del tren nocturno."),
        },
        shown={
            "en": {"line": "Your year with the", "line2": "night train club"},
            "es": {"line": "Tu año en el club", "line2": "del tren nocturno"},
        },
    ),
    Shot(
        name="status-gold",
        slot=1,
        title={"en": "Your Gold status", "es": "Tu nivel Oro"},
        said={
            "en": ("You are a Gold member.", "That means the lounge, a larger cabin, and free changes."),
            "es": ("Eres miembro Oro.", "Es decir: sala VIP, cabina superior y cambios gratis."),
        },
        shown={
            "en": {
                "eyebrow": "Your status",
                "head": "Gold",
                "one": "Lounge before you leave",
                "two": "A larger cabin, when one is free",
                "three": "Changes at no charge",
                "card": "Gold member",
                "since": "Aboard since",
            },
            "es": {
                "eyebrow": "Tu nivel",
                "head": "Oro",
                "one": "Sala VIP antes de salir",
                "two": "Cabina superior, si queda libre",
                "three": "Cambios sin coste",
                "card": "Miembro Oro",
                "since": "A bordo desde",
            },
        },
    ),
    Shot(
        name="status-traveller",
        slot=1,
        title={"en": "From Traveller to Gold", "es": "De Viajero a Oro"},
        said={
            "en": ("Everyone sets out as a Traveller.", "After ten nights on board, you turn Gold."),
            "es": ("El viaje empieza en el nivel Viajero.", "Tras diez noches a bordo, pasas a Oro."),
        },
        shown={
            "en": {"eyebrow": "Your status", "head": "Ten nights to Gold", "from": "Traveller", "to": "Gold"},
            "es": {"eyebrow": "Tu nivel", "head": "Diez noches hasta Oro", "from": "Viajero", "to": "Oro"},
        },
    ),
    Shot(
        name="points-balance",
        slot=2,
        title={"en": "Your points", "es": "Tus puntos"},
        said={
            "en": ("These are your points, at this very moment.", "Five thousand of them make a free night."),
            "es": ("Estos son tus puntos, ahora mismo.", "Con cinco mil, tienes una noche gratis."),
        },
        shown={
            "en": {
                "eyebrow": "Right now",
                "head": "Your points",
                "rate": "5,000 points",
                "worth": "one free night",
                "unit": "points",
            },
            "es": {
                "eyebrow": "Ahora mismo",
                "head": "Tus puntos",
                "rate": "5.000 puntos",
                "worth": "una noche gratis",
                "unit": "puntos",
            },
        },
    ),
    Shot(
        name="points-earn",
        slot=2,
        title={"en": "How points add up", "es": "Cómo se suman los puntos"},
        said={
            "en": ("Every euro you spend brings ten points.", "Five thousand points make a free night."),
            "es": ("Cada euro que gastas te da diez puntos.", "Con cinco mil puntos, tienes una noche gratis."),
        },
        shown={
            "en": {
                "eyebrow": "Points",
                "head": "Ten for every euro",
                "moon": "5,000",
                "rate": "5,000 points",
                "worth": "one free night",
                "unit": "points",
            },
            "es": {
                "eyebrow": "Puntos",
                "head": "Diez por cada euro",
                "moon": "5.000",
                "rate": "5.000 puntos",
                "worth": "una noche gratis",
                "unit": "puntos",
            },
        },
    ),
    Shot(
        name="pricing-gold",
        slot=3,
        title={"en": "Pricing", "es": "Precio"},
        said={
            "en": (
                "Your Club Pass renews at your Gold price, here on the ticket.",
                "That is thirty per cent off every cabin.",
            ),
            "es": (
                "Tu Pase Club se renueva a tu precio Oro, aquí, en el billete.",
                "Es un treinta por ciento menos en cada cabina.",
            ),
        },
        shown={
            "en": {
                "eyebrow": "Pricing",
                "head": "Your Gold price",
                "pass": "Club Pass",
                "per": "for twelve months",
                "renews": "Renews on",
                "off": "−30%",
                "offline": "on every cabin",
            },
            "es": {
                "eyebrow": "Precio",
                "head": "Tu precio Oro",
                "pass": "Pase Club",
                "per": "por doce meses",
                "renews": "Se renueva el",
                "off": "−30 %",
                "offline": "en cada cabina",
            },
        },
    ),
    Shot(
        name="pricing-open",
        slot=3,
        title={"en": "Pricing", "es": "Precio"},
        said={
            "en": (
                "The Club Pass is forty-nine euros a year.",
                "Fifteen per cent off every cabin, and your first night at half price.",
            ),
            "es": (
                "El Pase Club cuesta cuarenta y nueve euros al año.",
                "Quince por ciento menos en cada cabina, y la primera noche a mitad de precio.",
            ),
        },
        shown={
            "en": {
                "eyebrow": "Pricing",
                "head": "One pass, every night train",
                "pass": "Club Pass",
                "price": "€49",
                "per": "for twelve months",
                "off": "−15%",
                "offline": "on every cabin",
                "extra": "First night half price",
            },
            "es": {
                "eyebrow": "Precio",
                "head": "Un pase, todos los trenes",
                "pass": "Pase Club",
                "price": "49 €",
                "per": "por doce meses",
                "off": "−15 %",
                "offline": "en cada cabina",
                "extra": "Primera noche a mitad de precio",
            },
        },
    ),
    Shot(
        name="booking",
        slot=4,
        title={"en": "How to book", "es": "Cómo reservar"},
        said={
            "en": ("Booking takes a minute.", "Choose a route, choose a cabin, and pay with points if you like."),
            "es": ("Reservar lleva un minuto.", "Elige ruta, elige cabina y, si quieres, paga con puntos."),
        },
        shown={
            "en": {
                "eyebrow": "How to book",
                "head": "One minute, three taps",
                "one": "Choose a route",
                "two": "Choose a cabin",
                "three": "Pay with points",
            },
            "es": {
                "eyebrow": "Cómo reservar",
                "head": "Un minuto, tres toques",
                "one": "Elige ruta",
                "two": "Elige cabina",
                "three": "Paga con puntos",
            },
        },
    ),
    Shot(
        name="close",
        slot=5,
        title={"en": "Your next night", "es": "Tu próxima noche"},
        said={
            "en": ("Fall asleep here.", "Wake up there.", "Your next night is one tap away."),
            "es": ("Duérmete aquí.", "Despierta allí.", "Tu próxima noche está a un toque."),
        },
        shown={
            "en": {"head": "Fall asleep here.", "head2": "Wake up there."},
            "es": {"head": "Duérmete aquí.", "head2": "Despierta allí."},
        },
    ),
)
