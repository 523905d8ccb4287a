"""Monitoring starts with nothing on its disk: all keys come back from the changelog before the next text counts."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from kafka import KafkaProducer
from kafka.partitioner.default import murmur2

from services.domain.messages import KeyedText, Origin, ScoredText
from services.kafka.codec import encode
from services.kafka.topics import BY_KEY, COMMENTS_RAW, KEYS_CHANGELOG, PARTITIONS
from services.monitoring.partition_table import pack, unpack
from services.watchlists.model import Watchlists
from tests.factories import MINUTE, scored
from tests.faults.fleet import Fleet
from tests.faults.row import Outcome, Row
from tests.faults.rows.soak import MEGABYTE, resident_bytes
from tests.faults.world import World
from tests.harness.monitoring_cluster import Cluster, end_of, spread
from tests.harness.streams import COMPANIES, in_order, quiet
from tests.harness.support import produce, wait_until

DAYS, PER_DAY = 14, 6
RESTORED_SECONDS = 1_200.0
APPLIED = "groundswell_texts_out_total"
FOLLOWED = "groundswell_followed_keys"


def restored(world: World, keys: int) -> Outcome:
    """So many keys, each with two weeks behind it; a text of each partition comes after the start."""
    world.say(f"{keys} keys are written to the changelog")
    size, last = _fill(world.address, keys)
    with Fleet(world) as fleet:
        begun = monotonic()
        fleet.add("monitor")
        for partition, key in enumerate(_one_of_each_partition(keys)):
            produce(world.address, BY_KEY.name, [(key.encode(), _text_of(key, last, partition))], partition)
        wait_until(lambda: fleet.total(APPLIED) >= PARTITIONS, RESTORED_SECONDS, "the next text of each partition")
        recovered = monotonic() - begun
        wait_until(lambda: fleet.total(FOLLOWED) >= keys, 60.0, f"{keys} keys are followed")
        found = int(fleet.total(FOLLOWED))
        memory = resident_bytes(fleet.child("monitor").pid)
    outcome = Outcome(
        sent=keys,
        lost=keys - found,
        recovered=recovered,
        notes=f"keys, not texts; {size / MEGABYTE:.0f} MB of changelog, {memory / MEGABYTE:.0f} MB of memory",
    )
    outcome.promise(found == keys, f"expected {keys} keys, got {found}")
    return outcome


def _fill(broker: str, keys: int) -> tuple[int, int]:
    """Write the keys; the bytes, and the time of the last text of any (ms)."""
    texts = in_order(*(quiet(DAYS, PER_DAY, name, number, 10_000 * number) for number, name in enumerate(COMPANIES)))
    records = {(n, part): _in(part, packed) for n, packed in enumerate(_records(texts)) for part in range(PARTITIONS)}
    producer = KafkaProducer(
        bootstrap_servers=broker, acks="all", linger_ms=20, batch_size=500_000, max_block_ms=120_000
    )
    size = 0
    try:
        for number in range(keys):
            name = _name(number)
            partition = _partition(name)
            packed = records[number % len(COMPANIES), partition]
            size += len(packed)
            future = producer.send(KEYS_CHANGELOG.name, key=name.encode(), value=packed, partition=partition)
            if number % 1_000 == 0:
                future.get(timeout=120)
        producer.flush(120)
    finally:
        producer.close()
    return size, texts[-1].published_at


def _records(texts: list[ScoredText]) -> Iterator[bytes]:
    """What monitoring keeps of each company after all texts."""
    cluster = Cluster(PARTITIONS, Watchlists(), seed=1)
    for part in spread(texts):
        for at in range(0, len(part), 50):
            cluster.route(part[at : at + 50])
            cluster.drain()
    cluster.route(end_of(texts))
    cluster.drain()
    for worker in cluster.workers:
        yield from (packed for name, packed in worker.table.items() if name.startswith(b"company:"))


def _in(partition: int, packed: bytes) -> bytes:
    """The record of a key as another partition has it."""
    record = unpack(packed)
    record.partition = partition
    return pack(record)


def _one_of_each_partition(keys: int) -> list[str]:
    names: dict[int, str] = {}
    for number in range(keys):
        names.setdefault(_partition(_name(number)), _name(number))
    return [names[partition] for partition in range(PARTITIONS)]


def _text_of(key: str, last: int, number: int) -> bytes:
    origin = Origin(topic=COMMENTS_RAW.name, partition=0, offset=10**9 + number)
    company = key.partition(":")[2]
    return encode(KeyedText(key=key, text=scored(10**6 + number, last + MINUTE, company=company, origin=origin)))


def _name(number: int) -> str:
    return f"company:K{number:06}"


def _partition(name: str) -> int:
    """Of a key, as producers choose it."""
    return int(murmur2(name.encode()) & 0x7FFFFFFF) % PARTITIONS


def _row(keys: int) -> Row:
    def run(world: World) -> Outcome:
        return restored(world, world.pick(keys, keys // 100))

    return Row(f"restore-{keys}", f"{keys:,} keys come back from the changelog", run, limit_seconds=2_400)


ROWS = (_row(10_000), _row(100_000))
