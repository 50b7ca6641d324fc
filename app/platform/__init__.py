"""What every package stands on and what knows nothing of calls, scorecards or samples."""
