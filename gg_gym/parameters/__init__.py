"""Parameters: one module per source, frozen dataclasses with symbol, unit and provenance; priors where recalled."""
