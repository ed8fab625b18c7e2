"""Values that everybody uses, and that know nobody."""
