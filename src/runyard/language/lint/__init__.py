"""`runyard lint`: what is wrong, or likely to be, in workflows and actions that can be read.

`engine.lint` takes the files of a repository and answers with findings. A rule is one file in `rules/` (or `security/`)
and is listed in `registry`. Pure: no file is read and nothing is run.
"""
