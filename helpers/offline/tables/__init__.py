"""What a table is: its state, items, indexes and stream, and the rules of tables and items."""
