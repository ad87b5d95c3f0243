"""Load and kill tests, each alone: `python -m benchmarks.<name>`; see benchmarks/README.md."""
