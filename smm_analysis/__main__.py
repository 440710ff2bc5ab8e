"""The command line: `smm-analysis`, which is `python -m smm_analysis`."""

import argparse
import os
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

from .console import print_table, say_orders
from .errors import SmmError
from .words import LANGUAGES, _, language, number, percent, set_language

DESCRIPTION = "Who is the audience, and how much may we promise it?"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if all is well, 1 if something differs or failed, 2 if the input must be changed first."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help(sys.stderr)
        return 2
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _say_warning
            set_language(getattr(options, "language", language()))
            code = options.run(options)
            sys.stdout.flush()
            return code
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (SmmError, OSError) as error:
        print(f"smm-analysis: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("smm-analysis: stopped.", file=sys.stderr)
        return 130


def _say_warning(message: Warning, *where) -> None:
    print(f"smm-analysis: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smm-analysis", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"smm-analysis {version('smm-analysis')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_demo(commands)
    _add_report(commands)
    _add_lab(commands)
    _add_orders(commands)
    _add_survey(commands)
    _add_verify(commands)
    return parser


def _add_language(command, what: str = "charts and sentences") -> None:
    command.add_argument("--language", choices=LANGUAGES, default="en", help=f"language of {what} (en)")


# demo: the first result


def _add_demo(commands) -> None:
    words = "show the audiences of a real survey in a few seconds"
    command = commands.add_parser("demo", help=words, description=words.capitalize() + ".")
    _add_language(command)
    command.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    from .audiences.mixture import AudienceMixture
    from .tables.cells import Cells
    from .tables.published import load_published

    survey = load_published("gss_2016_platforms_by_age")
    items = [name for name in survey.columns if survey[name].isin([0, 1]).all()]
    age, sums = ("age_low", "age_high"), {"weight": "weight", "weight_squared": "weight_squared"}
    cells = Cells.from_table(survey, items=items, age=age, count="respondents", **sums)
    profile = AudienceMixture(4).fit(cells).profile()
    said = _("Who is the audience? {source}, n = {n}.")
    print(said.format(source=survey.attrs["source"], n=number(cells.n_respondents)), end="\n\n")
    print_table(_demo_table(profile, items))
    print()
    print(_("Shares with 90% intervals, mean ages, and how many of each audience use a platform."))
    print(_("Next: `smm-analysis report` writes all of it as web pages, `smm-analysis lab` opens the notebooks."))
    return 0


def _demo_table(profile, items: list[str]):
    """A row per audience: name, share, mean age, percent on each platform."""
    import pandas as pd

    from .charts.theme import between
    from .tables.published import item_label

    rows = []
    for audience, part in profile[profile["answer"] != "sd"].groupby("audience"):
        part = part.set_index("item")
        row = {
            _("audience"): f"{audience} {profile.attrs['names'][audience]}",
            _("share"): between(*map(percent, part.loc["share", ["estimate", "low", "high"]])),
            _("age"): round(part.loc["age", "estimate"]),
        }
        rows.append(row | {item_label(item): percent(part.loc[item, "estimate"]) for item in items})
    return pd.DataFrame(rows)


# report: run the notebooks


def _add_report(commands) -> None:
    words = "run the notebooks and write a web report that needs no network"
    command = commands.add_parser("report", help=words, description=words.capitalize() + ".")
    command.add_argument(
        "--out", type=Path, metavar="DIR", help="folder of the report (report; with --only 02: report-02)"
    )
    command.add_argument(
        "--only", action="append", metavar="02", help="only notebooks whose names begin so; repeatable"
    )
    command.add_argument("--notebooks", type=Path, metavar="DIR", help="folder of the notebooks (the package's own)")
    _add_language(command, "charts and contents")
    what = command.add_mutually_exclusive_group()
    what.add_argument(
        "--check",
        action="store_true",
        help="also run the exercises' solutions and compare each number with numbers.json",
    )
    what.add_argument(
        "--store",
        action="store_true",
        help="no report: store the notebooks as executed (in English) and numbers.json where they are",
    )
    command.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    from . import lessons, report

    folder = options.notebooks or lessons.notebooks_folder()
    paths = lessons.find_notebooks(folder, options.only)
    if options.store:
        runs = lessons.run_notebooks(paths, language="en")
        lessons.store_notebooks(runs, folder)
        return _say_failures(runs)
    out = options.out or Path("-".join(["report", *(Path(name).name for name in options.only or [])]))
    report.check_place(out)
    runs = lessons.run_notebooks(paths, language=options.language, solutions=options.check, figures="png svg")
    print(report.write_report(runs, out))
    changed = _say_numbers(runs, folder, whole=not options.only) if options.check else 0
    return max(changed, _say_failures(runs))


def _say_numbers(runs: list, folder: Path, *, whole: bool) -> int:
    """Every number beside its stored value; without `whole`, only those of the notebooks that ran."""
    from .lessons import compare_numbers, read_numbers

    now = {run.name: run.numbers for run in runs}
    stored = {name: numbers for name, numbers in read_numbers(folder).items() if whole or name in now}
    table = compare_numbers(stored, now)
    if len(table):
        print_table(table)
    same = int((table["same"] == "yes").sum())
    print(f"{same} of {len(table)} numbers are the same.")
    return int(same < len(table))


def _say_failures(runs: list) -> int:
    failed = [run for run in runs if run.failure]
    for run in failed:
        print(f"{run.name} failed: {run.failure}", file=sys.stderr)
    return int(bool(failed))


# lab: open the notebooks


def _add_lab(commands) -> None:
    words = "open the notebooks in JupyterLab"
    command = commands.add_parser("lab", help=words, description=words.capitalize() + ".")
    command.set_defaults(run=_lab)


def _lab(options: argparse.Namespace) -> int:
    """An installed package's notebooks are copied first: what a reader changes is the reader's own."""
    import shutil
    import subprocess

    from .lessons import notebooks_folder

    folder = notebooks_folder()
    if folder.parent.name == __package__:
        own = Path("notebooks")
        if not own.exists():
            shutil.copytree(folder, own)
            print(f"Copied the notebooks to {own.resolve()}")
        folder = own
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(folder)])


