"""Exceptions in the middle of a batch, texts that always raise, and sends that fail or have no answer."""

from __future__ import annotations

import msgspec

from services.domain.messages import RawText
from tests.faults.oracle import backtest
from tests.faults.records import in_portions, text_records
from tests.faults.row import Outcome, Row
from tests.faults.stream import stream
from tests.faults.texts import texts_of
from tests.faults.world import World

FAULTY = "tests.harness.faulty_worker"
POISONOUS = 3
WORD = "poisonous"


def exceptions(world: World) -> Outcome:
    """The model raises in some batches once, and for some texts always."""
    texts = texts_of(world.seed, per_day=world.pick(18, 6))
    poisonous = set(world.chance.sample([text.event_id for text in texts], POISONOUS))
    good = [text for text in texts if text.event_id not in poisonous]
    records = text_records([_poisoned(text) if text.event_id in poisonous else text for text in texts])
    settings = {"FAULTY_BATCHES": str(world.pick(6, 2)), "FAULTY_WORD": WORD}
    options = {"score": {"module": FAULTY, "settings": settings}}
    seconds = world.pick(120, 40)
    with stream(world, ("score", "monitor"), seconds, in_portions(records), backtest(good), options=options) as flow:
        while not flow.feeder.is_done:
            world.pause(1, 1)
        outcome = flow.settle(dead={"poison": POISONOUS}, buried=poisonous)
        outcome.notes += f"; {flow.fleet.all_crashes()} crashes"
        outcome.promise(flow.fleet.all_crashes() > POISONOUS, "nothing has crashed")
        return outcome


def failed_sends(world: World) -> Outcome:
    """Sends of scoring and monitoring fail at once, fail later, or arrive without an answer."""
    option = {"module": FAULTY, "settings": {"FAULTY_SENDS": str(world.pick(9, 3))}}
    with stream(world, ("score", "monitor"), world.pick(120, 40), options={"score": option, "monitor": option}) as flow:
        while not flow.feeder.is_done:
            world.pause(1, 1)
        outcome = flow.settle()
        outcome.notes = f"{flow.fleet.all_crashes()} crashes"
        outcome.promise(flow.fleet.all_crashes() > 0, "nothing has crashed")
        return outcome


def _poisoned(text: RawText) -> RawText:
    return msgspec.structs.replace(text, text=f"{text.text} {WORD}")


ROWS = (
    Row("exceptions", "the model raises in six batches, and always for three texts", exceptions),
    Row("sends", "sends of scoring and monitoring fail or have no answer, nine each", failed_sends),
)
