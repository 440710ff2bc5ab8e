"""What the slow proofs found, kept in `slow_results.md`: one section per proof, replaced at each run."""

import os
import re
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).with_name("slow_results.md")
SHARE = float(os.environ.get("SMM_SLOW", 1))  # SMM_SLOW=0.05: a twentieth of all tries, whose rates prove nothing
HEAD = "# What the slow proofs found\n\nWritten by `make test-slow`: one section per proof, replaced at each run.\n"


def tries(n: int) -> int:
    """How many surveys, kills ... a proof takes: `n`, or a share of them, to see whether it runs."""
    return max(2, round(n * SHARE))


def write_result(title: str, lines: list[str], path: Path = RESULTS) -> None:
    """Put the section `title` with today's date and `lines` as a list into the results, sorted by title."""
    if SHARE != 1 and path == RESULTS:
        print(f"\n{title}", *lines, sep="\n  ")
        return
    text = path.read_text(encoding="utf-8") if path.exists() else HEAD
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    kept = {section.splitlines()[0]: section.strip() for section in sections}
    kept[f"## {title}"] = "\n".join(
        [f"## {title}", "", f"{date.today():%Y-%m-%d}", "", *(f"- {line}" for line in lines)]
    )
    path.write_text("\n\n".join([head.strip(), *(kept[name] for name in sorted(kept))]) + "\n", encoding="utf-8")
