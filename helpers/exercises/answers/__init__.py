"""Solutions, wrong answers with the reasons that they must get, and right answers in other styles.

A copy of the course for students can leave this folder out: `solution()` then says so.
"""
