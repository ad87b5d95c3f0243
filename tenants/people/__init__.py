"""The people of a company: who they are, what they may, how they come and go."""
