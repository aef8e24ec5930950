"""Twin: n instances of a product stepped together, from the spin-up to the last sample of the record.

A run has a past: 48 coarse steps under the same weather without a cause, one quiet reading of the suite, a lead-in in
which a cause may already act, then exactly ``samples`` samples ``dt`` apart. A run is a function of (product, seed,
partition, definition, dt, samples); row i of any batch is bit-equal to the same run alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.physics.engine import LEAD_IN, RECORD, SPIN_UP, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.site import Conditions, Uncertain, draw_world
from gg_gym.physics.state import Environment3DState
from gg_gym.products import ProductConfiguration, load_product
from gg_gym.scenarios.base import NEVER, BaseScenario, ScenarioDefinition
from gg_gym.scenarios.course import Course
from gg_gym.scenarios.labels import LABELS, Labeller
from gg_gym.sensors.base import SENSORS
from gg_gym.sensors.operation import Draw
from gg_gym.sensors.suite import SensorSuite, SuiteReading
from gg_gym.streams import uniforms
from gg_gym.units import Float, Int, UInt64

#: Rows that are simulated together; bounds memory and keeps arrays in the cache.
BLOCK = 256
#: Length of a lead-in step [s].
LEAD_STEP = 60.0
#: Time index of the quiet reading in the spin-up, beyond any hour.
QUIET = 1_000_000
#: Physical truth recorded at every sample: state attribute -> unit.
PHYSICS_TRUTH: dict[str, str] = {
    "arc_power": "W", "arc_energy": "J", "mass_rate": "kg/s", "mass_lost": "kg", "hot_spot": "K",
}  # fmt: skip
#: Weather kept of the spin-up, one row an hour: the run's quiet history.
HISTORY: tuple[str, ...] = ("air_temperature", "dew_point", "pressure", "wind_speed", "ghi", "rain")


@dataclass
class Sample:
    """One sample of n rows: the suite's reading, the labels and the physical truth."""

    suite: SuiteReading
    labels: dict[str, np.ndarray]
    physics: dict[str, Float]


@dataclass(frozen=True)
class RunBatch:
    """Runs of n rows.

    Attributes:
        conditions: nature's draw.
        definitions: what happened, one a row.
        onset: (n,) seconds from the record's start; infinite where the cause never came [s].
        readings: instrument -> (n, T, width) float32; "thermal" -> (n, F, 60, 80) uint16 [cK], 0 is missing.
        truth: the ideal readings, same keys and shapes; only when asked for, thermal truth [dK] and "hot_spots"
            (n, F, 60, 80) uint8, 1 where a component is hotter than a sound one.
        status: instrument -> (n, T) uint32.
        labels: the keys of :data:`gg_gym.scenarios.labels.LABELS` -> (n, T).
        physics: physical truth -> (n, T) float32.
        history: (n, hours, 6) quiet weather of the spin-up, float32, see :data:`HISTORY`.
    """

    conditions: Conditions
    definitions: tuple[ScenarioDefinition, ...]
    onset: Float
    readings: dict[str, np.ndarray]
    truth: dict[str, np.ndarray]
    status: dict[str, np.ndarray]
    labels: dict[str, np.ndarray]
    physics: dict[str, np.ndarray]
    history: np.ndarray

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.onset)


