"""Every registered family, one seeded batch of 200 draws: what holds for all of them, and for those that come."""

from itertools import pairwise

import numpy as np
import pytest
import yaml

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.physics import PHYSICS
from gg_gym.physics.causes import NEUTRAL
from gg_gym.records.record import ChunkPlace, decode_record, encode_record
from gg_gym.records.run import MISSING
from gg_gym.records.simulated import conditions_of, definition_of, run_header
from gg_gym.scenarios import EVENT_CLASSES, SCENARIOS, BaseScenario, ScenarioSpace
from gg_gym.scenarios.base import NEVER
from gg_gym.scenarios.course import Course
from gg_gym.scenarios.templates import ScenarioTemplate, needs
from gg_gym.streams import uniforms

#: Families of this package; tests may register others.
FAMILIES = tuple(k for k, v in SCENARIOS.items() if v.__module__.startswith("gg_gym."))
DRAWS, LEAD = 200, 600.0
GROUPS = ("readings", "truth", "status", "labels", "physics")
#: A run whose cause comes and acts through the whole record, nearly as strong as the family allows, and a weak one.
STRONG, WEAK = {"severity": 0.95, "phase": 0.6}, {"severity": 0.3, "phase": 0.6}


def product_of_all():
    """The product with every physics module that a family needs, and a short past."""
    product = load_product("grid_guardian")
    wanted = {m for f in FAMILIES for m in SCENARIOS[f].requires if m in PHYSICS} - set(product.physics)
    operation = {**product.operation.model_dump(), "spin_up_hours": 2, "lead_in": LEAD}
    return product.replace(physics=(*product.physics, *sorted(wanted)), operation=operation)


class Batch:
    """Draws, their null twins, and how they were made: in turn two from the prior, a strong one and the same weak."""

    def __init__(self):
        self.twin = Twin(product_of_all(), thermal=False)
        self.space = ScenarioSpace(FAMILIES)
        k = len(FAMILIES)
        actions = self.space.sample(DRAWS, 2026, families=range(k))
        self.definitions = [self.space.decode(a) for a in actions]
        seeds = np.arange(DRAWS, dtype=np.uint64)
        self.pairs = {}
        for i, family in enumerate(FAMILIES):
            strong, weak = i + 2 * k, i + 3 * k
            if weak >= DRAWS:
                break
            for row, values in ((strong, STRONG), (weak, WEAK)):
                parameters = {**self.definitions[strong].parameters, **values}
                self.definitions[row] = SCENARIOS[family](parameters).to_definition()
            seeds[weak] = seeds[strong] = self._comes(1000 * i)
            self.pairs[family] = strong, weak
        self.conditions = self.twin.draw(seeds)
        self.runs = self.twin.run(self.conditions, self.definitions)
        self.nulls = self.twin.run(self.conditions, [d.null() for d in self.definitions])

    @staticmethod
    def _comes(first):
        """The first seed from ``first`` on in whose run the cause comes."""
        seeds = np.arange(first + 10_000, first + 10_100, dtype=np.uint64)
        return seeds[uniforms(seeds, "scenario.never", 1)[:, 0] >= NEVER][0]


@pytest.fixture(scope="module")
def batch():
    return Batch()


def row(runs, i):
    return {g: {k: v[i] for k, v in getattr(runs, g).items()} for g in GROUPS}


def same(a, b):
    return [(g, k) for g in GROUPS for k in a[g] if not np.array_equal(a[g][k], b[g][k])]


def test_every_family_has_four_draws(batch):
    assert len(FAMILIES) * 4 <= DRAWS, "more families: more draws"
    assert set(batch.pairs) == set(FAMILIES)


def test_no_reading_is_nan_or_beyond_its_sensor(batch):
    for key, part in batch.twin.slices.items():
        channels = batch.twin.channels[part]
        low, high = (np.array([getattr(c, end) for c in channels], np.float32) for end in ("low", "high"))
        for runs in (batch.runs, batch.nulls):
            values, there = runs.readings[key], (runs.status[key] & MISSING) == 0
            assert np.isfinite(values).all() and np.isfinite(runs.truth[key]).all(), key
            fine = (values >= low - 1e-6 * np.abs(low) - 1e-6) & (values <= high * (1 + 1e-6) + 1e-6)
            wrong = np.flatnonzero((~fine.all(-1) & there).any(1))
            assert not len(wrong), (key, {batch.definitions[i].family for i in wrong})
    for key, values in batch.runs.physics.items():
        assert np.isfinite(values).all(), key


def test_a_null_twin_has_no_event(batch):
    """What comes without a cause is nature's: rare, and never a fire or an arc of the scenario."""
    assert not np.isfinite(batch.nulls.onset).any()
    event = batch.nulls.labels["event_class"]
    for name in ("arcing", "combustion", "overheat", "sensor_fault", "nuisance"):
        assert not (event == EVENT_CLASSES.index(name)).any(), name
    assert (event != 0).any(1).mean() < 0.1


