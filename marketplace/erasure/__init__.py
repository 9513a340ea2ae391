"""Deleting everything that is kept about a customer: asked for, waited for, done, and proved."""
