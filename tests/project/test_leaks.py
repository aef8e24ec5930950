"""The leak audit finds what leaks and nothing else; the pages of the families are there and current."""

import json
from itertools import product as pairs
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from gg_gym.cli import app
from gg_gym.cli.leaks import verdict
from gg_gym.cli.scenario_text import LARGEST, MEASURED, index, registered, text
from gg_gym.errors import InputError
from gg_gym.products import load_product
from gg_gym.scenarios import SCENARIOS, slots_of
from gg_gym.studies.leaks import Audit, ask, delong, differences_before_onset, separability, simulate

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "scenarios"
RENEW = "gg-gym scenarios pages --write docs/scenarios"


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def draws(n, width, seed):
    return np.random.Generator(np.random.Philox(seed)).standard_normal((n, width))


def test_delong_is_the_share_of_ordered_pairs():
    score = np.round(draws(60, 1, 1)[:, 0], 1)
    y = draws(60, 1, 2)[:, 0] > 0.3
    both = [(a > b) + 0.5 * (a == b) for a, b in pairs(score[y], score[~y])]
    auroc, variance = delong(score, y)
    assert auroc == pytest.approx(np.mean(both)) and 0.0 < variance < 0.02


def test_delong_s_variance_is_that_of_repeated_samples():
    found = []
    for i in range(300):
        y = np.arange(80) % 2 == 0
        found.append(delong(draws(80, 1, i)[:, 0] + 0.8 * y, y))
    auroc, variance = np.array(found).T
    assert np.mean(variance) == pytest.approx(np.var(auroc), rel=0.25)


def test_intervals_of_noise_hold_a_half_as_often_as_they_say(monkeypatch):
    """A hundred questions to noise: at most ten intervals of 95 % miss (the chance of more is below 2 %)."""
    y = np.arange(240) % 4 < 2
    monkeypatch.setattr("gg_gym.studies.leaks.CLASSIFIERS", ("logistic",))
    found = [ask("noise", draws(240, 5, 100 + i), y, True)[0] for i in range(100)]
    assert sum(a.leaks for a in found) <= 10
    assert all(a.low < a.auroc < a.high for a in found)


def test_a_classifier_sees_what_is_there():
    y = np.arange(240) % 4 < 2
    told = draws(240, 5, 3) + np.outer(y, [2.0, 0, 0, 0, 0])
    assert all(a.leaks and a.auroc > 0.8 for a in ask("told", told, y, True))
    assert not any(a.leaks for a in ask("told", told, y, False)), "what may be seen is no leak"


def test_too_few_runs_are_refused():
    with pytest.raises(InputError, match="of each"):
        ask("few", draws(20, 2, 1), np.arange(20) < 10, True)


def test_one_miss_is_no_leak_but_two_are():
    missed = Audit("q", "trees", True, 100, 0.62, 0.55, 0.69)
    fine = Audit("q", "trees", True, 100, 0.52, 0.45, 0.59)
    assert verdict(missed, [missed]) == "LEAK" and "again 0.520" in verdict(missed, [fine])
    assert verdict(missed, [Audit("q", "trees", True, 100, 0.3, 0.2, 0.4)]).startswith("missed once")
    assert verdict(fine, []) == "blind"


@pytest.fixture(scope="module")
def sample():
    """A hundred runs of two families with a short past."""
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": 1, "lead_in": 60.0}
    families = ("arcing_event", "baseline_operation")
    return simulate(product.replace(operation=operation, families=families), 100, 0)


def test_nothing_before_an_onset_differs_from_the_null_twin(sample):
    differing, compared = differences_before_onset(sample)
    assert differing == 0 and compared > 10_000


def test_an_arc_is_seen_and_the_weather_does_not_tell_it(sample):
    found = {a.name: a for a in separability(sample)}
    assert found["arcing_event, weak"].auroc > 0.8
    history = np.asarray(sample.runs.history, float).mean(axis=1)
    asked = ask("weather", history, sample.eventful, True)
    assert all(0.0 <= a.low <= a.auroc <= a.high <= 1.0 for a in asked)


