"""Speed beside named peers, in one run: `python -m benchmarks`. Needs the extra `train` and built models."""
