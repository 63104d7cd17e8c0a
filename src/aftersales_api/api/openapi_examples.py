"""An example of every request and answer, and of a telling refusal: real ones, chosen from what the tests said (`make examples`)."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent / "examples"


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Operation -> its `request`, `answer` and `problem`, where it has one."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.json")):
        found.update(json.loads(path.read_text("utf-8")))
    return found


def show(document: dict[str, Any]) -> None:
    """Put them into the document, where the operation has such a body."""
    for methods in document["paths"].values():
        for operation in methods.values():
            known = examples().get(operation["operationId"], {})
            if "request" in known:
                _put(operation.get("requestBody", {}), known["request"])
            for status, answer in operation["responses"].items():
                if status.startswith("2") and "answer" in known:
                    _put(answer, known["answer"])
            if "problem" in known:
                refusal = copy.deepcopy(document["components"]["responses"]["Problem"])
                _put(refusal, known["problem"])
                operation["responses"]["4XX"] = refusal


def _put(holder: dict[str, Any], example: Any) -> None:
    for media, content in holder.get("content", {}).items():
        if media.endswith("json") == (not isinstance(example, str)):
            content["example"] = example
