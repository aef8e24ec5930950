"""Training: class-balanced batches, augmentation, AdamW with a cosine, a fixed number of steps, one temperature.

Members train one after the other, each on its own batches from its own generator, so a seed and a thread count fix
the weights, and a member does not depend on how many there are. The temperature is fitted last, on the averaged
prediction of windows that were not trained on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize_scalar
from torch import Tensor

from gg_gym.detection.augmentation import Augmentation, Augmenter
from gg_gym.detection.ensemble import Ensemble, torch_threads
from gg_gym.detection.metrics import negative_log_likelihood
from gg_gym.detection.networks import Outputs, StackedNetwork
from gg_gym.detection.optimiser import FlatAdamW
from gg_gym.detection.prepared import PreparedSet, class_counts, prepare_set
from gg_gym.detection.spec import DetectorSpec
from gg_gym.errors import InputError
from gg_gym.streams import derive
from gg_gym.units import Float, Int

#: Bounds of the temperature, and the standard deviation of the prior of its logarithm (an estimate, a mild one).
TEMPERATURES, TEMPERATURE_SPREAD = (0.25, 8.0), 0.5
#: Members and steps of the commissioning preset.
SMALL_MEMBERS, SMALL_STEPS = 3, 50


@dataclass(frozen=True)
class TrainingOptions:
    """The recipe; the same for all arms of a study.

    Attributes:
        batch: windows per member and step.
        learning_rate, weight_decay: of AdamW.
        warmup: share of the steps with a rising rate.
        clip: largest gradient norm.
        severity_weight, anomaly_weight: of the two losses beside the class's.
        holdout: without a validation set, every ``holdout``-th window is kept back for it; 0 keeps none.
        check_every: steps between validations for early stopping; 0 switches it off.
        patience: validations without improvement before it stops.
        correct_prior: put the class prior back that balanced sampling takes away.
        augmentation: see :class:`Augmentation`.
    """

    batch: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    warmup: float = 0.1
    clip: float = 5.0
    severity_weight: float = 0.5
    anomaly_weight: float = 0.5
    holdout: int = 0
    check_every: int = 0
    patience: int = 3
    correct_prior: bool = True
    augmentation: Augmentation = field(default_factory=Augmentation)

    @classmethod
    def small(cls) -> TrainingOptions:
        """The commissioning preset: smaller batches, a higher rate, a sixth kept back for the temperature."""
        return cls(batch=32, learning_rate=6e-3, holdout=6)


@dataclass(frozen=True)
class TrainingReport:
    """What a training did.

    Attributes:
        windows: windows trained on.
        held_out: windows validated on.
        steps: steps taken (the most of any member).
        best_steps: step whose weights were kept, for each member.
        seed, threads: fix the weights, with the data.
        seconds: wall time, preparation included.
        milliseconds_per_step: wall time of a step of all members.
        class_counts: windows per class.
        sampling_weights: weight of a window of each class in the draw of batches.
        loss: (step, mean loss of the members) at about twenty steps.
        temperature: fitted.
        validation_nll_before, validation_nll_after: of the averaged prediction at temperature 1 and the fitted one.
    """

    windows: int
    held_out: int
    steps: int
    best_steps: tuple[int, ...]
    seed: int
    threads: int
    seconds: float
    milliseconds_per_step: float
    class_counts: tuple[int, ...]
    sampling_weights: tuple[float, ...]
    loss: tuple[tuple[int, float], ...]
    temperature: float
    validation_nll_before: float | None
    validation_nll_after: float | None

    def card(self) -> dict[str, Any]:
        """What is kept with the weights: everything that a repetition would find again (no times)."""
        return {k: v for k, v in asdict(self).items() if k not in ("seconds", "milliseconds_per_step")}


def losses(out: Outputs, data: PreparedSet, rows: Tensor, options: TrainingOptions) -> Tensor:
    """Loss of each member (M,): class, severity of event windows (Gaussian, learned variance), anomaly.

    Args:
        out: outputs (M, B, ...).
        data: the training set.
        rows: (M, B) windows of each member's batch.
        options: weights of the parts.
    """
    y, severity, anomaly = data.event_class[rows], data.severity[rows], data.anomaly[rows]
    event = F.cross_entropy(out.logits.flatten(0, 1), y.flatten(), reduction="none").reshape(y.shape).mean(1)
    log_variance = out.severity[..., 1].clamp(-6.0, 4.0)
    misfit = 0.5 * (log_variance + (out.severity[..., 0] - severity).square() * torch.exp(-log_variance))
    active = (y > 0).float()
    grade = (misfit * active).sum(1) / active.sum(1).clamp_min(1.0)
    alarm = F.binary_cross_entropy_with_logits(out.anomaly, anomaly, reduction="none").mean(1)
    return event + options.severity_weight * grade + options.anomaly_weight * alarm


def rate(step: int, steps: int, warmup: float) -> float:
    """Factor of the learning rate: linear warm-up, then a cosine to 0."""
    rise = max(1, round(warmup * steps))
    return (step + 1) / rise if step < rise else 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))


def mean_nll(ensemble: Ensemble, logits: Float, labels: Int, temperature: float) -> float:
    """Negative log-likelihood of the averaged prediction for members' logits (M, N, K) at a temperature."""
    return negative_log_likelihood(ensemble.calibrate(logits, temperature).mean(0), labels)


