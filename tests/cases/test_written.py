"""Files of random plans come back as they were written, or are asked about; broken ones lose no row in silence."""

import resource
import signal
import tempfile
import time
import traceback
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from cases.written import DIRT, HARM, Plan, draw_frame, typed_shop, write
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from slow import write_result

from smm_analysis import Orders, People, SmmError, TableError, read_orders, read_survey
from smm_analysis.tables.asking import Undecided

COUNTED = {"an open quote", "a quote inside", "further cells", "the file twice"}  # harm that takes no row away
files = {
    "number": st.integers(0, 2**32 - 1),
    "dirt": st.lists(st.sampled_from(sorted(DIRT)), max_size=3, unique=True).map(tuple),
    "harm": st.none() | st.none() | st.sampled_from(sorted(HARM)),
}
survey_files = st.fixed_dictionaries(files)
order_files = st.fixed_dictionaries(files)
frames = st.fixed_dictionaries({"number": files["number"]})
quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def named(error) -> str:
    assert len(str(error)) <= 500, str(error)
    return f"asked: {error}"


def counted(harm, path) -> bool:
    """Whether the harm leaves every line a line: bytes put between the two of UTF-16 can destroy a line's end."""
    return harm in COUNTED and not path.read_bytes().startswith((b"\xff\xfe", b"\xfe\xff"))


def check_survey(folder, number, dirt=(), harm=None) -> str:
    plan = Plan(number)
    path = plan.write(folder, dirt, harm)
    try:
        people = read_survey(path, **plan.option)
    except TableError as error:
        return named(error)
    if harm:
        rows = set(people.table.index) | set(people.rejects["row"])
        return "lost rows" if counted(harm, path) and len(rows) < plan.n else ""
    return "".join(f"different: {found}" for found in [plan.differences(people)] if found)


def read_told(path, told, unit):
    """Read a file; what it asks is answered with the truth."""
    options = {}
    while True:
        try:
            return read_orders(path, **options)
        except Undecided as asked:
            words = [value for _said, value in asked.choices if asked.argument == "answers"]
            right = [value for value in words if all(told.get(key) == each for key, each in value.items())]
            if asked.argument == "unit" and "unit" not in options:
                options["unit"] = unit
            elif right and not right[0].items() <= options.get("answers", {}).items():
                options["answers"] = options.get("answers", {}) | right[0]
            else:
                raise


def check_orders(folder, number, dirt=(), harm=None) -> str:
    rows, truth, told, unit, encodings, rng = typed_shop(number)
    for name in sorted(dirt):
        rows = DIRT[name](rng, rows)
    path = write(folder / "shop", rows, rng, encodings, harm, kinds=("csv", "csv", "xlsx"))
    try:
        orders = read_told(path, told, unit)
    except TableError as error:
        return named(error)
    if harm:
        named_rows = len(orders.table) + len(orders.rejects)
        return "lost rows" if counted(harm, path) and named_rows < len(truth) else ""
    got = orders.table[["promised", "actual", "outcome"]].assign(state=orders.state())
    if orders.unit != unit or len(got) != len(truth):
        return f"different: {orders.unit}, {len(got)} of {len(truth)} orders"
    differ = [c for c in got if not (got[c].eq(truth[c]) | (got[c].isna() & truth[c].isna())).all()]
    return f"different: {differ}" if differ else ""


def check_frame(_folder, number) -> str:
    frame, said = draw_frame(number), []
    names = [name for name in frame if isinstance(name, str)]
    platforms = [name for name in names if name in ("facebook", "tiktok", "share", "late")]
    for make in (
        lambda: People.from_frame(frame, platforms=platforms, age="age" if "age" in names else None),
        lambda: People.from_frame(frame, platforms=platforms, age=("age_low", "age_high"), weight="weight"),
        lambda: Orders.from_frame(frame, unit="days"),
        lambda: Orders.from_frame(frame, unit="points", higher_is_better=True, columns={"outcome": "share"}),
    ):
        try:
            table = make().table
        except SmmError as error:
            said.append(named(error))
            continue
        if len(table) != len(frame):
            return "lost rows"
    return said[0] if len(said) == 4 else ""


@quick
@given(survey_files)
def test_a_survey_comes_back_as_it_was_written(tmp_path_factory, case):
    said = check_survey(tmp_path_factory.mktemp("w"), **case)
    assert not said or said.startswith("asked")


@quick
@given(order_files)
def test_orders_come_back_as_they_were_written(tmp_path_factory, case):
    said = check_orders(tmp_path_factory.mktemp("w"), **case)
    assert not said or said.startswith("asked")


@quick
@pytest.mark.filterwarnings("ignore")  # pandas warns of infinities and of dates of many forms
@given(frames)
def test_a_frame_is_taken_whole_or_refused(case):
    assert check_frame(None, **case) != "lost rows"


def test_clean_files_need_no_question(tmp_path):
    said = {number: check_survey(tmp_path, number) for number in range(60)}
    said |= {-number: check_orders(tmp_path, number) for number in range(1, 60)}
    assert {number: found for number, found in said.items() if found} == {}


KINDS = {  # what is checked, on what, how many times a thousand
    "surveys": (check_survey, survey_files, 12),
    "orders": (check_orders, order_files, 4),
    "frames": (check_frame, frames, 4),
}


def a_thousand(kind, number) -> tuple[Counter, list[float], list[str], int]:
    """What became of a thousand inputs of a kind, how long each took, what went wrong; peak memory in MB."""
    found, seconds, bad, (checked, strategy, _n) = Counter(), [], [], KINDS[kind]
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, hang)

    @seeded(number)
    @settings(quick, max_examples=1000, database=None, derandomize=False, phases=[Phase.generate])
    @given(strategy)
    def each(case):
        start, said = time.process_time(), "hang"
        signal.alarm(120)
        try:
            said = checked(folder, **case)
        except TimeoutError:
            pass
        except Exception:
            said = f"traceback: {traceback.format_exc()[-600:]}"
        signal.alarm(0)
        word = said.split(":")[0] or "read"
        seconds.append(time.process_time() - start)
        found.update(["input", word])
        bad.extend([f"{kind} {case} {said}"] * (word not in ("read", "asked")))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        each()
    return found, seconds, bad, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def hang(*_args):
    raise TimeoutError


@pytest.mark.slow
def test_twenty_thousand_inputs_give_no_traceback_lose_no_row_and_do_not_hang():
    chunks = [(kind, number) for kind, (*_rest, thousands) in KINDS.items() for number in range(thousands)]
    with ProcessPoolExecutor(4) as pool:
        done = list(pool.map(a_thousand, *zip(*chunks, strict=True)))
    n = sum((found for found, *_rest in done), Counter())
    seconds, bad = (
        [each for _n, times, *_rest in done for each in times],
        [one for _n, _s, wrong, _m in done for one in wrong],
    )
    lines = [
        f"{n['input']:,} inputs: {n['read']:,} read, {n['asked']:,} asked about or refused",
        f"tracebacks {n['traceback']}, inputs with rows lost {n['lost rows']}, silent differences {n['different']}, "
        f"hangs {n['hang']}",
        f"{sum(seconds):,.0f} seconds, the longest {max(seconds):.1f}; peak memory {max(m for *_rest, m in done):,} MB",
    ]
    write_result("Files and frames of any kind at the door", lines)
    assert bad == []
