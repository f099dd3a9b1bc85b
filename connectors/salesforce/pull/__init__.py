"""Reading an org: which queries, their windows, and where the next pull begins."""
