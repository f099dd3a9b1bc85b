"""Business days and calendars."""