class Session:
    """n rows on their way through a run; made by :meth:`Twin.begin`.

    Attributes:
        state: the physical state.
        suite: the sensor suite, or None before the first reading.
        history: (n, hours, 6) quiet weather of the spin-up.
    """

    def __init__(self, twin: Twin, conditions: Conditions, state: Environment3DState | None = None) -> None:
        self.twin, self.conditions = twin, conditions
        product = twin.product
        world = state.world if state is not None else draw_world(twin.priors, conditions.world)
        context = PhysicsContext(product.geometry, product.site_objects, conditions, world)
        self.engine = ModularPhysicsEngine(product.physics, context, twin.dt)
        self.state = state or Environment3DState.neutral(product.geometry, len(conditions), twin.dt, world)
        self.suite: SensorSuite | None = None
        self.history = np.zeros((len(conditions), 0, len(HISTORY)), np.float32)
        self.definitions: tuple[ScenarioDefinition, ...] = ()
        self.course = Course(len(conditions))
        self.index = 0
        self.labeller: Labeller | None = None

    @property
    def onset(self) -> Float:
        """(n,) when the first of a row's causes begins, seconds from the record's start; infinite: never."""
        return self.course.onset

    def spin_up(self) -> None:
        """Bring the slow states to the conditions by coarse steps without a cause."""
        hours, lead = self.twin.product.operation.spin_up_hours, self.twin.product.operation.lead_in
        self.state.time[:] = -lead - 3600.0 * hours
        self.state.hour = np.mod(self.conditions.hour + self.state.time / 3600.0, 8760.0)
        self.engine.start(self.state)
        rows = []
        for i in range(hours):
            self.twin.manager.publish(self.state)
            self.engine.step(self.state, 3600.0, SPIN_UP, 1 + i, coarse=True)
            rows.append(np.stack([getattr(self.state, k) for k in HISTORY], axis=1))
        self.history = np.stack(rows, axis=1).astype(np.float32)

    def quiet(self, frame: bool = False) -> SuiteReading:
        """Read the suite once, before anything happens; does not change what the record will show."""
        state = self.state.take(np.arange(self.state.n))
        engine = self.fork(np.arange(self.state.n), self.conditions.seed).engine
        engine.step(state, LEAD_STEP, SPIN_UP, QUIET)
        suite = self.twin.suite(self.conditions, state)
        suite.start(state, SPIN_UP, QUIET)
        return suite.read(state, LEAD_STEP, SPIN_UP, QUIET + 1, frame=frame, truth=False)

    def fork(self, rows: Int, seeds: UInt64) -> Session:
        """A session of some rows (which may repeat) with new run seeds from here on; conditions stay."""
        conditions = self.conditions.take(rows).reseeded(seeds)
        other = Session(self.twin, conditions, self.state.take(rows))
        other.history = self.history[rows]
        return other

    def pick(self, rows: Int) -> Session:
        """This session with only some of its rows, going on where it stands."""
        other = self.fork(rows, self.conditions.seed[rows])
        other.suite = None if self.suite is None else self.suite.take(rows, other.conditions)
        other.course, other.index = self.course.take(rows), self.index
        other.definitions = tuple(self.definitions[i] for i in rows)
        if self.labeller is not None:
            other.labeller = self.labeller.take(rows)
        return other

    def set_scenarios(self, definitions: Sequence[ScenarioDefinition]) -> None:
        """Say what shall happen, one definition a row.

        Raises:
            InputError: a definition that does not fit the product, or a wrong count.
        """
        if len(definitions) != self.state.n:
            raise InputError("definitions", f"got {len(definitions)}", f"{self.state.n}, one a row")
        product, seed = self.twin.product, self.conditions.seed.copy()
        for row, definition in enumerate(definitions):
            scenario = BaseScenario.from_definition(definition)
            scenario.validate(product.geometry, product.physics)
            span = self.twin.dt * self.twin.samples
            delay = float(self.conditions.delay[row])
            self.course.place(row, scenario, product.geometry, span, product.operation.lead_in, delay)
            if all(part.regional for part in scenario.parts()):
                seed[row] = self.conditions.group[row]
        self.course.never(uniforms(seed, "scenario.never", 1)[:, 0] < NEVER)
        self.definitions = tuple(definitions)

    def steer(self, row: int, definition: ScenarioDefinition) -> None:
        """Change the causes of a row while its run goes on; when they act stays."""
        product = self.twin.product
        scenario = BaseScenario.from_definition(definition)
        scenario.validate(product.geometry, product.physics)
        self.course.steer(row, scenario, product.geometry)

    def _advance(self, dt: float, phase: int, index: int, coarse: bool = False) -> None:
        causes = self.course.between(self.state.time, self.state.time + dt)
        if causes is not None:
            self.state.causes = causes
        self.twin.manager.publish(self.state)
        self.engine.step(self.state, dt, phase, index, coarse=coarse)

    def lead_in(self) -> None:
        """The time between the quiet reading and the record; ends with the sensors following the state."""
        steps = round(self.twin.product.operation.lead_in / LEAD_STEP)
        for i in range(steps):
            self._advance(LEAD_STEP, LEAD_IN, i, coarse=i < steps - 1)
        self.state.time[:] = 0.0
        self.suite = self.twin.suite(self.conditions, self.state)
        self.suite.start(self.state, LEAD_IN, 0)
        self.suite.read(self.state, LEAD_STEP, LEAD_IN, 1, frame=False, truth=False)
        self.labeller = Labeller.start(self.conditions.seed, self.twin.inlet)
        self.index = 0

    def sample(self, frame: bool | None = None, truth: bool = True, frame_truth: bool = False) -> Sample:
        """Advance by dt and read everything once.

        Args:
            frame: render a thermal frame; by default when the product's ``frame_every`` says so.
            truth: also compute the ideal readings.
            frame_truth: also render the ideal frame.
        """
        assert self.suite is not None and self.labeller is not None, "lead_in() first"
        dt, every = self.twin.dt, self.twin.product.operation.frame_every
        self._advance(dt, RECORD, self.index)
        due = (self.index + 1) % every == 0 if frame is None else frame
        reading = self.suite.read(
            self.state, dt, RECORD, self.index, frame=due and self.twin.thermal, truth=truth, frame_truth=frame_truth
        )
        labels = self.labeller.step(self.state, dt)
        physics = {k: np.array(getattr(self.state, k)) for k in PHYSICS_TRUTH}
        self.index += 1
        return Sample(reading, labels, physics)


