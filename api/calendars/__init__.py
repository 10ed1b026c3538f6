"""Calendars of holidays: the editable files, and China's law and notices behind them."""
