"""Where a TFDS record holds a sentence in two languages."""

from collections.abc import Callable
from typing import Any

from tfformer.errors import ConfigError

# From a record to (whether both are there, inputs, targets), in a graph.
Pick = Callable[[dict[str, Any]], tuple[Any, Any, Any]]
Languages = tuple[str, str]
_ROLES = ("source_sentence", "target_sentence")


def find_pair(
    name: str, info: Any, config_name: str, languages: Languages
) -> Pick:
    """Finds the two languages among a set's features, by their names.

    Taken are, in this order: two texts named as the languages are, at the top
    (`tfds.features.Translation` among them) or one level below; a
    `TranslationVariableLanguages` that has both; the set's supervised keys,
    where its configuration's name ends in both languages, such as "en-fr";
    "source_sentence" and "target_sentence", where the configuration's name
    ends in the one and the other is English.

    Args:
        name: of the set, for the error.
        info: its `tfds.core.DatasetInfo`.
        config_name: of its configuration.
        languages: of inputs and of targets.

    Returns:
        A function from a record to a scalar bool and two scalar strings.

    Raises:
        ConfigError: if the set has not both.
    """
    features = info.features
    for path, level in _levels(features):
        pick = _by_name(path, level, languages)
        if pick is not None:
            return pick
    pick = _by_role(info, config_name, languages)
    if pick is not None:
        return pick
    held = ", ".join(f"{key}: {_describe(f)}" for key, f in features.items())
    raise ConfigError(
        f"`data.source` {name} must hold texts in data.source_language and "
        f"data.target_language. Received: {languages[0]} and {languages[1]}, "
        f"but its features are {held}. Try --set data.source_language and "
        "data.target_language of those, or another set."
    )


def _levels(features: Any) -> list[tuple[tuple[str, ...], Any]]:
    """Lists the groups of features that may hold a pair."""
    import tensorflow_datasets as tfds

    groups = (
        tfds.features.FeaturesDict,
        tfds.features.TranslationVariableLanguages,
    )
    found: list[tuple[tuple[str, ...], Any]] = [((), features)]
    if isinstance(features, tfds.features.FeaturesDict):
        for key, feature in features.items():
            if isinstance(feature, groups):
                found.append(((key,), feature))
    return found


def _by_name(
    path: tuple[str, ...], level: Any, languages: Languages
) -> Pick | None:
    import tensorflow as tf
    import tensorflow_datasets as tfds

    def descend(record: Any) -> Any:
        for key in path:
            record = record[key]
        return record

    def fixed(record: Any) -> tuple[Any, Any, Any]:
        texts = descend(record)
        return tf.constant(True), texts[languages[0]], texts[languages[1]]

    def variable(record: Any) -> tuple[Any, Any, Any]:
        texts = descend(record)
        # Of several translations into one language, the first.
        found = [
            texts["translation"][texts["language"] == language][:1]
            for language in languages
        ]
        present = tf.size(found[0]) + tf.size(found[1]) == 2
        return present, *(tf.strings.reduce_join(text) for text in found)

    if isinstance(level, tfds.features.TranslationVariableLanguages):
        return variable if set(languages) <= set(level.languages) else None
    if all(_is_text(level, language) for language in languages):
        return fixed
    return None


def _by_role(info: Any, config_name: str, languages: Languages) -> Pick | None:
    """Finds texts that are called source and target, not by language."""
    import tensorflow as tf

    name = config_name.replace("_", "-")
    keys: tuple[str, ...] = tuple(info.supervised_keys or ())
    if all(_is_text(info.features, key) for key in _ROLES):
        # Tatoeba and BUCC: the target is English, which goes unnamed.
        name, keys = f"{name}-en", _ROLES
    ends = ("-".join(languages), "-".join(reversed(languages)))
    if not name.endswith(ends) or len(keys) != 2:
        return None
    if not all(_is_text(info.features, key) for key in keys):
        return None
    first, second = keys if name.endswith(ends[0]) else reversed(keys)

    def pick(record: Any) -> tuple[Any, Any, Any]:
        return tf.constant(True), record[first], record[second]

    return pick


def _is_text(features: Any, key: Any) -> bool:
    import tensorflow_datasets as tfds

    return (
        isinstance(key, str)
        and key in features
        and isinstance(features[key], tfds.features.Text)
    )


def _describe(feature: Any) -> str:
    languages = getattr(feature, "languages", None)
    kind = type(feature).__name__
    return f"{kind} of {', '.join(sorted(languages))}" if languages else kind
