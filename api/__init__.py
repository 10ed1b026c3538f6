"""The outside world: command line, HTTP, web pages, database, report files, connectors, settings."""
