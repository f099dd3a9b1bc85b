"""One cycle: pull, commit, apply, recover; and undo, which takes a run back."""
