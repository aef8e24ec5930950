"""The layers of docs/architecture.md: a module imports only from lines above its own."""

import ast
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gg_gym"

#: The lines, from the foundation up. On one line a module may import what stands to its left.
LINES = (
    ("units", "arrays", "errors", "registry", "streams"),
    ("schemas",),
    ("equations",),
    ("parameters",),
    ("physics",),
    ("sensors",),
    ("products",),
    ("scenarios",),
    ("twin", "guardian"),
    ("records",),
    ("tracking", "executors"),
    ("repository", "feedback"),
    ("datasets",),
    ("detection",),
    ("envs",),
    ("agents",),
    ("plots", "fidelity", "studies", "serving"),
    ("cli",),
)
RANK = {name: (line, place) for line, names in enumerate(LINES, 1) for place, name in enumerate(names)}

#: Third-party packages that may be imported from a line on, and whether only inside functions.
FIRST_LINE = {"torch": 13, "gymnasium": 15, "stable_baselines3": 15, "typer": 18, "rich": 18}
#: Too heavy to be imported when a module is: inside functions only, wherever they are used.
INSIDE_FUNCTIONS = {"pvlib", "pandas", "matplotlib", "pyarrow", "mlflow", "rich"}
#: The one module that may import a package at all.
ONLY = {"mlflow": "tracking"}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, path


NAMES = {name for name, _ in modules()}


def imports(name, path):
    """Yield (imported name, where) for each import of a file; where is "module", "function" or "types".

    A constant string that names a module of ours counts as a lazy import of it.
    """
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]

    def visit(node, where):
        for child in ast.iter_child_nodes(node):
            inner = where
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                inner = "function"
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                inner = "types"
            elif isinstance(child, ast.Import):
                yield from ((alias.name, where) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = resolve_name("." * child.level + (child.module or ""), package) if child.level else child.module
                yield from ((f"{base}.{alias.name}", where) for alias in child.names)
            elif isinstance(child, ast.Constant) and child.value in NAMES - {"gg_gym"}:
                yield child.value, "function"
            yield from visit(child, inner)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), "module")


def layer(name):
    """(line, place) of a gg_gym module, or None for the root package."""
    parts = name.split(".")
    return RANK.get(parts[1]) if len(parts) > 1 else None


ALL = [(name, path) for name, path in modules() if layer(name) is not None]


def test_every_module_has_a_line():
    unplaced = [name for name, _ in modules() if name != "gg_gym" and layer(name) is None]
    assert not unplaced, f"no line for {unplaced}: place them in docs/architecture.md and here"


def test_imports_point_upwards_only():
    wrong = []
    for name, path in ALL:
        for target, _ in imports(name, path):
            if not target.startswith("gg_gym.") or target == "gg_gym.__version__":
                continue
            other = layer(target)
            if other is None:
                wrong.append(f"{name} imports {target}: name the module it is defined in")
            elif target.split(".")[1] != name.split(".")[1] and other >= layer(name):
                wrong.append(f"{name} (line {layer(name)[0]}) imports {target} (line {other[0]})")
    assert not wrong, "\n".join(wrong)


def test_third_party_packages_stay_in_their_layers():
    wrong = []
    for name, path in ALL:
        for target, where in imports(name, path):
            package, line, inside = target.split(".")[0], layer(name)[0], where == "function"
            if where == "types":
                continue
            if line < FIRST_LINE.get(package, 0):
                wrong.append(f"{name} (line {line}) imports {package}")
            if package in INSIDE_FUNCTIONS and not inside:
                wrong.append(f"{name} imports {package} outside functions")
            if package in ONLY and name.split(".")[1] != ONLY[package]:
                wrong.append(f"{name} imports {package}: only {ONLY[package]} may")
            if package == "torch" and line == 13 and not inside:
                wrong.append(f"{name} imports torch outside functions")
    assert not wrong, "\n".join(wrong)


def test_no_import_cycles_between_packages():
    graph: dict[str, set[str]] = {}
    for name, path in ALL:
        for target, where in imports(name, path):
            if target.startswith("gg_gym.") and layer(target) and where == "module":
                graph.setdefault(name.split(".")[1], set()).add(target.split(".")[1])
    for package, others in graph.items():
        for other in others - {package}:
            assert package not in graph.get(other, set()), f"{package} and {other} import each other"


def test_only_the_command_line_prints():
    wrong = [
        f"{name}:{node.lineno}"
        for name, path in ALL
        if not name.startswith("gg_gym.cli")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not wrong, wrong


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    limit = 15 if path.parent.name == "equations" else 50
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert code_lines(node, text) <= limit, f"{path.name}:{node.lineno} {node.name}"


def code_lines(node, text):
    """Lines of a function's body that hold code: no docstring, comments or blanks."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not body:
        return 0
    lines = text.splitlines()[body[0].lineno - 1 : node.end_lineno]
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))
