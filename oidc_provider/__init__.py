"""Which other apps sign in through us, and how?"""
