// Placeholder until the executable lands.
