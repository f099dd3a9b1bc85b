"""What holds for one connection during a cycle: context, facts, calendars, progress."""
