"""The structure of the house: what imports what, how large it may be, what is pinned where."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from inspect import getdoc, isclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import smm_analysis

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "smm_analysis"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
# Downstream of the data: a room may import from its own step and from earlier ones, promises and audiences never from
# each other. The one look downstream is `Answer.plot`: an answer draws itself.
STEPS = (
    {"errors"},
    {"words", "progress"},
    {"intervals"},
    {"answer"},
    {"tables"},
    {"audiences", "promises"},
    {"charts"},
    {"pages"},
    {"__main__"},
)
ALLOWED = {("answer", "charts")}
NAMES = {"sklearn": "scikit-learn", "matplotlib_inline": "matplotlib-inline", "IPython": "ipython"}
RUN = {"jupyterlab", "ipykernel"}  # started, not imported
CONDA = {"matplotlib": "matplotlib-base"}  # the same program without a window system


def room(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def imported(module: Path) -> set[str]:
    """Every module and name that a module imports, anywhere in its code, in full."""
    package = ("smm_analysis", *module.relative_to(PACKAGE).parts[:-1])
    names = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            start = ".".join(part for part in (base, node.module) if part)
            names |= {f"{start}.{alias.name}" for alias in node.names}
    return names


def imported_rooms(module: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(module) if name.startswith("smm_analysis.")}


@cache
def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def pins(lock: str) -> dict[str, set[str]]:
    """Name -> versions; a universal lock may hold one per system or Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / lock).read_text(), flags=re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


# Rooms


def test_imports_go_only_upstream():
    step = {name: position for position, rooms in enumerate(STEPS) for name in rooms}
    rooms = {room(module) for module in MODULES}
    assert rooms <= set(step), "a new room needs a place in STEPS and in CONTRIBUTING.md"
    wrong = [
        f"{module.relative_to(PACKAGE)} imports {other}"
        for module in MODULES
        for other in imported_rooms(module) - {room(module)}
        if (room(module), other) not in ALLOWED and not step.get(other, 99) < step[room(module)]
    ]
    assert not wrong


# The promise is 8,400 lines and 45 modules. These are today's: who needs more takes as much away elsewhere.
MOST_LINES, MOST_MODULES = 11_744, 58


def test_the_house_is_small():
    lines = {module: len(module.read_text(encoding="utf-8").splitlines()) for module in PACKAGE.rglob("*.py")}
    modules = [module for module in lines if module.name != "__init__.py"]
    assert {str(module.relative_to(PACKAGE)): n for module, n in lines.items() if n > 350} == {}
    assert len(modules) <= MOST_MODULES
    assert sum(lines.values()) <= MOST_LINES


def test_a_function_has_at_most_60_lines():
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = {
        f"{module.relative_to(PACKAGE)}: {node.name}": node.end_lineno - first + 1
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, kinds)
        for first in [node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else node.lineno]
        if node.end_lineno - first + 1 > 60
    }
    assert long == {}


def test_meaning_never_travels_in_attrs():
    """What pandas forgets at a merge must not carry a unit, an origin or a source."""
    held = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in PACKAGE.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if ".attrs" in line
    ]
    assert held == []


# Names


def test_public_names_are_few_sorted_and_there():
    names = smm_analysis.__all__
    assert names == sorted(names) and len(names) <= 40
    assert all(hasattr(smm_analysis, name) for name in names)
    assert not [name for name in names if name.startswith("plot_")]


def test_a_public_name_has_a_docstring_with_an_example():
    bare = []
    for name in smm_analysis.__all__:
        thing = getattr(smm_analysis, name)
        text = getdoc(thing) or ""
        if isclass(thing) and issubclass(thing, Exception):
            whole = bool(text)
        else:
            told = isclass(thing) or any(f"{part}\n{'-' * len(part)}\n" in text for part in ("Parameters", "Returns"))
            whole = told and ">>>" in text
        bare += [] if whole else [name]
    assert bare == []


# What is installed


def test_what_is_imported_is_declared_and_what_is_declared_is_used(project):
    tops = {name.split(".")[0] for module in MODULES for name in imported(module)} - {"smm_analysis"}
    used = {NAMES.get(name, name) for name in tops if name not in sys.stdlib_module_names}
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    assert used == declared - RUN and "seaborn" in used


def test_every_dependency_is_pinned_inside_its_range(project):
    for lock in ("requirements.lock", "requirements-dev.lock"):
        wanted = project["dependencies"] + (project["optional-dependencies"]["dev"] if "dev" in lock else [])
        versions = pins(lock)
        for requirement in map(Requirement, wanted):
            pinned = versions[canonicalize_name(requirement.name)]
            assert all(version in requirement.specifier for version in pinned), requirement


def test_the_developers_lock_holds_the_users_lock():
    users, developers = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: developers.get(name) for name in users} == users


def test_locks_have_hashes_and_no_addresses():
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text()
        assert "://" not in text
        assert len(re.findall(r"^[\w.-]+==", text, flags=re.MULTILINE)) <= text.count("--hash=sha256:")


def test_the_conda_way_names_what_pyproject_names_with_the_same_bounds(project):
    lines = re.findall(r"^ +- (.+)$", (ROOT / "environment.yml").read_text(), flags=re.MULTILINE)
    assert lines[-3:] == ["pip", "pip:", "-e ."], "the package itself comes last, by pip"
    wanted = [Requirement(line) for line in [f"python{project['requires-python']}", *project["dependencies"]]]
    given = [Requirement(line) for line in lines[1:-3]]  # without the channel
    named = {CONDA.get(requirement.name, requirement.name): requirement.specifier for requirement in wanted}
    assert {requirement.name: requirement.specifier for requirement in given} == named


def test_all_places_say_the_same_pythons(project):
    lowest, highest = re.findall(r"3\.(\d+)", project["requires-python"])
    classifiers = [line for line in project["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert [line.rsplit(".")[-1] for line in classifiers] == [str(n) for n in range(int(lowest), int(highest))]
    assert f"(3, {lowest}) <= sys.version_info < (3, {highest})" in (ROOT / "Makefile").read_text()


def test_the_version_is_one():
    from importlib.metadata import version

    assert smm_analysis.__version__ == version("smm-analysis")


def test_no_tracked_file_names_a_path_of_somebodys_machine():
    private = re.compile(rf"{re.escape(str(ROOT))}\b|/(home|Users)/\w+/|\b[A-Z]:\\+Users\\")
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        assert path == Path(__file__) or not private.search(text), path
