import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tools import evalb

# What the C program (the line of 2008-07-01, with the mended quotes) printed
# for small trees made for this.
CASES_FILE = ROOT / "tests" / "tools" / "evalb_cases.json"
CASES = json.loads(CASES_FILE.read_text(encoding="utf-8"))
OWL = "(TOP (S (NP (DT the) (NN owl)) (VP (VBZ hoots)) (. .)))"
OTHER = OWL.replace("owl", "cat")
ROW = (
    "{:4d}    4    0  100.00 100.00     3      3    3      0"
    "      3     3   100.00"
)
UNLABELED = """\
LABELED 0
DELETE_LABEL TOP
DELETE_LABEL -NONE-
DELETE_LABEL .
"""


@pytest.fixture
def scored(tmp_path, capsys):
    """Runs the program on lines: its code, output and messages."""

    def run(golds, tests, *flags):
        for name, lines in (("gold", golds), ("test", tests)):
            text = "".join(f"{line}\n" for line in lines)
            (tmp_path / name).write_bytes(
                text.encode("utf-8", "surrogateescape")
            )
        paths = [str(tmp_path / name) for name in ("gold", "test")]
        code = evalb.main([*flags, *paths])
        return code, *capsys.readouterr()

    return run


def rows(output):
    """The lines between the header and the sums."""
    lines = output.splitlines()
    rules = [n for n, line in enumerate(lines) if line.startswith("=====")]
    return lines[rules[0] + 1 : rules[1]]


def summary(output):
    """Both blocks as dictionaries of text."""
    blocks = {}
    for line in output.splitlines():
        name, equals, value = line.partition(" = ")
        if line.startswith("-- "):
            block = blocks["all" if "All" in line else "le40"] = {}
        elif equals:
            block[name.rstrip()] = value.strip()
    return blocks


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_equals_the_c_program(case, scored, tmp_path):
    prm = case["prm"]
    if prm == "unlab":
        prm = str(tmp_path / "unlab.prm")
        (tmp_path / "unlab.prm").write_text(UNLABELED)
    code, output, messages = scored(case["gold"], case["test"], "-p", prm)
    assert code == 0
    if case["rc"]:
        # C never ends; here it is an error of that sentence.
        (row,) = rows(output)
        assert row.split()[2] == "1"
        error, told = messages.splitlines()
        assert error == case["stderr"].splitlines()[0]
        assert told.startswith("warning: the C program never gets past line 1;")
        return
    assert rows(output) == case["rows"]
    assert summary(output) == case["summary"]
    ours = [
        line
        for line in messages.splitlines(keepends=True)
        if not line.startswith("warning: ")
    ]
    assert "".join(ours) == case["stderr"]


def test_rows_and_both_summaries(scored):
    code, output, messages = scored([OWL] * 2, [OWL] * 2, "-p", "COLLINS")
    assert (code, messages) == (0, "")
    assert rows(output) == [ROW.format(1), ROW.format(2)]
    found = summary(output)
    assert found["all"] == found["le40"]
    assert found["all"]["Bracketing FMeasure"] == "100.00"


def test_without_p_nothing_is_deleted(scored):
    _, output, _ = scored([OWL], [OWL])
    assert rows(output)[0].split()[5:8] == ["4", "4", "4"]


def test_c_sets_the_second_summary(scored):
    _, output, _ = scored([OWL], [OWL], "-p", "nk", "-c", "3")
    assert "\n-- len<=3 --\nNumber of sentence        =      0\n" in output


@pytest.mark.parametrize(
    "flags, cutoff",
    [
        (["-c", "3", "-p", "COLLINS"], 40),
        (["-p", "COLLINS", "-c3"], 3),
        (["-c", "3", "-c", "5"], 5),
    ],
)
def test_the_last_setting_counts(scored, flags, cutoff):
    _, output, _ = scored([OWL], [OWL], *flags)
    assert f"-- len<={cutoff} --" in output


def test_a_line_evalb_cannot_read_is_an_error_and_the_rest_is_scored(scored):
    strange = "(TOP (S (NP the owl)))"
    code, output, messages = scored(
        [OWL] * 3, [OWL, strange, OWL], "-p", "COLLINS"
    )
    assert code == 0
    assert messages == (
        "2 : More than two elements in a bracket\n"
        "warning: the C program never gets past line 2; the sentences after "
        "it are scored all the same\n"
    )
    assert [row.split()[2] for row in rows(output)] == ["0", "1", "0"]
    assert summary(output)["all"]["Number of Error sentence"] == "1"


@pytest.mark.parametrize("side", [0, 1])
def test_e_stops_at_a_line_that_evalb_never_gets_past(scored, side):
    lines = [[OWL] * 3, [OWL] * 3]
    lines[side][1] = "(TOP (S (NP the owl)))"
    code, output, messages = scored(*lines, "-e", "10")
    assert (code, output.count(" 0  100.00")) == (1, 1)
    assert "error: line 2 is one that EVALB never gets past" in messages


def test_a_line_that_evalb_never_gets_past_is_told_of_once(scored):
    strange = ["(TOP (S (NP the owl)))"] * 3
    _, _, messages = scored([OWL] * 3, strange)
    assert messages.count("never gets past line") == 1


def test_trees_over_several_lines_are_told_of(scored):
    _, _, messages = scored(["( (S (NN owl)", "  ))"], [OWL, OWL])
    assert messages.count("gold: its first tree does not end on its") == 1
    assert "test: its first" not in messages


def test_evalbs_debugging_is_taken_and_does_nothing(scored):
    assert scored([OWL], [OWL], "-d") == scored([OWL], [OWL])


