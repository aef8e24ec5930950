"""From scores to alarms: an explicit policy, detection delay, false alarms per pole-year with their bound.

A window is not an alarm. A policy turns a run's stream of scores into alarms; an alarm before the onset, or in a run
without one, is false; the first alarm from the onset on detects. A missed onset has an infinite (censored) delay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import numpy as np
from scipy.stats import chi2

from gg_gym.errors import InputError
from gg_gym.units import Float

#: Seconds of a pole-year.
POLE_YEAR = 365.25 * 86400.0


@dataclass(frozen=True)
class AlarmPolicy:
    """When a stream of scores raises an alarm.

    Attributes:
        threshold: a score at or above it counts.
        k, n: an alarm needs ``k`` counting scores among the last ``n``.
        merge_gap: condition gaps up to this long [s] belong to one alarm.
        refractory: no new alarm starts within this time [s] of the start of the previous one.
    """

    threshold: float = 0.5
    k: int = 1
    n: int = 1
    merge_gap: float = 0.0
    refractory: float = 0.0

    def __post_init__(self) -> None:
        """Check the policy.

        Raises:
            InputError: a threshold that is no number, k above n, or negative times.
        """
        if not isfinite(self.threshold):
            raise InputError("AlarmPolicy.threshold", repr(self.threshold), "a finite number")
        if not 1 <= self.k <= self.n:
            raise InputError("AlarmPolicy.k", f"{self.k} of {self.n}", "1 <= k <= n")
        if not (self.merge_gap >= 0 and self.refractory >= 0):
            raise InputError("AlarmPolicy", f"gap {self.merge_gap}, refractory {self.refractory}", "0 or more seconds")


@dataclass(frozen=True)
class Stream:
    """The scores of one run.

    Attributes:
        time: (T,) seconds since the start of the record, increasing; a score is known at its time.
        score: (T,).
        onset: seconds since the start of the record at which the event begins; inf for never.
        end: seconds at which watching ends.
    """

    time: Float
    score: Float
    onset: float
    end: float


@dataclass(frozen=True)
class AlarmReport:
    """What a policy does on many runs.

    Attributes:
        events: runs with an onset that was watched.
        detected: of those, with an alarm from the onset on.
        recall: detected / events, or NaN.
        delay_median, delay_90: quantiles of the delay [s] over all events, from the onset or the record's start,
            whichever is later; missed ones infinite; NaN without events.
        delay_restricted_mean: mean of min(delay, time watched after the onset) [s]; NaN without events.
        false_alarms: alarms before an onset or without one.
        event_free_seconds: time watched without an event.
        false_alarms_per_pole_year: and its one-sided exact Poisson bounds ``lower`` and ``upper`` at ``confidence``.
    """

    events: int
    detected: int
    recall: float
    delay_median: float
    delay_90: float
    delay_restricted_mean: float
    false_alarms: int
    event_free_seconds: float
    false_alarms_per_pole_year: float
    lower: float
    upper: float
    confidence: float

    def metrics(self) -> dict[str, float]:
        """Finite numbers only, flat, for a tracker; an infinite delay (missed) or one without events is left out."""
        named = {
            "alarm_recall": self.recall,
            "delay_s": self.delay_median,
            "delay_90_s": self.delay_90,
            "delay_restricted_mean_s": self.delay_restricted_mean,
            "false_alarms": float(self.false_alarms),
            "event_free_pole_years": self.event_free_seconds / POLE_YEAR,
            "false_alarms_per_pole_year": self.false_alarms_per_pole_year,
            "false_alarms_per_pole_year_upper": self.upper,
        }
        return {name: value for name, value in named.items() if isfinite(value)}


def alarm_times(time: Any, score: Any, policy: AlarmPolicy) -> Float:
    """Start times of the alarms of one stream.

    Args:
        time: (T,) increasing [s].
        score: (T,).
        policy: the policy.

    Returns:
        (alarms,) seconds.
    """
    t, s = np.asarray(time, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if t.shape != s.shape or t.ndim != 1 or (np.diff(t) <= 0).any():
        raise InputError("alarm stream", f"shapes {t.shape} and {s.shape}", "equal, with increasing times")
    count = np.concatenate([[0], np.cumsum(s >= policy.threshold)])
    raised = t[count[1:] - count[np.maximum(np.arange(t.size) + 1 - policy.n, 0)] >= policy.k]
    spacing = float(np.median(np.diff(t))) if t.size > 1 else 0.0
    apart = np.diff(raised, prepend=-inf) > (policy.merge_gap + spacing) * (1 + 1e-9)
    starts: list[float] = []
    for moment in raised[apart]:
        if not starts or moment - starts[-1] >= policy.refractory:
            starts.append(float(moment))
    return np.array(starts)


def poisson_bounds(count: int, exposure: float, confidence: float = 0.95) -> tuple[float, float]:
    """One-sided exact bounds of a Poisson rate by chi-square quantiles (Garwood 1936; recalled).

    Args:
        count: events seen.
        exposure: time watched, above 0 in any unit; with 0 the upper bound is infinite.
        confidence: of each bound.

    Returns:
        lower and upper bound per unit of exposure; 0 events in 50 give 0 and 0.0599 at 95 %.
    """
    if count < 0 or not exposure >= 0 or not 0 < confidence < 1:
        raise InputError("poisson_bounds", f"{count}, {exposure}, {confidence}", "count >= 0, exposure >= 0, 0..1")
    if exposure == 0:
        return 0.0, inf
    lower = float(chi2.ppf(1 - confidence, 2 * count)) / 2 if count else 0.0
    return lower / exposure, float(chi2.ppf(confidence, 2 * (count + 1))) / 2 / exposure


def alarm_report(streams: Iterable[Stream], policy: AlarmPolicy, confidence: float = 0.95) -> AlarmReport:
    """Apply a policy to many runs (see :class:`AlarmReport`)."""
    delays: list[float] = []
    watched: list[float] = []
    false_alarms, free = 0, 0.0
    for stream in streams:
        starts = alarm_times(stream.time, stream.score, policy)
        free += max(0.0, min(stream.onset, stream.end))
        false_alarms += int((starts < stream.onset).sum())
        if stream.onset < stream.end:
            after = starts[starts >= stream.onset]
            delays.append(float(after[0]) - max(stream.onset, 0.0) if after.size else inf)
            watched.append(stream.end - max(stream.onset, 0.0))
    late, limit = np.array(delays), np.array(watched)
    found, years = int(np.isfinite(late).sum()), free / POLE_YEAR
    lower, upper = poisson_bounds(false_alarms, years, confidence)
    none = not delays
    return AlarmReport(
        events=late.size,
        detected=found,
        recall=np.nan if none else found / late.size,
        delay_median=np.nan if none else float(np.quantile(late, 0.5, method="higher")),
        delay_90=np.nan if none else float(np.quantile(late, 0.9, method="higher")),
        delay_restricted_mean=np.nan if none else float(np.minimum(late, limit).mean()),
        false_alarms=false_alarms,
        event_free_seconds=free,
        false_alarms_per_pole_year=false_alarms / years if years else np.nan,
        lower=lower,
        upper=upper,
        confidence=confidence,
    )


def group_streams(run: Any, time: Any, score: Any, onset: Any, end: float) -> list[Stream]:
    """Sort scored windows into one stream per run.

    Args:
        run: (N,) run of each window.
        time: (N,) end of each window in seconds of its record.
        score: (N,).
        onset: (N,) onset of the window's run in seconds of the record, inf for never.
        end: length of a record in seconds.
    """
    runs, t, s, onsets = np.asarray(run), np.asarray(time, float), np.asarray(score, float), np.asarray(onset, float)
    out = []
    for name in np.unique(runs):
        rows = np.flatnonzero(runs == name)
        rows = rows[np.argsort(t[rows], kind="stable")]
        out.append(Stream(t[rows], s[rows], float(onsets[rows[0]]), end))
    return out
