"""What a scenario file may say, and how it becomes a complete, frozen, hashed `Scenario`."""