def test_a_long_line_is_scored_with_a_warning(scored):
    long = "(S " + "(NN owl)" * 700 + ")"
    code, output, messages = scored([long, OWL], [long, OWL])
    assert code == 0
    assert [row.split()[2] for row in rows(output)] == ["0", "0"]
    assert rows(output)[0].split()[1] == "700"
    for side in ("gold", "test"):
        assert f"1 : warning: {side}: 700 words, of which EVALB" in messages
        assert f"1 : warning: {side}: 5604 bytes, of which EVALB" in messages


def test_every_sentence_is_scored_without_e(scored):
    code, output, messages = scored([OWL] * 20, [OTHER] * 20, "-p", "COLLINS")
    assert code == 0
    assert len(rows(output)) == 20
    assert messages.count("Words unmatch (owl|cat)") == 20
    assert messages.count("the C program stops here, at error number 12") == 1


@pytest.mark.parametrize("limit", [-3, -1, 0, 3])
def test_e_stops_where_evalb_does(scored, limit):
    code, output, messages = scored([OWL] * 9, [OTHER] * 9, "-e", str(limit))
    tolerated = max(limit, -1) + 1
    assert code == 1
    assert messages.count("Words unmatch") == tolerated + 1
    assert output.count(" 1    0.00") == tolerated
    assert "Summary" not in output
    assert messages.splitlines()[-1].startswith("error: ")


def test_e_that_is_not_used_up_does_not_stop(scored):
    code, output, _ = scored([OWL] * 4, [OTHER] * 4, "-e", "3")
    assert (code, len(rows(output))) == (0, 4)


@pytest.mark.parametrize(
    "golds, tests, longer", [(3, 1, "gold"), (1, 2, "test")]
)
def test_other_numbers_of_lines_are_told(
    scored, golds, tests, longer, tmp_path
):
    code, output, messages = scored([OWL] * golds, [OWL] * tests)
    evalbs, ours = messages.splitlines()
    assert code == 0
    assert len(rows(output)) == 1
    assert evalbs == (
        f"2 : Number of lines unmatch (too many lines in {longer} file)"
    )
    assert f"{tmp_path / 'gold'} with {golds} and" in ours
    assert f"{tmp_path / 'test'} with {tests}." in ours


def test_json_has_both_blocks_and_nothing_else(scored):
    code, output, _ = scored([OWL] * 2, [OWL, OTHER], "-p", "nk", "--json")
    found = json.loads(output)
    assert code == 0
    assert found["f1"] == found["f1_40"] == 100
    assert (found["sentences"], found["errors"], found["skips_40"]) == (2, 1, 0)


def test_json_of_nothing_is_json(scored):
    assert json.loads(scored([], [], "--json")[1])["f1"] == 0


def test_bytes_that_are_not_utf8_are_compared(program, tmp_path):
    latin = OWL.encode().replace(b"owl", b"\xe4")
    (tmp_path / "gold").write_bytes(latin)
    (tmp_path / "test").write_bytes(latin.replace(b"\xe4", b"\xf6"))
    gold, test = tmp_path / "gold", tmp_path / "test"
    assert program("tools.evalb", gold, gold).stderr == b""
    done = program("tools.evalb", gold, test)
    assert done.returncode == 0
    assert done.stderr == b"1 : Words unmatch (\\udce4|\\udcf6)\n"


def test_a_byte_order_mark_is_told(scored, tmp_path):
    """EVALB keeps it, so its line is scored as C scores it."""
    _, output, messages = scored([f"\ufeff{OWL}", OWL], [OWL, OWL])
    assert [row.split()[2] for row in rows(output)] == ["1", "0"]
    assert f"{tmp_path / 'gold'}: begins with a byte order mark" in messages
    assert "test: begins" not in messages


def test_only_line_feeds_end_a_line(scored):
    odd = OWL.replace("owl", "o\u2028w\u0085l")
    _, output, _ = scored([odd], [odd + "\r"], "-p", "COLLINS")
    assert rows(output) == [ROW.format(1)]


def test_a_strange_line_of_a_prm_is_told(scored, tmp_path):
    (tmp_path / "x.prm").write_text("FOO 1\n")
    _, _, messages = scored([OWL], [OWL], "-p", str(tmp_path / "x.prm"))
    assert "x.prm:1: unknown keyword 'FOO'" in messages


@pytest.mark.parametrize(
    "flags, error",
    [
        (["-p", "nowhere.prm"], "nowhere.prm"),
        (["-e", "many"], "-e must be an integer. Received: 'many'"),
        (["-c", ""], "-c must be an integer. Received: ''"),
    ],
)
def test_a_users_mistake_is_one_line_and_code_2(scored, flags, error):
    code, output, messages = scored([OWL], [OWL], *flags)
    assert (code, output) == (2, "")
    assert messages.startswith("error: ")
    assert messages.count("\n") == 1
    assert error in messages


def test_a_missing_file_is_named(scored, capsys, tmp_path):
    missing = tmp_path / "missing"
    assert evalb.main([str(missing), str(missing)]) == 2
    assert str(missing) in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["one"], ["a", "b", "-z"]])
def test_wrong_arguments_are_one_line_and_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        evalb.main(arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_help_tells_the_arguments(program):
    done = program("tools.evalb", "--help")
    assert done.returncode == 0
    for text in (b"GOLD TEST", b"COLLINS, nk or a .prm file", b"--json"):
        assert text in done.stdout


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    path = tmp_path / "trees"
    path.write_text(f"{OWL}\n" * 5000)
    with subprocess.Popen(
        [sys.executable, "-m", "tools.evalb", path, path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == evalb.EXIT_BROKEN_PIPE


def test_the_import_is_light():
    code = (
        "import sys, tools.evalb; heavy = {'tensorflow', 'keras', 'numpy', "
        "'sacrebleu', 'absl'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