class Twin:
    """The digital twin of a product.

    Args:
        product: a product, its registry key or a YAML file.
        dt: seconds between samples; the product's by default [s].
        samples: samples of a run, a multiple of 64; the product's by default.
        thermal: whether thermal frames are rendered.

    Raises:
        InputError: unknown product or a value out of range.

    Example:
        >>> from gg_gym import ScenarioDefinition, Twin
        >>> twin = Twin("grid_guardian", thermal=False)
        >>> runs = twin.run(twin.draw([7]), [ScenarioDefinition(family="arcing_event")])
        >>> runs.readings["voc"].shape
        (1, 64, 8)
    """

    def __init__(
        self,
        product: str | ProductConfiguration = "grid_guardian",
        *,
        dt: float | None = None,
        samples: int | None = None,
        thermal: bool = True,
    ) -> None:
        self.product = load_product(product)
        operation = self.product.operation
        self.dt = operation.dt if dt is None else float(dt)
        self.samples = operation.samples if samples is None else int(samples)
        if not 0.02 <= self.dt <= 3600.0:
            raise InputError("dt", f"got {self.dt}", "0.02 to 3600 s")
        if self.samples < 64 or self.samples % 64:
            raise InputError("samples", f"got {self.samples}", "a positive multiple of 64")
        self.priors = product_priors(self.product)
        self.manager = Draw(operation.logic, self.product.sensors)
        self.thermal = thermal
        probe = self.suite(self.product.draw(np.zeros(1, np.uint64)), None)
        self.channels, self.slices = probe.channels, probe.slices
        places = [s.position for s in self.product.sensors if SENSORS[s.key].inlet]
        self.inlet = np.array([*places, self.product.pole.mount.position][:1])
        self.instruments = probe.instruments
        self.thermal = "thermal" in probe.instruments

    def suite(self, conditions: Conditions, state: Environment3DState | None) -> SensorSuite:
        """A sensor suite for rows with ``conditions``."""
        world = state.world if state is not None else draw_world(self.priors, conditions.world)
        product = self.product
        logic = product.operation.logic
        return SensorSuite(product.sensors, product.geometry, conditions, world, self.dt, self.thermal, logic)

    def draw(self, seeds: Sequence[int] | Int | UInt64, partition: str = "train") -> Conditions:
        """Nature's draw for ``seeds`` (n,)."""
        return self.product.draw(np.asarray(seeds, dtype=np.uint64), partition)

    def begin(self, conditions: Conditions) -> Session:
        """A session whose slow states are spun up, just before the quiet reading."""
        session = Session(self, conditions)
        session.spin_up()
        return session

    def run(
        self,
        conditions: Conditions,
        definitions: Sequence[ScenarioDefinition],
        *,
        truth: bool = True,
        frame_truth: bool = False,
    ) -> RunBatch:
        """Simulate one run a row, in blocks.

        Args:
            conditions: nature's draw (n,).
            definitions: n definitions.
            truth: also the ideal readings.
            frame_truth: also the ideal frames.
        """
        parts = []
        for start in range(0, len(conditions), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(conditions)))
            session = self.begin(conditions.take(rows))
            session.set_scenarios(definitions[start : start + BLOCK])
            parts.append(self.record(session, truth=truth, frame_truth=frame_truth))
        return join_runs(parts)

    def record(self, session: Session, *, truth: bool = True, frame_truth: bool = False) -> RunBatch:
        """Lead a session through its lead-in and record."""
        session.lead_in()
        n, t = session.state.n, self.samples
        recorder = Recorder(self, n, truth, frame_truth)
        for i in range(t):
            recorder.put(i, session.sample(truth=truth, frame_truth=frame_truth))
        return RunBatch(
            session.conditions, session.definitions, session.onset.copy(), recorder.readings, recorder.truth,
            recorder.status, recorder.labels, recorder.physics, session.history,
        )  # fmt: skip


