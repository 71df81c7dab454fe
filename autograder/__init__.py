"""The engine: releases assignments, judges submissions, and answers for the grades. It holds no answers."""
