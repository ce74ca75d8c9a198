"""What a run leaves behind: tables, run folders, and the reader of finished runs."""