class Recorder:
    """Collects samples into the arrays of a RunBatch."""

    def __init__(self, twin: Twin, n: int, truth: bool, frame_truth: bool) -> None:
        self.every, t = twin.product.operation.frame_every, twin.samples
        self.slices = twin.slices
        width = {k: s.stop - s.start for k, s in self.slices.items()}
        self.readings: dict[str, np.ndarray] = {k: np.zeros((n, t, w), np.float32) for k, w in width.items()}
        self.truth = {k: np.zeros((n, t, w), np.float32) for k, w in width.items()} if truth else {}
        self.status = {k: np.zeros((n, t), np.uint32) for k in twin.instruments}
        self.labels = {k: np.zeros((n, t), d) for k, d in LABELS.items()}
        self.physics = {k: np.zeros((n, t), np.float32) for k in PHYSICS_TRUTH}
        if twin.thermal:
            self.readings["thermal"] = np.zeros((n, t // self.every, 60, 80), np.uint16)
            if frame_truth:
                self.truth["thermal"] = np.zeros((n, t // self.every, 60, 80), np.uint16)
                self.truth["hot_spots"] = np.zeros((n, t // self.every, 60, 80), np.uint8)

    def put(self, i: int, sample: Sample) -> None:
        """Store sample i."""
        suite = sample.suite
        for key, part in self.slices.items():
            self.readings[key][:, i] = suite.reading[:, part]
            if key in self.truth:
                self.truth[key][:, i] = suite.ideal[:, part]
        for j, key in enumerate(self.status):
            self.status[key][:, i] = suite.status[:, j]
        for key in self.labels:
            self.labels[key][:, i] = sample.labels[key]
        for key in self.physics:
            self.physics[key][:, i] = sample.physics[key]
        if suite.frame is not None:
            self.readings["thermal"][:, i // self.every] = suite.frame
        if suite.frame_ideal is not None and "thermal" in self.truth:
            self.truth["thermal"][:, i // self.every] = suite.frame_ideal
            self.truth["hot_spots"][:, i // self.every] = suite.frame_mask


def join_runs(parts: Sequence[RunBatch]) -> RunBatch:
    """One batch of the rows of several."""
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Any] = {}
    for key, value in vars(parts[0]).items():
        values = [getattr(p, key) for p in parts]
        if isinstance(value, np.ndarray):
            joined[key] = np.concatenate(values)
        elif isinstance(value, dict):
            joined[key] = {k: np.concatenate([v[k] for v in values]) for k in value}
        elif isinstance(value, Conditions):
            joined[key] = Conditions(**{k: np.concatenate([getattr(v, k) for v in values]) for k in vars(value)})
        else:
            joined[key] = tuple(x for v in values for x in v)
    return RunBatch(**joined)


def product_priors(product: ProductConfiguration) -> tuple[Uncertain, ...]:
    """The uncertain numbers of a product's physics modules and sensors."""
    from gg_gym.physics.engine import PHYSICS

    owners = [PHYSICS[k] for k in product.physics] + [SENSORS[s.key] for s in product.sensors]
    found = {p.key: p for owner in owners for p in getattr(owner, "priors", tuple)()}
    return tuple(found[k] for k in sorted(found))
