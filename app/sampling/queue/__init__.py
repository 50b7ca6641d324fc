"""The assignments of draws as their readers see them, with the signals of their calls; claims and reassignments."""
