"""Tells a database that is away, full or cut off from a fault of ours: the driver has one error for both.

Mistaking a fault for an absence would hold a partition for ever behind one event; it never judges by the event.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from services.contracts.failures import Unavailable

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,
)
"""What a database that is down, restarting, full or cut off raises: never the command's fault."""

CONFLICTS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""What two transactions that got in each other's way raise: never the command's fault either."""

GONE = ("is closed", "was closed", "is closing", "released back")
"""How the driver says that a connection is gone; of its own misuse, which is our fault, it says other things."""


def is_away(error: BaseException) -> bool:
    """Whether the world is not ready, so that the same thing may succeed later."""
    if isinstance(error, asyncpg.InterfaceError):
        return any(words in str(error) for words in GONE)
    return isinstance(error, AWAY)


@contextmanager
def unavailable_when_away(database: str) -> Iterator[None]:
    """Raise `Unavailable` for an absence, and let everything else through as it is."""
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise Unavailable(f"{database} does not answer ({type(error).__name__})") from error
        raise
