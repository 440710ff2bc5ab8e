import subprocess
import sys
import warnings

import pandas as pd
import pytest

from smm_analysis import record
from smm_analysis.__main__ import main
from smm_analysis.errors import ModelError, SmallSample


def test_bad_input_is_one_line_on_stderr_and_exit_2(capsys):
    assert main(["report", "--only", "99"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("smm-analysis: `notebooks`: ") and said.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_line_too(capsys, monkeypatch, tmp_path):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied", "report")

    monkeypatch.setattr("smm_analysis.lessons.find_notebooks", refuse)
    assert main(["report"]) == 2
    assert capsys.readouterr().err == "smm-analysis: [Errno 13] Permission denied: 'report'\n"


def test_without_a_command_it_lists_the_commands(capsys):
    assert main([]) == 2
    assert "survey" in capsys.readouterr().err


def test_stopping_it_is_no_traceback(capsys, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("smm_analysis.lessons.find_notebooks", stop)
    assert main(["report"]) == 130
    assert capsys.readouterr().err == "smm-analysis: stopped.\n"


def test_python_m_is_the_same_command():
    said = subprocess.run([sys.executable, "-m", "smm_analysis", "--version"], capture_output=True, text=True)
    assert said.returncode == 0 and said.stdout.startswith("smm-analysis ")


def test_demo_shows_the_four_audiences_of_the_survey(capsys):
    assert main(["demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "n = 1,366" in lines[0]
    assert [line.split()[0] for line in lines[3:7]] == ["1", "2", "3", "4"]
    assert lines[3].startswith("1 Snapchat + Instagram  18%")


def test_verify_exits_1_when_a_value_is_not_reproduced(monkeypatch, capsys):
    table = pd.DataFrame({"data": ["a", "b"], "printed": [1.0, 2.0], "ours": [1.0, 3.0], "passed": [True, False]})
    monkeypatch.setattr("smm_analysis.audiences.verify.verify", lambda: table)
    assert main(["verify"]) == 1
    said = capsys.readouterr().out
    assert "FAIL" in said and said.endswith("1 of 2 values are reproduced.\n")


def test_a_doubt_is_one_line_without_a_place_in_the_code(monkeypatch, capsys):
    def doubt():
        warnings.warn("Few people.", SmallSample, stacklevel=1)
        return pd.DataFrame({"passed": [True]})

    monkeypatch.setattr("smm_analysis.audiences.verify.verify", doubt)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["verify"]) == 0
    assert capsys.readouterr().err == "smm-analysis: Few people.\n"


@pytest.mark.parametrize("command", ["demo", "report", "lab", "verify"])
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0 and f"smm-analysis {command}" in capsys.readouterr().out


def test_lab_works_on_a_copy_of_an_installed_packages_notebooks(monkeypatch, tmp_path):
    installed = tmp_path / "smm_analysis" / "notebooks"
    installed.mkdir(parents=True)
    (installed / "00.ipynb").write_text("{}")
    started = []
    monkeypatch.setattr("smm_analysis.lessons.notebooks_folder", lambda: installed)
    monkeypatch.setattr("subprocess.call", lambda command: started.append(command) or 0)
    monkeypatch.chdir(tmp_path)
    assert main(["lab"]) == 0
    (tmp_path / "notebooks" / "00.ipynb").write_text("mine")
    assert main(["lab"]) == 0
    assert (tmp_path / "notebooks" / "00.ipynb").read_text() == "mine"
    assert started[0][-1] == "notebooks"


@pytest.mark.parametrize("value, digits", [(float("nan"), 1), (float("inf"), 1), (1.0, -1)])
def test_record_refuses_what_cannot_be_compared(value, digits):
    with pytest.raises(ModelError):
        record("x", value, digits=digits)
