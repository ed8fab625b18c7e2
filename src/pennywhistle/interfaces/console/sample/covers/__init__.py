"""Eight record sleeves, drawn in flat inks."""
