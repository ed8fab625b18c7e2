"""The public log: leaves, pages, checkpoints and receipts."""
