"""What was measured: nothing is lost when it is laid out anew, and the pages quote the newest of it."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections import Counter

import pytest

import tests.benchmarks.__main__ as bench
from tests.benchmarks import results
from tests.benchmarks.__main__ import BESIDE, TOLD_OF, names

OURS = ("forecaster", "optimizer", "escalation", "api", "tests.")
TEXT = """# Measured

## fruit

Two baskets.

| date | what | measured |
|---|---|---|
| 2026-01-02 | pears | 2 |
| 2026-01-04 | apples \\| quinces | 4 |
| 2026-01-01 | figs | 1 |

Weighed by hand.

| date | what | measured |
| --- | --- | --- |
| 2026-01-03 | plums | 3 |
| 2026-01-04, later | grapes | 5 |

## trees

| date | tree | metres |
|---|---|---|
| 2026-01-01 | oak | 20 |
"""


def rows_of(text: str) -> Counter[tuple[str, ...]]:
    """Count the rows of all tables, read by another program than the writer's: a line's cells between its bars."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and re.match(r"\| \d{4}-", line)]
    return Counter(tuple(one.strip() for one in re.split(r"(?<!\\)\|", line)[1:-1]) for line in lines)


def dates_in(text: str) -> list[str]:
    return re.findall(r"^\| (\d{4}-\d\d-\d\d)", text, re.MULTILINE)


def test_laid_out_anew_a_topic_has_one_table_with_the_newest_day_first_and_every_row_it_had():
    made = results.text_of(results.topics_of(TEXT))
    assert rows_of(made) == rows_of(TEXT)
    fruit = made[made.index("## fruit") : made.index("## trees")]
    assert fruit.count("| date | what | measured |") == 1
    assert dates_in(fruit) == ["2026-01-04", "2026-01-04", "2026-01-03", "2026-01-02", "2026-01-01"]
    assert "Two baskets.\n\nWeighed by hand." in fruit
    assert results.text_of(results.topics_of(made)) == made


def test_what_is_older_than_the_newest_day_is_folded_below_it():
    text = TEXT
    for day in range(10, 20):
        text = results.recorded(text, "fruit", f"{day} berries\n", date=f"2026-01-{day}")
    shown, _, folded = text.partition("<details>")
    assert dates_in(shown) == [f"2026-01-{day}" for day in range(19, 11, -1)]
    assert "7 older rows</summary>" in folded
    assert rows_of(text) - rows_of(TEXT) == Counter((f"2026-01-{d}", "`fruit`", f"{d} berries") for d in range(10, 20))
    crowded = "\n".join(
        ["| date | tree | metres |", "|---|---|---|", *(f"| 2026-02-01 | elm {n} | 9 |" for n in range(9))]
    )
    trees = results.recorded(TEXT, "any", crowded, date="2026-02-01").partition("## trees")[2]
    assert len(dates_in(trees.partition("<details>")[0])) == 9
    assert len(dates_in(trees)) == 10


def test_a_printed_table_goes_to_the_topic_of_its_columns_the_rest_to_the_benchmarks_own_and_figures_to_theirs():
    table = "| date | tree | metres |\n| --- | --- | --- |\n| 2026-03-01 | ash | 30 |\n"
    printed = f"heavy  load\n{table}a | b\n| 2026-03-01 | elm | 9 |\nfigure tall: 30 m\n"
    made = results.recorded(TEXT, "start_up", printed, date="2026-03-01")
    assert rows_of(made) - rows_of(TEXT) == Counter(
        [
            ("2026-03-01", "ash", "30"),
            ("2026-03-01", "elm", "9"),
            ("2026-03-01", "`start_up`", "heavy load; a \\| b"),
            ("2026-03-01", "tall", "30 m", "`start_up`"),
        ]
    )
    assert [one.heading for one in results.topics_of(made)] == ["", "fruit", "trees", "figures", "start-up"]
    again = results.recorded(made, "start_up", "figure tall: 31 m\n", date="2026-03-01")
    assert results.figures_of(again) == {"tall": "31 m"}
    late = results.recorded(again, "start_up", "figure tall: 29 m\n", date="2026-02-01")
    assert results.figures_of(late) == {"tall": "31 m"}


def test_what_could_not_be_measured_is_no_row_and_rows_of_the_common_columns_go_to_the_topic_of_the_benchmark():
    rows = "| date | what | measured |\n| --- | --- | --- |\n| 2026-03-01 | tables | 3 |\n"
    made = results.recorded(TEXT, "start_up", f"{rows}skipped: no browser here\n", date="2026-03-01")
    assert rows_of(made) - rows_of(TEXT) == Counter([("2026-03-01", "tables", "3")])
    assert [one.heading for one in results.topics_of(made)][-1] == "start-up"


def test_a_row_that_does_not_fit_its_table_is_refused_by_topic_and_row():
    with pytest.raises(ValueError, match=r"trees: 3 columns .*a row has 2: \('2026-01-05', 'beech'\)"):
        results.topics_of(TEXT + "| 2026-01-05 | beech |\n")


