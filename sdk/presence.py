"""Whether each generated client has a method for every operation and a class for every schema: exit codes do not tell."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def missing(document: dict[str, Any], build: Path) -> str:
    """One line for each operation or schema that a client lacks; nothing when all are there."""
    operations = {
        operation["operationId"]: operation["tags"][0]
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    schemas = list(document["components"]["schemas"])
    if not operations:
        return "the document has no operations"
    return "\n".join([*_operations(operations, build), *_schemas(document, schemas, build)])


def _operations(operations: dict[str, str], build: Path) -> Iterator[str]:
    typed = (build / "schema.d.ts").read_text().partition("export interface operations")[2]
    python = _methods(build / "generated-python" / "aftersales_generated" / "api", "*_api.py", r"^    def (\w+)\(")
    fetch = _methods(build / "generated-typescript-fetch", "**/apis/*Api.ts", r"^    async (\w+)\(")
    java = _methods(build / "generated-java", "src/main/**/*Api.java", r"^  public \S.* (\w+)\(")
    for name, tag in operations.items():
        camel = re.sub(r"_(\w)", lambda found: found[1].upper(), name)
        module = build / "client" / "aftersales_client" / "api" / tag.replace("-", "_") / f"{name}.py"
        there = {
            "openapi-typescript": f"\n    {name}: " in typed,
            "openapi-python-client": module.exists(),
            "generator python": name in python,
            "generator typescript-fetch": camel in fetch,
            "generator java": camel in java,
        }
        yield from (f"{client}: operation {name} is missing" for client, found in there.items() if not found)


def _schemas(document: dict[str, Any], schemas: list[str], build: Path) -> Iterator[str]:
    typed = (build / "schema.d.ts").read_text().partition("export interface components")[2]
    clients = {
        "openapi-python-client": _classes(build / "client" / "aftersales_client" / "models", "*.py", r"^class (\w+)"),
        "generator python": _classes(
            build / "generated-python" / "aftersales_generated" / "models", "*.py", r"^class (\w+)"
        ),
        "generator typescript-fetch": _classes(
            build / "generated-typescript-fetch", "**/models/*.ts", r"^export (?:interface|type|const) (\w+)"
        ),
        "generator java": _classes(
            build / "generated-java", "src/main/**/model/*.java", r"^public (?:class|enum) (\w+)"
        ),
    }
    for name in schemas:
        if f"\n        {name}: " not in typed:
            yield f"openapi-typescript: schema {name} is missing"
        is_union = "oneOf" in document["components"]["schemas"][name]
        for client, found in clients.items():
            if is_union and client == "openapi-python-client":
                continue  # its unions are type expressions where they are used
            if name.lower() not in found:
                yield f"{client}: schema {name} is missing"


def _methods(folder: Path, pattern: str, form: str) -> set[str]:
    return {each for path in folder.glob(pattern) for each in re.findall(form, path.read_text(), re.MULTILINE)}


def _classes(folder: Path, pattern: str, form: str) -> set[str]:
    return {each.lower() for each in _methods(folder, pattern, form)}
