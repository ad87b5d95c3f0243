"""Pages of weekly updates, under /t/<slug>/updates/."""
