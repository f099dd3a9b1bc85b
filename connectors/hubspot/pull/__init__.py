"""Reading a portal: which records, in which order, and where the next pull begins."""
