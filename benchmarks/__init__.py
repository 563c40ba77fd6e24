"""How fast the course is, measured against the bare tools: `python -m benchmarks --help`."""
