"""The table of reference cases: every case inside its tolerance or explained, complete, and as written in docs."""

import ast
import inspect
import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.errors import InputError
from gg_gym.fidelity import case as case_module
from gg_gym.fidelity.case import BAND, EVIDENCE, HEADLINE, Case, absolute, relative
from gg_gym.fidelity.table import AREAS, LEFT_OUT, all_cases, choose, report, run, summary
from gg_gym.fidelity.text import closing, lines, markdown

ROOT = Path(__file__).resolve().parents[2]
#: References whose published number was read in a source, or recomputed by an independent script.
TAGGED = {
    "ATM": (1, 2, 3, 4, 5, 6, 8, 9, 10, 11), "TUR": (3,), "DIS": (1, 3, 4, 5, 9, 12, 13), "PYR": (1, 2, 3, 6, 8),
    "IGN": (1, 2), "EM": (1, 2), "COR": (1, 2, 3, 4, 5), "AN": (1, 2), "ARC": (1,), "INS": (1, 2),
    "TH": (1, 2, 3, 4, 7, 8, 9), "RAD": (3,), "CNV": (1, 2, 3), "AC": (1, 2, 3, 4), "VIB": (3, 5),
    "SOL": (1, 2, 3, 4, 5, 6, 7),
}  # fmt: skip
TAGGED_IDS = {f"{area}-{number}" for area, numbers in TAGGED.items() for number in numbers}
CASES = all_cases()


@cache
def results():
    return run(CASES)


def constant(value):
    return lambda: value


def toy(published, tolerance, computed, explanation=""):
    return Case("TOY-1", "toy", "test", "identity", {}, published, tolerance, "1", constant(computed), explanation)


@pytest.mark.parametrize("index", range(len(CASES)), ids=[case.id for case in CASES])
def test_the_case_holds_or_its_failure_is_explained(index):
    result, case = results()[index], CASES[index]
    assert result.passed != bool(case.explanation), (result.computed, case.published, "an explanation is for a failure")


def test_every_reference_is_compared_or_left_out_with_a_reason():
    known = {case.id.partition(".")[0] for case in CASES} | set(LEFT_OUT)
    assert not sorted(TAGGED_IDS - known)
    assert len(TAGGED_IDS - set(LEFT_OUT)) + sum(case.id.startswith("TGA") for case in CASES) >= 60
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())


def test_failures_are_documented():
    text = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
    for case in CASES:
        if case.explanation:
            assert f"`{case.id}`" in text, f"docs/fidelity.md does not explain {case.id}"
    for name in LEFT_OUT:
        assert f"`{name}`" in text, f"docs/fidelity.md does not name {name}"


def test_the_written_table_is_the_one_computed_now():
    folder = ROOT / "docs" / "results"
    written, now = json.loads((folder / "fidelity.json").read_text(encoding="utf-8")), report(results())
    again = "write it again: gg-gym fidelity --write docs/results"
    assert [row["id"] for row in written["cases"]] == [row["id"] for row in now["cases"]], again
    for old, new in zip(written["cases"], now["cases"], strict=True):
        plain = json.loads(json.dumps(new))
        assert {k: v for k, v in old.items() if k not in ("computed", "deviation_over_tolerance")} == {
            k: v for k, v in plain.items() if k not in ("computed", "deviation_over_tolerance")
        }, again
        np.testing.assert_allclose(old["computed"], new["computed"], rtol=1e-3, atol=1e-9, err_msg=again)
    assert (folder / "fidelity.md").read_text(encoding="utf-8").count("\n| ") >= len(CASES), again


def test_cases_compute_with_the_laws_of_the_twin():
    """No arithmetic of its own: a case's function is a law, or calls laws with the case's inputs."""
    for case in CASES:
        assert case.law.startswith(("gg_gym.equations.", "gg_gym.fidelity.")), case.law
        if case.law.startswith("gg_gym.fidelity."):
            module = ast.parse(inspect.getsource(sys.modules[case.compute.__module__]))
            assert any(
                isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gg_gym.equations")
                for node in module.body
            )


def test_inputs_name_every_argument_and_nothing_else():
    for case in CASES:
        inspect.signature(case.compute).bind(**case.inputs)


