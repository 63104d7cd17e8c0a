"""The words of the hosted pages around the questions, in Spanish and English."""

from typing import Final

WORDS: Final[dict[str, dict[str, str]]] = {
    "es": {
        "title": "Tu opinión",
        "send": "Enviar",
        "confirm": "Confirmar",
        "change": "Guardar cambios",
        "optional": "opcional",
        "required": "obligatoria",
        "yes": "Sí",
        "no": "No",
        "none": "Prefiero no elegir",
        "editable": "Ya has respondido. Puedes cambiar tu respuesta hasta el {until}.",
        "picked": "Has elegido {value}. Confírmalo para que cuente.",
        "counted": "Has elegido {value}. Si quieres, añade algo más y confírmalo.",
        "errors": "Falta algo en tu respuesta",
        "thanks": "Gracias",
        "thanked": "Hemos guardado tu respuesta.",
        "change_link": "Cambiar mi respuesta",
        "expired": "Este enlace ha caducado.",
        "revoked": "Esta encuesta ya no está disponible.",
        "suppressed": "Esta encuesta ya no está disponible.",
        "final": "Ya respondiste a esta encuesta. Gracias.",
        "unknown": "No encontramos esta encuesta.",
        "forged": "El formulario ha caducado. Vuelve a abrir el enlace.",
        "off_scale": "Elige una de las opciones.",
        "wrong_form": "Esta respuesta no se puede leer.",
        "too_long": "El texto es demasiado largo.",
        "missing": "Elige una respuesta.",
        "trap": "No sigas este enlace",
    },
    "en": {
        "title": "Your opinion",
        "send": "Send",
        "confirm": "Confirm",
        "change": "Save changes",
        "optional": "optional",
        "required": "required",
        "yes": "Yes",
        "no": "No",
        "none": "I would rather not choose",
        "editable": "You have answered already. You can change your answer until {until}.",
        "picked": "You picked {value}. Confirm it to make it count.",
        "counted": "You picked {value}. Add something if you like, and confirm it.",
        "errors": "Something is missing in your answer",
        "thanks": "Thank you",
        "thanked": "Your answer is saved.",
        "change_link": "Change my answer",
        "expired": "This link has expired.",
        "revoked": "This survey is no longer available.",
        "suppressed": "This survey is no longer available.",
        "final": "You have already answered this survey. Thank you.",
        "unknown": "We cannot find this survey.",
        "forged": "The form is too old. Please open the link again.",
        "off_scale": "Pick one of the choices.",
        "wrong_form": "This answer cannot be read.",
        "too_long": "The text is too long.",
        "missing": "Pick an answer.",
        "trap": "Do not follow this link",
    },
}


def words_in(locale: str) -> tuple[str, dict[str, str]]:
    """The page's language and its words: Spanish for every Spanish, else English."""
    language = locale.partition("-")[0]
    return (language, WORDS[language]) if language in WORDS else ("en", WORDS["en"])