def fit_temperature(ensemble: Ensemble, logits: Float, labels: Int) -> tuple[float, float, float]:
    """Fit the temperature on the averaged prediction.

    One temperature divides the members' logits and is chosen so that the *average* has the least negative
    log-likelihood: members, mean and mutual information stay one consistent model, and averaging is not
    corrected twice (Rahaman and Thiery, arXiv:2007.08792, compare calibrating before and after pooling). A prior on
    the logarithm, worth about one window, keeps a few windows that are all right from asking for certainty.

    Returns:
        temperature, negative log-likelihood at 1 and at the fitted temperature (never larger).
    """
    before, prior = mean_nll(ensemble, logits, labels, 1.0), 0.5 / (TEMPERATURE_SPREAD**2 * len(labels))
    found = minimize_scalar(
        lambda z: mean_nll(ensemble, logits, labels, math.exp(z)) + prior * z * z,
        bounds=(math.log(TEMPERATURES[0]), math.log(TEMPERATURES[1])),
        method="bounded",
        options={"xatol": 1e-3},
    )
    temperature = math.exp(found.x) if found.fun < before else 1.0
    return temperature, before, mean_nll(ensemble, logits, labels, temperature)


def _weights(data: PreparedSet, classes: int) -> tuple[Float, Float]:
    """Sampling weight of a window of each class (inverse square root of its count), and the log-prior correction."""
    counts = class_counts(data, classes)
    weights = np.where(counts > 0, 1.0 / np.sqrt(np.maximum(counts, 1)), 0.0)
    smooth = counts + 1.0
    drawn = np.sqrt(smooth)
    return weights, np.log(smooth / smooth.sum()) - np.log(drawn / drawn.sum())


class _Best:
    """Early stopping of one member: keeps the weights of the lowest validation loss."""

    def __init__(self, ensemble: Ensemble, held: PreparedSet | None, options: TrainingOptions) -> None:
        self.ensemble, self.held, self.options = ensemble, held, options
        self.step, self.loss, self.bad = 0, math.inf, 0
        self.weights: dict[str, Tensor] | None = None

    def stop(self, network: StackedNetwork, step: int, last: bool) -> bool:
        """Validate where it is due; return whether to stop."""
        every = self.options.check_every
        if self.held is None or not every or (step % every and not last):
            return False
        loss = mean_nll(self.ensemble, self.held.logits(network).numpy(), self.held.event_class.numpy(), 1.0)
        if loss < self.loss:
            self.weights = {name: value.clone() for name, value in network.state_dict().items()}
            self.step, self.loss, self.bad = step, loss, 0
        else:
            self.bad += 1
        return self.bad >= self.options.patience

    def restore(self, network: StackedNetwork, steps: int) -> int:
        """Put the best weights back and return their step."""
        if self.weights is None:
            return steps
        network.load_state_dict(self.weights)
        return self.step


