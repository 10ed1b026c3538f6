"""The colours of pages, pictures and workbooks: one palette."""

BLUE, TEAL, AMBER, RED, GREY = "#2F5D8A", "#3A8F85", "#D98E04", "#C0392B", "#8A8F98"
PALE_BLUE, PALE_GREY = "#8FB3D6", "#B4BAC4"
