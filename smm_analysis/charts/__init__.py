"""Pictures: `plot_<answer>` takes the frame of the answer and draws it; a chart computes nothing."""
