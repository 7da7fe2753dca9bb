"""The floor of taking a report in: FastAPI takes the same bytes and headers, and asyncpg writes them as one row.

`python -m tests.bench.floors.one_insert PORT DATABASE`; nothing is checked, sealed, numbered or said.
"""

import asyncio
import secrets
import sys

import asyncpg
import uvicorn
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

TABLE = "CREATE TABLE IF NOT EXISTS taken (ref text PRIMARY KEY, key text NOT NULL, body jsonb NOT NULL)"
INSERT = "INSERT INTO taken (ref, key, body) VALUES ($1, $2, $3::jsonb)"
CONNECTIONS = 10


def app_of(pool: asyncpg.Pool) -> FastAPI:
    """One way in."""
    app = FastAPI()

    @app.post("/intake/v1/reports")
    async def take(request: Request) -> JSONResponse:
        ref, key, body = secrets.token_hex(8), request.headers["Idempotency-Key"], await request.body()
        await pool.execute(INSERT, ref, key, body.decode())
        return JSONResponse({"report": ref}, 201)

    return app


async def serve(port: int, database: str) -> None:
    """Serve until the process is ended."""
    async with asyncpg.create_pool(database, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        await pool.execute(TABLE)
        config = uvicorn.Config(
            app_of(pool), host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off"
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), sys.argv[2]))
