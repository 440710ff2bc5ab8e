"""The structure of the house: what imports what, what is pinned where, what a wheel holds."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from inspect import getdoc, isclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import smm_analysis

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "smm_analysis"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Downstream of the data: a room may import from its own step and from earlier ones. promises and audiences share one.
STEPS = (
    {"errors"},
    {"words", "progress"},
    {"tables"},
    {"audiences", "promises"},
    {"income", "screening"},
    {"claims"},
    {"charts"},
    {"lessons"},
    {"report", "console"},
    {"__main__"},
)


def room(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(module: Path) -> set[str]:
    """The rooms of this package that a module imports from, anywhere in its code."""
    package = ("smm_analysis", *module.relative_to(PACKAGE).parts[:-1])
    names = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            start = ".".join(part for part in (base, node.module) if part)
            names |= {f"{start}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("smm_analysis.")}


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


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_only_upstream(module):
    if module == PACKAGE / "__init__.py":
        return
    step = {name: position for position, rooms in enumerate(STEPS) for name in rooms}
    own = room(module)
    for other in imported_rooms(module) - {own}:
        assert other in step, f"{other} is a new room: give it a place in STEPS and in CONTRIBUTING.md"
        assert step[other] < step[own], f"{own} imports {other}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_has_at_most_350_lines(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 350


def test_all_is_sorted_and_complete():
    assert smm_analysis.__all__ == sorted(smm_analysis.__all__)
    assert all(hasattr(smm_analysis, name) for name in smm_analysis.__all__)


@pytest.mark.parametrize("name", smm_analysis.__all__)
def test_a_public_name_has_a_docstring_with_an_example(name):
    thing = getattr(smm_analysis, name)
    text = getdoc(thing) or ""
    assert text
    if isclass(thing) and issubclass(thing, Exception):
        return
    assert "Examples\n--------\n" in text and ">>>" in text
    assert isclass(thing) or "Parameters\n----------\n" in text or "Returns\n-------\n" in text


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_dependency_is_pinned_inside_its_range(project, lock):
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


def test_the_conda_way_and_binder_use_the_users_lock(project):
    environment = (ROOT / "environment.yml").read_text()
    assert f"python{project['requires-python']}" in environment
    assert re.findall(r"- -r (\S+)", environment) == ["requirements.lock"]
    assert "pip install --no-deps" in (ROOT / "postBuild").read_text()


def test_no_tracked_file_names_a_path_of_somebodys_machine():
    private = re.compile(rf"{re.escape(str(ROOT))}\b|/(home|Users)/\w+/|\b[A-Z]:\\+Users\\")
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        assert path == Path(__file__) or not private.search(text), path


@pytest.mark.slow
def test_the_wheel_holds_everything_the_package_needs(tmp_path):
    """Builds a wheel, for which pip fetches the build backend."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("data/", "notebooks/")):
            assert f"smm_analysis/{name}" in inside
        if name.startswith("smm_analysis/"):
            assert name in inside
