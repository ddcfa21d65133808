"""A SYNTHETIC English-German corpus with Penn-style trees.

No sentence here was ever said by anybody: a small hand-made synchronous
grammar samples an abstract sentence from a seed and realises it twice, as an
English tree and as German words. The corpus stands in for real parallel text
and a real treebank where none may be copied. The English sentence alone
decides its tree and its translation.
"""

from tfformer.data.pocket.corpus import SIZES, SPLIT_SIZES, Triple, triples

__all__ = ["SIZES", "SPLIT_SIZES", "Triple", "triples"]
