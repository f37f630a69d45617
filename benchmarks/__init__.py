"""The benchmark harness: `make bench`. See docs/benchmarks.md."""
