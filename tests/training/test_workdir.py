import pytest

from tfformer.config import override
from tfformer.errors import ConfigError, WorkdirError
from tfformer.training.workdir import Workdir


def test_a_new_workdir_takes_the_preset_and_its_changes(tmp_path):
    workdir = Workdir(tmp_path / "w")
    config = workdir.configure("translation/tiny", ["train.steps=3"])
    assert config.train.steps == 3
    assert Workdir(tmp_path / "w").read_config() == config


def test_it_continues_with_other_training_settings(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.configure("translation/tiny", ["model.num_layers=2"])
    config = workdir.configure(None, ["train.steps=99"])
    assert (config.model.num_layers, config.train.steps) == (2, 99)


def test_another_preset_is_refused(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.configure("translation/tiny", [])
    (tmp_path / "vocabulary.model").touch()
    with pytest.raises(WorkdirError, match="belongs to .*translation/tiny"):
        workdir.configure("translation/base", [])


def test_another_model_is_refused_and_nothing_is_written(tmp_path):
    workdir = Workdir(tmp_path)
    before = workdir.configure("translation/tiny", [])
    (workdir.checkpoints / "step-00000005").mkdir(parents=True)
    with pytest.raises(WorkdirError, match="model.num_layers from 1 to 2"):
        workdir.configure(None, ["model.num_layers=2"])
    assert workdir.read_config() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("float32", "mixed_bfloat16"), ("mixed_bfloat16", "float32")],
)
def test_the_dtype_may_change_where_weights_stay_float32(tmp_path, old, new):
    workdir = Workdir(tmp_path)
    workdir.configure("translation/tiny", [f"model.dtype={old}"])
    (workdir.checkpoints / "step-00000005").mkdir(parents=True)
    assert workdir.read_for_use([f"model.dtype={new}"]).model.dtype == new
    assert workdir.read_config().model.dtype == old
    for use in (
        workdir.read_for_use,
        lambda changes: workdir.configure(None, changes),
    ):
        with pytest.raises(WorkdirError, match="change of model.dtype"):
            use(["model.dtype=bfloat16"])
    assert workdir.configure(None, [f"model.dtype={new}"]).model.dtype == new
    assert workdir.read_config().model.dtype == new


def test_weights_in_bfloat16_keep_their_dtype(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.configure("translation/tiny", ["model.dtype=bfloat16"])
    (workdir.checkpoints / "step-00000005").mkdir(parents=True)
    for use in (
        workdir.read_for_use,
        lambda changes: workdir.configure(None, changes),
    ):
        with pytest.raises(WorkdirError, match="change of model.dtype"):
            use(["model.dtype=float32"])


def test_what_was_planned_before_another_run_saved_is_not_written(tmp_path):
    workdir = Workdir(tmp_path)
    before = workdir.configure("translation/tiny", [])
    planned = workdir.plan(None, ["model.num_layers=2"])
    (workdir.checkpoints / "step-00000005").mkdir(parents=True)
    with pytest.raises(WorkdirError, match="model.num_layers from 1 to 2"):
        workdir.write(planned)
    assert workdir.read_config() == before


def test_a_vocabulary_fixes_the_data_and_not_the_model(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.configure("translation/tiny", [])
    (tmp_path / "vocabulary.model").touch()
    workdir.configure(None, ["model.num_layers=2"])
    with pytest.raises(WorkdirError, match="data.vocab_size from 400 to 500"):
        workdir.configure(None, ["data.vocab_size=500"])


def test_malformed_trees_of_a_split_read_later_may_be_left_out(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.configure("parsing/tiny", [])
    (tmp_path / "source.model").touch()
    (workdir.checkpoints / "step-00000005").mkdir(parents=True)
    workdir.configure(None, ["data.skip_malformed=true"])
    # Trees that were left out would now be an error, or be learned from.
    with pytest.raises(WorkdirError, match="skip_malformed from True to False"):
        workdir.configure(None, ["data.skip_malformed=false"])


def test_the_configuration_is_written_once(tmp_path):
    workdir = Workdir(tmp_path)
    config = workdir.configure("translation/tiny", [])
    before = workdir.config_path.stat().st_mtime_ns
    workdir.write(config)
    assert workdir.config_path.stat().st_mtime_ns == before


def test_a_run_that_ended_in_an_error_binds_nothing(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.configure("translation/tiny", ["data.source_language=xx"])
    config = workdir.configure("translation/base", [])
    assert config.preset == "translation/base"
    assert config.data.source_language == "en"


def test_a_log_in_it_binds_nothing_either(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.configure("translation/tiny", ["data.vocab_size=9000"])
    (tmp_path / "log.txt").touch()
    assert workdir.configure(None, ["data.vocab_size=500"])


def test_a_checkpoint_that_could_not_be_written_binds_nothing(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.configure("translation/tiny", [])
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / ".step-00000005.tmp-1").mkdir()
    assert workdir.configure(None, ["model.num_layers=2"])
    (tmp_path / "checkpoints" / "step-00000005").mkdir()
    with pytest.raises(WorkdirError, match="model.num_layers"):
        workdir.configure(None, ["model.num_layers=3"])


def test_a_bad_setting_makes_no_workdir(tmp_path):
    with pytest.raises(ConfigError):
        Workdir(tmp_path / "w").configure("translation/tiny", ["train.steps=0"])
    assert not (tmp_path / "w").exists()


def test_a_vocabulary_leaves_the_dev_split_free(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.configure("translation/tiny", [])
    (tmp_path / "vocabulary.model").touch()
    config = workdir.configure(None, ["data.dev_split=valid"])
    assert config.data.dev_split == "valid"


@pytest.mark.parametrize(
    "change", ["data.dev_split=valid", "data.max_length=50"]
)
def test_checkpoints_leave_dev_and_the_longest_pair_free(tmp_path, change):
    workdir = Workdir(tmp_path)
    before = workdir.configure("translation/tiny", [])
    (tmp_path / "vocabulary.model").touch()
    (workdir.checkpoints / "step-00000005").mkdir(parents=True)
    config = workdir.configure(None, [change])
    assert config == override(before, [change]) != before
    assert workdir.read_config() == config
    # They are another training text.
    with pytest.raises(WorkdirError, match="data.train_split"):
        workdir.configure(None, ["data.train_split=valid"])


def test_a_file_is_no_workdir(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WorkdirError, match="must be a folder"):
        Workdir(tmp_path / "file").configure("translation/tiny", [])


def test_what_is_no_workdir_says_so(tmp_path):
    with pytest.raises(WorkdirError, match="no config.json"):
        Workdir(tmp_path).read_config()
    with pytest.raises(WorkdirError, match="needs a preset"):
        Workdir(tmp_path).configure(None, [])
