"""A model that needs no TensorFlow, and one that is really exported."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import types

import numpy as np
import pytest

from tests.conftest import ROOT
from tfformer.serving.signature import Signature, TensorInfo

TEXT = TensorInfo("text", "DT_STRING", (None,))
BEST = {
    "outputs": TensorInfo("outputs", "DT_STRING", (None,)),
    "scores": TensorInfo("scores", "DT_FLOAT", (None,)),
}
SEARCH = {
    "text": TEXT,
    "beam_size": TensorInfo(
        "beam_size", "DT_INT32", (), np.asarray(4, np.int32)
    ),
    "alpha": TensorInfo("alpha", "DT_FLOAT", (), np.asarray(0.6, np.float32)),
}
SIGNATURES = {
    "serving_default": Signature("serving_default", {"text": TEXT}, BEST),
    "beam_search": Signature("beam_search", SEARCH, BEST),
    "attention": Signature(
        "attention",
        {"text": TEXT},
        {"attention": TensorInfo("attention", "DT_FLOAT", (None,) * 5)},
    ),
}


def fake_model(number=1, run=None):
    """Answers every text with itself in capitals."""

    def upper(signature, inputs):
        texts = inputs["text"]
        outputs = np.array([t.upper() for t in texts] + [None], object)[:-1]
        return {
            "outputs": outputs,
            "scores": np.full(len(texts), -0.1, np.float32),
        }

    return types.SimpleNamespace(
        number=number,
        signatures=SIGNATURES,
        metadata={"serving_default": {}},
        run=run or upper,
    )


class Server:
    """tools.serve in a process of its own."""

    def __init__(self, model_dir, *flags):
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tools.serve",
                f"--model_dir={model_dir}",
                "--port=0",
                *flags,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        )
        self.errors = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        said = self.process.stdout.readline()
        found = re.search(r"(http://[^/]+)/v1/models/(\w+)", said)
        assert found, (said, self.errors)
        self.url, self.name = found[1], found[2]
        self.port = int(self.url.rpartition(":")[2])

    def _read(self):
        self.errors.extend(self.process.stderr)

    @property
    def predict_url(self):
        return f"{self.url}/v1/models/{self.name}:predict"

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Ends it and returns its exit code."""
        if self.process.poll() is None:
            self.terminate()
        code = self.process.wait(timeout=240)
        self.process.stdout.close()
        self._reader.join()
        self.process.stderr.close()
        return code


@pytest.fixture(scope="session")
def server(exported_translator):
    server = Server(
        exported_translator, "--poll_seconds=0.2", "--label=stable=1"
    )
    yield server
    assert server.stop() == 0


def saved_model_answers(folder, texts):
    """What the export itself answers, in a process of its own."""
    done = subprocess.run(
        [
            sys.executable,
            str(pathlib.Path(ROOT) / "tools" / "run_saved_model.py"),
            f"--model_dir={folder}",
        ],
        input="".join(f"{text}\n" for text in texts).encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().splitlines()


def body(**fields):
    return json.dumps(fields).encode()