def test_summary_counts_and_headline():
    total = summary(results())
    assert total["cases"] == len(CASES) == sum(n["cases"] for n in total["evidence"].values())
    assert total["headline"]["cases"] == sum(case.evidence in HEADLINE for case in CASES) >= 25
    assert total["failed_unexplained"] == []
    assert sorted(total["failed_explained"]) == sorted(case.id for case in CASES if case.explanation)
    assert list(total["evidence"]) == list(EVIDENCE)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 1e6), st.floats(1e-6, 0.5), st.floats(-3.0, 3.0))
def test_a_value_passes_exactly_inside_its_tolerance(published, share, off):
    computed = published * (1.0 + off * share)
    for tolerance in (relative(share), absolute(share * published)):
        result = toy(published, tolerance, computed).run()
        assert result.worst == pytest.approx(abs(off), rel=1e-6, abs=1e-6)
        assert result.passed == (result.worst <= 1.0)
    band = toy(((published * (1.0 - share), published * (1.0 + share)),), BAND, computed).run()
    assert band.worst == pytest.approx(abs(off), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nothing_that_is_not_a_number_passes(bad):
    assert not toy(1.0, relative(0.1), bad).run().passed
    assert not toy(((0.0, 2.0),), BAND, bad).run().passed
    assert not toy(0.0, absolute(0.0), bad).run().passed


def test_zero_may_be_met_exactly():
    assert toy(0.0, absolute(0.0), 0.0).run().passed and toy(0.0, relative(0.1), 0.0).run().passed
    assert not toy(0.0, absolute(0.0), 1e-9).run().passed


def test_the_worst_of_several_values_counts():
    assert toy((1.0, 2.0), absolute(0.1, 0.2), (1.05, 2.19)).run().worst == pytest.approx(0.95)
    assert not toy((1.0, 2.0), relative(0.01), (1.0, 2.1)).run().passed


def test_bad_cases_are_refused():
    with pytest.raises(InputError, match="one of identity"):
        Case("X-1", "", "", "hearsay", {}, 1.0, relative(0.1), "1", constant(1.0))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="pairs"):
        toy((1.0, 2.0), BAND, 1.5)
    with pytest.raises(InputError, match="pairs"):
        toy(((1.0, 2.0),), relative(0.1), 1.5)
    with pytest.raises(InputError, match="2 tolerances"):
        toy((1.0, 2.0, 3.0), absolute(0.1, 0.2), (1.0, 2.0, 3.0))
    with pytest.raises(InputError, match="computed values"):
        toy((1.0, 2.0), relative(0.1), 1.5).run()


def test_a_case_cannot_be_changed():
    with pytest.raises(TypeError):
        CASES[0].inputs["temperature"] = 0.0  # type: ignore[index]
    with pytest.raises(AttributeError):
        CASES[0].published = 0.0  # type: ignore[misc]


def test_ids_are_unique(monkeypatch):
    monkeypatch.setitem(AREAS, "atmosphere", AREAS["atmosphere"] + AREAS["atmosphere"][:1])
    with pytest.raises(InputError, match="ATM-1"):
        all_cases()


def test_choosing_by_the_beginning_of_an_id():
    assert [case.id for case in choose(["EM-1"])] == ["EM-1.B", "EM-1.E"]
    assert [case.id for case in choose(["ATM-1"])] == ["ATM-1", "ATM-1.M"]
    assert {case.id.partition("-")[0] for case in choose(["COR", "RAD-6"])} == {"COR", "RAD"}
    assert choose([]) == CASES
    with pytest.raises(InputError, match="ATM"):
        choose(["QED"])


def test_a_failure_is_shown_as_one():
    good, bad, excused = (
        toy(1.0, relative(0.1), value, why).run() for value, why in ((1.0, ""), (2.0, ""), (2.0, "known"))
    )
    assert lines(good)[0].startswith("TOY-1  pass") and lines(bad)[0].startswith("TOY-1  FAIL  ")
    assert "FAIL (explained)" in lines(excused)[0] and lines(excused)[-1].endswith("known")
    assert any("unexplained: TOY-1" in line for line in closing([bad]))
    assert case_module.Tolerance("relative", 0.003).__str__() == "0.3 %"


def test_markdown_has_a_row_for_every_case_and_headlines_first():
    text = markdown(results())
    rows = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| ")]
    ids = [name for name in rows if name not in ("id", "---")]
    assert sorted(ids) == sorted(case.id for case in CASES)
    head = sum(case.evidence in HEADLINE for case in CASES)
    strong = {case.id for case in CASES if case.evidence in HEADLINE}
    assert set(ids[:head]) == strong
