"""Worked examples of what a change costs: each adds something in as many files as CONTRIBUTING says."""
