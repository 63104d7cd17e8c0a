"""What went wrong in a command, told to the operator in a sentence; only what nobody foresaw shows where it happened."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def told() -> Iterator[None]:
    """End with the sentence and 1: for refusals of ours, words that cannot be taken, a database that cannot be reached."""
    try:
        yield
    except Exception as failure:
        said = sentence(failure)
        if said is None:
            raise
        raise SystemExit(said) from None


def sentence(failure: Exception) -> str | None:
    """What to tell of a failure that an operator can mend; None for all others."""
    from pydantic import ValidationError  # here, for a command that goes well needs none of it

    from aftersales_api.kit.errors import AppError

    if isinstance(failure, AppError):
        return str(failure)
    if isinstance(failure, ValidationError):
        return "\n".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in failure.errors())
    return f"the database does not answer ({reason(failure)})" if _is_about_reaching(failure) else None


def _is_about_reaching(failure: BaseException) -> bool:
    """Nobody listens there, the login or the database is refused, or it is going down."""
    import asyncpg

    known = (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
        asyncpg.CannotConnectNowError,
    )
    return isinstance(_root(failure), (ConnectionError, TimeoutError, FileNotFoundError, *known))


def reason(failure: BaseException) -> str:
    """Kind and sentence of what PostgreSQL or the network said; these name logins and databases, no passwords."""
    cause = _root(failure)
    said = cause.strerror if isinstance(cause, OSError) else str(cause)
    return f"{type(cause).__name__}: {said}" if said else type(cause).__name__


def _root(failure: BaseException) -> BaseException:
    """What the driver said, under what SQLAlchemy made of it."""
    from asyncpg import PostgresError
    from sqlalchemy.exc import DBAPIError

    while isinstance(failure, DBAPIError) and failure.orig is not None:
        failure = failure.orig
    return failure.__cause__ if isinstance(failure.__cause__, PostgresError) else failure
