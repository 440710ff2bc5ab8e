"""Nothing bites: whatever a file is called or holds, wherever the output goes, one short message or one whole page."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import smm_analysis as smm
from smm_analysis.__main__ import main
from smm_analysis.tables import asking

CASES = Path(__file__).parent / "cases"
USES = ["VK", "Insta", "VK;Insta", "none"]
SURVEY = "Your age,Networks\n" + "".join(f"{age},{USES[age % 4]}\n" for age in range(14, 74))
ORDERS = "promised,actual,outcome\n" + "".join(f"{3 + i % 3},{1 + 7 * i % 10},{1 + i % 5}\n" for i in range(200))
FILES = {"survey": SURVEY, "orders": ORDERS}
OPTIONS = {"survey": ("--audiences", "2"), "orders": ("--unit", "days")}
NAMES = [
    'it\'s "it", a b;c|d.csv',
    "$x_{1$ \\alpha.csv",
    "50%s %(a)s {0} {name} {.csv",
    "new\nline\r\x1b[31m\x9b.csv",
    "😀👩‍👩‍👧 ф Қ.csv",
    "\udcff\udc80.csv",
    "-rf.csv",
    "<script>alert(1)</script>.csv".replace("/", "∕"),
    "\u202egnp.csv",
    "~",
    "x" * 250 + ".csv",
]
ACTS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
unix = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes, devices and signals")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    return tmp_path


def told(folder: Path) -> str:
    """Every text file of a page."""
    return "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in (".html", ".svg"))


def start(*command, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "smm_analysis", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


def refused(capsys, *command) -> str:
    """The one message of a command that could not be done."""
    assert main([*map(str, command)]) == 2
    said = capsys.readouterr()
    assert len(said.err) <= 520 and said.err.count("smm-analysis: ") == 1 and said.out == ""
    assert not ACTS.search(said.err)
    return said.err


# What a file is called, and what it holds


@unix
@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("command", FILES)
def test_a_file_may_have_any_name(command, name, capsys):
    Path(name).write_text(FILES[command])
    assert main([command, *OPTIONS[command], "--out", "page", "--", name]) == 0
    said = capsys.readouterr()
    page = told(Path("page"))
    assert said.err == "" and not ACTS.search(said.out + page) and "<script>alert" not in page


def test_markup_and_mathematics_in_an_answer_act_nowhere(capsys):
    """Nor does a segment of a shop; the page shows them as they are."""
    odd = "</script><script>alert(1)</script><b>$x_{1$ {0} 50%s &amp;"
    Path("o.csv").write_text(
        "promised,actual,outcome,segment\n"
        + "".join(f"{line},{odd if i % 2 else 'plain'}\n" for i, line in enumerate(ORDERS.splitlines()[1:]))
    )
    assert main(["orders", "o.csv", *OPTIONS["orders"], "--by", "segment", "--out", "page"]) == 0
    page = (Path("page") / "index.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;$x_{1$ {0} 50%s &amp;amp;" in page and "<b>$x" not in page and "<script>alert" not in page


@pytest.mark.parametrize("name", ["esc", "platform_count", "platform_share"])
def test_columns_and_answers_that_once_acted_or_collided_give_a_page(name, capsys):
    assert main(["survey", str(CASES / "surveys" / f"{name}.csv"), "--audiences", "1", "--out", "page"]) == 0
    said = capsys.readouterr()
    assert not ACTS.search(said.out + said.err + told(Path("page")))


def test_a_question_in_a_terminal_shows_no_control_characters(monkeypatch, capsys):
    class Terminal(io.StringIO):
        isatty = lambda self: True

    Path("two.csv").write_text(
        "Age,Which \x1b[31mnetworks\x9b at home?,Which networks at school?\n"
        + "".join(f"{age},{USES[age % 3]},{USES[(age + 1) % 3]}\n" for age in range(14, 74))
    )
    monkeypatch.setattr(sys, "stdin", Terminal("1\n"))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert asking.settle(smm.read_survey, "two.csv").platforms
    assert "at home?" in (said := capsys.readouterr().out) and not ACTS.search(said)


POISON = ["$x_{1$", "{net} {0} {", "50%s %(a)s", "<b>&amp;", "$\\frac$ \\alpha"]


@pytest.fixture(scope="module")
def poisoned():
    """Answers of every kind whose names, groups and sources are mathematics, placeholders or markup."""
    draw, n, few = np.random.default_rng(0), 400, {"n_resamples": 8}
    young = draw.random(n) < 0.5
    uses = [draw.random(n) < np.where(young, *((0.85, 0.15) if i % 2 else (0.15, 0.85))) for i in range(len(POISON))]
    frame = pd.DataFrame(dict(zip(POISON, uses, strict=True))).astype(int)
    frame["age"] = np.where(young, draw.integers(15, 40, n), draw.integers(30, 75, n))
    frame["{out} $y_{$"], frame["{on} $z_{$"] = draw.random((2, n))
    frame["{by} $b_{$"] = draw.choice(["$g_{1$", "{h}"], n)
    source, follows = "a $x_{1$ {file} 50%s.csv", "{out} $y_{$"
    people = smm.People.from_frame(frame, platforms=POISON, age="age", source=source)
    table = smm.simulate_orders(1500, random_state=1)[0].table
    table["segment"] = draw.choice(["$g_{1$", "{h}"], len(table))
    orders = smm.Orders.from_frame(table, unit="days", source=source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", smm.SmmWarning)
        model = smm.AudienceMixture(2, n_starts=2).fit(people)
        return [
            *(model.profile(**few), model.age_curve(**few), model.reach(**few), model.certainty(), model.residuals()),
            model.compare(frame, by="{by} $b_{$", **few),
            smm.choose_audiences(people, up_to=3, pairs=4, n_starts=2),
            *(smm.co_use(people), smm.platform_use_by_age(people), smm.segment_stability(model, pairs=4)),
            smm.audience_outcome(model, frame, follows, **few),
            smm.audience_outcome(model, frame, follows, on=["{on} $z_{$"], **few),
            smm.plan_platforms(model, people, audience=1, budget=5, cost=dict.fromkeys(POISON, 2), **few),
            *(smm.audit_promises(orders, by="segment"), smm.quote_promise(orders, by="segment")),
            *(smm.fit_disconfirmation(orders), smm.fit_surface(orders), smm.PromiseRisk().evaluate(orders)),
        ]


@pytest.mark.parametrize("used", [False, True], ids=["own figure", "axes with other marks"])
def test_text_from_data_is_no_mathematics_on_any_chart(poisoned, used):
    for answer in poisoned:
        for kind in answer.charts:
            ax = plt.subplots()[1] if used else None
            if used:
                ax.plot([1, 2], [1, 2])
            figure = answer.plot(kind, ax=ax).figure
            figure.canvas.draw()
            assert not [text for text in figure.findobj(Text) if text.get_text() and text.get_parse_math()], kind
            plt.close("all")


# What is no file, or has no end


@unix
@pytest.mark.parametrize("command", FILES)
def test_a_loop_of_links_and_a_device_are_refused(command, capsys):
    Path("loop").symlink_to("loop")
    for name in ("loop", "/dev/zero", "/dev/tty"):
        assert "found no" in refused(capsys, command, name) or "found nothing" in refused(capsys, command, name)
    assert os.listdir() == ["loop"]


@unix
@pytest.mark.parametrize("command", FILES)
def test_a_pipe_is_read_once(command, capsys):
    os.mkfifo("pipe")
    threading.Thread(target=lambda: Path("pipe").write_text(FILES[command]), daemon=True).start()
    assert main([command, "pipe", *OPTIONS[command], "--out", "page"]) == 0
    assert (Path("page") / "index.html").is_file()


@unix
def test_a_pipe_without_an_end_and_a_file_too_large_are_refused(capsys, monkeypatch):
    monkeypatch.setenv("SMM_MAX_MEGABYTES", "1")
    endless = subprocess.Popen(["yes", "1,2,3"], stdout=subprocess.PIPE)
    assert "a file may have 1 MB" in refused(capsys, "orders", f"/dev/fd/{endless.stdout.fileno()}")
    endless.kill()
    endless.communicate()
    with open("hole.csv", "wb") as file:
        file.truncate(10**12)  # a terabyte that takes no room
    assert "a file may have 1 MB" in refused(capsys, "survey", "hole.csv")


# Messages


def test_a_message_has_at_most_500_letters_however_long_what_it_lists(capsys):
    columns = [f"column {i} {'x' * 300}" for i in range(900)]
    Path("wide.csv").write_text(",".join(columns) + "\n" + ",".join("1" * 900) + "\n")
    frame = pd.DataFrame(1, index=range(3), columns=columns)
    tries = [
        lambda: smm.read_survey("wide.csv"),
        lambda: smm.read_orders("wide.csv"),
        lambda: smm.read_survey("y" * 3000),
        lambda: smm.read_survey("wide.csv", platforms=["no" * 900]),
        lambda: smm.People.from_frame(frame, platforms=["no" * 900]),
        lambda: smm.Orders.from_frame(frame, columns={"promised": "no" * 900}, unit="days"),
        lambda: smm.set_language("no" * 900),
        lambda: smm.load_published("no" * 900),
    ]
    for wrong in tries:
        with pytest.raises(smm.SmmError) as caught:
            wrong()
        assert len(str(caught.value)) <= 500, str(caught.value)[:80]
    for command in (["survey", "wide.csv"], ["orders", "wide.csv"], ["survey", "y" * 3000]):
        refused(capsys, *command)


def test_what_is_typed_wrongly_is_shown_and_acts_not(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["demo", "\x1b[31m" + "x" * 2000])
    said = capsys.readouterr().err
    assert stopped.value.code == 2 and r"\x1b[31m" in said and "\x1b" not in said and len(said) < 700


@unix
@pytest.mark.parametrize(
    "terminal",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=str,
)
def test_a_terminal_that_has_no_such_letters_gets_them_written_out(terminal):
    Path("Ä ф 😀.csv").write_text(SURVEY)
    command = ("survey", "Ä ф 😀.csv", *OPTIONS["survey"], "--language", "ru", "--out", "ф")
    run = start(*command, env={**os.environ, **terminal})
    out, err = run.communicate()
    assert run.returncode == 0 and b"Traceback" not in err and rb"\u04" in out
    assert 'lang="ru"' in told(Path("ф"))


# Where the page goes


@pytest.mark.parametrize("command", FILES)
def test_a_place_that_cannot_be_written_is_refused_before_the_file_is_read(command, capsys):
    Path("taken").write_text("mine")
    for out in ("taken", "taken/page", "x" * 300):
        assert "`out`" in refused(capsys, command, "no such file", "--out", out)
    assert Path("taken").read_text() == "mine"


@pytest.mark.filterwarnings("ignore::smm_analysis.errors.SmmWarning")
def test_a_page_may_lie_in_the_folder_that_is_read():
    """`cd data; smm-analysis orders .` is usual; what lies there stays as it is, also at the second time."""
    for path in (CASES / "orders" / "14_olist_without_review_id").glob("*.csv"):
        Path(path.name).write_bytes(path.read_bytes())
    before = {path.name: path.read_bytes() for path in Path().glob("*.csv")}
    for _turn in range(2):
        assert main(["orders", ".", "--out", "page"]) == 0
        assert {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before
        assert {path.name for path in Path().iterdir() if path.is_dir()} == {"page"}


@pytest.mark.parametrize("command", FILES)
def test_the_same_file_gives_the_same_page_to_the_byte(command):
    Path("file.csv").write_text(FILES[command])
    pages = []
    for seed in ("1", "2"):
        run = start(
            *(command, "file.csv", *OPTIONS[command], "--out", seed), env={**os.environ, "PYTHONHASHSEED": seed}
        )
        assert run.communicate() and run.returncode == 0
        pages.append({path.relative_to(seed): path.read_bytes() for path in Path(seed).rglob("*") if path.is_file()})
    assert pages[0] == pages[1] and len(pages[0]) > 3


@unix
def test_a_full_disk_leaves_the_old_page_and_says_why():
    from resource import RLIMIT_FSIZE, setrlimit

    Path("file.csv").write_text(SURVEY)
    command = ("survey", "file.csv", *OPTIONS["survey"], "--out", "page")
    assert main([*command]) == 0
    before = {path: path.read_bytes() for path in Path("page").rglob("*") if path.is_file()}
    run = start(*command, "--language", "de", preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, (9000, 9000)))
    err = run.communicate()[1].decode()
    assert run.returncode == 2 and "Traceback" not in err and err.count("smm-analysis: [Errno") == 1
    assert {path: path.read_bytes() for path in Path("page").rglob("*") if path.is_file()} == before
    assert sorted(os.listdir()) == ["file.csv", "page"]


def test_two_at_once_into_one_folder_leave_one_whole_page():
    Path("file.csv").write_text(SURVEY)
    runs = [start("survey", "file.csv", *OPTIONS["survey"], "--out", "page") for _run in range(2)]
    errors = [run.communicate()[1].decode() for run in runs]
    assert 0 in [run.returncode for run in runs] and not any("Traceback" in error for error in errors), errors
    assert main(["survey", "file.csv", *OPTIONS["survey"], "--out", "page"]) == 0, "the page is ours, and whole"
    assert sorted(os.listdir()) == ["file.csv", "page"]


# Ctrl-C

INTERRUPTED = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, *where):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from smm_analysis.__main__ import main
sys.exit(main(sys.argv[2:]))
"""
FIRST = ["argparse", "smm_analysis.errors", "babel", "numpy", "pandas", "scipy.optimize", "smm_analysis.pages.survey"]
MIDDLE = ["smm_analysis.audiences.mixture", "smm_analysis.charts", "matplotlib.backends.backend_svg"]


@unix
@pytest.mark.parametrize("moment", FIRST + MIDDLE)
def test_ctrl_c_is_quiet_at_any_moment_and_leaves_nothing_half_written(moment):
    """The moments are imports, which happen throughout a run: so the test hits the same ones on a slow machine."""
    Path("file.csv").write_text(SURVEY)
    command = [sys.executable, "-c", INTERRUPTED, moment, "survey", "file.csv", *OPTIONS["survey"], "--out", "page"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode in (130, -signal.SIGINT), run.stderr
    assert run.stderr in ("", "smm-analysis: stopped.\n") and os.listdir() == ["file.csv"]
