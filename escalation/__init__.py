"""The surge ladder as a pure state machine: no clock, no I/O, no timers."""
