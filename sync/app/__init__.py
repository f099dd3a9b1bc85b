"""The running application: workspace, daemon, reload, and connecting."""
