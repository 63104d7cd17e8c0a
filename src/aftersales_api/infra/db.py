"""The database: sessions that know their shop, table building blocks, and locks that honour If-Match.

The shop of a transaction is set by the first statement (`set_config`, local to the transaction); row-level security
does the rest, so domain SQL never filters by shop for safety.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    TextClause,
    event,
    make_url,
    select,
    text,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, CursorResult, Result
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from aftersales_api.infra.pool_health import lend_only_living
from aftersales_api.infra.settings import Settings
from aftersales_api.kit.errors import AppError, NotFound, PreconditionFailed
from aftersales_api.kit.ids import new_id

Session = AsyncSession
PREPARED = (
    300  # statements a connection keeps ready; with SQLAlchemy's 100 a process parses its everyday ones again and again
)
_shop: ContextVar[UUID | None] = ContextVar("shop", default=None)
_expected: ContextVar["Expected | None"] = ContextVar("expected", default=None)
IDLE_IN_TRANSACTION_MS = 10_000
# SQLAlchemy's driver prepares every statement: without a name it lives no longer than its use.
NAMELESS: dict[str, Any] = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": lambda: ""}


@dataclass(frozen=True, slots=True)
class Expected:
    """The versions a client named in If-Match for the resource in the path."""

    id: UUID
    versions: frozenset[int]


class Base(DeclarativeBase):
    """All tables; every constraint is named, so that a name can be turned into a refusal."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s__%(column_0_N_name)s",
            "uq": "uq_%(table_name)s__%(column_0_N_name)s",
            "ck": "ck_%(table_name)s__%(constraint_name)s",
            "fk": "fk_%(table_name)s__%(referred_table_name)s__%(column_1_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own form
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: JSONB,
        list[dict[str, Any]]: JSONB,
        UUID: UuidType,
    }

    def __init__(self, **said: Any) -> None:
        """A new row with these columns; a name that is none of them is refused.

        Set at once: a new row has no history that SQLAlchemy would have to keep column by column.
        """
        if unknown := said.keys() - _columns_of(type(self)):
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        self.__dict__.update(said)


@cache
def _columns_of(model: type[Base]) -> frozenset[str]:
    return frozenset(model.__mapper__.column_attrs.keys())


def current_shop() -> UUID:
    """The shop whose work is being done; work without a shop is a defect."""
    shop = _shop.get()
    if shop is None:
        raise LookupError("no shop is set")
    return shop


async def enter(tx: AsyncSession, shop_id: UUID) -> None:
    """Go on in the shop that a token led to, inside a transaction begun without one."""
    await tx.execute(text("SELECT set_config('app.shop', :shop, true)"), {"shop": str(shop_id)})
    belong(shop_id)


def belong(shop_id: UUID) -> None:
    """The database knows the shop already; from here on new rows are this shop's."""
    _shop.set(shop_id)


@contextmanager
def no_shop_yet() -> Iterator[None]:
    """The frame of a request whose shop is found on the way; what it sets ends with it."""
    shop, expected = _shop.set(None), _expected.set(None)
    try:
        yield
    finally:
        _shop.reset(shop)
        _expected.reset(expected)


@contextmanager
def in_shop(shop_id: UUID) -> Iterator[None]:
    """Work inside one shop: every transaction begun within sees only its rows."""
    token = _shop.set(shop_id)
    try:
        yield
    finally:
        _shop.reset(token)


def expect_version(expected: Expected | None) -> None:
    _expected.set(expected)


class ShopOwned:
    """Rows of one shop: primary key (shop_id, id), row-level security on and forced."""

    shop_id: Mapped[UUID] = mapped_column(primary_key=True, default=current_shop)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class CreatedAt:
    """When the row was made, by the shop's clock; never changes, so lists can walk by it."""

    created_at: Mapped[datetime] = mapped_column(nullable=False)


class Versioned:
    """`version` rises by one with each change: it is the ETag."""

    version: Mapped[int] = mapped_column(nullable=False, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}


def changing(model: type[Any], **values: Any) -> dict[str, Any]:
    """The values of a change to many rows at once: what has a version gets its next one, as with a change of one."""
    return {**values, "version": model.version + 1} if issubclass(model, Versioned) else values


class Due:
    """Something for later: `due_at` is the instant (None = nothing waits), `queued_at` says the pump has taken it."""

    due_at: Mapped[datetime | None] = mapped_column(default=None)
    queued_at: Mapped[datetime | None] = mapped_column(default=None)


def due_index(table: str) -> Index:
    """The partial index the pump and the sandbox clock live on; put it in `__table_args__`."""
    return Index(
        f"ix_{table}__due", "shop_id", "due_at", postgresql_where=text("queued_at IS NULL AND due_at IS NOT NULL")
    )