def test_before_its_onset_a_run_is_its_null_twin(batch):
    times = batch.twin.dt * (1 + np.arange(batch.twin.samples))
    for i in range(DRAWS):
        before = times <= batch.runs.onset[i]
        for group in ("readings", "status", "physics"):
            for key, values in getattr(batch.runs, group).items():
                other = getattr(batch.nulls, group)[key]
                assert np.array_equal(values[i][before], other[i][before]), (batch.definitions[i].family, key)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_strong_cause_gives_its_label(batch, family):
    event = SCENARIOS[family].event
    if event == "normal" or SCENARIOS[family].category == "noise":
        pytest.skip("the family has no event of its own")
    rows = [i for i, d in enumerate(batch.definitions) if d.family == family and np.isfinite(batch.runs.onset[i])]
    bits = batch.runs.labels["contributing"][rows] >> EVENT_CLASSES.index(event) & 1
    assert bits.any(), f"{family}: no run of {len(rows)} shows {event!r}"


@pytest.mark.parametrize("family", FAMILIES)
def test_normal_families_are_no_anomaly(batch, family):
    if SCENARIOS[family].event != "normal":
        pytest.skip("the family has an event")
    rows = [i for i, d in enumerate(batch.definitions) if d.family == family]
    odd = batch.runs.labels["anomaly"][rows] > batch.nulls.labels["anomaly"][rows]
    assert not odd.any(), family


@pytest.mark.parametrize("family", FAMILIES)
def test_a_stronger_cause_is_no_weaker_event(batch, family):
    """The same run with severity 0.95 and 0.3: the label's severity, averaged over the record."""
    if SCENARIOS[family].event == "normal" or SCENARIOS[family].category == "noise":
        pytest.skip("severity is no event's here")
    strong, weak = (batch.runs.labels["severity"][i].mean() for i in batch.pairs[family])
    assert strong >= weak - 0.02, (family, strong, weak)


def test_a_run_again_is_bit_equal_and_so_is_a_row_alone(batch):
    rows = np.array([batch.pairs[f][0] for f in FAMILIES])
    again = batch.twin.run(batch.conditions.take(rows), [batch.definitions[i] for i in rows])
    for i, at in enumerate(rows):
        assert not same(row(again, i), row(batch.runs, at)), FAMILIES[i]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_cause_ends_when_its_duration_is_over(batch, family):
    product = batch.twin.product
    scenario = BaseScenario.from_definition(batch.definitions[batch.pairs[family][0]])
    course, span = Course(1), batch.twin.dt * batch.twin.samples
    course.place(0, scenario, product.geometry, span, LEAD)
    assert scenario.duration() > 0.0 and -LEAD <= course.onset[0] <= span
    end = np.max([layer.end for layer in course.layers], axis=0)
    if np.isfinite(end[0]):
        after = course.between(end, end + batch.twin.dt)
        assert after is not None and all(after[key][0] == NEUTRAL[key] for key in NEUTRAL)


def test_definitions_travel_through_yaml_and_avro(batch):
    for i, definition in enumerate(batch.definitions):
        through = ScenarioDefinition.model_validate(yaml.safe_load(yaml.safe_dump(definition.model_dump())))
        assert through == definition and BaseScenario.from_definition(through).to_definition() == definition
        header, _ = decode_record(encode_record(run_header(batch.twin, batch.runs, i), ChunkPlace()))
        assert definition_of(header) == definition
        back = conditions_of(header, batch.twin.product)
        assert all(getattr(back, k)[0] == getattr(batch.conditions, k)[i] for k in ("seed", "hour", "unit", "world"))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_says_what_it_needs_and_where_it_is_rare(batch, family):
    cls, product = SCENARIOS[family], batch.twin.product
    assert cls.key == family and cls.title and cls.description and cls.difficulty in ("easy", "medium", "hard")
    assert cls.category in ("normal", "electrical", "fire", "nuisance", "noise") and cls.event in EVENT_CLASSES
    unknown = needs(cls).physics - set(PHYSICS)
    assert not unknown, f"{family} needs unknown modules {sorted(unknown)}"
    for name, values in cls.corners.items():
        scenario = ScenarioTemplate(family, values, name).instantiate(product)
        assert set(scenario.causes(product.geometry)) <= set(NEUTRAL), name
    for slot in batch.space.slots[FAMILIES.index(family)]:
        assert cls.Parameters.model_fields[slot.name].description and slot.unit


def test_superpositions_round_trip_and_decode_is_total():
    pairs = [f"{a}+{b}" for a, b in pairwise(FAMILIES)]
    space = ScenarioSpace(pairs)
    for i, action in enumerate(space.sample(len(pairs), 5, families=range(len(pairs)))):
        definition = space.decode(action)
        assert definition.family == pairs[i] and space.decode(space.encode(definition)) == definition
    for wild in (np.full(space.width, np.nan), np.full(space.width, np.inf), np.full(space.width, -7.0)):
        definition = space.decode(wild)
        assert BaseScenario.from_definition(definition).to_definition() == definition
