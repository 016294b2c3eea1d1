"""Records as they are kept and changed: ids, values, tables, rules, what follows from a change."""
