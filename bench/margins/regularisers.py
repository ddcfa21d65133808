"""Where the three regularisers of section 5.4 are in the base model."""

import dataclasses


def measure(preset="translation/base") -> list[dict]:
    """Counts the dropouts that a preset's model draws, by their kind.

    Args:
        preset: whose model is built, with a small vocabulary.

    Returns:
        A row for each regulariser: what it is, what section 5.4 calls it, its
        rate, and how often it acts in one pass over a sentence pair.
    """
    from tfformer.models.transformer import Transformer
    from tfformer.tasks.task import get_preset

    config = get_preset(preset)
    settings = dataclasses.asdict(config.model)
    model = Transformer(100, 100, **settings)
    layers = model.encoder_layers + model.decoder_layers
    attentions = len(model.encoder_layers) + 2 * len(model.decoder_layers)
    residuals = [
        part
        for layer in layers
        for part in vars(layer).values()
        if type(part).__name__ == "Residual"
    ]
    return [
        _row(
            "on the output of every sub-layer",
            "Residual Dropout",
            {part.dropout.rate for part in residuals},
            len(residuals),
        ),
        _row(
            "on the sums of embeddings and positions",
            "the same paragraph, without a title",
            {model.source_dropout.rate, model.target_dropout.rate},
            2,
        ),
        _row(
            "label smoothing",
            "Label Smoothing",
            {config.optimizer.label_smoothing},
            1,
        ),
        _row(
            "on attention weights",
            "not in 5.4; section 6.3 names it",
            {config.model.attention_dropout_rate},
            attentions,
        ),
        _row(
            "inside the feed-forward network",
            "not in the paper",
            {config.model.ffn_dropout_rate},
            len(layers),
        ),
    ]


def _row(what, title, rates, places) -> dict:
    return {
        "regulariser": what,
        "title in 5.4": title,
        "rate": ", ".join(map(str, sorted(rates))),
        "places": places,
    }
