"""Answers to what readers write in the margins of the paper.

Each module is one question. `measure(...)` returns rows, a dictionary of
columns each; a column that is an array is drawn and not printed. `draw(rows,
path)`, where there is one, draws them. What comes of it is in docs/paper.md.
"""

QUESTIONS = {
    "query": "what a query vector holds",
    "sqrt_dk": "why scores are divided by sqrt(d_k)",
    "averaging": "why several heads rather than one",
    "decoder_mask": "what the decoder's mask prevents, and why minus infinity",
    "teacher_forcing": "what teacher forcing trains and decoding does not",
    "regularisers": "where the three regularisers are",
    "positions": "sinusoids and learned positions on longer sentences",
    "smoothing": "what label smoothing does to perplexity and BLEU",
    "head_count": "what too many heads and a small d_k do",
}
