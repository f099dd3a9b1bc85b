"""Which deals a cycle judges, and their judgement by chunks."""
