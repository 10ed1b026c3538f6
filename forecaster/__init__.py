"""Demand: the time grid, the history, the forecasts, and what they mean in seats."""
