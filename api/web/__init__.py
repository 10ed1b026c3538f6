"""The pages: plain HTML, CSS and ES modules, served as they lie here; nothing is fetched from elsewhere."""
