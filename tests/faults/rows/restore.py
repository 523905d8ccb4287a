"""Monitoring starts with nothing on its disk: all keys come back from the changelog before the next text counts."""

from __future__ import annotations

from time import monotonic

import msgspec
from kafka import KafkaProducer
from kafka.partitioner.default import murmur2

from services.domain.messages import KeyedText, Origin, ScoredText
from services.kafka.codec import encode
from services.kafka.topics import BY_KEY, COMMENTS_RAW, KEYS_CHANGELOG, PARTITIONS
from services.monitoring.key_bytes import head_of, pack, unpack
from services.monitoring.partition_processor import UNSAVED_KEYS
from services.monitoring.partition_records import LoggedText
from services.monitoring.partition_table import TEXT_PREFIX
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
    shared, keys_of = _tables(texts)
    templates = [[_in(partition, records) for partition in range(PARTITIONS)] for records in keys_of]
    producer = KafkaProducer(
        bootstrap_servers=broker, acks="all", linger_ms=20, batch_size=500_000, max_block_ms=120_000
    )
    size = 0
    try:
        for partition, records in enumerate(shared):
            for name, packed in records.items():
                producer.send(KEYS_CHANGELOG.name, key=name, value=packed, partition=partition)
        for number in range(keys):
            key = _name(number).encode()
            partition = _partition(_name(number))
            for name, packed in templates[number % len(templates)][partition]:
                if not name or number < UNSAVED_KEYS * PARTITIONS:
                    size += len(packed)
                    future = producer.send(KEYS_CHANGELOG.name, key=name + key, value=packed, partition=partition)
            if number % 1_000 == 0:
                future.get(timeout=120)
        producer.flush(120)
    finally:
        producer.close()
    return size, texts[-1].published_at


def _tables(texts: list[ScoredText]) -> tuple[list[dict[bytes, bytes]], list[dict[bytes, bytes]]]:
    """What monitoring keeps after all texts: of each partition, and of each company its record and logged texts."""
    cluster = Cluster(PARTITIONS, Watchlists(), seed=1)
    for part in spread(texts):
        for at in range(0, len(part), 50):
            cluster.route(part[at : at + 50])
            cluster.drain()
    cluster.route(end_of(texts))
    cluster.drain()
    shared, keys = [], []
    for worker in cluster.workers:
        names = {name for name in worker.table if name.startswith(b"company:")}
        for key in sorted(names):
            keys.append({name: packed for name, packed in worker.table.items() if name.endswith(key)})
        shared.append({name: packed for name, packed in worker.table.items() if not name.endswith(tuple(names))})
    return shared, keys


def _in(partition: int, records: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """The record of a key and the texts that it lacks, as another partition would keep them: what stands before the
    name of the key, and the value.
    """
    found = []
    for name, packed in records.items():
        if name.startswith(TEXT_PREFIX):
            text = msgspec.structs.replace(msgspec.msgpack.decode(packed, type=LoggedText), partition=partition)
            found.append((name.rpartition(b"/")[0] + b"/", msgspec.msgpack.encode(text)))
        else:
            record = unpack(packed)
            record.partition = partition
            found.append((b"", pack(record, waits=head_of(packed).waits)))
    return found


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
