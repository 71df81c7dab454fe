"""What people see: text and tables for a terminal. The command line prints them."""
