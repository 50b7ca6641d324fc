"""Sound and speech recognition: recordings decoded, speech found in them, and words recognised in the speech."""
