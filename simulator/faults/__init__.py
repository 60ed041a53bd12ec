"""What providers do wrong, on demand: each fault is data plus the message that it rewrites.

`fault` defines a fault. `misbehaviour` names every message that can be rewritten. `registry` lists
the faults by subject, each with the outcome that it must lead to. `armed` holds the faults that
wait for a sign-in. `replies` has the replies that several faults share. Each other module is one
subject.
"""
