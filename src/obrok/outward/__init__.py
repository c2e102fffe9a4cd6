"""What a person meets: commands, report, pictures."""