# orders: were the promises kept, and what does falling short cost?


def _add_orders(commands) -> None:
    words = "audit a shop's promises: what falling short costs, what is at risk, how much may be promised"
    command = commands.add_parser("orders", help=words, description=words.capitalize() + ".")
    command.add_argument(
        "source", metavar="FILE_OR_FOLDER", help="CSV or Excel, or the folder of the public Olist files"
    )
    command.add_argument(
        "--column", action="append", default=[], metavar="promised=NAME", help="which column is which; repeatable"
    )
    command.add_argument("--scale", nargs=2, type=float, metavar=("LOW", "HIGH"), help="ends of the outcome's scale")
    command.add_argument("--better", choices=("lower", "higher"), help="which is good; needed unless there are dates")
    command.add_argument("--cap", type=float, help="falling short counts up to so much (7 for days; 0: no cap)")
    command.add_argument("--kept", type=float, default=0.9, help="how often the quoted promise is to be kept (0.9)")
    command.add_argument("--out", type=Path, metavar="DIR", help="folder for the charts, as PNG")
    _add_language(command)
    command.set_defaults(run=say_orders)


# survey: a survey of one's own

READING = {
    "multi": ("COLUMN", "the question with several platforms in one cell (default: found by its answers)"),
    "age": ("COLUMN", "age in years, or bands such as 18-29 (default: found by its name)"),
    "weight": ("COLUMN", "survey weight of a person (default: none; a column is never used as one unasked)"),
    "separator": ("X", "sign between the cells of a text file (default: found out)"),
    "encoding": ("CODE", "of a text file, such as utf-8 or cp1251 (default: found out)"),
    "sheet": ("NAME", "of a workbook (default: the first one that is not empty)"),
}


def _add_survey(commands) -> None:
    words = "find the audiences in your own survey; the report tells on nobody"
    samples = "simulated_class, simulated_google_forms, simulated_excel_german or simulated_excel_russian"
    command = commands.add_parser("survey", help=words, description=words.capitalize() + ".")
    command.add_argument("file", help=f"of Google Forms, LimeSurvey, Qualtrics, Excel, SPSS; or a sample: {samples}")
    words = "columns that hold one platform each; one column alone, without =NAME, holds several in a cell"
    command.add_argument("--platforms", nargs="+", metavar="COLUMN[=NAME]", help=words)
    for name, (kind, meaning) in READING.items():
        command.add_argument(f"--{name}", metavar=kind, help=meaning)
    command.add_argument("--audiences", type=int, metavar="N", help="how many; default: what the answers support")
    command.add_argument("--out", type=Path, default=Path("survey-report"), metavar="DIR", help="(survey-report)")
    _add_language(command, "charts and contents")
    command.set_defaults(run=_survey)


def _survey(options: argparse.Namespace) -> int:
    from . import lessons, report
    from .tables.survey import read_survey

    report.check_place(options.out)
    given = {name: value for name, value in vars(options).items() if name in READING and value is not None}
    named = dict(column.partition("=")[::2] for column in options.platforms or [])
    given["platforms"] = next(iter(named)) if list(named.values()) == [""] else named or None
    people = read_survey(options.file, **given)
    print(people.attrs["verdict"])
    if len(people.attrs["rejects"]):
        print(_("Values that were not used, and the first of each kind: for your eyes, not in the report."))
        unused = people.attrs["rejects"].groupby(["column", "reason"])["value"].agg(["size", "first"])
        print_table(unused.reset_index())
    if names := ", ".join(people.attrs["unknown"]):
        print(_("For your eyes too, answers that name no known platform: {list}.").format(list=names))
    run = lessons.run_survey(people, options.file, given, options.audiences, language=options.language)
    print(report.write_report([run], options.out))
    return _say_failures([run])


# verify: reproduce what is known


def _add_verify(commands) -> None:
    words = "fit the models on published tables and compare with the numbers printed there"
    command = commands.add_parser("verify", help=words, description=words.capitalize() + ".")
    command.set_defaults(run=_verify)


def _verify(options: argparse.Namespace) -> int:
    from .audiences.verify import verify

    table = verify()
    print_table(table.assign(passed=table["passed"].map({True: "pass", False: "FAIL"})))
    print(f"{int(table['passed'].sum())} of {len(table)} values are reproduced.")
    return int(not table["passed"].all())


if __name__ == "__main__":
    sys.exit(main())
