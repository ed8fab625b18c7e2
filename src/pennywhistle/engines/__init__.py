"""Rules as pure functions: facts in, answer out."""
