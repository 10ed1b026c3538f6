"""The best lawful roster: the month as arrays, a bound no roster can beat, and the search."""
