"""The command line: light, quiet when it is stopped, one message for what cannot be done."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

from smm_analysis.__main__ import main, print_table
from smm_analysis.answer import Answer
from smm_analysis.errors import ModelError, SmallSample, TableError
from smm_analysis.words import visible

COMMANDS = ("demo", "report", "orders", "survey", "verify", "lab")
RUN = [sys.executable, "-m", "smm_analysis"]


def refuse(error):
    def stop(*arguments, **options):
        raise error

    return stop


@pytest.fixture
def failing(monkeypatch):
    """`verify` with an error of one's own."""
    return lambda error: monkeypatch.setattr("smm_analysis.audiences.verify.verify", refuse(error))


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (TableError("age", "a rule", "161", "Correct it."), 2, "smm-analysis: `age`: a rule; found 161. Correct it.\n"),
        (PermissionError(13, "Permission denied", "x"), 2, "smm-analysis: [Errno 13] Permission denied: 'x'\n"),
        (MemoryError(), 2, "smm-analysis: MemoryError\n"),
        (KeyboardInterrupt(), 130, "smm-analysis: stopped.\n"),
        (EOFError(), 130, "smm-analysis: stopped.\n"),
    ],
)
def test_what_goes_wrong_is_one_message_and_no_traceback(failing, capsys, error, code, said):
    failing(error)
    assert main(["verify"]) == code
    assert capsys.readouterr().err == said


def test_a_long_message_keeps_its_beginning_and_what_to_do(failing, capsys):
    failing(ModelError("n", "a rule " + "x" * 2000, "y" * 2000, "Do this."))
    assert main(["verify"]) == 2
    said = capsys.readouterr().err
    assert len(said) <= 520 and said.startswith("smm-analysis: `n`: a rule") and said.endswith("Do this.\n")


def test_control_characters_are_visible(failing, capsys):
    failing(TableError("a\x1b[31m", "rule", "\u202egnp.exe\x9b\udc80", "\ttab\nline"))
    assert main(["verify"]) == 2
    said = capsys.readouterr().err
    assert r"a\x1b[31m" in said and r"\u202egnp.exe\x9b\udc80" in said and "\ttab\nline" in said
    print_table(pd.DataFrame({"answer": ["a\x1bb", "Қазақша"], "n": [1, 2]}))
    said = capsys.readouterr().out
    assert r"a\x1bb" in said and "Қазақша" in said and visible("👩‍👩‍👧 Ä\u00a0б") == "👩‍👩‍👧 Ä\u00a0б"


