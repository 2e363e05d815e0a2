"""What a machine needs that cannot download ready-made programs: tools from Go modules and Debian packages."""
