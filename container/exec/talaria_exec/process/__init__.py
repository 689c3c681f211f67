"""The processes of jobs: who starts them, who stays above them, and how a whole tree ends."""
