"""Speech to text: channels, speakers, transcripts and their search."""
