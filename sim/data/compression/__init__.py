"""Compression: our measurements and published ones, the curves fitted to both, and recipes.

Read in this order: `groups` (methods, and the curve that each follows); `measured_rows`,
`published_rows` and `published_losses` (what was measured); `shapes`, `levels`, `link`, `stacking`
and `work` (what is fitted to it, with `regression`); `fit` (all of it at once); `curves` (the
fitted curves as shipped); `sampling`, `names`, `recipes` and `frontier` (what a provider can
choose from).
"""
