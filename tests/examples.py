"""Real requests and answers of tests, noted when AFTERSALES_EXAMPLES names a folder, to choose the document's examples from."""

import json
import os
from collections import Counter
from pathlib import Path

FOLDER = os.environ.get("AFTERSALES_EXAMPLES")
MOST, LONGEST = 6, 60_000
GUIDE = "test_integrating.py"
_noted: Counter = Counter()


def note(promises, response):
    """Write down one success of an operation, a few times for each."""
    if not FOLDER or not response.is_success or len(response.content) > LONGEST:
        return
    request = response.request
    operation = promises.operation(request.method, request.url.path)
    is_of_the_guide = GUIDE in os.environ.get("PYTEST_CURRENT_TEST", "")
    if operation is None or (_noted[operation["operationId"]] >= MOST and not is_of_the_guide):
        return
    _noted[operation["operationId"]] += 1
    line = {
        "operation": operation["operationId"],
        "status": response.status_code,
        "is_of_the_guide": is_of_the_guide,
        "request": _body(request),
        "answer": _body(response),
        "query": str(request.url.query, "ascii"),
    }
    with (Path(FOLDER) / f"{os.getpid()}.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def _body(message):
    try:
        return json.loads(message.content)
    except (ValueError, RuntimeError):
        return None
