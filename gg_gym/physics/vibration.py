"""Module "vibration": the pole's modes driven by gusts and blows, conductors singing in the wind, hum and rattle.

Each mode is followed by the slow complex amplitude of its acceleration at the unit: an exact Ornstein-Uhlenbeck
process whose stationary variance is that of the resonance under the spectrum of the wind now; blows add amplitudes
that die away. So no statistics depend on the step, though modes of 20 Hz are below any step of a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gg_gym.equations import turbulence
from gg_gym.equations import vibration as eq
from gg_gym.equations.bounds import clip
from gg_gym.equations.lightning import newest_ages
from gg_gym.parameters.sound import SOUND, SOUND_PRIORS
from gg_gym.parameters.vibration import VIBRATION, VIBRATION_PRIORS, VibrationParameters
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.lightning import address, poisson
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws, uniforms
from gg_gym.units import Float, Int

#: Modes of each of the two bending directions; edges of the features' bands [Hz].
MODES = 3
BANDS: tuple[float, ...] = (0.2, 2.0, 50.0, 500.0, 6000.0)
#: Along x and y, then z.
AXES = ("x", "y", "z")
#: Columns of :func:`features` for each axis.
FEATURES = ("rms_sway", "rms_modes", "rms_hum", "rms_high", "peak", "kurtosis")
_MEDIAN = {key: median for key, median, *_ in VIBRATION_PRIORS} | {key: median for key, median, *_ in SOUND_PRIORS}
_GRAVITY, _AIR, _TWO_PI = 9.80665, 1.2, 2.0 * np.pi
#: Share of a conductor's singing along y and z.
_ACROSS = np.array([0.1, 1.0])

POLE_STIFFNESS = register_cause(
    Cause("pole_stiffness", "1", 1.0, "multiplier of the pole's stiffness (decay, loose base)")
)
LOOSE_HARDWARE = register_cause(
    Cause("loose_hardware", "1", 0.0, "loose hardware that rattles in gusts; 1 is one bad bolt")
)
IMPACT_IMPULSE = register_cause(Cause("impact_impulse", "N.s", 0.0, "a blow on the pole as the cause sets in"))
IMPACT_DURATION = register_cause(Cause("impact_duration", "s", 0.03, "duration of the blow"))
IMPACT_HEIGHT = register_cause(Cause("impact_height", "m", 9.5, "height of the blow"))
IMPACT_RATE = register_cause(Cause("impact_rate", "1/s", 0.0, "rate at which such blows come again"))
IMPACT_BEARING = register_cause(Cause("impact_bearing", "rad", 0.0, "direction of the blow, from x to y"))


@PHYSICS.register("vibration")
class VibrationModule(PhysicsModule):
    """Acceleration and tilt of the pole at the unit's height.

    Owns the memory keys "vibration.*": ``gust`` (n, 2, J + 1, 2) unit complex amplitudes (modes, then conductors),
    ``ring`` (n, 2, J, 2) amplitudes of blows [m/s2], ``high`` (n, 2) mean square above 500 Hz [m2/s4] in the second
    after the newest blow, ``blow_age`` (n,) since it [s], ``peak`` (n,) highest acceleration of a blow since the last
    (sub-)step (extensive) [m/s2], ``blows`` (n,) blows since the run began; ``sound_power`` (n, 8) [W] and
    ``sound_position`` (n, 3) of rattling. Ask through :func:`features`, :func:`tilt`, :func:`mode_frequencies`,
    :func:`aeolian_line`. Moves no other numbers.
    Causes: ``pole_stiffness``, ``loose_hardware``, ``impact_impulse``, ``impact_duration``, ``impact_height``,
    ``impact_bearing``, ``impact_rate``.
    """

    key = "vibration"
    after = ("weather", "airflow", "line")

    def __init__(self, context: PhysicsContext, parameters: VibrationParameters = VIBRATION) -> None:
        super().__init__(context)
        self._p, self._pole = parameters, pole(context.geometry, parameters)
        self._rattle = np.array(SOUND.rattle)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in VIBRATION_PRIORS)

    def lanes(self, m: int) -> Mapping[str, int]:
        """Normals of modes and conductors; two uniforms that address the blows."""
        return {"vibration.gust": 4 * (MODES + 1), "vibration.address": 2}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Stationary motion, no blow."""
        n, memory = state.n, state.memory
        memory["vibration.gust"] = draws.normal("vibration.gust").reshape(n, 2, MODES + 1, 2).copy()
        memory["vibration.ring"] = np.zeros((n, 2, MODES, 2))
        memory["vibration.high"], memory["vibration.peak"] = np.zeros((n, 2)), np.zeros(n)
        memory["vibration.blow_age"] = np.full(n, np.inf)
        memory["vibration.blows"], memory["vibration.struck"] = np.zeros(n), np.zeros(n, bool)
        place = np.array([0.0, 0.0, 0.95 * self.context.geometry.pole_height])
        memory["vibration.sound_position"] = np.tile(place, (n, 1))
        self._sound(state)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance amplitudes by h seconds, and add the blows of the step."""
        memory, p = state.memory, self._p
        omega, damping = modal(state, p)
        tau = np.empty((state.n, 2, MODES + 1))
        tau[:, :, :MODES], tau[:, :, MODES] = 1.0 / (damping * omega[:, None, :]), p.aeolian_time
        decay = turbulence.ou_decay(h, tau)[..., None]
        z = draws.normal("vibration.gust").reshape(memory["vibration.gust"].shape)
        memory["vibration.gust"] = decay * memory["vibration.gust"] + np.sqrt(1.0 - decay**2) * z
        memory["vibration.ring"] = memory["vibration.ring"] * decay[:, :, :MODES]
        memory["vibration.blow_age"], memory["vibration.peak"] = memory["vibration.blow_age"] + h, np.zeros(state.n)
        impulse = state.causes["impact_impulse"]
        active = impulse > 0.0
        first = active & ~memory["vibration.struck"]
        memory["vibration.struck"] = active
        rows = np.flatnonzero(first | (active & (state.causes["impact_rate"] > 0.0)))
        if rows.size:
            self._blows(state, rows, first[rows], h, address(draws, "vibration.address")[rows], omega, tau)
        self._sound(state)

    def _blows(
        self, state: Environment3DState, rows: Int, first: Any, h: float, key: Any, omega: Float, tau: Float
    ) -> None:
        """Add the newest blows of the step to the amplitudes of some rows; the first comes anywhere in the step."""
        p, memory, causes = self._p, state.memory, {k: v[rows] for k, v in state.causes.items() if "impact" in k}
        u = uniforms(key, "vibration.blows", 1 + (1 + MODES) * p.blows)
        count = poisson(u[:, 0], causes["impact_rate"] * h) + first
        memory["vibration.blows"][rows] += count
        ages = newest_ages(np.log(u[:, 1 : 1 + p.blows]), count) * h
        some = np.arange(p.blows)[None, :] < count[:, None]
        phase = _TWO_PI * u[:, 1 + p.blows :].reshape(len(rows), p.blows, MODES)
        size = self._blow_size(causes, omega[rows])
        bearing = causes["impact_bearing"]
        heading = np.stack([np.cos(bearing), np.sin(bearing)], axis=1)
        fade = np.exp(-ages[:, :, None, None] / tau[rows][:, None, :, :MODES]) * some[:, :, None, None]
        amplitude = size[:, None, None, :] * heading[:, None, :, None] * fade
        memory["vibration.ring"][rows] += np.stack(
            [(amplitude * np.cos(phase)[:, :, None]).sum(1), (amplitude * np.sin(phase)[:, :, None]).sum(1)], axis=-1
        )
        contact = 0.5 * np.pi * causes["impact_impulse"] / causes["impact_duration"] / p.unit_mass
        contact = np.minimum(contact * _world(state, "vibration_contact", rows), 2000.0 * _GRAVITY)
        contact = contact / (1.0 + (0.5e3 * causes["impact_duration"]) ** 2)
        came = count > 0.0
        ringing = (some & (ages < ages[:, :1] + p.window)).sum(1) * 0.25 * p.ring / p.window
        high = (ringing * contact**2)[:, None] * heading**2
        memory["vibration.high"][rows] = np.where(came[:, None], high, memory["vibration.high"][rows])
        memory["vibration.blow_age"][rows] = np.where(came, ages[:, 0], memory["vibration.blow_age"][rows])
        memory["vibration.peak"][rows] = np.where(came, contact + size.sum(axis=1), 0.0)

    def _blow_size(self, causes: Mapping[str, Float], omega: Float) -> Float:
        """(r, J) amplitudes of acceleration [m/s2] at the unit as a blow leaves the modes."""
        pole_ = self._pole
        there = np.stack([np.interp(causes["impact_height"], pole_.heights, s) for s in pole_.shapes.T], axis=1)
        factor = eq.half_sine_factor(omega * causes["impact_duration"][:, None])
        size: Float = np.abs(pole_.at_unit * there * omega * factor) * causes["impact_impulse"][:, None]
        return size

    def _sound(self, state: Environment3DState) -> None:
        """Sound power of loose hardware, (wind / 5 m/s)^2."""
        loose = state.causes["loose_hardware"] * _gustiness(state, self._p) * _world(state, "sound_rattle")
        state.memory["vibration.sound_power"] = loose[:, None] * self._rattle


class Pole:
    """Modes of a geometry's pole: all arrays are for its three lowest modes, mass-normalised.

    Attributes:
        frequencies: (J,) clamped at the ground, in sound wood [Hz].
        heights: (N + 1,) [m], and shapes (N + 1, J) of the deflection [kg^-1/2].
        at_unit: (J,) shape at the unit, and slope (J,) there [kg^-1/2 m^-1].
        area: (2, J) drag area times shape along x (with the line's drag) and y [m2 kg^-1/2].
        damped: (2, J) drag area times the square of the shape [m2/kg].
    """

    def __init__(self, geometry: Geometry, p: VibrationParameters) -> None:
        length, n = geometry.pole_height, p.elements
        step = length / n
        diameter = 2.0 * geometry.pole_radius * (1.0 - (1.0 - p.taper) * (np.arange(n) + 0.5) / n)
        section = eq.circle_section(diameter, p.modulus, p.density)
        self.frequencies, upper = eq.beam_modes(*eq.beam_matrices(*section, hardware(geometry, p), step), MODES)
        self.heights = np.linspace(0.0, length, n + 1)
        self.shapes = np.vstack([np.zeros(MODES), upper])
        height = clip(geometry.mount.position[2], 0.0, length)
        slopes = np.gradient(self.shapes, self.heights, axis=0)
        self.at_unit = np.array([np.interp(height, self.heights, s) for s in self.shapes.T])
        self.slope = np.array([np.interp(height, self.heights, s) for s in slopes.T])
        middle = 0.5 * (self.shapes[1:] + self.shapes[:-1])
        load = (diameter * step * ((np.arange(n) + 0.5) * step / 10.0) ** (2.0 * p.profile))[:, None]
        line = geometry.line
        wires = 2.0 * sum(line.radius) * p.span if line else 0.0
        self.area = np.stack([(load * middle).sum(0) + wires * upper[-1], (load * middle).sum(0)])
        self.damped = np.stack([(load * middle**2).sum(0) + wires * upper[-1] ** 2, (load * middle**2).sum(0)])


def hardware(geometry: Geometry, p: VibrationParameters = VIBRATION) -> Float:
    """(N,) mass [kg] that hangs on the pole at the upper end of each element."""
    masses, out = dict(p.masses), np.zeros(p.elements)
    for part in geometry.components:
        wood = p.crossarm if part.kind == "wood" and part.position[2] < 0.99 * geometry.pole_height else 0.0
        at = int(clip(np.rint(part.position[2] / geometry.pole_height * p.elements) - 1, 0, p.elements - 1))
        out[at] += masses.get(part.kind, wood)
    return out


#: Poles that were made, by the identity of their geometry (which is kept, so that it stays its own).
_POLES: dict[tuple[int, VibrationParameters], tuple[Geometry, Pole]] = {}


def pole(geometry: Geometry, parameters: VibrationParameters = VIBRATION) -> Pole:
    """The modes of a geometry's pole; found once."""
    address_ = id(geometry), parameters
    if address_ not in _POLES:
        if len(_POLES) > 64:
            _POLES.clear()
        _POLES[address_] = geometry, Pole(geometry, parameters)
    return _POLES[address_][1]


def modal(state: Environment3DState, p: VibrationParameters = VIBRATION) -> tuple[Float, Float]:
    """Angular frequencies (n, J) [rad/s] and damping ratios (n, 2, J) along x and y now; both read-only."""
    modes, omega = pole(state.geometry, p), angular_frequencies(state, p)
    drag, still = _world(state, "vibration_drag"), _world(state, "vibration_damping")

    def find() -> Float:
        speed = clip(state.wind_speed, 0.0, None) * drag
        air = eq.aerodynamic_damping(modes.damped, speed[:, None, None], omega[:, None, :], np.ones(1), _AIR)
        return np.asarray(np.minimum(still[:, None, None] + air, 0.5))

    return omega, state.answer(("pole_damping", p), (state.wind_speed, drag, still, omega), find)


def angular_frequencies(state: Environment3DState, p: VibrationParameters = VIBRATION) -> Float:
    """(n, J) angular frequencies of the pole's modes [rad/s]; read-only, found once for the same pole."""
    soil, wood = _world(state, "vibration_soil"), _world(state, "vibration_wood")
    stiffness = state.causes["pole_stiffness"]

    def find() -> Float:
        share = np.power(clip(soil, *p.stiffest)[:, None], np.array(p.soil_share))
        omega: Float = _TWO_PI * pole(state.geometry, p).frequencies * share
        omega *= (wood * np.sqrt(clip(stiffness, 0.05, None)))[:, None]
        return omega

    found: Float = state.answer(("pole_omega", p), (soil, wood, stiffness), find)
    return found


def mode_frequencies(state: Environment3DState) -> Float:
    """(n, J) frequencies of the pole's modes in its soil [Hz]."""
    out: Float = angular_frequencies(state) / _TWO_PI
    return out


def gust_deviation(
    state: Environment3DState, p: VibrationParameters = VIBRATION, known: tuple[Float, Float] | None = None
) -> Float:
    """(n, 2, J) standard deviation of the acceleration at the unit along x and y of each mode in gusts [m/s2].

    ``known`` is what :func:`modal` says, where the caller has it.
    """
    modes = pole(state.geometry, p)
    omega, damping = known or modal(state, p)
    frequency, mean = omega / _TWO_PI, clip(state.wind_speed, 0.3, None)[:, None]
    push = _AIR * _world(state, "vibration_drag") * mean[:, 0]
    passed = eq.admittance(frequency, np.full(1, p.frontal), mean) ** 2
    east, north = np.sin(state.wind_from), np.cos(state.wind_from)
    along, across = (
        turbulence.von_karman(frequency, state.sigma_w[:, i, None], np.full(1, p.lengths[i]), mean) for i in (0, 1)
    )
    out = np.empty((state.n, 2, MODES))
    for axis, (c, s) in enumerate(((east, north), (north, east))):
        gust = (c**2)[:, None] * along + 0.25 * (s**2)[:, None] * across
        spectrum = (push[:, None] * modes.area[axis]) ** 2 * gust * passed
        out[:, axis] = eq.resonant_variance(spectrum, frequency, damping[:, axis])
    deviation: Float = np.sqrt(out) * np.abs(modes.at_unit)
    return deviation


def tilt(state: Environment3DState, p: VibrationParameters = VIBRATION) -> Float:
    """(n, 2) lean of the pole at the unit towards x and y under the wind now, quasi-static [rad]."""
    modes, omega = pole(state.geometry, p), angular_frequencies(state, p)
    wind = state.wind10[:, -1]
    speed = np.sqrt(wind[:, 0] ** 2 + wind[:, 1] ** 2)
    force = 0.5 * _AIR * _world(state, "vibration_drag") * speed
    lean = _along(modes.area[None] * (modes.slope / omega**2)[:, None, :])
    out: Float = force[:, None] * wind[:, :2] * lean
    return out


def aeolian_line(state: Environment3DState, p: VibrationParameters = VIBRATION) -> tuple[Float, Float]:
    """Frequency (n,) [Hz] at which the thickest conductor sings, and its acceleration (n,) at the unit, rms [m/s2]."""
    line = state.geometry.line
    if line is None:
        return np.zeros(state.n), np.zeros(state.n)
    diameter, low, high = 2.0 * max(line.radius), *p.aeolian
    across = np.abs(state.wind10[:, :, 0]).mean(axis=1)
    frequency = eq.vortex_frequency(across, np.full(1, diameter), p.strouhal)
    smooth = np.exp(-((state.sigma_w[:, 0] / clip(state.wind_speed, 0.3, None) / p.calm) ** 4))
    window = (
        clip(across - 0.5 * low, 0.0, 0.5 * low) / (0.5 * low) * clip(1.5 * high - across, 0.0, 0.5 * high) * 2.0 / high
    )
    swing = state.memory["vibration.gust"][:, 0, MODES]
    wander = np.sqrt(0.5 * (swing[:, 0] ** 2 + swing[:, 1] ** 2))
    amplitude = np.minimum(_world(state, "vibration_aeolian") * wander, p.aeolian_limit) * diameter
    passed = np.minimum(_world(state, "vibration_transmission"), 0.3)
    return frequency, (_TWO_PI * frequency) ** 2 * amplitude * np.sqrt(0.5) * passed * smooth * window


def features(state: Environment3DState, p: VibrationParameters = VIBRATION) -> Float:
    """(n, 3, 6) of the acceleration at the unit along x, y and z over the last second: :data:`FEATURES`.

    Root mean squares in the bands :data:`BANDS` and the peak in m/s2, kurtosis in 1. The peak is the highest since the
    last (sub-)step where a blow came (extensive), else three times the rms.
    """
    memory = state.memory
    known = modal(state, p)
    frequency, deviation = known[0] / _TWO_PI, gust_deviation(state, p, known)
    motion = deviation[..., None] * memory["vibration.gust"][:, :, :MODES] + memory["vibration.ring"]
    square = np.zeros((state.n, 3, 4))
    power = 0.5 * (motion[..., 0] ** 2 + motion[..., 1] ** 2)
    slow = (frequency < BANDS[1])[:, None, :]
    square[:, :2, 0], square[:, :2, 1] = _along(power * slow), _along(power * ~slow)
    sung, sound = aeolian_line(state, p)
    high = sung >= BANDS[2]
    sound = sound**2
    square[:, 1:, 1] += np.where(high, 0.0, sound)[:, None] * _ACROSS
    square[:, 1:, 2] += np.where(high, sound, 0.0)[:, None] * _ACROSS
    square[:, :, 2] += (_hum(state) ** 2)[:, None] * np.square(p.hum)
    shake = memory.get("releases.shake")
    if shake is not None and shake.any():
        square[:, :, 1] += (shake**2)[:, None]
    loose, rate = state.causes["loose_hardware"], p.loose * _gustiness(state, p)
    rattle = loose * (_world(state, "vibration_rattle") ** 2) * rate * 0.25 * p.ring
    square[:, :, 3] += rattle[:, None] * np.array([1.0, 1.0, 0.5])
    square[:, :2, 3] += np.where(memory["vibration.blow_age"] < p.window, 1.0, 0.0)[:, None] * memory["vibration.high"]
    total = _along(square)
    share = np.where(total > 0.0, rattle[:, None] / np.maximum(total, 1e-30), 0.0)
    excess = eq.shot_kurtosis(clip(rate, 1e-2, None), np.full(1, p.ring)) - 3.0
    out = np.empty((state.n, 3, 6))
    out[:, :, :4] = np.sqrt(square)
    out[:, :, 4] = np.maximum(3.0 * np.sqrt(total), memory["vibration.peak"][:, None] * np.array([1.0, 1.0, 0.3]))
    out[:, :, 5] = 3.0 + np.minimum(share, 1.0) ** 2 * excess[:, None]
    return out


def _along(values: Float) -> Float:
    """Sum (n, a) over the few entries of the last axis of (n, a, k): the bits of ``sum``, at less cost."""
    out = values[:, :, 0] + values[:, :, 1]
    for i in range(2, values.shape[2]):
        out += values[:, :, i]
    return out


def _hum(state: Environment3DState) -> Float:
    """(n,) rms [m/s2] of the transformer's hum, which goes with the square of the voltage; 0 without either."""
    line, tanks = state.geometry.line, state.geometry.of_kind("transformer")
    phase = state.geometry.components[tanks[0]].phase if tanks else None
    if line is None or phase is None:
        return np.zeros(state.n)
    voltage = state.voltage[:, phase, 0]
    relative = np.hypot(voltage.real, voltage.imag) * np.sqrt(3.0) / line.voltage
    relative *= state.causes["cutout_open"] < 1.0
    out: Float = _world(state, "vibration_hum") * relative**2
    return out


def _gustiness(state: Environment3DState, p: VibrationParameters) -> Float:
    """(n,) how hard the wind now shakes loose parts: (wind / 5 m/s)^2."""
    wind = state.wind10[:, -1]
    speed = np.sqrt(wind[:, 0] ** 2 + wind[:, 1] ** 2) / 5.0
    out: Float = speed**p.gust_power
    return out


def _world(state: Environment3DState, key: str, rows: Int | None = None) -> Any:
    """A number of the rows' worlds (of some rows), or the prior's median."""
    return state.number(key, _MEDIAN[key], rows)
