"""The columns of a forecast that tell its bands, in the order of their levels."""

BAND_LEVELS = (0.025, 0.1, 0.9, 0.975)  # of the bands of 95 % and 80 %, as much on either side
BAND_COLUMNS = ("calls_lower_95", "calls_lower_80", "calls_upper_80", "calls_upper_95")
DAY_BANDS = {
    "calls_lower_80": "day_lower_80_ratio",
    "calls_upper_80": "day_upper_80_ratio",
    "calls_lower_95": "day_lower_95_ratio",
    "calls_upper_95": "day_upper_95_ratio",
}
TOTAL_BAND = ("total_lower_80_ratio", "total_upper_80_ratio")
