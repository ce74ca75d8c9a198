"""What a run leaves behind: tables, the store on disk, and the reader of finished runs."""
