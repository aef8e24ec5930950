"""The noise study: what share of its runs a greedy agent spends on families that nobody can learn, by reward.

Product families and one noise family stand in a pool in equal shares. An agent that does nothing but follow a reward
takes the runs with the largest raw scores, the detector is retrained on everything chosen so far, and after the rounds
the share of the noise family among the chosen runs is compared with the uniform share by a binomial interval.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.streams import derive
from gg_gym.units import Float, Int

#: Rows of the environments; all sizes are multiples of it.
ROWS = 60


@dataclass(frozen=True)
class Statement:
    """A claim about a reward: it draws a noise family more than uniformly, or at most uniformly.

    Attributes:
        noise: family of noise.
        reward: name of the raw score.
        more: True for "more than uniformly", False for "at most uniformly".
    """

    noise: str
    reward: str
    more: bool

    @property
    def text(self) -> str:
        """The claim in words."""
        return f"{self.noise} draws {self.reward} {'more than' if self.more else 'at most'} uniformly"

    def holds(self, low: float, uniform: float) -> bool:
        """Whether it holds: "more" asks for a lower bound above the uniform share, "at most" for one not above it."""
        return (low > uniform) == self.more


#: The four claims of the study.
STATEMENTS = (
    Statement("noise_hidden", "bald", False),
    Statement("noise_hidden", "entropy", True),
    Statement("noise_loud", "bald", True),
    Statement("noise_loud", "default", False),
)


@dataclass(frozen=True)
class NoisePlan:
    """Sizes of the study; everything that decides its numbers.

    Attributes:
        product: registry key.
        families: of the product, in the pool beside one of noise.
        seeds: each with initial runs, detectors, reference detector and pools of its own.
        rounds: of choosing; the detector is retrained between them.
        initial: stratified runs that the first detector is trained on.
        validation: stratified runs of the validation split, noise included: reference detector and temperature.
        pool: stratified candidates of a round, simulated with ``replicates``; both rewards see the same ones.
        chosen: the best of the pool.
        replicates: windows per candidate that are scored together.
        members, steps, batch, learning_rate: of the detectors (small network), always from scratch.
        reference_steps: of the reference detector, which must know more than the detectors it judges.
    """

    product: str = "grid_guardian"
    families: tuple[str, ...] = (
        "baseline_operation", "diurnal_cycle", "arcing_event", "early_combustion", "vehicle_exhaust",
    )  # fmt: skip
    seeds: tuple[int, ...] = (11, 12, 13, 14, 15, 16)
    rounds: int = 3
    initial: int = 480
    validation: int = 960
    pool: int = 480
    chosen: int = 120
    replicates: int = 2
    members: int = 3
    steps: int = 600
    reference_steps: int = 1000
    batch: int = 32
    learning_rate: float = 6e-3

    def __post_init__(self) -> None:
        """Check what would otherwise fail late."""
        if not 1 <= self.chosen <= self.pool:
            raise InputError("noise plan: chosen", str(self.chosen), f"1..{self.pool}, the pool")
        if any(n % ROWS for n in (self.initial, self.validation, self.pool)):
            raise InputError("noise plan: initial, validation, pool", "not whole batches", f"multiples of {ROWS}")
        if min(self.rounds, self.initial, self.validation, self.replicates, self.steps) < 1 or not self.seeds:
            raise InputError("noise plan", "a size below 1", "1 or more, and at least one seed")

    def digest(self) -> str:
        """Twelve hex digits of everything but the seeds: cells of equal digests belong together."""
        sizes = {k: v for k, v in asdict(self).items() if k != "seeds"}
        return hashlib.sha256(json.dumps(sizes, sort_keys=True).encode()).hexdigest()[:12]


def binomial_interval(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact two-sided interval of a share from k of n (Clopper and Pearson, Biometrika 26, 1934).

    Raises:
        InputError: not 0 <= k <= n with n at least 1.
    """
    from scipy.stats import beta

    if not 0 <= k <= n or n < 1:
        raise InputError("binomial_interval", f"{k} of {n}", "0 <= k <= n, n at least 1")
    tail = (1.0 - confidence) / 2.0
    low = float(beta.ppf(tail, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf(1.0 - tail, k + 1, n - k)) if k < n else 1.0
    return low, high


def top(scores: Float, n: int) -> Int:
    """Rows (n,) of the largest scores (m,), best first; equal ones in their order."""
    return np.asarray(np.argsort(-scores, kind="stable")[:n], np.int64)


@dataclass
class Runs:
    """Simulated runs.

    Attributes:
        windows: inputs of a detector; row r * n + i is replicate r of run i.
        labels: (n,) each, of the first replicates.
        family: (n,) family indices.
    """

    windows: dict[str, np.ndarray]
    labels: dict[str, np.ndarray]
    family: Int

    def taught(self) -> dict[str, np.ndarray]:
        """First replicates with their labels, as a training set."""
        n = len(self.family)
        return {**{k: v[:n] for k, v in self.windows.items()}, **self.labels}


@dataclass
class NoiseBench:
    """What the arms of one noise family and seed share: environments, reference detector, pools.

    Args:
        plan: sizes.
        noise: family of noise.
        seed: one of the plan's.
    """

    plan: NoisePlan
    noise: str
    seed: int
    families: tuple[str, ...] = ()
    _environments: dict[tuple[str, int], Any] = field(default_factory=dict)
    _spec: Any = None

    def number(self, *names: str | int) -> int:
        """A seed for a purpose, below 2**31."""
        return int(derive(self.seed, "noise", self.noise, *names) >> np.uint64(33))

    def simulate(self, runs: int, partition: str, replicates: int, purpose: str, round_index: int = 0) -> Runs:
        """Family-stratified runs of a split, stepped through a Selection environment without a detector."""
        from gg_gym.records.assemble import window_labels, windows

        environment = self._environment(partition, replicates)
        seed = self.number(purpose, round_index)
        space, twin = environment.space, environment.twin
        actions = space.sample(runs, seed, families=range(space.n_families))
        environment.reset(seed=seed)
        parts: list[list[dict[str, np.ndarray]]] = []
        for start in range(0, runs, ROWS):
            environment.step(actions[start : start + ROWS])
            batch = environment.last_runs
            inputs = windows(batch.readings, batch.status, tuple(twin.slices), every=twin.product.operation.frame_every)
            both = {**inputs, **window_labels(batch.labels)}
            parts.append([{k: v[r * ROWS : (r + 1) * ROWS] for k, v in both.items()} for r in range(replicates)])
        joined = {k: np.concatenate([part[r][k] for r in range(replicates) for part in parts]) for k in both}
        return Runs(
            {k: joined[k] for k in inputs},
            {k: v[:runs] for k, v in joined.items() if k not in inputs},
            np.asarray(space.family_of(actions), np.int64),
        )

    def _environment(self, partition: str, replicates: int) -> Any:
        import gymnasium

        import gg_gym.envs  # noqa: F401  (registers the environments)
        from gg_gym.detection.spec import DetectorSpec

        key = (partition, replicates)
        if key not in self._environments:
            self.families = (*self.plan.families, self.noise)
            made = gymnasium.make_vec(
                "gg_gym/ScenarioSelection-v0",
                num_envs=ROWS,
                product=self.plan.product,
                families=self.families,
                partition=partition,
                replicates=replicates,
                budget=100_000,
                detector="none",
                thermal="none",
                frames=True,
                autoreset_mode=gymnasium.vector.AutoresetMode.DISABLED,
            ).unwrapped
            self._environments[key] = made
            self._spec = DetectorSpec.of(made.twin.channels).small()  # type: ignore[attr-defined]
        return self._environments[key]

    def options(self) -> Any:
        """The training recipe of all detectors."""
        from gg_gym.detection.training import TrainingOptions

        return TrainingOptions(batch=self.plan.batch, learning_rate=self.plan.learning_rate)

    def prepare(self, runs: Runs) -> Any:
        """The first replicates of runs, ready for training."""
        from gg_gym.detection.networks import StackedNetwork
        from gg_gym.detection.prepared import prepare_set

        return prepare_set(runs.taught(), StackedNetwork(self._spec, 1))

    def train(self, parts: Iterable[Any], validation: Any, name: str) -> Any:
        """An ensemble trained from scratch on prepared sets."""
        import torch

        from gg_gym.detection.ensemble import Ensemble
        from gg_gym.detection.prepared import PreparedSet
        from gg_gym.detection.training import train

        columns = zip(*(vars(part).values() for part in parts), strict=True)
        data = PreparedSet(*(torch.cat(column) for column in columns))
        seed = self.number("detector", name)
        ensemble = Ensemble(self._spec, self.plan.members, seed)
        train(ensemble, data, self.plan.steps, seed, validation=validation, options=self.options(), threads=1)
        return ensemble

    def reference(self, validation: Any) -> Any:
        """The reference detector: one member, the same recipe, taught noise with its coins like everything else."""
        from gg_gym.detection.training import train_reference

        seed = self.number("reference")
        made, _ = train_reference(
            self._spec, validation, self.plan.reference_steps, seed, options=self.options(), threads=1
        )
        return made


def run_cell(plan: NoisePlan, noise: str, seed: int) -> dict[str, Any]:
    """All rounds of all rewards that a noise family has a statement about, under one seed.

    Returns:
        JSON-able: ``plan`` (digest), ``noise``, ``seed``, ``families`` and ``arms``: reward -> one dict per round with
        ``chosen`` (runs per family), ``drawn`` (what the learnability sampler would have drawn from the same scores, in
        proportion to the squared score; not trained on), ``raw`` (mean raw score per family of the pool) and ``auprc``
        on the pool.
    """
    from gg_gym.agents.learnability import draw_by_score
    from gg_gym.detection.metrics import macro_auprc
    from gg_gym.envs.judge import Judge

    bench = NoiseBench(plan, noise, seed)
    held = bench.prepare(bench.simulate(plan.validation, "validation", 1, "validation"))
    first = bench.prepare(bench.simulate(plan.initial, "train", 1, "initial"))
    rewards = [s.reward for s in STATEMENTS if s.noise == noise]
    reference, begin = bench.reference(held), bench.train([first], held, "initial")
    known = {reward: [first] for reward in rewards}
    detectors = dict.fromkeys(rewards, begin)
    arms: dict[str, list[dict[str, Any]]] = {reward: [] for reward in rewards}
    for round_index in range(plan.rounds):
        pool = bench.simulate(plan.pool, "train", plan.replicates, "pool", round_index)
        ready, labels = bench.prepare(pool), pool.labels["event_class"]
        for reward in rewards:
            if round_index:
                detectors[reward] = bench.train(known[reward], held, f"{reward} {round_index}")
            judge = Judge(reward, detectors[reward], reference, None)
            raw, belief = judge.score(pool.windows, plan.pool, labels.astype(np.float64))
            rows = top(raw, plan.chosen)
            drawn = draw_by_score(raw, plan.chosen, np.random.default_rng(bench.number("draw", reward, round_index)))
            known[reward].append(_subset(ready, rows))
            arms[reward].append(
                {
                    "chosen": _per_family(bench.families, pool.family[rows]),
                    "drawn": _per_family(bench.families, pool.family[drawn]),
                    "raw": {f: round(float(raw[pool.family == i].mean()), 4) for i, f in enumerate(bench.families)},
                    "auprc": round(float(macro_auprc(belief, labels)), 3),
                }
            )
    return {"plan": plan.digest(), "noise": noise, "seed": seed, "families": list(bench.families), "arms": arms}


def _subset(ready: Any, rows: Int) -> Any:
    import torch

    return ready.subset(torch.from_numpy(rows))


def _per_family(families: tuple[str, ...], chosen: Int) -> dict[str, int]:
    """Runs per family name of family indices (n,)."""
    return {name: int((chosen == i).sum()) for i, name in enumerate(families)}


def verdicts(cells: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The four statements against the runs chosen in all rounds and seeds.

    Returns:
        per statement that has cells: text, noise, reward, k, n, share, low, high (95 %), uniform, per_seed, per_round
        (shares), raw (mean raw score of the noise family and of the others) and holds.
    """
    cells, out = list(cells), []
    for statement in STATEMENTS:
        found = [c for c in cells if c["noise"] == statement.noise and statement.reward in c["arms"]]
        if found:
            out.append(_verdict(statement, found))
    return out


def _tally(cells: list[Mapping[str, Any]], statement: Statement, key: str) -> tuple[Int, Int]:
    """Runs of the noise family and all runs (cells, rounds), chosen or drawn."""
    rounds = [[r[key] for r in c["arms"][statement.reward]] for c in cells]
    hits = np.array([[counts[statement.noise] for counts in arm] for arm in rounds])
    return hits, np.array([[sum(counts.values()) for counts in arm] for arm in rounds])


def _share(hits: Int, total: Int) -> dict[str, Any]:
    """Count, share and 95 % bounds."""
    low, high = binomial_interval(int(hits.sum()), int(total.sum()))
    share = float(hits.sum() / total.sum())
    return {"k": int(hits.sum()), "n": int(total.sum())} | _rounded({"share": share, "low": low, "high": high})


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in values.items()}


def _verdict(statement: Statement, cells: list[Mapping[str, Any]]) -> dict[str, Any]:
    hits, total = _tally(cells, statement, "chosen")
    uniform, found = 1.0 / len(cells[0]["families"]), _share(hits, total)
    raw = [r["raw"] for c in cells for r in c["arms"][statement.reward]]
    others = [np.mean([v for k, v in r.items() if k != statement.noise]) for r in raw]
    return {
        "text": statement.text,
        "noise": statement.noise,
        "reward": statement.reward,
        **found,
        **_rounded({"uniform": uniform, "raw_noise": np.mean([r[statement.noise] for r in raw])}),
        **_rounded({"raw_others": float(np.mean(others))}),
        "per_seed": [round(float(v), 3) for v in hits.sum(1) / total.sum(1)],
        "per_round": [round(float(v), 3) for v in hits.sum(0) / total.sum(0)],
        "drawn": _share(*_tally(cells, statement, "drawn")),
        "holds": statement.holds(found["low"], uniform),
    }
