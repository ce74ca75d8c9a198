"""What a market needs of compression: the fitted curves, and recipes read off them.

Read in this order: `groups` (methods, and the curve that each follows); `curves` (what fitted
curves consist of) and `shipped_curves` (those of the package); `sampling`; `capability_loss`,
`names` and `recipes` (what can be done to a model, and what it loses); `frontier` (which recipes
are worth choosing); `state` (what has been done to a model) and `recipe_book` (what a project
chooses). Measuring and fitting are `analysis.compression`'s.
"""
