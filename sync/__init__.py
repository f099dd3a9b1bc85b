"""Time, process, storage and commands: ties connectors and rules into cycles."""
