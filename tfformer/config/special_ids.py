"""Ids that every vocabulary and every model of this package share."""

PAD_ID = 0
BOS_ID = 1
EOS_ID = 2
UNK_ID = 3
