"""What every assignment may use: data sets, exact denoisers, two-sample tests, a training loop and figures.

Nothing here answers a task: the noise schedule, the loss and the average of weights come in as arguments.
"""
