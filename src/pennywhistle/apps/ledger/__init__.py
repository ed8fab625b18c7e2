"""Double-entry bookkeeping: accounts, entries, postings, balances; insert-only."""
