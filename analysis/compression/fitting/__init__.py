"""Compression curves, fitted to our measurements and to published ones.

Read in this order: `published_losses` (published measurements as losses on the curves); `shapes`,
`levels`, `link`, `stacking` and `work` (what is fitted, with `regression`); `sizes` (what methods
leave); `fit` (all of it at once); `shipped_tables` and `curves_file` (fitted curves written down).
None of it needs torch.
"""
