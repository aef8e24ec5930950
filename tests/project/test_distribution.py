"""What is shipped: the links at the root, the wheel's files, the pinned versions and the documents."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IGNORED = {"__pycache__"}


@pytest.mark.parametrize("name", ["envs", "agents", "schemas"])
def test_root_links_lead_into_the_package(name):
    link = ROOT / name
    if link.is_symlink():
        assert os.readlink(link) == f"gg_gym/{name}"
    else:
        assert link.read_text().strip() == f"gg_gym/{name}", "a clone without links holds the target as text"
    assert (ROOT / "gg_gym" / name).is_dir()


def test_folders_of_the_layout_exist():
    for name in ("gg_gym", "experiments", "mlruns", "tests", "docs", "pyproject.toml", "constraints.txt", "Makefile"):
        assert (ROOT / name).exists(), name
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_schemas_hold_data_only():
    assert not list((ROOT / "gg_gym" / "schemas").rglob("*.py"))


def test_wheel_holds_exactly_the_package(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "gg_gym", source / "gg_gym", ignore=ignore)
    for name in ("envs", "agents", "schemas"):
        (source / name).symlink_to(f"gg_gym/{name}")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path / "dist"),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    shipped = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    tree = {p.relative_to(source).as_posix() for p in (source / "gg_gym").rglob("*") if p.is_file()}
    assert shipped == tree


def requirements():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project["dependencies"] + project["optional-dependencies"]["test"]


def test_every_requirement_is_pinned_and_satisfied():
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    for text in requirements():
        requirement = Requirement(text)
        version = pinned[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, f"{text} against {version}"
        assert "+" not in version and "@" not in version


def documents():
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", documents(), ids=lambda p: str(p.relative_to(ROOT)))
def test_links_in_documents_resolve(document):
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
