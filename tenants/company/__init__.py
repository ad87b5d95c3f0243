"""What a company is to its people: its look, its settings, whether it is at work."""
