"""What every page is made of: template environment, icons, charts, formats, navigation."""
