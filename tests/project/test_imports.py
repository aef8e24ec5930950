"""What importing gg_gym loads, and the guards of the links at the root of the repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "mlflow", "pandas", "pvlib", "matplotlib", "pyarrow", "stable_baselines3", "sqlalchemy")


def python(code, cwd=None):
    env = {**os.environ, "PYTHONWARNINGS": "error"}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd, env=env)


@pytest.mark.parametrize("module", ["gg_gym", "gg_gym.cli", "gg_gym.records", "gg_gym.tracking", "gg_gym.products"])
def test_import_loads_nothing_heavy(module):
    done = python(f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_public_names_exist_and_load_lazily():
    done = python("import gg_gym as g; assert set(g.__all__) <= set(dir(g)); [getattr(g, name) for name in g.__all__]")
    assert done.returncode == 0, done.stderr[-2000:]


def test_an_unknown_public_name_is_an_attribute_error():
    import gg_gym

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        gg_gym.Nothing  # noqa: B018


@pytest.mark.parametrize("link", ["envs", "agents"])
def test_links_refuse_to_be_imported_as_packages(link):
    done = python(f"import {link}", cwd=ROOT)
    assert done.returncode != 0 and f"import gg_gym.{link}, not the link" in done.stderr


def test_importing_leaves_warnings_and_floating_point_errors_alone():
    """Gymnasium sets a filter for its own deprecations when it is imported, so it goes first."""
    code = (
        "import warnings, numpy as np, gymnasium; before = (list(warnings.filters), np.geterr()); "
        "import gg_gym, gg_gym.cli; assert before == (list(warnings.filters), np.geterr())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
