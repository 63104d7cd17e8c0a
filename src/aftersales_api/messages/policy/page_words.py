"""The words of the unsubscribe page, in the two languages of our pages."""

from typing import Final

from aftersales_api.messages.states import Purpose

_PURPOSES: Final = {
    "en": {
        Purpose.TRANSACTIONAL: "messages about your orders",
        Purpose.SERVICE: "messages about your cases and returns",
        Purpose.FEEDBACK: "surveys",
        Purpose.REVIEW: "review requests",
        Purpose.MARKETING: "tips, reminders and news",
    },
    "es": {
        Purpose.TRANSACTIONAL: "mensajes sobre tus pedidos",
        Purpose.SERVICE: "mensajes sobre tus casos y devoluciones",
        Purpose.FEEDBACK: "encuestas",
        Purpose.REVIEW: "peticiones de reseñas",
        Purpose.MARKETING: "consejos, recordatorios y novedades",
    },
}
_WORDS: Final = {
    "en": {
        "title": "Stop these messages",
        "ask": "Do you want to stop receiving {purpose} from us?",
        "button": "Yes, stop them",
        "done_title": "Done",
        "done": "You will receive no more {purpose} from us.",
        "gone_title": "This link does not work",
        "gone": "The address is incomplete. Open the link in the mail again.",
    },
    "es": {
        "title": "No recibir más mensajes",
        "ask": "¿Quieres dejar de recibir {purpose}?",
        "button": "Sí, no quiero recibirlos",
        "done_title": "Hecho",
        "done": "Ya no recibirás {purpose} de nuestra parte.",
        "gone_title": "Este enlace no funciona",
        "gone": "La dirección está incompleta. Abre de nuevo el enlace del correo.",
    },
}


def words_in(locale: str, purpose: Purpose | None) -> dict[str, str]:
    """All sentences of the page about one purpose."""
    named = _PURPOSES[locale][purpose] if purpose else ""
    return {name: sentence.format(purpose=named) for name, sentence in _WORDS[locale].items()}
