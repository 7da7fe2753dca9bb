"""Whether a process answers: one short question each, never a wait of its own."""

import asyncio
import logging

from deploy.house.processes import Broker, Database, Http, Ready

QUESTION_SECONDS_MAX = 3.0
ANSWER_BYTES_MAX = 65_536


async def ask(ready: Ready) -> str | None:
    """Nothing when the process is ready, else why it is not."""
    try:
        async with asyncio.timeout(QUESTION_SECONDS_MAX):
            match ready:
                case Http(url):
                    return await _ask_http(url)
                case Database(url):
                    return await _ask_database(url)
                case Broker(bootstrap):
                    return await _ask_broker(bootstrap)
    except TimeoutError:
        return f"no answer in {QUESTION_SECONDS_MAX:.0f} s"
    except OSError as error:
        return error.strerror or type(error).__name__


async def _ask_http(url: str) -> str | None:
    status, body = await fetch(url)
    return None if status == 200 else f"answered {status}: {body[:160].strip()}"


async def fetch(url: str) -> tuple[int, str]:
    """The status and body of a page of this house, by the smallest client that will do."""
    address, _, path = url.removeprefix("http://").partition("/")
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        answer = (await reader.read(ANSWER_BYTES_MAX)).decode(errors="replace")
    finally:
        writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    words = head.split(" ", 2)
    return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), body


async def _ask_database(url: str) -> str | None:
    import asyncpg

    try:
        connection = await asyncpg.connect(url, timeout=QUESTION_SECONDS_MAX)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return str(error)
    try:
        await connection.execute("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return str(error)
    finally:
        connection.terminate()
    return None


async def _ask_broker(bootstrap: str) -> str | None:
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    # A broker that is still starting is no error here; the client would log each attempt as one.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(QUESTION_SECONDS_MAX * 1000))
    try:
        await client.start()
        # The first question of this kind makes the topic of the groups: asked here so that no reader meets it unready.
        await client.find_coordinator("spis-house")
    except KafkaError as error:
        return type(error).__name__
    finally:
        await client.close()
    return None
