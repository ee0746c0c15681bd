"""A door before the framework: says the yes that Django would say, where nothing is in doubt.

`lane` composes it; `plain` says which requests it looks at, `believing` whether a token holds at this moment,
`closings` and `pages` keep what need not be worked out twice, `headers` repeats Django's own, `tally` counts.
"""
