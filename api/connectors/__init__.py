"""Where readings come from: a switch's own events, its queue log, or whatever answers over HTTP or as a CSV file."""
