"""Result files turned into what other tools read; nothing is judged here."""
