import json
import threading

from tfformer.config import DataConfig
from tfformer.data.sources import Example
from tfformer.tasks.inference import Hypothesis
from tfformer.tasks.parsing import ParsingTask
from tfformer.training.shared_evaluation import evaluate_together

TASK = ParsingTask(DataConfig(source="pocket"), None)
COUNT = 200


class Counting:
    """In place of an `Inference`: counts "long" and "odd" sentences."""

    def __init__(self):
        # An earlier evaluation is not counted again.
        self.fallbacks, self.repaired = 100, 1000

    def decode(self, lines, prepared):
        for line in lines:
            self.fallbacks += "long" in line
            self.repaired += "odd" in line
            yield [Hypothesis(TASK.fallback(line), 0.0)]


class Workers:
    """In place of a `Distribution`, for threads that meet."""

    def __init__(self, worker, num_workers, board, barrier):
        self.worker, self.num_workers = worker, num_workers
        self._board, self._barrier = board, barrier

    def any(self, asked):
        return asked

    def gather(self, content):
        self._board[self.worker] = content
        self._barrier.wait()
        found = [self._board[worker] for worker in range(self.num_workers)]
        self._barrier.wait()
        return found


def evaluated_by(num_workers):
    words = [
        f"w{i}" + " long" * (i % 5 == 0) + " odd" * (i % 7 == 0)
        for i in range(COUNT)
    ]
    examples = [Example(line, TASK.fallback(line)) for line in words]
    board, barrier, results = {}, threading.Barrier(num_workers, timeout=60), {}

    def work(worker):
        results[worker] = evaluate_together(
            Counting(),
            TASK,
            examples,
            "dev",
            Workers(worker, num_workers, board, barrier),
            lambda: False,
        )

    threads = [
        threading.Thread(target=work, args=(worker,))
        for worker in range(num_workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [
        (outputs, json.dumps(stats.compute()))
        for outputs, stats in results.values()
    ]
    assert len(told) == num_workers and len(set(map(str, told))) == 1
    outputs, values = told[0]
    assert outputs == [example.targets for example in examples]
    return json.loads(values)


def test_every_worker_counts_what_all_have_mended():
    alone = evaluated_by(1)
    assert (alone["fallbacks"], alone["repaired"]) == (40, 29)
    assert (alone["settled"], alone["f1"]) == (0, 100)
    assert evaluated_by(3) == alone
