"""The gas array against recordings: exponents, unit spread, climate and drift of metal oxides."""

from pathlib import Path

import numpy as np
import pytest

from gg_gym.parameters import mox

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
DRIFT, AIR = DATA / "gas_drift_uci", DATA / "uci_airquality" / "AirQualityUCI.csv"


@pytest.fixture(scope="module")
def exponents():
    """(16 sensors, 6 gases) log-log slope of the normalised steady response, and (16, 6) intercepts."""
    if not (DRIFT / "batch1.dat").exists():
        pytest.skip("recordings of the gas-drift set are not here")
    rows = []
    for name in ("batch1.dat", "batch2.dat"):
        for line in (DRIFT / name).read_text().splitlines():
            head, *features = line.split()
            gas, ppm = head.split(";")
            values = [float(f.partition(":")[2]) for f in features]
            rows.append([float(gas), float(ppm), *values[1::8]])  # second of eight features: normalised response
    table = np.array(rows)
    slope, level = np.full((16, 6), np.nan), np.full((16, 6), np.nan)
    for g in range(6):
        mine = table[(table[:, 0] == g + 1) & (table[:, 1] > 0)]
        x = np.log(mine[:, 1])
        for s in range(16):
            y = np.abs(mine[:, 2 + s])
            ok = y > 1e-3
            if ok.sum() > 30 and x[ok].std() > 0.2:
                slope[s, g], level[s, g] = np.polyfit(x[ok], np.log(y[ok]), 1)
    return slope, level


def test_the_exponent_lies_within_the_recorded_ones(exponents):
    slope, _ = exponents
    low, middle, high = np.nanquantile(slope, (0.25, 0.5, 0.75))
    assert 0.25 <= middle <= 0.65
    assert low - 0.05 <= mox.BROADBAND.beta <= high + 0.1
    assert low - 0.1 <= mox.HYDROGEN.beta <= high + 0.2


def test_units_of_one_type_differ_about_as_the_model_s(exponents):
    slope, _ = exponents
    # sensors 1-2, 3-4, ... of the set are pairs of one type
    pairs = np.log(slope[0::2] / slope[1::2])
    spread = np.nanmedian(np.abs(pairs)) / 0.6745 / np.sqrt(2)
    assert mox.BROADBAND.gain_spread / 3 < spread < mox.BROADBAND.gain_spread * 3


@pytest.fixture(scope="module")
def roadside():
    """Regression of ln conductance on ln CO, temperature, ln absolute humidity and time, five sensors."""
    if not AIR.exists():
        pytest.skip("recordings of the air-quality year are not here")
    lines = AIR.read_text(encoding="utf-8", errors="replace").splitlines()
    separator = ";" if ";" in lines[0] else ","
    head = [h.strip() for h in lines[0].split(separator)]
    columns = {h: i for i, h in enumerate(head) if h}

    def number(text):
        text = text.strip().replace(",", ".") if separator == ";" else text.strip()
        return float(text) if text else np.nan

    rows = [line.split(separator) for line in lines[1:] if line.strip(separator + " ")]
    data = {k: np.array([number(r[i]) for r in rows]) for k, i in columns.items() if k not in ("Date", "Time")}
    co, t, ah = data["CO_GT"], data["T"], data["AH"]
    out = {}
    for key in (k for k in data if k.startswith("PT08")):
        signal = data[key]
        ok = (co > 0) & (signal > 0) & (t > -100) & (ah > 0)
        years = np.arange(len(co))[ok] / 8766.0
        design = np.stack([np.ones(ok.sum()), np.log(co[ok]), t[ok] - 20.0, np.log(ah[ok]), years], axis=1)
        out[key] = np.linalg.lstsq(design, np.log(signal[ok]), rcond=None)[0]
    return out


def test_temperature_and_humidity_of_a_year_at_the_roadside_bracket_the_model_s(roadside):
    fits = np.array(list(roadside.values()))
    sign = np.sign(fits[:, 1])  # an oxidant's sensor falls with traffic
    humidity, kelvin = np.sort(fits[:, 3] * sign), np.sort(fits[:, 2] * sign)
    assert humidity.min() - 0.05 <= mox.BROADBAND.humidity <= humidity.max() + 0.05
    assert kelvin.min() - 0.003 <= mox.BROADBAND.per_kelvin <= kelvin.max() + 0.003


def test_a_year_s_drift_is_within_the_model_s_spread(roadside):
    year = np.abs([fit[4] for fit in roadside.values()])
    # an OU process of stationary sd s and time tau moves by s sqrt(2 (1 - exp(-1/tau))) in a year
    expected = mox.BROADBAND.zero_drift * np.sqrt(2 * -np.expm1(-1.0 / mox.BROADBAND.drift_time))
    assert np.median(year) < 2.0 * expected
