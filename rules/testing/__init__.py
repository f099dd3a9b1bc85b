"""The tests that rule files carry, and scenarios."""
