"""The twin against real recordings; `python -m experiments.recordings --help`.

Recordings are not ours to ship: they are read from ``--data`` (by default ``../shared/data`` beside the repository).
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
RESULTS = ROOT / "docs" / "results"