def test_what_stdout_cannot_encode_is_written_out():
    run = subprocess.run(
        [*RUN, "demo", "--language", "ru"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert run.returncode == 0 and b"Traceback" not in run.stderr and rb"\u0430" in run.stdout


def test_help_and_version_are_light():
    """Nothing heavy is imported for them; so they take a blink."""
    code = "import sys; from smm_analysis.__main__ import main\ntry: main(['{}'])\nexcept SystemExit: pass\n"
    code += "print([name for name in ('pandas', 'numpy', 'matplotlib', 'sklearn', 'babel') if name in sys.modules])"
    for option in ("--version", "--help"):
        run = subprocess.run([sys.executable, "-c", code.format(option)], capture_output=True, text=True)
        assert run.stdout.splitlines()[-1] == "[]"


def test_a_pipe_that_is_closed_early_is_no_error():
    run = subprocess.Popen([*RUN, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.stdout.close()
    assert run.stderr.read() == b"" and run.wait() == 1
    run.stderr.close()


def test_without_a_command_it_lists_the_commands(capsys):
    assert main([]) == 2
    said = capsys.readouterr().err
    assert all(command in said for command in COMMANDS)


def test_every_command_explains_itself(capsys):
    for command in COMMANDS:
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0 and f"smm-analysis {command}" in capsys.readouterr().out


def test_options_that_do_not_exist_are_refused(capsys):
    for command in (["demo", "--port", "1"], ["report", "--onl", "02"], ["verify", "x"]):
        with pytest.raises(SystemExit) as stopped:
            main(command)
        assert stopped.value.code == 2


def test_an_empty_only_is_refused(capsys):
    for only in ("", " ", "99"):
        assert main(["report", "--only", only]) == 2
        said = capsys.readouterr().err
        assert said.startswith("smm-analysis: `notebooks`: ") and said.count("\n") == 1


def test_demo_shows_the_four_audiences_of_the_survey(capsys):
    assert main(["demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "n = 1,366" in lines[0]
    assert [line.split()[0] for line in lines[3:7]] == ["1", "2", "3", "4"]
    assert lines[3].startswith("1 Snapchat + Instagram") and " 18% (" in lines[3]


def test_verify_reproduces_all_printed_values_and_fails_when_one_is_not(capsys, monkeypatch):
    from dataclasses import replace

    from smm_analysis.audiences import verify as room

    assert main(["verify"]) == 0
    assert "91 of 91 values are reproduced." in capsys.readouterr().out
    found = room.verify()
    wrong = replace(found, table=found.table.assign(passed=found.table.index > 0))
    monkeypatch.setattr(room, "verify", lambda: wrong)
    assert main(["verify"]) == 1
    assert "90 of 91 values are reproduced." in capsys.readouterr().out


def test_a_doubt_is_one_line_without_a_place_in_the_code(monkeypatch, capsys):
    def doubt():
        warnings.warn("Few people.", SmallSample, stacklevel=1)
        return Answer(pd.DataFrame({"passed": [True]}))

    monkeypatch.setattr("smm_analysis.audiences.verify.verify", doubt)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["verify"]) == 0
    assert capsys.readouterr().err == "smm-analysis: Few people.\n"


# lab


class Lab:
    """JupyterLab, pretended: what it was started with."""

    started: list = []

    def __init__(self, command, env):
        self.started.append(command)
        first = Path(env["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0])  # it turns the pop-up on news off
        assert "fetchNews" in (first / "labconfig" / "default_setting_overrides.json").read_text()

    def wait(self):
        return 0


@pytest.fixture
def lab(monkeypatch):
    Lab.started = []
    monkeypatch.setattr("subprocess.Popen", Lab)
    monkeypatch.setattr("signal.signal", lambda *what: None)
    return Lab.started


def test_lab_passes_arguments_on(lab):
    assert main(["lab", "--no-browser", "--port", "9999", "--allow-root"]) == 0
    assert lab[0][1:3] == ["-m", "jupyterlab"] and lab[0][4:] == ["--no-browser", "--port", "9999", "--allow-root"]


def test_lab_works_on_a_copy_of_an_installed_packages_notebooks(lab, monkeypatch, tmp_path):
    installed = tmp_path / "smm_analysis" / "notebooks"
    installed.mkdir(parents=True)
    (installed.parent / "__init__.py").write_text("")
    (installed / "00.ipynb").write_text("{}")
    monkeypatch.setattr("smm_analysis.pages.notebooks.notebooks_folder", lambda: installed)
    monkeypatch.chdir(tmp_path)
    assert main(["lab"]) == 0
    (tmp_path / "notebooks" / "00.ipynb").write_text("mine")
    assert main(["lab"]) == 0
    assert (tmp_path / "notebooks" / "00.ipynb").read_text() == "mine"
    assert lab[0][-1] == "notebooks"


# progress


def test_progress_says_nothing_where_nobody_looks(capfd):
    from smm_analysis.progress import progress

    assert list(progress(range(3), "steps")) == [0, 1, 2] and list(progress(iter("ab"), "letters", 2)) == ["a", "b"]
    assert capfd.readouterr() == ("", "")


def test_progress_in_a_notebook_is_a_display_that_is_emptied(monkeypatch):
    from smm_analysis import progress

    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data["text/plain"])

    monkeypatch.setattr(progress, "_kernel", lambda: True)
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    monkeypatch.setattr("IPython.display.display", lambda *data, **options: Handle())
    monkeypatch.setattr(progress, "AFTER", 0)
    monkeypatch.setattr(progress, "EVERY", -1)
    assert list(progress.progress(range(3), "steps")) == [0, 1, 2]
    assert shown == ["steps: 0 of 3", "steps: 1 of 3", "steps: 2 of 3", ""]
    with pytest.raises(ZeroDivisionError):
        [1 / step for step in progress.progress(range(3), "steps")]
    assert shown[-1] == ""
