"""Drift: do the races since differ from those a model was trained on, and by more than chance?

In:   feature tables of whole races, a reference and a current window, with each race's stratum.
Out:  a profile to keep with the model; an evaluation with a status for each feature.
Knows nothing of: what features mean, models, decisions, files.

`profile` counts, `statistics` measures, `null` says what chance does (`memory`: where races do not
depend on each other, and where they do), `measures` puts it together, `conditions` names what is
new, `verdict` judges, `sustained` looks at several verdicts in a row, `classifier` asks about all
features together. `large` measures tables of a million rows, whatever they are of.
"""
