"""The report of an archive: what an editor would otherwise count, chart and lay out by hand.

`data` asks the archive, the analyses (`themes`, `ledger`, `titles`, `series`, `review`) make of it what is told,
`chapters` lays that out as tables, charts and words, and `html`, `xlsx` and `docx` render the same chapters.
"""
