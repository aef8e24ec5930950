"""Leak audit: what should not tell an event run from an ordinary one is given to classifiers; they should fail.

Runs are drawn as a dataset is (:class:`gg_gym.datasets.generation.RunPlan`), each with its null twin. A classifier
learns on one half of the runs and is asked about the other, and the other way round; the AUROC is the mean of both. Its
interval comes from DeLong's variance (DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988, equations 4 to 6,
recalled) as if both answers went wrong together: what the halves share by chance helps or hurts both ways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gg_gym.datasets.generation import GenerationManifest, RunPlan
from gg_gym.errors import InputError
from gg_gym.products import ProductConfiguration
from gg_gym.scenarios.base import SCENARIOS
from gg_gym.twin import RunBatch, Twin
from gg_gym.units import Bool, Float

#: Quantile of a 95 % interval, samples before the onset that are looked at, and the least of either class in a half.
_Z, EARLY, LEAST = 1.959964, 16, 8
#: Places of a dataset whose families are looked at, and the question about them.
PLACES, POSITION = 4000, "run position: is the family one of events?"
CLASSIFIERS = ("logistic", "trees")
#: Severities that part weak, medium and strong runs.
TERCILES = (1.0 / 3.0, 2.0 / 3.0)


@dataclass(frozen=True)
class Audit:
    """One question to a classifier.

    Attributes:
        name: what it was given and asked.
        classifier: "logistic" or "trees".
        blind: whether it should fail: an AUROC other than 0.5 is a leak.
        runs: runs it was asked about.
        auroc: area under the receiver operating characteristic.
        low: lower end of its 95 % interval.
        high: upper end.
    """

    name: str
    classifier: str
    blind: bool
    runs: int
    auroc: float
    low: float
    high: float

    @property
    def leaks(self) -> bool:
        """Whether it should fail and did not: 0.5 is outside the interval."""
        return self.blind and not self.low <= 0.5 <= self.high


@dataclass(frozen=True)
class Sample:
    """What the audit looks at.

    Attributes:
        runs: n runs as a dataset has them.
        nulls: their null twins.
        dt: seconds between samples [s].
        position: (n,) place of each run in the dataset.
        planned: (m,) whether the families of the first m places can produce an event: places need no simulation.
    """

    runs: RunBatch
    nulls: RunBatch
    dt: float
    position: np.ndarray
    planned: Bool

    @property
    def eventful(self) -> Bool:
        """(n,) whether the run's family can produce an event."""
        return _eventful([d.family for d in self.runs.definitions])


def _eventful(families: Sequence[str]) -> Bool:
    return np.array([SCENARIOS[f].event != "normal" for f in families])


def simulate(product: ProductConfiguration, runs: int, seed: int, partition: str = "train") -> Sample:
    """Simulate runs as a dataset has them, and their null twins.

    Args:
        product: the product; its families in equal shares.
        runs: how many.
        seed: seed of the dataset.
        partition: partition of the product.

    Raises:
        InputError: an unknown partition, or families that the product cannot show.
    """
    manifest = GenerationManifest(name="leaks", partition=partition, seed=seed, runs=runs, frames=False)
    plan, twin = RunPlan(manifest, product), Twin(product, thermal=False)
    seeds, definitions = plan.records(0, runs)
    conditions = twin.draw(seeds, partition)
    made = twin.run(conditions, definitions, truth=False)
    nulls = twin.run(conditions, [d.null() for d in definitions], truth=False)
    planned = _eventful(plan.space.families)[plan.families(np.arange(PLACES))]
    return Sample(made, nulls, twin.dt, np.arange(runs), planned)


def audit(sample: Sample) -> list[Audit]:
    """Every question to every classifier."""
    eventful = sample.eventful
    labelled: Bool = np.any(sample.runs.labels["anomaly"] > 0, axis=1)
    out = []
    given = {"metadata": metadata(sample), "weather before the run": weather(sample)}
    for name, x in given.items():
        out += ask(f"{name}: is the family one of events?", x, eventful, True)
    out += ask(POSITION, position(np.arange(len(sample.planned))), sample.planned, True)
    x, y = before_onset(sample)
    out += ask("samples before onset: event run or null twin?", x, y, True)
    x, y = before_onset(sample, status=True)
    out += ask("status before onset: event run or null twin?", x, y, True)
    for name in ("metadata", "weather before the run"):
        out += ask(f"{name}: is an anomaly labelled?", given[name], labelled, False)
    return out


