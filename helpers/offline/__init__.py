"""DynamoDB without a network: moto, with what moto gets wrong put right."""
