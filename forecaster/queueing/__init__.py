"""Queueing formulas: Erlang B, C and A, exact and fast, and the service target they are held against."""
