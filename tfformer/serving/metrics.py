"""What Prometheus reads at /metrics."""

import prometheus_client
from prometheus_client import Counter, Gauge, Histogram

# Seconds: from a cached word to a long text on a busy machine.
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counters of one server.

    No label is taken from a request: who asks for a million unknown models
    makes no new series.

    Attributes:
        requests: answers, by endpoint, signature and status.
        seconds: from the end of a request to its answer, by signature.
        sentences: answered.
        in_flight: predict requests that have come and are not answered.
        queued: sentences that wait.
        batches: sentences of each batch.
        batch_seconds: that each batch took.
        refused: requests that found the queue full.
        late: requests that missed their deadline.
        available: versions that are served, 1 each.
    """

    def __init__(self) -> None:
        # A registry of its own: a process may hold several servers.
        self.registry = registry = prometheus_client.CollectorRegistry()
        prometheus_client.ProcessCollector(registry=registry)
        prometheus_client.PlatformCollector(registry=registry)
        self.requests = Counter(
            "tfformer_requests_total",
            "Answers",
            ["endpoint", "signature", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "tfformer_request_seconds",
            "From the end of a request to its answer",
            ["signature"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.sentences = Counter(
            "tfformer_sentences_total", "Sentences answered", registry=registry
        )
        self.in_flight = Gauge(
            "tfformer_requests_in_flight",
            "Predict requests that are read or answered",
            registry=registry,
        )
        self.queued = Gauge(
            "tfformer_queued_sentences",
            "Sentences that wait for a batch",
            registry=registry,
        )
        self.batches = Histogram(
            "tfformer_batch_sentences",
            "Sentences of a batch",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "tfformer_batch_seconds",
            "Seconds that a batch took",
            buckets=_SECONDS,
            registry=registry,
        )
        self.refused = Counter(
            "tfformer_queue_full_total",
            "Requests that found the queue full",
            registry=registry,
        )
        self.late = Counter(
            "tfformer_deadline_exceeded_total",
            "Requests that missed their deadline",
            registry=registry,
        )
        self.available = Gauge(
            "tfformer_version_available",
            "Versions that are served",
            ["version"],
            registry=registry,
        )

    def exposition(self) -> bytes:
        """Returns the text that Prometheus reads."""
        return prometheus_client.generate_latest(self.registry)
