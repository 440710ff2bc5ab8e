"""How much may we promise? From orders to the harm of falling short, the risk, and a quote that is kept."""
