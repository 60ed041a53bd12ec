"""What providers do wrong, on demand: each fault is data plus the message that it rewrites.

`misbehaviour` names every message that can be rewritten, `registry` lists the faults with the
outcome that each must lead to, `armed` holds the ones that wait for a sign-in.
"""
