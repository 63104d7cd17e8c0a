"""Write the first migration's SQL from the models. Only until the first release: after it, each change is a migration of its own."""

from pathlib import Path

from aftersales_api.api import app  # noqa: F401 - so that every table is known
from aftersales_api.infra import schema, security
from aftersales_api.infra.db import Base

if __name__ == "__main__":
    statements = [*schema.ddl(), *security.schema_statements(Base.metadata)]
    text = "\n-- next\n".join(f"{statement.rstrip(';')};" for statement in statements)
    Path(__file__).with_name("sql").joinpath("0001_baseline.sql").write_text(text + "\n")
