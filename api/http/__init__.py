"""The HTTP service: readings in, state and orders out, versioned under /v1."""
