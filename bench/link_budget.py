"""What a ring all-reduce costs on a link, by arithmetic alone.

python -m bench.link_budget [--gigabits=100] [--teraflops=100] [--tokens=3125]

No measurement: seconds to sum the gradients of the paper's models over N GPUs,
against seconds to compute them, nothing overlapped. A step computes 6 floating
point operations for each weight and each pair of a source and a target token.
"""

import argparse

# Weights of our base and big at the 32,000 pieces of WMT En-Fr.
WEIGHTS = {"base": 60.5e6, "big": 209.1e6}
# One hop of a ring, in seconds.
_HOP = 10e-6


def main() -> None:
    """Prints a line for each model and number of GPUs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabits", type=float, default=100.0)
    parser.add_argument("--teraflops", type=float, default=100.0)
    parser.add_argument(
        "--tokens", type=int, nargs="+", default=[3125, 25_000], help="a GPU"
    )
    options = parser.parse_args()
    bandwidth = options.gigabits * 1e9 / 8
    print("model tokens/GPU GPUs compute_ms exchange_ms efficiency")
    for name, weights in WEIGHTS.items():
        for tokens in options.tokens:
            compute = 6 * weights * tokens / (options.teraflops * 1e12)
            for gpus in (8, 64, 512):
                sent = 2 * (gpus - 1) / gpus * 4 * weights
                exchange = sent / bandwidth + 2 * (gpus - 1) * _HOP
                efficiency = compute / (compute + exchange)
                print(
                    f"{name} {tokens} {gpus} {1e3 * compute:.1f} "
                    f"{1e3 * exchange:.1f} {efficiency:.2f}"
                )


if __name__ == "__main__":
    main()
