"""What is to come: the day model, the hours, the bands, and how such forecasts did in the past."""
