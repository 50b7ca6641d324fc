"""What a session shows once it is revealed: everyone's answers, how far they agree, and which items split the group."""
