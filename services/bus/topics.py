"""Creates every topic of the catalog (`python -m services.bus.topics`) and refuses one that differs from it."""

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from services.bus.kafka import KafkaSettings
from services.contracts.catalog import TOPICS, Topic
from services.contracts.faults import SettingMissing

CREATE_MS_MAX = 30_000


async def create_topics(settings: KafkaSettings) -> list[str]:
    """Create what is missing; gives the names of what was created."""
    admin = AIOKafkaAdminClient(**settings.client_options("topics"))
    await admin.start()
    try:
        answer = await admin.create_topics([_new(topic, settings) for topic in TOPICS], timeout_ms=CREATE_MS_MAX)
        created = []
        for name, code, *_ in answer.topic_errors:  # type: ignore[attr-defined] # its class is made at run time
            error = for_code(code)
            if code == 0:
                created.append(name)
            elif error is not TopicAlreadyExistsError:
                raise error(name)
        expect_the_catalogs(await admin.describe_topics([topic.name for topic in TOPICS]))
        return created
    finally:
        await admin.close()


def expect_the_catalogs(described: Iterable[Mapping[str, Any]]) -> None:
    """Refuse topics that have another number of partitions; what was created just now may not be told yet."""
    found = {topic["topic"]: len(topic["partitions"]) for topic in described if topic["error_code"] == 0}
    for topic in TOPICS:
        if found.get(topic.name, topic.partitions) != topic.partitions:
            raise SystemExit(
                f"{topic.name} has {found[topic.name]} partitions and the catalog says {topic.partitions}: "
                "partition counts never change; give the topic a new version in the catalog instead"
            )


def _new(topic: Topic, settings: KafkaSettings) -> NewTopic:
    configs = {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "min.insync.replicas": str(max(1, settings.replication - 1)),
        "unclean.leader.election.enable": "false",
    }
    return NewTopic(topic.name, topic.partitions, settings.replication, topic_configs=configs)


if __name__ == "__main__":
    try:
        names = asyncio.run(create_topics(KafkaSettings.from_env(os.environ)))
    except SettingMissing as error:
        sys.exit(f"services.bus.topics: {error}")
    sys.stdout.write(f"{len(names)} topics created, {len(TOPICS) - len(names)} were there\n")
