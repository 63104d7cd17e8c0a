"""Ids on the wire: prefix and 26 characters outside, UUID inside; another form in a path is simply not there (404)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from aftersales_api.kit import ids

_FORM = "[0-7][0-9a-hjkmnp-tv-z]{25}"


@dataclass(frozen=True, slots=True)
class IdOf:
    """The type of an id with this prefix: `OrderId = Annotated[UUID, IdOf("ord")]`, in paths, bodies and answers."""

    prefix: str

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.show, return_schema=core_schema.str_schema()
            ),
        )

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{self.prefix}_{_FORM}$", "maxLength": len(self.prefix) + 27}

    def read(self, value: Any) -> UUID:
        if isinstance(value, UUID):
            return value
        found = ids.parse(self.prefix, value) if isinstance(value, str) else None
        if found is None:
            raise ValueError(f"an id of the form {self.prefix}_… is needed")
        return found

    def show(self, value: Any) -> str:
        return ids.show(self.prefix, value) if isinstance(value, UUID) else str(value)
