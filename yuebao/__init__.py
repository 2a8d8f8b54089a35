"""What programs reach a yuebao service with: `yuebao.client`, and an MCP server over it (`yuebao mcp`)."""
