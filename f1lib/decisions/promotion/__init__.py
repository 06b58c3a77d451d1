"""Promotion: may a challenger become champion?

In:   scores of champion, challenger and frozen baselines on the same races; a policy.
Out:  a decision with every rule, its figures, and whether it passed; how often planted challengers
      pass; what the brief's rule alone would say.
Knows nothing of: how the scores were made, the registry that carries a decision out.
"""
