"""The gas array: three electrochemical cells, a formaldehyde cell, two metal oxides and two photo-ionisation heads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gg_gym.equations.atmosphere import saturation_pressure
from gg_gym.equations.bounds import clip
from gg_gym.equations.gas_sensors import (
    absolute_humidity,
    humidity_quench,
    lamp_sees,
    mox_climate,
    mox_concentration,
    mox_log_conductance,
    poisoned_hydrogen,
    poisoned_span,
    poisoned_time,
    scrubber_breakthrough,
    surface_leak,
    table,
)
from gg_gym.equations.signal import hold_weights, lag_step, quantise
from gg_gym.parameters import alphasense, mox, pid
from gg_gym.parameters.alphasense import BOARD, CELLS
from gg_gym.parameters.imperfections import ENCLOSURE, SIZES, YEAR
from gg_gym.physics.species import GASES, INDEX, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Bound, Channel, Climate, Coefficients, FaultEffect
from gg_gym.sensors.status import Status
from gg_gym.sensors.transport import TUBE, dead_time, inhaled
from gg_gym.units import Float, UInt32

NAMES = ("CO", "NO2", "OX", "HCHO", "H2", "VOC106", "AROM100", "MOXB")
EC, OXIDES, PIDS, LINEAR = [0, 1, 2, 3], [4, 7], [5, 6], [0, 1, 2, 3, 5, 6]
#: The same as slices, which cost a tenth per step.
_EC, _OXIDES, _PIDS = slice(0, 4), slice(4, 8, 3), slice(5, 7)
METAL, HEADS = (mox.HYDROGEN, mox.BROADBAND), (pid.HEAD_106, pid.HEAD_100)
#: centre and scale for learning [ppb]: median and about half the interquartile range of baseline operation.
LEARN = ((400, 100), (20, 30), (10, 40), (5, 10), (540, 60), (20, 15), (10, 20), (850, 120))
LOW = (-1000, -500, -500, 0, -500, 0, 0, -300)
HIGH = (*(c.high for c in CELLS), METAL[0].high, HEADS[0].high, HEADS[1].high, METAL[1].high)
LOD = np.array([CELLS[0].lod, CELLS[1].lod, CELLS[2].lod, CELLS[3].lod, np.inf, 1.0, 5.0, np.inf])


def _row(answers: Mapping[str, float]) -> Float:
    out = np.zeros(len(SPECIES))
    for name, value in answers.items():
        out[INDEX[name]] = value
    return out


def _pid_row(head: pid.Detector) -> Float:
    energies = np.array([pid.IONISATION.get(g, 99.0) for g in GASES])
    out = _row(head.response)
    out[: len(GASES)] *= lamp_sees(energies, head.lamp)
    return out


def nominal_matrix() -> Float:
    """(S, 9) reading per ppb of each species: eight channels (metal oxides: sensitivities) and the sum of oxidisers."""
    cross = alphasense.CROSS
    rows = [_row(cross[k]) for k in ("CO", "NO2", "OX", "HCHO")]
    rows += [_row(METAL[0].sensitivity), _pid_row(HEADS[0]), _pid_row(HEADS[1]), _row(METAL[1].sensitivity)]
    return np.stack([*rows, _row({"O3": 1, "NO2": 1})], axis=1)


def target_matrix() -> Float:
    """(S, 8) what each channel is meant to say: its gas, or the nominal equivalent of its mixture."""
    target = nominal_matrix()[:, :8]
    for channel, gas in ((0, "CO"), (1, "NO2"), (2, "O3"), (3, "HCHO"), (4, "H2")):
        target[:, channel] = _row({gas: 1})
    return target


def zero_table() -> Float:
    """(9, 4) zero shift of the cells in ppb on the grid of the application note."""
    return np.stack([np.array(c.zero, float) / (c.gain * c.sensitivity) for c in CELLS], axis=1)


def cell_table() -> Float:
    """(9, 8) on the note's grid: sensitivity relative to 20 Cel, then zero shift [ppb], of each cell."""
    grid = np.array(alphasense.TEMPERATURES)
    span = np.stack([np.interp(grid, alphasense.SPAN_TEMPERATURES, c.span) for c in CELLS], axis=1)
    return np.concatenate([span, zero_table()], axis=1)


