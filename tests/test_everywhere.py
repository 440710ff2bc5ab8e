"""The package runs everywhere: installed outside the repository, from the lock alone, and without a network."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from test_bites import FILES, OPTIONS

ROOT = Path(__file__).parents[1]
TRIES = {
    "verify": ["verify"],
    "demo": ["demo"],
    "survey": ["survey", "simulated_class", *OPTIONS["survey"], "--out", "survey"],
    "orders": ["orders", "file.csv", *OPTIONS["orders"], "--out", "orders"],
    "report": ["report", "--only", "00", "--out", "report"],
}


def test_a_notebook_that_is_run_reaches_no_other_machine(tmp_path, offline):
    """Neither the command nor the kernel that it starts; the other commands run under the guard of all tests."""
    code = "import socket\ntry:\n    socket.create_connection(('example.org', 80), 1)\nexcept OSError as error:\n"
    cells = [nbformat.v4.new_code_cell(f"{code}    print(error)\nimport smm_analysis as smm\nsmm.set_theme()")]
    cells[0].source = cells[0].source.replace("import socket", "import os, socket\nos.environ.pop('SMM_WANTED')")
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "00_asks.ipynb")
    command = [sys.executable, "-m", "smm_analysis", "report", "--notebooks", ".", "--out", "report"]
    run = subprocess.run(command, cwd=tmp_path, env=offline, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "no network in the tests: getaddrinfo example.org" in (tmp_path / "report" / "00_asks.html").read_text()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of what is here; pip fetches the build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    subprocess.run(build, check=True)
    (path,) = folder.glob("*.whl")
    return path


def install(wheel: Path, folder: Path) -> Path:
    """The wheel and what the lock names, nothing else, in an environment of its own; its commands."""
    subprocess.run([sys.executable, "-m", "venv", folder, *(["--without-pip"] if uv() else [])], check=True)
    commands = folder / ("Scripts" if sys.platform == "win32" else "bin")
    pip = (
        [uv(), "pip", "install", "--python", commands / "python"]
        if uv()
        else [commands / "python", "-m", "pip", "install"]
    )
    for what in (["--require-hashes", "--requirement", ROOT / "requirements.lock"], ["--no-deps", wheel]):
        subprocess.run([*pip, "--quiet", *what], check=True)
    return commands


def uv() -> str | None:
    """uv makes seconds of minutes; `make test-locks` puts it into build/."""
    return shutil.which("uv", path=os.pathsep.join([str(ROOT / "build" / "uv" / "bin"), os.environ["PATH"]]))


@pytest.mark.slow
def test_the_wheel_holds_everything_the_package_needs(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tracked = [name for name in listed.split("\0") if (ROOT / name).is_file()]
    needed = {name for name in tracked if name.startswith("smm_analysis/")}
    needed |= {f"smm_analysis/{name}" for name in tracked if name.startswith(("data/", "notebooks/"))}
    assert len(needed) > 100 and needed - inside == set()


@pytest.mark.slow
def test_the_wheel_runs_outside_the_repository_from_the_lock_alone_and_without_a_network(wheel, tmp_path, offline):
    commands = install(wheel, tmp_path / "environment")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "file.csv").write_text(FILES["orders"])
    for name, arguments in TRIES.items():
        run = subprocess.run(
            [commands / "smm-analysis", *arguments], cwd=tmp_path / "work", env=offline, capture_output=True, text=True
        )
        assert run.returncode == 0, (name, run.stdout[-500:], run.stderr[-500:])
        if "--out" in arguments:
            assert (tmp_path / "work" / name / "index.html").is_file()
    place = subprocess.run(
        [commands / "python", "-c", "import smm_analysis; print(smm_analysis.__file__)"],
        **{"cwd": tmp_path / "work", "env": offline, "capture_output": True, "text": True},
    )
    assert Path(place.stdout.strip()).is_relative_to(tmp_path / "environment"), "not the checkout"