def separability(sample: Sample) -> list[Audit]:
    """How well whole runs of each family tell from null twins, by severity; as it is, nothing is tuned to it."""
    x, calm = features(sample.runs.readings, slice(None)), features(sample.nulls.readings, slice(None))
    family = np.array([d.family for d in sample.runs.definitions])
    severity = np.array([d.parameters["severity"] for d in sample.runs.definitions])
    came, half = np.isfinite(sample.runs.onset), sample.position % 2
    grades = (("all", 0.0, 1.01), ("weak", 0.0, TERCILES[0]), ("medium", *TERCILES), ("strong", TERCILES[1], 1.01))
    out = []
    for key in sorted(set(family)):
        others = family != key  # the quiet runs are other runs' null twins: no seed is on both sides
        learn = _fit_separately(x, calm, (family == key) & came, others, half)
        for grade, low, high in grades:
            chosen = (family == key) & came & (severity >= low) & (severity < high)
            if chosen.sum() >= LEAST:
                scores = np.concatenate([learn[0][chosen], learn[1][others]])
                y = np.concatenate([np.ones(chosen.sum()), np.zeros(others.sum())])
                auroc, variance = delong(scores, y > 0)
                out.append(_bounded(f"{key}, {grade}", "trees", False, int(chosen.sum()), auroc, variance))
    return out


def _fit_separately(x: Float, calm: Float, event: Bool, quiet: Bool, half: np.ndarray) -> tuple[Float, Float]:
    """Cross-fitted scores of all event runs and of all quiet runs: each by a classifier that saw the other half."""
    of_event, of_quiet = np.zeros(len(x)), np.zeros(len(x))
    for side in (0, 1):
        a, b = event & (half == side), quiet & (half == side)
        if not a.any() or not b.any():
            continue
        model = classifier(
            "trees", np.concatenate([x[a], calm[b]]), np.concatenate([np.ones(a.sum()), np.zeros(b.sum())])
        )
        of_event[half != side] = model.predict_proba(x[half != side])[:, 1]
        of_quiet[half != side] = model.predict_proba(calm[half != side])[:, 1]
    return of_event, of_quiet


def metadata(sample: Sample) -> Float:
    """(n, F) what a record says besides scenario and samples: site, time, load, unit, age, world, bits of the seed."""
    c = sample.runs.conditions
    seed = np.asarray(c.seed, np.uint64)
    bits = np.stack([(seed >> np.uint64(i)) & np.uint64(1) for i in range(16)], axis=1).astype(np.float64)
    day, year = 2 * np.pi * c.hour / 24.0, 2 * np.pi * c.hour / 8760.0
    columns = (c.site, np.sin(day), np.cos(day), np.sin(year), np.cos(year), c.load, c.unit, c.age, c.world)
    return np.column_stack([*(np.asarray(v, np.float64) for v in columns), bits])


def position(place: np.ndarray) -> Float:
    """(n, F) where in a dataset runs stand: their places, and their places within small and large blocks."""
    i = place.astype(np.float64)
    return np.column_stack([i, *(np.mod(i, k) for k in (2, 3, 4, 5, 8, 32, 256))])


def weather(sample: Sample) -> Float:
    """(n, F) the quiet history: mean, spread and last hour of each column."""
    history = np.asarray(sample.runs.history, np.float64)
    return np.concatenate([history.mean(axis=1), history.std(axis=1), history[:, -1]], axis=1)


def features(values: Mapping[str, np.ndarray], part: slice) -> Float:
    """(n, F) mean, spread, least and largest of every channel in a part of the samples; of status, shares of bits."""
    out = []
    for one in values.values():
        if one.ndim == 3:
            x = np.asarray(one[:, part], np.float64)
            out += [x.mean(axis=1), x.std(axis=1), x.min(axis=1), x.max(axis=1)]
        elif one.ndim == 2:
            out += [np.stack([(one[:, part] >> np.uint32(b) & np.uint32(1)).mean(axis=1) for b in range(20)], axis=1)]
    return np.concatenate(out, axis=1)


