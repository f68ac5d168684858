"""Numbers made elsewhere beside ours: one place for the tests and for the page on validation."""
