"""Whether groups of people are treated alike: fairlearn's measures with their intervals, and what they leave unsaid."""
