"""From calls to seats, and back from seats to the calls they bear."""
