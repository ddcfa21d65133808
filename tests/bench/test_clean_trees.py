import sys

from bench import clean_trees

RAW = "( (S (NP-SBJ=1 (NN dog)) (VP (VBZ sleeps) (NP (-NONE- *))) (. .)) )\n"
CLEAN = "(TOP (S (NP (NN dog)) (VP (VBZ sleeps)) (. .)))\n"


def test_both_splits_are_written_as_they_are_scored(
    tmp_path, monkeypatch, capfd
):
    (tmp_path / "train.mrg").write_text(RAW * 3)
    (tmp_path / "dev.mrg").write_text(RAW)
    output = tmp_path / "out"
    flags = ("--preset=parsing/craft_chart", f"--data_dir={tmp_path}")
    monkeypatch.setattr(
        sys, "argv", ["clean_trees", *flags, f"--output_dir={output}"]
    )
    clean_trees.main()
    assert (output / "train.mrg").read_text() == CLEAN * 3
    assert (output / "dev.mrg").read_text() == CLEAN
    assert f"{output / 'train.mrg'}: 3 trees" in capfd.readouterr().err
