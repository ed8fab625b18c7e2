"""The office: the operator's desk, where the register is kept and things are decided."""
