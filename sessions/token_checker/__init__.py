"""What is this token, whose is it, and why would it be refused? For somebody who holds one."""
