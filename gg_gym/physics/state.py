"""Environment3DState: the physical world around the pole, asked at points.

Every array has the instance axis first. Fast quantities carry a second axis of M sub-samples ``fine_step`` seconds
apart that end at the sample instant; M is a function of dt alone (see :func:`substeps`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from gg_gym.equations.bounds import clip
from gg_gym.physics.causes import neutral_causes
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.species import INDEX, SPECIES
from gg_gym.units import Bool, Float

#: Longest fine step [s] and the longest stretch of fine steps before a sample [s].
FINE_STEP, FINE_SPAN = 2.5, 60.0
#: Harmonic orders of voltage and current that are carried.
HARMONICS: tuple[int, ...] = (1, 3, 5, 7, 9, 11, 13, 15, 17)
#: Gas sources a run can have at once.
MAX_SOURCES = 5


def substeps(dt: float) -> tuple[int, float, float]:
    """Split a step: (M fine steps, their length [s], the rest of dt before them [s])."""
    span = min(dt, FINE_SPAN)
    m = max(1, int(np.ceil(span / FINE_STEP - 1e-9)))
    return m, span / m, dt - span


@dataclass
class Environment3DState:
    """The state of n instances.

    Attributes:
        geometry: what stands where (shared by all rows).
        n: rows.
        substeps: M.
        fine_step: length of a fine step [s].
        time: (n,) seconds since the record's first sample minus one step (negative before the record) [s].
        hour: (n,) hour of the year, local standard time [h].
        causes: key -> (n,) causes in force now.
        air_temperature: (n,) at 2 m [K].    dew_point: (n,) [K].    pressure: (n,) [Pa].
        wind_speed: (n,) hourly mean at 10 m [m/s].    wind_from: (n,) direction the wind comes from, from north [rad].
        ghi, dni, dhi: (n,) irradiance [W/m2].    cloud: (n,) [1].    rain: (n,) [mm/h].
        sun: (n, 3) unit vector to the sun (z < 0 at night).
        sky_temperature: (n,) broadband radiative [K].    sky_window: (n,) 8-14 um exitance of the sky [W/m2].
        wind10: (n, M, 3) wind vector (towards) at 10 m, with turbulence [m/s].
        roughness: (n,) [m].    inverse_obukhov: (n,) 1/L [1/m].    friction_velocity: (n,) [m/s].
        sigma_w: (n, 3) standard deviations of turbulence along, across, up [m/s].
        source_position: (n, K, 3) [m].    source_rate: (n, K, S) [kg/s].    source_size: (n, K) [m].
        source_heat: (n, K) convective [W].
        intermittency: (n, M) multiplier of source contributions, mean 1 [1].
        background: (n, S) ppb, particles ug/m3.
        voltage: (n, k, H) complex rms phasors to ground [V].    current: (n, k, H) complex rms phasors [A].
        interharmonic: (n,) broadband share of current between harmonics, relative to the fundamental [1].
        temperature: (n, C) surface temperatures of the components [K].
        emissivity: (n, C) [1].
        arc_on: (n,) whether the arc burns at the instant.    arc_power: (n,) mean over the step [W].
        arc_energy: (n,) since the last sample [J] (extensive).    arc_position: (n, 3) [m].
        mass_lost: (n,) dry wood lost since the run's cause began [kg].    mass_rate: (n,) [kg/s].
        char_mass: (n,) [kg].    dry_mass: (n,) initial dry mass of the wood node [kg].
        emitted: (n, S) emitted since the cause began by wood [kg].
        hot_spot: (n,) highest wood temperature [K].
        sound_power: (n, B) source sound power per band [W].
        world: key -> (n,) uncertain numbers of the rows' worlds.
        memory: module-private arrays, instance axis first.
    """

    geometry: Geometry
    n: int
    substeps: int
    fine_step: float
    time: Float
    hour: Float
    causes: dict[str, Float]
    air_temperature: Float
    dew_point: Float
    pressure: Float
    wind_speed: Float
    wind_from: Float
    ghi: Float
    dni: Float
    dhi: Float
    cloud: Float
    rain: Float
    sun: Float
    sky_temperature: Float
    sky_window: Float
    wind10: Float
    roughness: Float
    inverse_obukhov: Float
    friction_velocity: Float
    sigma_w: Float
    source_position: Float
    source_rate: Float
    source_size: Float
    source_heat: Float
    intermittency: Float
    background: Float
    voltage: Any
    current: Any
    interharmonic: Float
    temperature: Float
    emissivity: Float
    arc_on: Bool
    arc_power: Float
    arc_energy: Float
    arc_position: Float
    mass_lost: Float
    mass_rate: Float
    char_mass: Float
    dry_mass: Float
    emitted: Float
    hot_spot: Float
    world: dict[str, Float]
    #: Ambient fields added to those of the line, (n, 3, H) complex: V/m and T.
    ambient_e: Any
    ambient_b: Any
    memory: dict[str, Any] = field(default_factory=dict)
    #: Answers concentration queries; set by the dispersion module (None: background only).
    plume: Any = None
    #: Answers field queries; set by the line module (None: ambient only).
    fields: Any = None
    #: What was found out about this state, by what found it (see :meth:`answer`); never copied.
    answers: dict[Any, tuple[tuple[Any, ...], Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def neutral(
        cls, geometry: Geometry, n: int, dt: float = 10.0, world: Mapping[str, Float] | None = None
    ) -> Environment3DState:
        """A calm, dark, clean state at 20 Cel in which nothing happens; modules overwrite what they own."""
        m, h, _ = substeps(dt)
        c, k, s, hh = (
            len(geometry.components),
            len(geometry.line.x) if geometry.line else 0,
            len(SPECIES),
            len(HARMONICS),
        )
        one = np.ones(n)
        emissivity = np.array([x.emissivity for x in geometry.components])
        return cls(
            geometry=geometry, n=n, substeps=m, fine_step=h, time=0 * one, hour=0 * one, causes=neutral_causes(n),
            air_temperature=293.15 * one, dew_point=282.4 * one, pressure=101325.0 * one, wind_speed=0 * one,
            wind_from=0 * one, ghi=0 * one, dni=0 * one, dhi=0 * one, cloud=0 * one, rain=0 * one,
            sun=np.tile([0.0, 0.0, -1.0], (n, 1)), sky_temperature=278.0 * one, sky_window=110.0 * one,
            wind10=np.zeros((n, m, 3)), roughness=0.03 * one, inverse_obukhov=0 * one, friction_velocity=0.1 * one,
            sigma_w=np.full((n, 3), 0.1), source_position=np.zeros((n, MAX_SOURCES, 3)),
            source_rate=np.zeros((n, MAX_SOURCES, s)), source_size=np.full((n, MAX_SOURCES), 0.1),
            source_heat=np.zeros((n, MAX_SOURCES)), intermittency=np.ones((n, m)), background=np.zeros((n, s)),
            voltage=np.zeros((n, k, hh), complex), current=np.zeros((n, k, hh), complex), interharmonic=0 * one,
            temperature=np.full((n, c), 293.15), emissivity=np.tile(emissivity, (n, 1)), arc_on=np.zeros(n, bool),
            arc_power=0 * one, arc_energy=0 * one, arc_position=np.zeros((n, 3)), mass_lost=0 * one, mass_rate=0 * one,
            char_mass=0 * one, dry_mass=0 * one, emitted=np.zeros((n, s)), hot_spot=293.15 * one,
            world=dict(world or {}), ambient_e=np.zeros((n, 3, hh), complex), ambient_b=np.zeros((n, 3, hh), complex),
        )  # fmt: skip

    @classmethod
    def uniform(
        cls,
        geometry: Geometry,
        n: int = 1,
        dt: float = 10.0,
        *,
        concentration: Mapping[str, float] | None = None,
        electric_field: tuple[float, float, float] = (0, 0, 0),
        magnetic_field: tuple[float, float, float] = (0, 0, 0),
        wind: tuple[float, float, float] = (0, 0, 0),
        **values: Any,
    ) -> Environment3DState:
        """A uniform state for sensor tests.

        Args:
            geometry: what stands where.
            n: rows.
            dt: step [s].
            concentration: species -> ppb (particles ug/m3), the same everywhere.
            electric_field: fundamental rms [V/m].
            magnetic_field: fundamental rms [T].
            wind: vector [m/s] at 10 m, no turbulence.
            values: other attributes, broadcast to their shape.
        """
        state = cls.neutral(geometry, n, dt)
        for name, value in (concentration or {}).items():
            state.background[:, INDEX[name]] = value
        state.ambient_e[:, :, 0] = electric_field
        state.ambient_b[:, :, 0] = magnetic_field
        state.wind10[:] = wind
        state.wind_speed[:] = float(np.hypot(wind[0], wind[1]))
        for name, value in values.items():
            getattr(state, name)[...] = value
        return state

    def take(self, rows: Any) -> Environment3DState:
        """A copy of some rows (an index array; rows may repeat)."""
        rows = np.asarray(rows)
        copied: dict[str, Any] = {}
        for f in fields(self):
            if not f.init:
                continue
            value = getattr(self, f.name)
            if isinstance(value, np.ndarray):
                copied[f.name] = value[rows].copy()
            elif f.name in ("causes", "world", "memory"):
                copied[f.name] = {k: v[rows].copy() for k, v in value.items()}
            else:
                copied[f.name] = value
        copied["n"] = len(rows)
        return Environment3DState(**copied)

    def answer(self, key: Any, causes: tuple[Any, ...], find: Callable[[], Any]) -> Any:
        """What ``find()`` gave, found again when the bytes of one of its ``causes`` are others than they were.

        Args:
            key: what is asked, hashable; one answer is kept for each.
            causes: arrays and numbers that the answer depends on; compared by value, so a change by hand counts.
            find: gives the answer; who gets it never writes to it.
        """
        seen = tuple([x.tobytes() if isinstance(x, np.ndarray) else x for x in causes])
        known = self.answers.get(key)
        if known is None or known[0] != seen:
            known = self.answers[key] = seen, find()
        return known[1]

    def hold_fast(self) -> None:
        """Hold the last fine step of fast quantities over the present fine axis, where its length has changed."""
        for name in ("wind10", "intermittency"):
            value = getattr(self, name)
            if value.shape[1] != self.substeps:
                setattr(self, name, np.repeat(value[:, -1:], self.substeps, axis=1))

    def number(self, key: str, median: float, rows: Any = None) -> Float:
        """(n,) an uncertain number of the rows' worlds (of some rows), or its median where no world names it."""
        value = self.world.get(key)
        if value is None:
            value = np.full(self.n, median)
        return value if rows is None else value[rows]

    def quantity(
        self,
        key: str,
        points: Float | None = None,
        radius: float = 0.0,
        box: tuple[float, float, float] | None = None,
    ) -> Float:
        """Any registered quantity at the instant (:mod:`gg_gym.physics.quantities`).

        Args:
            key: which.
            points: (P, 3) places [m]; the unit's own if None. Only for quantities that are asked at places.
            radius: standard deviation of a Gaussian volume around each point [m]; 0 is a point.
            box: half sides of a box around each point [m], in place of the Gaussian.

        Returns:
            (n, P) or (n, P, L) at places, (n,) or (n, L) of the pole, float64, never NaN; the neutral value where
            the module that owns the quantity is not in the product.

        Raises:
            InputError: unknown key, points of another shape, a place for what is the pole's, a negative size.
        """
        from gg_gym.physics.quantities import ask

        return ask(self, key, points, radius, box)

    def wind(self, points: Float) -> Float:
        """(n, M, P, 3) wind [m/s] at points (P, 3): the 10 m vector scaled by the diabatic profile.

        What rises from a fire near the pole is added to it everywhere on the pole (``memory["releases.draught"]``).
        """
        from gg_gym.equations.wind import profile_ratio

        z = clip(points[:, 2], 0.5, None)
        ratio = profile_ratio(z[None, :], 10.0, self.roughness[:, None], self.inverse_obukhov[:, None])
        scaled: Float = self.wind10[:, :, None, :] * ratio[:, None, :, None]
        draught = self.memory.get("releases.draught")
        if draught is None:
            return scaled
        rising: Float = draught if draught.shape[1] == self.substeps else draught[:, -1:]
        return scaled + rising[:, :, None, :]

    def concentration(self, points: Float, radius: float = 0.0) -> Float:
        """(n, M, P, S) mean over a sampling volume: ppb for gases, ug/m3 for particles.

        Args:
            points: (P, 3) places, or (n, P, 3) per row [m].
            radius: standard deviation of the Gaussian sampling volume [m].
        """
        base = self.background[:, None, None, :]
        if self.plume is None:
            return np.array(np.broadcast_to(base, (self.n, self.substeps, np.shape(points)[-2], len(SPECIES))))
        if np.ndim(points) == 2:
            points = np.broadcast_to(points, (self.n, *np.shape(points)))
        out: Float = self.plume(self, points, radius) + base
        return out

    def air_temperature_at(self, points: Float) -> Float:
        """(n, P) air temperature [K] at points (P, 3): the lapse from 2 m, and the warmth of a fire near the pole."""
        out: Float = self.air_temperature[:, None] - 0.0098 * (points[None, :, 2] - 2.0)
        warmth = self.memory.get("releases.warmth")
        if warmth is not None and warmth.any():
            out = out + warmth[:, None]
        return out

    def surface_temperature(self, component: str) -> Float:
        """(n,) temperature of a component [K]."""
        return self.temperature[:, self.geometry.index[component]]

    def electric_field(self, points: Float) -> Any:
        """(n, P, 3, H) complex rms phasors [V/m] at points (P, 3)."""
        field_ = self.ambient_e[:, None]
        return field_ + self.fields.electric(self, points) if self.fields else np.repeat(field_, len(points), axis=1)

    def magnetic_field(self, points: Float) -> Any:
        """(n, P, 3, H) complex rms phasors [T] at points (P, 3)."""
        field_ = self.ambient_b[:, None]
        return field_ + self.fields.magnetic(self, points) if self.fields else np.repeat(field_, len(points), axis=1)
