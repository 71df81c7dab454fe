"""The one base of errors that are a sentence for the person at the command line, not a defect of ours."""


class UserError(ValueError):
    """Something given to us cannot be used; the message says what, where and what to do next."""
