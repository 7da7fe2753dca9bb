"""Who a reference of a person means now that some were merged; it decides nothing and opens nothing."""

from services.storage.work import Work


async def person_now(work: Work, person: str) -> str | None:
    """Who a merged person is now; None for whoever is still themselves."""
    row = await work.fetch_row("person_now", person)
    return row["person"] if row else None


async def everybody_merged(work: Work, person: str) -> list[str]:
    """A person and everybody who was merged into them."""
    return [row["person"] for row in await work.fetch("everybody_merged", person)]