def test_a_page_is_given_the_figures_it_quotes_and_a_figure_that_is_not_there_is_an_error():
    page = "It is <!-- figure tall -->?<!-- / --> tall, <!-- figure tall -->1<!-- / -->."
    assert results.quoting(page, {"tall": "30 m"}) == (
        "It is <!-- figure tall -->30 m<!-- / --> tall, <!-- figure tall -->30 m<!-- / -->."
    )
    with pytest.raises(KeyError, match="tall"):
        results.quoting(page, {})


def test_what_was_measured_can_be_read_and_every_row_tells_its_day():
    topics = results.topics_of(results.FILE.read_text(encoding="utf-8"))
    assert len(topics) > 10
    assert all(re.match(r"20\d\d-\d\d-\d\d(, \w+)?$", row[0]) for one in topics for row in one.rows)
    headings = [one.heading for one in topics]
    assert {results.topic_of(name) for name in names()} <= set(headings)


def test_the_pages_quote_the_newest_figures():
    figures = results.figures_of(results.FILE.read_text(encoding="utf-8"))
    quoted = 0
    for page in results.pages():
        text = page.read_text(encoding="utf-8")
        assert results.quoting(text, figures) == text, f"{page.name}: run `python -m tests.benchmarks.results`"
        quoted += len(results.QUOTED.findall(text))
    assert quoted > 3


def test_peers_are_installed_for_benchmarks_that_there_are():
    assert set(BESIDE) | set(TOLD_OF) <= set(names())
    for kind in {*BESIDE.values(), *TOLD_OF.values()}:
        assert (results.FILE.parent / f"requirements-{kind}.txt").is_file()


def test_beside_peers_that_bring_tests_of_their_own_the_benchmarks_are_still_found(tmp_path, monkeypatch):
    def install(folder, **_):
        for package in ("tests", "ciw"):
            (folder / "lib" / "python3" / "site-packages" / package).mkdir(parents=True)

    monkeypatch.setattr(results, "ROOT", tmp_path)
    monkeypatch.setattr(bench.venv, "create", install)
    monkeypatch.setattr(bench.subprocess, "run", lambda *_, **__: None)
    python = bench.peers("seats", beside=True)
    assert sorted(one.name for one in python.parent.parent.glob("lib/*/*/*")) == ["ciw", "libraries.pth"]


@pytest.mark.parametrize("name", names())
def test_the_head_of_a_benchmark_says_how_long_it_takes(name):
    head = ast.get_docstring(ast.parse((bench.HERE / f"{name}.py").read_text(encoding="utf-8")))
    assert re.search(r"\bminutes?\b", head)


@pytest.mark.parametrize("path", sorted(bench.HERE.glob("*.py")), ids=lambda path: path.stem)
def test_what_a_benchmark_takes_from_the_product_is_there(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(OURS):
            module = importlib.import_module(str(node.module))
            for one in node.names:
                assert hasattr(module, one.name) or importlib.util.find_spec(f"{node.module}.{one.name}"), one.name


def test_a_benchmark_that_comes_to_its_end_is_put_down_and_one_that_fails_is_told_of(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "tests" / "benchmarks"
    folder.mkdir(parents=True)
    (folder / "good.py").write_text(
        "def main(): ...\nprint('2 ms')\nprint('skipped: half')\nprint('figure speed: 2')", encoding="utf-8"
    )
    (folder / "bad.py").write_text("def main(): ...\nprint('1 ms')\nraise SystemExit('no')", encoding="utf-8")
    (folder / "away.py").write_text("def main(): ...\nprint('skipped: the ruler is not here')", encoding="utf-8")
    (folder / "mute.py").write_text("def main(): ...", encoding="utf-8")
    (tmp_path / "README.md").write_text("<!-- figure speed -->9<!-- / -->", encoding="utf-8")
    (folder / "RESULTS.md").write_text("# Measured\n", encoding="utf-8")
    monkeypatch.setattr(results, "ROOT", tmp_path)
    monkeypatch.setattr(results, "FILE", folder / "RESULTS.md")
    monkeypatch.setattr(bench, "HERE", folder)
    monkeypatch.setenv("PYTHONPATH", "")
    assert bench.main([]) == 2  # failed, but not what could not be measured here
    said = capsys.readouterr().out.splitlines()
    assert said[-6:] == [
        "measured: good",
        "not measured: away, the ruler is not here",
        "not measured: bad, it ended with code 1",
        "not measured: a part of good, half",
        "not measured: mute, it printed nothing",
        'left today: make bench ONLY="away bad mute"',
    ]
    (run,), rest = (
        [row for row in rows_of((folder / "RESULTS.md").read_text(encoding="utf-8")) if (len(row) == 5) == of_runs]
        for of_runs in (True, False)
    )
    assert run[1] == "`good`"
    assert re.fullmatch(r"\d\.\d of \d+ cores", run[-1])
    assert {row[1:] for row in rest} == {(f"`good`, other work on {run[-1]}", "2 ms"), ("speed", "2", "`good`")}
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "<!-- figure speed -->2<!-- / -->"
    assert bench.main(["none"]) == 2