TARGET, CELL_TABLE, GRID = target_matrix(), cell_table(), np.array(alphasense.TEMPERATURES)
_SPAN_TABLE = np.ascontiguousarray(CELL_TABLE[:, :4])
MOX: dict[str, Float] = {
    k: np.array([getattr(m, k) for m in METAL])
    for k in ("beta", "k", "beta_ox", "k_ox", "humidity", "per_kelvin", "background", "ticks")
}
TRANSIENT, TICK = np.array([c.transient for c in CELLS]), 1.0 / MOX["ticks"]
#: Values at which responses have bent to half: photo-ionisation is linear to 3 % at its range (recalled).
KNEE = np.array([np.inf] * 5 + [HEADS[0].high / 0.03, HEADS[1].high / 0.03, np.inf])
BASELINE = np.array(mox.BASELINE_RISE), np.array(mox.BASELINE_FALL)


@SENSORS.register("voc_array")
class VOCArray(BaseSensor):
    """Eight gas channels in ppb; compensates with temperature and humidity readings."""

    key = "voc_array"
    analog = True
    inlet = True
    warm_up = 60.0
    fault_kinds = ("offset", "fouling", "ingress", "poisoning", "scrubber", "lamp")
    uncertain = (
        "sensor.enclosure_sun", "sensor.mox_beta", "sensor.pid_quench", "sensor.zero_shift", "sensor.silicone_rate",
        "sensor.inlet_flow",
    )  # fmt: skip
    bounds = {"auto_baseline": Bound(0, 1, 1.0), "intake_radius": Bound(0, 5, 0.0), **TUBE}  # noqa: RUF012

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        age, unit = self.conditions.age, self.unit
        beta = np.array([m.beta for m in METAL]) * self.prior("sensor.mox_beta")[:, None]
        unit["beta"] = beta * np.exp(np.array([m.gain_spread for m in METAL]) * self.spread("beta", 2))
        dose = np.exp(0.5 * self.spread("silicone", 1)[:, 0]) * self.prior("sensor.silicone_rate") * age
        unit["poison"] = -np.expm1(-dose)
        ozone = age * (YEAR / 3600.0) * BOARD.ozone * np.exp(0.3 * self.spread("dose", 1)[:, 0])
        self.memory["ozone"] = ozone
        unit["matrix"] = self._unit_matrix()
        unit["zero_scale"] = self.prior("sensor.zero_shift")[:, None] * np.exp(0.15 * self.spread("zero", 4))
        unit["residual"] = BOARD.residual * self.spread("residual", 4)
        unit["per_kelvin"] = HEADS[0].per_kelvin * self.spread("tempco", 2)
        unit["quench"] = HEADS[0].quench * self.prior("sensor.pid_quench")
        unit["fouling"] = clip(age / 5.0, 0, 1) * np.abs(self.spread("fouling", 1)[:, 0])
        unit["firmware"] = 1.0 + METAL[0].firmware_error * self.spread("firmware", 2)
        unit["baseline_error"] = mox.BASELINE_ERROR * np.abs(self.spread("baseline", 2))
        unit["cell_age"] = np.exp(np.outer(age, [c.span_loss for c in CELLS]))
        unit["lamp_age"] = np.exp(HEADS[0].lamp_loss * np.mod(age, HEADS[0].lamp_life))
        unit["due"] = age > 1.0

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """Eight channels in ppb."""
        rows = zip(NAMES, LOW, HIGH, LEARN, strict=True)
        return tuple(Channel(k, config.name, "[ppb]", float(lo), hi, float(c), float(s)) for k, lo, hi, (c, s) in rows)

    def _unit_matrix(self) -> Float:
        """(n, S, 9) cross-sensitivity of each unit."""
        nominal = nominal_matrix()
        sd = np.full(nominal.shape, 0.3)
        sd[:, PIDS] = HEADS[0].scatter
        sd[:, OXIDES] = 0.2
        sd[:, 8] = 0.0
        sd[INDEX["H2"], 0] = 0.45
        sd[INDEX["NO2"], 2] = BOARD.ox_no2_sd
        for channel, gas in ((0, "CO"), (1, "NO2"), (2, "O3"), (3, "HCHO"), (4, "H2")):
            sd[INDEX[gas], channel] = 0.0
        z = self.spread("cross", nominal.size).reshape(self.n, *nominal.shape)
        matrix: Float = nominal * np.exp(sd * clip(z, -2, 2))
        matrix[:, INDEX["O3"], 1] = scrubber_breakthrough(self.memory["ozone"])
        matrix[:, :, :8] = TARGET + (matrix[:, :, :8] - TARGET) * self._wide("cross")
        return self._poisoned(matrix, self.unit["poison"])

    def _wide(self, stage: str) -> Any:
        """Factor on a stage, (n, 1, 8) or 1."""
        factor = self.factors.get(stage)
        return 1.0 if factor is None else factor[:, None]

    def _poisoned(self, matrix: Float, poison: Float) -> Float:
        """The matrix with metal oxides poisoned (n,): all but hydrogen fades."""
        out, span = matrix.copy(), np.repeat(poisoned_span(poison)[:, None], len(SPECIES), axis=1)
        span[:, INDEX["H2"]] = poisoned_hydrogen(poison)
        out[:, :, OXIDES] *= span[:, :, None]
        return out

    def _matrix_now(self, dose: Float) -> Float:
        """(n, S, 9) cross-sensitivity with the faults that act now and a dose (n,) of silicone."""
        matrix: Float = self.unit["matrix"]
        if (poison := self.failing("poisoning") - np.expm1(-dose)).any():
            matrix = self._poisoned(matrix, np.minimum(poison, 1.0))
        if (spent := self.failing("scrubber")).any():
            matrix = matrix.copy()
            full = float(scrubber_breakthrough(np.array(1e9)))
            matrix[:, INDEX["O3"], 1] += np.minimum(spent, 1.0) * (full - matrix[:, INDEX["O3"], 1])
        return matrix

    def fault_effects(self) -> dict[str, FaultEffect]:
        """A knocked cell, fouled or wet windows, a dead lamp, and oxides that poison makes slow."""
        step, wet, window, lamp, slow = np.zeros(8), np.zeros(8), np.ones(8), np.ones(8), np.ones(8)
        step[EC[:3]] = SIZES.offset * np.array([LEARN[i][1] for i in EC[:3]])
        wet[PIDS], window[PIDS], lamp[PIDS[0]], slow[OXIDES] = SIZES.leak, SIZES.fouled, 0.0, 3.0
        return {
            **super().fault_effects(), "offset": FaultEffect(offset=step), "fouling": FaultEffect(gain=window),
            "ingress": FaultEffect(offset=wet), "lamp": FaultEffect(gain=lamp), "poisoning": FaultEffect(slow=slow),
        }  # fmt: skip

    def coefficients(self) -> Coefficients:
        """See :mod:`gg_gym.parameters.alphasense`, ``mox`` and ``pid``."""
        n, age = self.n, self.conditions.age[:, None]
        t90 = [c.t90 for c in CELLS] + [0.0, HEADS[0].t90, HEADS[1].t90, 0.0]
        rise, fall = np.array(t90) / 2.303, np.array(t90) / 2.303
        rise[OXIDES], fall[OXIDES] = [m.rise for m in METAL], [m.decay for m in METAL]
        speed = np.exp(0.1 * self.spread("speed", 8))
        speed[:, OXIDES] *= poisoned_time(self.unit["poison"])[:, None]
        gain, offset = np.ones((n, 8)), self.spread("offset", 8)
        loss = np.array([c.span_loss for c in CELLS]) * np.exp(0.3 * self.spread("loss", 4))
        scale = np.exp(np.array([c.spread for c in CELLS]) * self.spread("gain", 4))
        gain[:, EC] = scale * np.exp(-loss * age)
        lamp = np.exp(0.2 * self.spread("lamp", 2)) * HEADS[0].lamp_loss
        gain[:, PIDS] = np.exp(-lamp * np.mod(age, HEADS[0].lamp_life) + 0.05 * self.spread("head", 2))
        offset *= [c.offset for c in CELLS] + [0.35, HEADS[0].offset, HEADS[1].offset, 0.35]
        zero_sd, slow = [c.zero_drift for c in CELLS], METAL[0].drift_time
        return Coefficients.of(
            n, 8, rise=rise * speed, fall=fall * speed, dead=dead_time(self)[:, None], gain=gain, offset=offset,
            white=[c.noise for c in CELLS] + [METAL[0].white, HEADS[0].white, HEADS[1].white, METAL[1].white],
            zero_sd=[*zero_sd, METAL[0].zero_drift, HEADS[0].zero_drift, HEADS[1].zero_drift, METAL[1].zero_drift],
            zero_time=[BOARD.drift_time] * 4 + [slow, HEADS[0].zero_time, HEADS[1].zero_time, slow],
            span_sd=[0, 0, 0, 0, METAL[0].gain_drift, 0, 0, METAL[1].gain_drift], span_time=slow,
            flicker=[0, 0, 0, 0, METAL[0].flicker, HEADS[0].flicker, HEADS[1].flicker, METAL[1].flicker],
            telegraph=[0, 0, 0, 0, METAL[0].telegraph, 0, 0, METAL[1].telegraph], dwell=mox.TELEGRAPH_DWELL,
            lsb=[1, 1, 1, 1, 1, HEADS[0].lsb, HEADS[1].lsb, 1], knee=KNEE,
        )  # fmt: skip

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 8): ppb of linear channels, ln(G/G0) of metal oxides."""
        air = inhaled(state, self.points, self.parameters["intake_radius"])
        seen = air @ self._matrix_now(np.maximum(state.causes["silicone_dose"], 0.0))
        self.memory["dirt"] = self.unit["fouling"] * (1.0 - clip(state.causes["cleaning"], 0.0, 1.0))
        self.memory["o3"] = air[:, -1, INDEX["O3"]]
        out: Float = seen[:, :, :8]
        reducing, beta = np.maximum(seen[:, :, _OXIDES], 0.0), self.unit["beta"][:, None, :]
        out[:, :, _OXIDES] = mox_log_conductance(reducing, seen[:, :, 8:], beta, MOX["k"], MOX["beta_ox"], MOX["k_ox"])
        return out

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 8) ppb of the target gases, nominal equivalents of the mixtures."""
        air = inhaled(state, self.points, self.parameters["intake_radius"], last=True)
        out: Float = (air @ TARGET)[:, 0]
        return out

    def terms(self, climate: Climate, dt: float) -> tuple[Float, Float]:
        """Span and zero at the body's temperature and humidity."""
        unit, memory, body = self.unit, self.memory, climate.body
        span, zero = np.ones((self.n, 8)), np.zeros((self.n, 8))
        slow = memory.get("humidity", climate.humidity)
        memory["humidity"] = climate.humidity + (slow - climate.humidity) * np.exp(-dt / BOARD.humidity_time)
        cells = table(body, GRID, CELL_TABLE)
        span[:, _EC] = cells[:, :4]
        shift = unit["zero_scale"] * cells[:, 4:]
        climate_factor = self.factors.get("climate")
        memory["auxiliary"] = (
            shift * (1.0 - unit["residual"]) * (1.0 if climate_factor is None else climate_factor[:, _EC])
        )
        self._dose(dt)
        zero[:, _EC] = shift + (climate.humidity - memory["humidity"])[:, None] * TRANSIENT
        quench = humidity_quench(climate.absolute, unit["quench"])[:, None]
        span[:, _PIDS] = quench * (1.0 + unit["per_kelvin"] * (body - 20.0)[:, None])
        zero[:, _PIDS] = surface_leak(climate.humidity, memory.get("dirt", unit["fouling"]))[:, None]
        zero[:, _OXIDES] = mox_climate(climate.absolute[:, None], body[:, None], MOX["humidity"], MOX["per_kelvin"])
        return span, zero

    def _dose(self, dt: float) -> None:
        """The scrubber of the NO2 cell takes up ozone [ppm h] and lets more of it through."""
        self.memory["ozone"] = self.memory["ozone"] + self.memory["o3"] * (1e-3 * dt / 3600.0)
        through = scrubber_breakthrough(self.memory["ozone"])
        self.unit["matrix"][:, INDEX["O3"], 1] = through * (
            1.0 if "cross" not in self.factors else self.factors["cross"][:, 1]
        )

    def _corrected(self, value: Any, columns: slice) -> Any:
        """A correction factor as strong as the configuration lets the firmware's be."""
        k = self.factors.get("compensation")
        return value if k is None else 1.0 + (value - 1.0) * k[:, columns]

    def settle(self, raw: Float, climate: Climate, readings: Mapping[str, Float]) -> None:
        """The baseline of the metal oxides sits where quiet air has put it."""
        hat, _, absolute = self._climate_read(readings)
        self.memory["baseline"] = self._oxide_signal(raw, hat, absolute) - self.unit["baseline_error"]

    def _climate_read(self, readings: Mapping[str, Float]) -> tuple[Float, Float, Float]:
        """Cell temperature [Cel], humidity [%] and absolute humidity [g/m3] as the firmware believes them."""
        read = self.needed(readings, (20.0, 50.0))
        vapour = 0.01 * read[:, 1] * saturation_pressure(read[:, 0] + 273.15)
        absolute = np.asarray(absolute_humidity(vapour, read[:, 0] + 273.15), np.float64)
        return read[:, 0] + ENCLOSURE.own, read[:, 1], absolute

    def _oxide_signal(self, raw: Float, hat: Float, absolute: Float) -> Float:
        """(n, 2) ln G in ticks, after the firmware's own humidity and temperature correction."""
        shift = mox_climate(absolute[:, None], hat[:, None], MOX["humidity"], MOX["per_kelvin"]) * self.unit["firmware"]
        if "compensation" in self.factors:
            shift = shift * self.factors["compensation"][:, _OXIDES]
        out: Float = np.asarray(quantise(raw[:, _OXIDES] - shift, TICK), np.float64)
        return out

    def compensate(self, raw: Float, readings: Mapping[str, Float], dt: float) -> Float:
        """Auxiliary electrode, span table, ozone minus NO2, humidity quench, metal-oxide inverse over its baseline."""
        hat, _, absolute = self._climate_read(readings)
        out = raw.copy()
        span, k = table(hat, GRID, _SPAN_TABLE), self.factors.get("compensation")
        auxiliary = self.memory["auxiliary"] if k is None else self.memory["auxiliary"] * k[:, _EC]
        out[:, _EC] = (raw[:, _EC] - auxiliary) * self._corrected(self.unit["cell_age"] / span, _EC)
        cross = 1.0 if "cross" not in self.factors else self.factors["cross"][:, 2]
        out[:, 2] -= BOARD.ox_no2 * cross * out[:, 1]
        quench = humidity_quench(absolute, HEADS[0].quench)
        out[:, _PIDS] = raw[:, _PIDS] * self._corrected((self.unit["lamp_age"] / quench)[:, None], _PIDS)
        signal = self._oxide_signal(raw, hat, absolute)
        base = self.memory.get("baseline", np.zeros_like(signal))
        if dt > 0 and self.parameters["auto_baseline"] >= 0.5:
            base = lag_step(base, signal, signal, hold_weights(dt, BASELINE[0]), hold_weights(dt, BASELINE[1]))
            self.memory["baseline"] = base
        out[:, _OXIDES] = mox_concentration(signal - base, MOX["beta"], MOX["k"], MOX["background"])
        return out

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """BELOW_LOD when every channel with a limit is below it; OUT_OF_SPEC_ENV from t_rh; CAL_DUE after a year."""
        read = self.needed(readings, (20.0, 50.0))
        hat, humidity = read[:, 0] + ENCLOSURE.own, read[:, 1]
        cold, hot, dry, wet = BOARD.continuous
        out = np.where((reading < LOD).all(axis=1), int(Status.BELOW_LOD), 0)
        outside = (hat < cold) | (hat > hot) | (humidity < dry) | (humidity > wet)
        out |= np.where(outside, int(Status.OUT_OF_SPEC_ENV), 0) | np.where(self.unit["due"], int(Status.CAL_DUE), 0)
        return out.astype(np.uint32)