def _optimise(
    network: StackedNetwork,
    data: PreparedSet,
    weights: Float,
    steps: int,
    seed: int,
    options: TrainingOptions,
    best: _Best,
    progress: Callable[[], None],
) -> tuple[int, dict[int, float]]:
    """Train one member; return the steps taken, and the loss at some of them."""
    generator = torch.Generator().manual_seed(seed)
    spec, optimiser = network.spec, FlatAdamW(network.parameters(), options.weight_decay, options.clip)
    augment = Augmenter(options.augmentation, spec.groups, len(spec.channels), generator)
    chance = torch.as_tensor(weights[data.event_class.numpy()], dtype=torch.float64)[None]
    curve: dict[int, float] = {}
    for step in range(steps):
        rows = torch.multinomial(chance, options.batch, replacement=True, generator=generator)
        loss = losses(network(augment(data.gather(rows))), data, rows, options).sum()
        torch.autograd.backward(loss)
        optimiser.step(options.learning_rate * rate(step, steps, options.warmup))
        if step % max(1, steps // 20) == 0 or step == steps - 1:
            curve[step] = float(loss.detach())
        progress()
        if best.stop(network, step + 1, step == steps - 1):
            return step + 1, curve
    return steps, curve


@dataclass
class _Outcome:
    """What training all members gave: steps, best steps, curve, wall time of a step of all members."""

    steps: list[int]
    best: list[int]
    curve: tuple[tuple[int, float], ...]
    milliseconds: float


def _members(
    ensemble: Ensemble,
    data: PreparedSet,
    held: PreparedSet | None,
    steps: int,
    seed: int,
    options: TrainingOptions,
    weights: Float,
    progress: Callable[[int, int], None] | None,
) -> _Outcome:
    """Train the members one after the other: a fifth of the memory of side by side, and none depends on the others."""
    begin, done, taken, best_steps = time.perf_counter(), 0, [], []
    curves: dict[int, list[float]] = {}

    def advance() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, steps * ensemble.members)

    for index in range(ensemble.members):
        network, best = ensemble.network.member(index), _Best(ensemble, held, options)
        member_seed = int(derive(seed, "detector member", index) >> 1)
        count, curve = _optimise(network, data, weights, steps, member_seed, options, best, advance)
        taken.append(count)
        best_steps.append(best.restore(network, count))
        ensemble.network.put(index, network)
        for step, loss in curve.items():
            curves.setdefault(step, []).append(loss)
    wall = 1e3 * (time.perf_counter() - begin)
    mean = tuple((step, float(np.mean(values))) for step, values in sorted(curves.items()))
    return _Outcome(taken, best_steps, mean, wall * ensemble.members / sum(taken))


def _split(
    ensemble: Ensemble, data: Any, validation: Any, options: TrainingOptions
) -> tuple[PreparedSet, PreparedSet | None]:
    """Prepare the training and the validation windows."""
    ready = data if isinstance(data, PreparedSet) else prepare_set(data, ensemble.network)
    if validation is not None:
        held = validation if isinstance(validation, PreparedSet) else prepare_set(validation, ensemble.network)
        return ready, held
    if not options.holdout or len(ready) < 2 * options.holdout:
        return ready, None
    back = torch.arange(len(ready)) % options.holdout == options.holdout - 1
    return ready.subset(torch.nonzero(~back)[:, 0]), ready.subset(torch.nonzero(back)[:, 0])


