"""Benchmarks: what a figure in the notes was measured with."""