def test_every_family_has_a_page_and_a_small_picture():
    missing = [k for k in registered() if not (PAGES / f"{k}.md").exists() or not (PAGES / f"{k}.png").exists()]
    assert not missing, f"no page for {missing}: {RENEW}"
    large = [p.name for p in PAGES.glob("*.png") if p.stat().st_size > LARGEST]
    assert not large
    stray = {p.stem for p in PAGES.glob("*.*")} - set(registered()) - {"README"}
    assert not stray, f"pages of no family: {sorted(stray)}"


@pytest.mark.parametrize("family", registered())
def test_a_page_says_what_the_code_says(family):
    path = PAGES / f"{family}.md"
    if not path.exists():
        pytest.fail(f"no page: {RENEW}")
    ours, mark, measured = path.read_text(encoding="utf-8").partition(MEASURED)
    expected = text(family).partition(MEASURED)[0]
    assert ours == expected, f"{RENEW} --no-measure renews the text"
    assert mark and f"({family}.png)" in measured


def test_the_list_of_families_is_current():
    assert (PAGES / "README.md").read_text(encoding="utf-8") == index(registered()), RENEW


def test_a_page_names_every_parameter_cause_and_corner():
    for family in registered():
        page, cls = text(family), SCENARIOS[family]
        assert all(f"`{slot.name}`" in page for slot in slots_of(cls.Parameters))
        assert all(f"- {corner}" in page for corner in cls.corners)
        causes = cls({}).causes(load_product("grid_guardian").geometry)
        assert all(f"`{key}`" in page for key in causes)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A product file with a short past."""
    import yaml

    plain = load_product("grid_guardian").model_dump(mode="json", exclude_none=True)
    plain["operation"].update(spin_up_hours=1, lead_in=60.0)
    path = tmp_path_factory.mktemp("product") / "short.yaml"
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
    return path


def test_a_run_is_drawn_with_its_null_twin_and_its_times(short, tmp_path):
    out = tmp_path / "arc.png"
    found = call(
        "scenarios", "plot", "arcing_event", "--set", "severity=0.9", "--product", short, "--out", out, "--seed", 3,
        "--json",
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert out.read_bytes()[:4] == b"\x89PNG" and told["family"] == "arcing_event" and told["ignition"] is None
    assert told["onset"] < told["detectability"] <= 640.0 and told["instrument"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("flood",), ("'flood'", "arcing_event")),
        (("arcing_event", "--set", "severity"), ("--set", "NAME=NUMBER")),
        (("arcing_event", "--set", "severity=2"), ("severity",)),
        (("arcing_event", "--where", "coast"), ("'coast'", "20000 seeds")),
        (("arcing_event", "--product", "none"), ("'none'",)),
    ],
)
def test_what_cannot_be_drawn_is_one_clear_line(arguments, words, tmp_path):
    found = call("scenarios", "plot", *arguments, "--out", tmp_path / "x.png")
    assert found.exit_code == 2 and not list(tmp_path.iterdir())
    (line,) = found.stderr.splitlines()
    assert all(word in line for word in words), line


def test_outcomes_need_null_twins_and_stand_beside_the_dataset(short, tmp_path):
    manifest = tmp_path / "m.yaml"
    lines = ["name: demo", "runs: 4", f"product: {short}", "frames: false", "families: {arcing_event: 1}"]
    manifest.write_text("\n".join(lines), encoding="utf-8")
    refused = call("generate", manifest, "--out", tmp_path / "d", "--outcomes")
    assert refused.exit_code == 2 and "null_twins" in refused.stderr
    manifest.write_text("\n".join([*lines, "null_twins: true"]), encoding="utf-8")
    made = call("generate", manifest, "--out", tmp_path / "d", "--outcomes", "--json")
    assert made.exit_code == 0, made.output
    rows = [json.loads(x) for x in Path(json.loads(made.stdout)["outcomes"]).read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 4
    for row in rows:
        if row["detectability"] is not None:
            assert row["detectability"] >= (row["onset"] or 0.0) and row["instrument"]
