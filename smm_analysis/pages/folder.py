"""A folder of pages: built beside its place, moved there when it is whole, and never over anything else.

What the tool wrote stands in the folder's manifest, each file with its checksum. A folder that holds any other file, or
one that was changed since, is refused before work begins: it is somebody's. A kill leaves the earlier pages where they
are or, between the two renames, whole in `<name>.part-...` beside their place: the next run brings them back.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from platform import node
from shutil import rmtree
from tempfile import mkdtemp

import psutil

from ..errors import TableError

MANIFEST = "smm-analysis.json"
OWNER = "owner.json"
DESKTOP = {".DS_Store", "Thumbs.db", "desktop.ini"}  # a file manager's, not the reader's: carried over
FREE, OTHER = "a new folder or an earlier report", "Name another folder."


@contextmanager
def page_folder(out: Path, *inputs: Path | str) -> Iterator[Path]:
    """A new folder to write into, which takes the place of `out` when all went well; refused before any work.

    `inputs` are the files or folders that the pages are made from; none may lie inside `out`.
    """
    out = Path(os.path.realpath(out))
    base = next(folder for folder in out.parents if folder.exists())
    try:
        for part in _parts_of_dead_runs(out, base):
            _remove(part, out)
        _check(out, base, inputs)
        part = Path(mkdtemp(prefix=f"{out.name}.part-", dir=base))
    except OSError as error:
        found = error.strerror or str(error)
        raise TableError("out", "a folder that can be written", found, OTHER) from error
    try:
        (part / OWNER).write_text(json.dumps({"out": str(out), "host": node(), "process": os.getpid()}))
        (part / "new").mkdir()
        yield part / "new"
        _write_manifest(part / "new")
        _check(out, base, inputs)  # minutes have passed: somebody may have put a file there
        _move(part, out)
    finally:
        _remove(part, out)


def _check(out: Path, base: Path, inputs: tuple) -> None:
    """Refuse a place that holds anything that is not ours, that holds an input, or that cannot be written."""
    for source in (Path(os.path.realpath(path)) for path in inputs):
        around = [folder for folder in (source, *source.parents) if folder.exists()]
        if out in around or (out.exists() and any(map(out.samefile, around))):
            raise TableError("out", "a folder in which nothing lies that is read", f"{source.name} in it", OTHER)
    if os.path.lexists(out) and not out.is_dir():
        raise TableError("out", FREE, f"a file named {out.name}", OTHER)
    if not (base.is_dir() and all(os.access(place, os.W_OK) for place in (base, out) if place.exists())):
        raise TableError("out", "a folder that can be written", f"no leave to write in {base}", OTHER)
    foreign = _foreign(out)
    if foreign:
        shown = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")
        found = f"in {out.name} what it did not write, or what was changed since: {shown}"
        raise TableError("out", FREE, found, "Name another folder, or move these.")


def _foreign(out: Path) -> list[str]:
    """Names in `out` that its manifest does not list, or lists with another checksum; empty folders too."""
    listed, found = _manifest(out), []
    for folder, folders, names in os.walk(out):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for path in (Path(folder) / name for name in [*names, *links] if name not in DESKTOP):
            name = path.relative_to(out).as_posix()
            whole = path.is_file() and not path.is_symlink()
            if not whole or (name != MANIFEST and listed.get(name) != checksum(path)) or not listed:
                found.append(name)
        if not (folders or names or Path(folder) == out):
            found.append(f"{Path(folder).relative_to(out).as_posix()}/")
    return sorted(found)


def _manifest(out: Path) -> dict[str, str]:
    """File -> checksum, as an earlier run wrote it; empty where none did."""
    try:
        said = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        return dict(said["files"]) if said["made_by"] == "smm-analysis" else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write_manifest(folder: Path) -> None:
    for empty in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):  # the next run would take it for somebody's
            empty.rmdir()
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): checksum(path) for path in paths}
    text = json.dumps({"made_by": "smm-analysis", "files": files}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    return sha256(path.read_bytes()).hexdigest()


def _move(part: Path, out: Path) -> None:
    """The new folder takes the old one's place; where that fails, the old one is back (`_remove`)."""
    old = part / "old"
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists():
        out.rename(old)
    (part / "new").rename(out)
    for path in [path for path in old.rglob("*") if path.name in DESKTOP]:
        with suppress(OSError):
            path.rename(out / path.relative_to(old))


def _parts_of_dead_runs(out: Path, base: Path) -> Iterator[Path]:
    """Folders beside `out` left by a run on this machine that no longer lives."""
    for part in sorted(path for path in base.iterdir() if path.name.startswith(f"{out.name}.part-")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            owner = json.loads((part / OWNER).read_text(encoding="utf-8"))
            if (owner["out"], owner["host"]) == (str(out), node()) and not psutil.pid_exists(owner["process"]):
                yield part


def _remove(part: Path, out: Path) -> None:
    """Clear a run's own folder: earlier pages without a successor go back, and a file that is not ours stays."""
    old = part / "old"
    if old.exists() and not out.exists():
        old.rename(out)
    for folder in (part / "new", old):
        if folder.name == "new" or not _foreign(folder):
            rmtree(folder, ignore_errors=True)
    (part / OWNER).unlink(missing_ok=True)
    with suppress(OSError):
        part.rmdir()
