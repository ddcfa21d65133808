"""Puts back words that one side deletes as a quote and the other keeps.

"'" may be a quote, which is deleted, or a possessive, which is not. A wrong
tag would make the sentences differ in length, and no bracket would be scored.
"""

from tfformer.metrics.evalb.brackets import Quote, Tree
from tfformer.metrics.evalb.parameters import Parameters


def fix_quotes(gold: Tree, test: Tree, parameters: Parameters) -> None:
    """Gives a side the words that only its tag for a quote deleted.

    Args:
        gold: changed in place.
        test: changed in place.
        parameters: which tags are deleted.
    """
    deleted = parameters.delete_labels
    for position, ours in enumerate(test.quotes):
        # Where it was when its turn came, though insertions may move it.
        index = ours.index
        for other, theirs in enumerate(gold.quotes):
            if theirs.index != index or theirs.tag == ours.tag:
                continue
            if theirs.tag in deleted and ours.tag not in deleted:
                _insert(gold, other)
            elif ours.tag in deleted and theirs.tag not in deleted:
                _insert(test, position)


def _insert(tree: Tree, position: int) -> None:
    """Inserts the word of a quote and moves all that comes after it."""
    quote: Quote = tree.quotes[position]
    tree.words.insert(quote.index, quote.word)
    tree.tags.insert(quote.index, quote.tag)
    for bracket in tree.brackets[quote.bracket :]:
        bracket.start += 1
        bracket.end += 1
    for number in quote.inside:
        tree.brackets[number].end += 1
    for later in tree.quotes[position:]:
        later.index += 1
