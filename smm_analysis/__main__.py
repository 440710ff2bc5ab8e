"""The command line: `smm-analysis`, or `python -m smm_analysis`. What a command needs is imported when it runs."""

try:
    import argparse
    import os
    import sys
    import warnings
    from pathlib import Path

    from .errors import SmmError, brief
except KeyboardInterrupt:  # quiet from the first moment on
    raise SystemExit(130) from None


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if all is well, 1 if something differs or failed, 2 if the input must be changed first."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing")  # a picture without an emoji is no doubt
            warnings.showwarning = lambda message, *where: _complain(str(message))
            return _run(arguments)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (KeyboardInterrupt, Exception) as error:
        if isinstance(error, EOFError) or _interrupted(error):
            print("smm-analysis: stopped.", file=sys.stderr)
            return 130
        if not isinstance(error, SmmError | OSError | UnicodeError | MemoryError):
            raise
        _complain(_as_options(error) or type(error).__name__)
        return 2


def _interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind it: a library that is being imported makes another error of it."""
    return error is not None and (
        isinstance(error, KeyboardInterrupt) or _interrupted(error.__cause__ or error.__context__)
    )


def _run(arguments: list[str] | None) -> int:
    parser = _parser()
    options, passed = parser.parse_known_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help(sys.stderr)
        return 2
    if passed and options.run is not _lab:
        parser.error(f"unrecognized arguments: {' '.join(passed)}")
    from .words import language, set_language

    set_language(getattr(options, "language", None) or language())
    code = options.run(options, passed)
    sys.stdout.flush()
    return code


def _as_options(error: Exception) -> str:
    """The message, with the choices that it offers written as this command takes them."""
    import re
    import shlex

    text, argument = str(error), getattr(error, "argument", None)
    option = "--better" if argument == "higher_is_better" else f"--{argument or ''}".replace("_", "-")
    for _shown, value in getattr(error, "choices", ()):
        typed = value if isinstance(value, list | tuple) else [value]
        if isinstance(value, dict):
            typed = [f"{key}={'' if name is None else name}" for key, name in value.items()]
        if argument == "higher_is_better":
            typed = ["higher" if value else "lower"]
        text = text.replace(f"{argument}={value!r}", f"{option} {shlex.join(map(str, typed))}")
    return re.sub(rf"\b{argument}= ?", f"{option} ", text) if argument else text


def _complain(text: str) -> None:
    """One message on stderr, none of whose characters acts on a terminal."""
    from .words import visible

    print(f"smm-analysis: {brief(visible(text))}", file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    """What is typed wrongly may come from data too: the name of a file."""

    def error(self, message: str):
        self.print_usage(sys.stderr)
        _complain(message)
        self.exit(2)


def _parser() -> argparse.ArgumentParser:
    from importlib.metadata import version

    words = "Who is the audience, and how much may we promise it?"
    parser = _Parser(prog="smm-analysis", description=words, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"smm-analysis {version('smm-analysis')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, (run, words, options) in COMMANDS.items():
        description = f"{words[0].upper()}{words[1:]}."
        command = commands.add_parser(name, help=words, description=description, allow_abbrev=False)
        command.set_defaults(run=run, command=name)
        for option, how in options.items():
            command.add_argument(option, **how)
    return parser


def print_table(table) -> None:
    """Aligned columns: words to the left, numbers to the right."""
    from .words import visible

    words = [name for name in table.columns if table[name].dtype.kind not in "if"]
    table = table.assign(**{name: table[name].astype(str).map(visible) for name in words})
    left = {name: f"{{:<{max(map(len, [name, *table[name]]))}}}".format for name in words}
    head = [left[name](name) if name in left else name for name in table.columns]
    print(table.to_string(index=False, formatters=left, header=head))


def _demo(options: argparse.Namespace, passed: list[str]) -> int:
    """A row per audience: name, share, mean age, percent on each platform."""
    import pandas as pd

    from .audiences.mixture import AudienceMixture
    from .tables.published import item_label, load_published
    from .words import _, number, percent

    cells = load_published("gss_2016_platforms_by_age")
    profile = AudienceMixture(4).fit(cells).profile()
    said, between = _("Who is the audience? {source}, n = {n}."), _("{estimate} ({low} to {high})")
    print(said.format(source=cells.about.source, n=number(cells.about.n)), end="\n\n")
    rows = []
    for audience, part in profile.table[profile.table["answer"] != "sd"].groupby("audience"):
        part = part.set_index("item")
        share = {name: percent(part.loc["share", name]) for name in ("estimate", "low", "high")}
        row = {_("audience"): f"{audience} {profile.about.names[audience]}", _("share"): between.format(**share)}
        row |= {_("age"): round(part.loc["age", "estimate"])}
        rows.append(row | {item_label(item): percent(part.loc[item, "estimate"]) for item in cells.items})
    print_table(pd.DataFrame(rows))
    print("\n" + _("Shares with 90% intervals, mean ages, and how many of each audience use a platform."))
    print(_("Next: `smm-analysis report` writes all of it as web pages, `smm-analysis lab` opens the notebooks."))
    return 0


def _report(options: argparse.Namespace, passed: list[str]) -> int:
    from .errors import one_of
    from .pages import notebooks
    from .pages.folder import page_folder
    from .pages.report import write_report
    from .words import language

    if options.check:
        one_of("language", language(), ("en",))  # what is stored is English
    paths = notebooks.find_notebooks(options.notebooks or notebooks.notebooks_folder(), options.only)
    out = options.out or Path("-".join(["report", *(Path(name).name for name in options.only or [])]))
    with page_folder(out, *paths) as new:
        how = {"language": language(), "solutions": options.check, "figures": "svg png"}
        runs = notebooks.run_notebooks(paths, **how)
        write_report(runs, new)
    print(out.resolve() / "index.html")
    changed = options.check and _count_differences(runs, paths)
    failed = [f"{run.name} failed: {run.failure}" for run in runs if run.failure]
    for failure in failed:
        _complain(failure)
    return int(bool(changed or failed))


def _count_differences(runs: list, paths: list[Path]) -> int:
    """How many cells print something else than is stored; each is shown."""
    import nbformat

    from .pages.notebooks import differences
    from .words import visible

    found = 0
    for run, path in zip(runs, paths, strict=True):
        for cell, before, after in differences(nbformat.read(path, as_version=4), run.notebook):
            found += 1
            print(visible(f"{run.name}, code cell {cell}\n  stored: {before}\n  now:    {after}"))
    print(f"{len(runs)} notebooks print what is stored." if not found else f"{found} cells print something else.")
    return found


def _lab(options: argparse.Namespace, passed: list[str]) -> int:
    """An installed package's notebooks are copied first: what a reader changes is the reader's own."""
    import shutil
    import signal
    import subprocess

    from .pages.notebooks import notebooks_folder

    folder = notebooks_folder()
    if folder.parent.name == __package__ and folder.parent.joinpath("__init__.py").exists():
        own = Path("notebooks")
        if not own.exists():
            shutil.copytree(folder, own)
            print(f"Copied the notebooks to {own.resolve()}")
        folder = own
    quiet = [str(Path(__file__).parent / "jupyter"), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(quiet)}  # no pop-up that asks for the network
    lab = subprocess.Popen([sys.executable, "-m", "jupyterlab", str(folder), *passed], env=environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is JupyterLab's, which asks before it stops
    return lab.wait()


def _page(options: argparse.Namespace, passed: list[str]) -> int:
    """The page of `survey` or of `orders`, by the module of the same name."""
    from importlib import import_module

    from .pages.folder import page_folder
    from .words import visible

    write = import_module(f".pages.{options.command}", __package__).write
    with page_folder(options.out, options.source) as new:
        said = write(options, new)
    print(visible(said), options.out.resolve() / "index.html", sep="\n\n")  # nothing is lost if nobody listens
    return 0


def _verify(options: argparse.Namespace, passed: list[str]) -> int:
    from .audiences.verify import verify

    table = verify().table
    print_table(table.assign(passed=table["passed"].map({True: "pass", False: "FAIL"})))
    print(f"{int(table['passed'].sum())} of {len(table)} values are reproduced.")
    return int(not table["passed"].all())


LANGUAGE = {"--language": dict(choices=("en", "de", "ru", "kk"), help="of charts and sentences (en)")}
FILE = {
    "--encoding": dict(metavar="CODE", help="of a text file, such as cp1251 (default: found out)"),
    "--sheet": dict(metavar="NAME", help="of a workbook (default: the first visible one with cells)"),
    **LANGUAGE,
}
PAGE = dict(type=Path, metavar="DIR", help="folder of the page (%(default)s)")
SAMPLES = "simulated_class, simulated_google_forms, simulated_excel_german or simulated_excel_russian"
CHECK = "also run the exercises' solutions, and compare all that the notebooks print with what is stored"
REPORT = {
    "--out": dict(type=Path, metavar="DIR", help="folder of the report (report; with --only 02: report-02)"),
    "--only": dict(action="append", metavar="02", help="only notebooks whose names begin so; repeatable"),
    "--notebooks": dict(type=Path, metavar="DIR", help="folder of the notebooks (the package's own)"),
    "--check": dict(action="store_true", help=CHECK),
    **LANGUAGE,
}
SURVEY = {
    "source": dict(metavar="FILE", help=f"of Google Forms, LimeSurvey, Qualtrics, Excel, SPSS; or a sample: {SAMPLES}"),
    "--platforms": dict(nargs="+", metavar="QUESTION", help="the question on platforms, or its columns: COLUMN[=NAME]"),
    "--age": dict(metavar="COLUMN", help="age in years, or in bands; False: leave it out"),
    "--weight": dict(metavar="COLUMN", help="survey weight of a person; a column is never used as one unasked"),
    "--year": dict(type=int, help="year of the interviews, where the file has years of birth"),
    "--yes": dict(metavar="CODE", help="the code that means yes"),
    "--audiences": dict(type=int, metavar="N", help="how many; default: what the answers support"),
    "--out": dict(default=Path("survey-report"), **PAGE),
    **FILE,
}
ORDERS = {
    "source": dict(metavar="FILE_OR_FOLDER", help="CSV or Excel, or the folder of the public Olist files"),
    "--columns": dict(nargs="+", default=[], metavar="promised=NAME", help="which column is which"),
    "--answers": dict(nargs="+", default=[], metavar="KEY=VALUE", help="what only a person knows, as the message says"),
    "--promised": dict(type=float, metavar="5", help="the promise, where it was the same for all orders"),
    "--unit": dict(choices=("days", "hours", "minutes", "points"), help="of promises, where the file does not say it"),
    "--better": dict(choices=("lower", "higher"), help="which is good, of points"),
    "--working-days": dict(action="store_true", help="promises count working days"),
    "--kept": dict(type=float, default=0.9, help="how often the quoted promise is to be kept (0.9)"),
    "--by": dict(metavar="COLUMN", help="also by region, category, weekday ..."),
    "--risk": dict(nargs="+", metavar="COLUMN", help="what is known when an order is placed, for its risk (promised)"),
    "--cap": dict(type=float, help="falling short counts up to so much (7 days; 0: no cap)"),
    "--out": dict(default=Path("orders-report"), **PAGE),
    **FILE,
}
COMMANDS = {
    "demo": (_demo, "show the audiences of a real survey in a few seconds", LANGUAGE),
    "report": (_report, "run the notebooks and write a web report that needs no network", REPORT),
    "lab": (_lab, "open the notebooks in JupyterLab, which gets what else stands on the line", {}),
    "orders": (_page, "audit a shop's promises, and write a page: kept, at risk, to be promised", ORDERS),
    "survey": (_page, "find the audiences in your own survey, and write a page that tells on nobody", SURVEY),
    "verify": (_verify, "fit the models on published tables and compare with the numbers there", {}),
}


if __name__ == "__main__":
    sys.exit(main())
