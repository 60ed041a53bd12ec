"""What providers do wrong, on demand: each fault is data plus the message that it rewrites.

`fault` says what one is, `misbehaviour` names every message that can be rewritten, `registry` lists
the faults by subject, each with the outcome that it must lead to, `armed` holds the ones that wait
for a sign-in. The other modules are the subjects; `replies` has what several of them answer with.
"""