def before_onset(sample: Sample, status: bool = False) -> tuple[Float, Bool]:
    """(m, F) the first samples of runs whose cause comes later, and of other runs' null twins; (m,) which they are."""
    late = sample.runs.onset >= (EARLY + 0.5) * sample.dt
    even = sample.position % 2 == 0
    a, b = (r.status if status else r.readings for r in (sample.runs, sample.nulls))
    rows = [late & even & sample.eventful, late & ~even]
    x = np.concatenate(
        [features({k: v[r] for k, v in g.items()}, slice(0, EARLY)) for g, r in zip((a, b), rows, strict=True)]
    )
    y = np.concatenate([np.ones(rows[0].sum(), bool), np.zeros(rows[1].sum(), bool)])
    return x, y


def differences_before_onset(sample: Sample) -> tuple[int, int]:
    """(values before the onset that differ from the null twin's, values compared)."""
    times = sample.dt * (1 + np.arange(next(iter(sample.runs.labels.values())).shape[1]))
    before, wrong, total = times[None] <= sample.runs.onset[:, None], 0, 0
    for group in ("readings", "status"):
        for key, values in getattr(sample.runs, group).items():
            same = values == getattr(sample.nulls, group)[key]
            at = before if same.ndim == 2 else np.broadcast_to(before[:, :, None], same.shape)
            wrong, total = wrong + int((~same & at).sum()), total + int(at.sum())
    return wrong, total


def ask(name: str, x: Float, y: Bool, blind: bool) -> list[Audit]:
    """The answers of all classifiers to one question: rows x (n, F), truth y (n,).

    Raises:
        InputError: too few runs of either class.
    """
    half = np.arange(len(y)) % 2
    for side in (0, 1):
        count = np.bincount(y[half == side].astype(int), minlength=2)
        if count.min() < LEAST:
            raise InputError("runs", f"{name}: {count[1]} and {count[0]} of the classes in a half", f"{LEAST} of each")
    out = []
    for kind in CLASSIFIERS:
        parts = []
        for side in (0, 1):
            model = classifier(kind, x[half == side], y[half == side])
            parts.append(delong(model.predict_proba(x[half != side])[:, 1], y[half != side]))
        auroc = sum(p[0] for p in parts) / 2
        spread = sum(np.sqrt(p[1]) for p in parts) / 2
        out.append(_bounded(name, kind, blind, len(y), auroc, float(spread**2)))
    return out


def _bounded(name: str, kind: str, blind: bool, runs: int, auroc: float, variance: float) -> Audit:
    spread = _Z * float(np.sqrt(variance))
    return Audit(name, kind, blind, runs, auroc, max(auroc - spread, 0.0), min(auroc + spread, 1.0))


def classifier(kind: str, x: Float, y: np.ndarray) -> Any:
    """A fitted classifier: a regularised logistic regression of standardised features, or boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "logistic":
        model: Any = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=3000))
    else:
        model = HistGradientBoostingClassifier(
            max_iter=80, max_depth=3, min_samples_leaf=5, learning_rate=0.1, early_stopping=False, random_state=0
        )
    return model.fit(x, y.astype(int))


def delong(score: Float, y: Bool) -> tuple[float, float]:
    """AUROC of scores (n,) against the truth (n,), and its variance.

    Source: DeLong, DeLong and Clarke-Pearson 1988, equations 4 to 6 (recalled); ties count half.
    """
    from scipy.stats import rankdata

    a, b = score[y], score[~y]
    ranks = rankdata(np.concatenate([a, b]))
    v10 = (ranks[: len(a)] - rankdata(a)) / len(b)
    v01 = 1.0 - (ranks[len(a) :] - rankdata(b)) / len(a)
    variance = np.var(v10, ddof=1) / len(a) + np.var(v01, ddof=1) / len(b)
    return float(v10.mean()), float(variance)