def train(
    ensemble: Ensemble,
    data: Any,
    steps: int = 300,
    seed: int = 0,
    *,
    validation: Any = None,
    options: TrainingOptions | None = None,
    threads: int | None = 1,
    progress: Callable[[int, int], None] | None = None,
) -> TrainingReport:
    """Train an ensemble in place, from the weights it has, and fit its temperature.

    Args:
        ensemble: the ensemble.
        data: a dict of tensors, a window dataset or a DataLoader of dicts (see
            :func:`gg_gym.detection.prepared.prepare_set`), or a prepared set; it is read once and kept in memory.
        steps: steps, 1..1,000,000.
        seed: of batches and augmentation.
        validation: as ``data``; for early stopping and the temperature. Never the test set.
        options: the recipe.
        threads: torch threads during the training, the old number is put back; None takes them as they are. Two
            threads on two cores that other processes used too made a step 20 to 35 times as slow (measured).
        progress: called with (member steps done, member steps in all).

    Raises:
        InputError: empty or malformed data, or steps out of bounds.
    """
    if not 1 <= steps <= 1_000_000:
        raise InputError("train.steps", repr(steps), "1..1000000")
    options = options or TrainingOptions()
    start = time.perf_counter()
    with torch_threads(threads) as used:
        ready, held = _split(ensemble, data, validation, options)
        weights, correction = _weights(ready, len(ensemble.spec.classes))
        ensemble.temperature = 1.0
        ensemble.class_bias = torch.tensor(correction * options.correct_prior, dtype=torch.float32)
        outcome = _members(ensemble, ready, held, steps, seed, options, weights, progress)
        before = after = None
        if held is not None:
            logits = held.logits(ensemble.network).numpy()
            ensemble.temperature, before, after = fit_temperature(ensemble, logits, held.event_class.numpy())
    report = TrainingReport(
        windows=len(ready),
        held_out=0 if held is None else len(held),
        steps=max(outcome.steps),
        best_steps=tuple(outcome.best),
        seed=seed,
        threads=used,
        seconds=time.perf_counter() - start,
        milliseconds_per_step=outcome.milliseconds,
        class_counts=tuple(int(v) for v in class_counts(ready, len(ensemble.spec.classes))),
        sampling_weights=tuple(float(v) for v in weights),
        loss=outcome.curve,
        temperature=ensemble.temperature,
        validation_nll_before=before,
        validation_nll_after=after,
    )
    ensemble.card["training"] = report.card()
    return report


def train_reference(
    spec: DetectorSpec,
    data: Any,
    steps: int = 300,
    seed: int = 0,
    *,
    options: TrainingOptions | None = None,
    threads: int | None = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Ensemble, TrainingReport]:
    """Train the reference detector of a study: one member, the same recipe, on a fixed validation split, once.

    Every fifth window is kept back for its temperature, so that its entropy, the aleatoric floor, is not that of an
    overconfident network. Its runs count as simulated.

    Returns:
        an ensemble of one, and the report.
    """
    chosen = options or TrainingOptions()
    chosen = chosen if chosen.holdout else replace(chosen, holdout=5)
    reference = Ensemble(spec, 1, seed)
    return reference, train(reference, data, steps, seed, options=chosen, threads=threads, progress=progress)


def train_small(spec: DetectorSpec, data: Any, seed: int = 0, *, threads: int | None = 1) -> tuple[Ensemble, Ensemble]:
    """Fit the commissioned detector and its reference on a few hundred windows, in about a second and a half.

    Args:
        spec: input and classes; the sizes are made small.
        data: as :func:`train`.
        seed: of weights, batches and augmentation.
        threads: torch threads.

    Returns:
        the ensemble (3 members) and the reference (1 member).
    """
    ensemble, reference = Ensemble(spec.small(), SMALL_MEMBERS, seed), Ensemble(spec.small(), 1, seed + 1)
    with torch_threads(threads):
        ready = prepare_set(data, ensemble.network)
        train(ensemble, ready, SMALL_STEPS, seed, options=TrainingOptions.small())
        train(reference, ready, SMALL_STEPS, seed + 1, options=TrainingOptions.small())
    return ensemble, reference
