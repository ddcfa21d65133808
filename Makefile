# `make demo` runs the main job, `make test` checks the change; both set up
# the environment first, once.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

# The extras that make setup installs, and all that constraints.txt pins: beam
# wants an older protobuf, and gets an environment of its own.
EXTRAS := dev export serve ctranslate2 browser bench
LOCKED := $(EXTRAS) docs
COMMA := ,
NOTHING :=
SPACE := $(NOTHING) $(NOTHING)

.PHONY: demo setup test test-slow test-manifest results-check seeds two-seeds multi30k diversified distilled docs lint types lock clean

demo: setup
	$(RUN) -m tools.demo --output_dir=demo

test: setup lint types
	$(RUN) -m pytest -m "not slow" --numprocesses=2 --dist=worksteal

test-slow: setup
	$(RUN) -m pytest -m slow

# Compares the example for Kubernetes with the API of its training operator.
test-manifest: setup
	$(RUN) -m pip install --quiet kubeflow-training pyyaml
	$(RUN) -m pytest tests/tools/test_cluster_files.py

# Trains a short setting of docs/results.csv anew, in minutes, and holds its
# score to the table; DATA is an nltk_data folder with the WSJ sample.
results-check: setup
	$(RUN) -m tools.results_check $(if $(DATA),--data_dir=$(DATA))

# Trains two seeds of PRESET, a core each, and scores them together: see
# docs/results.md. DATA is what pipelines.train takes as --data_dir; run again,
# it goes on. SETTINGS="data.target_language=fr" adds to the preset.
WORKDIR ?= $(notdir $(PRESET))
SPLIT ?= dev
SEED = $(WORKDIR)/$(PRESET)/train.seed
DATA_DIR = $(addprefix --data_dir=,$(DATA))
AVERAGE = $(RUN) -m tools.average_checkpoints --last=5
seeds: setup
	$(if $(PRESET),,$(error PRESET must name a preset: add PRESET=parsing/wsj_sample_chart))
	$(RUN) -m pipelines.sweep --presets=$(PRESET) --grid=train.seed=0,1 --jobs=2 \
		$(DATA_DIR) --workdir=$(WORKDIR) $(addprefix --set=,$(METRIC) $(SETTINGS) $(OF_SEEDS))
	$(AVERAGE) --workdir=$(SEED)=0
	$(AVERAGE) --workdir=$(SEED)=1
two-seeds: seeds
	$(RUN) -m pipelines.evaluate --workdir=$(SEED)=0 --ensemble=$(SEED)=1 \
		$(DATA_DIR) --split=$(SPLIT) --checkpoint=averaged

# The same of the paper's task at the size of Multi30k: DATA holds train, dev
# and test2016, .en and .de each, tokenised already.
multi30k diversified distilled: PRESET = translation/multi30k
multi30k diversified distilled: METRIC = data.bleu_tokenize=none
multi30k diversified distilled: SPLIT = test2016
multi30k: two-seeds

# Trains one model of PRESET on DATA and on what two shorter trainings, one of
# each direction, make of it: see docs/results.md. SETTINGS adds to all three.
SOURCE = en
TARGET = de
SHORT = 4000
STEPS = 8000
TRAIN = $(RUN) -m pipelines.train --preset=$(PRESET) $(DATA_DIR) $(addprefix --set=,$(METRIC) $(SETTINGS))
FORWARD = --set=data.source_language=$(SOURCE) --set=data.target_language=$(TARGET)
BACKWARD = --set=data.source_language=$(TARGET) --set=data.target_language=$(SOURCE)
diversified: setup
	$(TRAIN) $(FORWARD) --workdir=$(WORKDIR)/forward --set=train.steps=$(SHORT)
	$(AVERAGE) --workdir=$(WORKDIR)/forward
	$(TRAIN) $(BACKWARD) --workdir=$(WORKDIR)/backward --set=train.steps=$(SHORT)
	$(AVERAGE) --workdir=$(WORKDIR)/backward
	test -d $(WORKDIR)/pairs || $(RUN) -m tools.make_extra_pairs --workdir=$(WORKDIR)/forward \
		--backward_workdir=$(WORKDIR)/backward --checkpoint=averaged $(DATA_DIR) --output_dir=$(WORKDIR)/pairs
	$(TRAIN) $(FORWARD) --workdir=$(WORKDIR)/both --set=train.steps=$(STEPS) \
		--set=data.extra_data_dir=$(WORKDIR)/pairs --set=data.extra_weight=1
	$(AVERAGE) --workdir=$(WORKDIR)/both
	$(RUN) -m pipelines.evaluate --workdir=$(WORKDIR)/both $(DATA_DIR) --split=$(SPLIT) --checkpoint=averaged

# Trains two seeds of PRESET on DATA, a core each, and then one model, begun from
# the first, on what both predict: see docs/results.md. SETTINGS adds to all
# three. The seeds are shorter than those of multi30k, and so lie elsewhere.
SEED_STEPS = 5500
distilled: WORKDIR = $(notdir $(PRESET))_distilled
distilled: OF_SEEDS = train.steps=$(SEED_STEPS)
distilled: STEPS = 4600
distilled: seeds
	$(TRAIN) --workdir=$(WORKDIR)/student --set=train.seed=2 --set=train.steps=$(STEPS) \
		--init_from=$(SEED)=0 --init_checkpoint=averaged --set=optimizer.learning_rate=0.55 \
		--set=train.teachers=$(SEED)=0,$(SEED)=1 --set=train.teacher_checkpoint=averaged \
		--set=train.teacher_weight=0.7
	$(AVERAGE) --workdir=$(WORKDIR)/student
	$(RUN) -m pipelines.evaluate --workdir=$(WORKDIR)/student $(DATA_DIR) --split=$(SPLIT) --checkpoint=averaged

# The pages of docs/ with the API reference, into site/; any warning is an error.
docs: setup
	$(RUN) -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict

lint: setup
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .

types: setup
	$(VENV)/bin/mypy

setup: $(VENV)/.done

# Made anew whenever what it is made from changes. pip would compile the byte
# code on one core, and leaves it to compileall. It must be there for those who
# set PYTHONDONTWRITEBYTECODE, as images often do: without it every import of
# TensorFlow takes twice as long.
$(VENV)/.done: constraints.txt setup.cfg pyproject.toml
	$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 10) <= v <= (3, 13) else 'tfformer needs Python 3.10 to 3.13, as TensorFlow 2.21 does. Received: %d.%d. Try make PYTHON=python3.12.' % v)"
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --disable-pip-version-check --progress-bar off --no-compile \
		--constraint constraints.txt --editable ".[$(subst $(SPACE),$(COMMA),$(EXTRAS))]"
	$(RUN) -m compileall -q -j 0 $(VENV)/lib >/dev/null || true
	touch $@

# Resolves the versions of constraints.txt for every supported Python.
lock: setup
	$(RUN) -m pip install --quiet uv
	$(VENV)/bin/uv pip compile --universal --python-version 3.10 \
		$(addprefix --extra=,$(LOCKED)) --no-header --no-annotate --no-emit-index-url \
		--output-file constraints.txt setup.cfg

clean:
	rm -rf $(VENV) demo site .pytest_cache .mypy_cache .ruff_cache
