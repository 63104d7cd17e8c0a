"""The questions of the starter surveys, in Spanish and English."""

from typing import Any, Final

from aftersales_api.surveys.policy.kinds import SurveyKind
from aftersales_api.surveys.policy.questions import Definition

_COMMENT: Final[dict[str, Any]] = {
    "id": "comment",
    "type": "text",
    "i18n": {
        "es": {"label": "¿Por qué? (opcional)", "help": "Lo lee una persona de la tienda."},
        "en": {"label": "Why? (optional)", "help": "Somebody at the shop reads this."},
    },
}
_SCORES: Final[dict[str, dict[str, Any]]] = {
    "nps": {
        "es": {
            "label": "¿Con qué probabilidad nos recomendarías a un amigo o familiar?",
            "low": "Nada probable",
            "high": "Muy probable",
        },
        "en": {
            "label": "How likely are you to recommend us to a friend or relative?",
            "low": "Not at all likely",
            "high": "Extremely likely",
        },
    },
    "csat": {
        "es": {"label": "¿Cuál es tu grado de satisfacción con tu compra?", "low": "Muy bajo", "high": "Muy alto"},
        "en": {"label": "How satisfied are you with your purchase?", "low": "Not at all", "high": "Very"},
    },
    "ces": {
        "es": {
            "label": "La tienda me lo puso fácil.",
            "low": "Totalmente en desacuerdo",
            "high": "Totalmente de acuerdo",
        },
        "en": {"label": "The shop made it easy for me.", "low": "Strongly disagree", "high": "Strongly agree"},
    },
}


def starter_definition(kind: SurveyKind) -> Definition | None:
    """One score and one optional comment; a custom survey has no ready questions."""
    texts = _SCORES.get(kind.value)
    if texts is None:
        return None
    score = {"id": "score", "type": kind.value, "required": True, "i18n": texts}
    return Definition.model_validate({"questions": [score, _COMMENT]})
