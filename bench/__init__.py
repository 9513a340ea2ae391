"""Benchmarks. Each module has rows(); `make bench` runs them all and keeps what they measured."""
