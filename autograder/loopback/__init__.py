"""An organisation on this machine: the endpoints that a course needs, and real git behind them."""