def shop_fk(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key that cannot point into another shop: (shop_id, column) -> table(shop_id, id)."""
    return ForeignKeyConstraint(["shop_id", column], [f"{table}.shop_id", f"{table}.id"], ondelete=ondelete)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Text that takes only the values of an enumeration."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def sql_function(ddl: str, *, name: str, reads: Mapping[str, str] | None = None, signature: str = "") -> None:
    """Register a database function made after the tables.

    With `reads` (table -> its columns, comma separated) it becomes a look-up that may see all shops: owned by `aftersales_lookup`,
    which may select only those columns, and executable only by the application. `signature` is its argument types, for the grants.
    """
    functions: dict[str, SqlFunction] = Base.metadata.info.setdefault("functions", {})
    columns = {table: tuple(listed.split(", ")) for table, listed in (reads or {}).items()}
    functions[name] = SqlFunction(name, ddl, columns, signature)


def sql_trigger(ddl: str, *, name: str) -> None:
    """Register a trigger made after the functions; `name` orders them and is unique."""
    Base.metadata.info.setdefault("triggers", {})[name] = ddl


def append_only(table: str, *, redactable: tuple[str, ...] = ()) -> None:
    """Refuse UPDATE (except of the columns an erasure redacts) and DELETE of a table by trigger."""
    Base.metadata.info.setdefault("append_only", {})[table] = redactable


def refuse_as(constraint: str, refusal: Callable[[], AppError]) -> None:
    """Name the refusal that a broken constraint means, so that nobody checks before writing."""
    REFUSALS[constraint] = refusal


REFUSALS: dict[str, Callable[[], AppError]] = {}


@dataclass(frozen=True, slots=True)
class SqlFunction:
    name: str
    ddl: str
    reads: Mapping[str, tuple[str, ...]]
    signature: str


M = TypeVar("M", bound=Base)


async def get(tx: Session, model: type[M], row_id: UUID) -> M:
    """The row, or NotFound: not there and not yours are the same answer."""
    row = await tx.get(model, (current_shop(), row_id))
    if row is None:
        raise NotFound
    return row


async def lock(tx: Session, model: type[M], row_id: UUID) -> M:
    """The row, locked until the transaction ends; 412 when the request named another version of it."""
    found = await tx.execute(
        select(model).where(model.id == row_id).with_for_update().execution_options(populate_existing=True)  # type: ignore[attr-defined]  # every table has an id
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise NotFound
    meet_expectation(row_id, getattr(row, "version", None))
    return row


def rows_changed(done: Result[Any]) -> int:
    """How many rows an INSERT, UPDATE or DELETE touched."""
    return cast("CursorResult[Any]", done).rowcount


def meet_expectation(row_id: UUID, version: int | None) -> None:
    """412 when the request named another version of this row."""
    expected = _expected.get()
    if expected is not None and expected.id == row_id and version not in expected.versions:
        raise PreconditionFailed


@dataclass(frozen=True, slots=True)
class Database:
    """One process's doors to PostgreSQL: sessions for work, a small pool for readiness."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    info: dict[str, Any] = field(default_factory=dict)
    is_pooled: bool = False

    async def ask(self, question: TextClause) -> Any:
        """One value by one statement in one round trip, outside any transaction; behind a pooler, inside one."""
        async with self.engine.connect() as connection:
            if not self.is_pooled:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
            return await connection.scalar(question)

    @asynccontextmanager
    async def begin(self, shop_id: UUID | None = None) -> AsyncIterator[Session]:
        """One transaction, committed at the end; inside a shop when one is named."""
        if shop_id is None:
            async with self.sessions.begin() as tx:
                yield tx
        else:
            with in_shop(shop_id):
                async with self.sessions.begin() as tx:
                    yield tx

    async def close(self) -> None:
        await self.engine.dispose()


def asyncpg_url(url: str) -> str:
    """The same database named for SQLAlchemy's asyncpg dialect."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def connect_args(role: str, options: Settings, *, statement_timeout_ms: int) -> dict[str, Any]:
    """Connection settings: the unprivileged role is taken at connect, so no statement ever runs above it.

    Behind a pooler a connection is another server session in each transaction: no start-up settings, no statement that is
    kept by name; the login is the role, and the timeouts come with each transaction.
    """
    if options.database_pooled:
        return {"server_settings": {"application_name": "aftersales"}, "timeout": 2.0, "statement_cache_size": 0}
    server_settings = {
        "statement_timeout": str(statement_timeout_ms),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        "application_name": "aftersales",
        "jit": "off",
    }
    if role:
        server_settings["role"] = role
    return {"server_settings": server_settings, "timeout": 2.0}


def open_database(
    options: Settings,
    *,
    url: str | None = None,
    role: str | None = None,
    pool_size: int | None = None,
    worker: bool = False,
) -> Database:
    """Open the pool; connections are made when first needed."""
    limit_ms = 60_000 if worker else 3_000
    arguments = connect_args(options.database_role if role is None else role, options, statement_timeout_ms=limit_ms)
    engine = create_async_engine(
        asyncpg_url(url or options.database_url),
        connect_args={
            **arguments,
            **(NAMELESS if options.database_pooled else {"prepared_statement_cache_size": PREPARED}),
            "command_timeout": 60.0 if worker else 2.5,
        },
        pool_size=pool_size or options.database_pool_size,
        max_overflow=0,
        pool_timeout=10.0 if worker else 0.4,
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z).decode(),
        json_deserializer=orjson.loads,
    )
    lend_only_living(engine)
    event.listen(engine.sync_engine, "begin", _set_all(limit_ms) if options.database_pooled else _set_shop)
    info: dict[str, Any] = {}
    return Database(
        engine, async_sessionmaker(engine, expire_on_commit=False, info=info), info, options.database_pooled
    )


def _set_shop(connection: Connection) -> None:
    shop = _shop.get()
    if shop is not None:
        connection.exec_driver_sql("select set_config('app.shop', $1, true)", (str(shop),))


def _set_all(statement_timeout_ms: int) -> Callable[[Connection], None]:
    """Behind a pooler each transaction brings its timeouts along with its shop, in the same statement."""

    def set_all(connection: Connection) -> None:
        shop = _shop.get()
        connection.exec_driver_sql(
            "select set_config('app.shop', $1, true), set_config('statement_timeout', $2, true), "
            "set_config('idle_in_transaction_session_timeout', $3, true)",
            (str(shop or ""), str(statement_timeout_ms), str(IDLE_IN_TRANSACTION_MS)),
        )

    return set_all


def tables() -> list[Table]:
    return list(Base.metadata.sorted_tables)
